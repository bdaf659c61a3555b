// SPDX-License-Identifier: Apache-2.0
import { useState } from "preact/hooks";
import { useApp } from "../app/context";
import type { Customer } from "../wire/usher/context/v1/customer";
import { ReasonForm } from "./reason_form";

/** The records that went into this one; each can be taken out again. */
export function MergedRecords({ customer, mayUndo }: { customer: Customer; mayUndo: boolean }) {
  const { desk, t } = useApp();
  const [undoing, setUndoing] = useState("");
  const id = customer.id ?? "";
  const undo = async (other: string, reason: string) => {
    if (!(await desk.customers.undoMerge(id, other, reason))) return;
    setUndoing("");
    desk.toast("good", t("merged.undone"));
  };
  return (
    <section class="part">
      <h3 class="label">{t("merged.title")}</h3>
      <ul>
        {(customer.merged ?? []).map((other) => (
          <li key={other} class="part-row">
            <span>{other}</span>
            {mayUndo && undoing !== other && (
              <button class="button small" type="button" onClick={() => setUndoing(other)}>{t("merged.undo")}</button>
            )}
            {undoing === other && (
              <ReasonForm label={t("merged.reason")} go={t("merged.undo")} onGo={(reason) => undo(other, reason)} onCancel={() => setUndoing("")} />
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
