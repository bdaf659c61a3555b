// SPDX-License-Identifier: Apache-2.0
import { useState } from "preact/hooks";
import { useApp } from "../app/context";
import { FormDialog } from "../parts/form_dialog";
import type { Case, CaseStatus } from "../wire/usher/context/v1/case";
import { type CaseFacts, CaseFields, useCase } from "./case_form";

/** Changes what is known of a case, and whether it waits for somebody outside. */
export function EditCaseDialog({ customerId, caseId }: { customerId: string; caseId: string }) {
  const one = useCase(customerId, caseId);
  return one ? <Form one={one} /> : null;
}

function Form({ one }: { one: Case }) {
  const { desk, t } = useApp();
  const [facts, setFacts] = useState<CaseFacts>({
    subject: one.subject ?? "",
    category: one.category ?? "",
    product: one.product ?? "",
    complaintLevel: one.complaintLevel ?? 0,
  });
  const [status, setStatus] = useState<CaseStatus>(one.status ?? "STATUS_OPEN");
  const open: CaseStatus[] = ["STATUS_OPEN", "STATUS_PENDING"];
  return (
    <FormDialog
      title={t("case.edit")}
      go={t("common.save")}
      ready={facts.subject.trim() !== ""}
      onSubmit={() => desk.cases.update(one, { ...facts, subject: facts.subject.trim(), status })}
    >
      <CaseFields facts={facts} onChange={setFacts} />
      <label class="field">
        <span>{t("case.status")}</span>
        <select class="input" value={status} onChange={(event) => setStatus(event.currentTarget.value as CaseStatus)}>
          {open.map((each) => <option key={each} value={each}>{t(`case.status.${each}`)}</option>)}
        </select>
      </label>
    </FormDialog>
  );
}
