// SPDX-License-Identifier: Apache-2.0
import { useState } from "preact/hooks";
import { useApp } from "../app/context";
import { FormDialog } from "../parts/form_dialog";
import { findContact } from "../state/desk";
import { type CaseFacts, CaseFields } from "./case_form";

/** Opens a case; it is the agent's own until it is passed on. */
export function OpenCaseDialog({ customerId, contactId }: { customerId: string; contactId?: string }) {
  const { state, desk, t } = useApp();
  const subject = findContact(state.desk, contactId)?.subject ?? "";
  const [facts, setFacts] = useState<CaseFacts>({ subject, category: "", product: "", complaintLevel: 0 });
  return (
    <FormDialog
      title={t("case.open")}
      go={t("case.open.go")}
      ready={facts.subject.trim() !== ""}
      onSubmit={() => desk.cases.open({ ...facts, subject: facts.subject.trim(), customerId, contactId })}
    >
      <CaseFields facts={facts} onChange={setFacts} />
    </FormDialog>
  );
}
