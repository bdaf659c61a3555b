// SPDX-License-Identifier: Apache-2.0
import { useState } from "preact/hooks";
import { useApp } from "../app/context";
import { FormDialog } from "../parts/form_dialog";
import { useCase } from "./case_form";

/** Ends a case, with how it ended. */
export function ResolveCaseDialog({ customerId, caseId }: { customerId: string; caseId: string }) {
  const { desk, t } = useApp();
  const one = useCase(customerId, caseId);
  const [resolution, setResolution] = useState(one?.resolution ?? "");
  if (!one) return null;
  return (
    <FormDialog
      title={t("case.resolve.title", { subject: one.subject ?? "" })}
      go={t("case.resolve")}
      ready={resolution.trim() !== ""}
      onSubmit={() => desk.cases.update(one, { status: "STATUS_RESOLVED", resolution: resolution.trim() })}
    >
      <label class="field">
        <span>{t("case.resolution.how")}</span>
        <textarea class="input" data-first rows={4} maxLength={1000} value={resolution} onInput={(event) => setResolution(event.currentTarget.value)} />
      </label>
    </FormDialog>
  );
}
