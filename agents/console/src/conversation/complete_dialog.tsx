// SPDX-License-Identifier: Apache-2.0
import { useState } from "preact/hooks";
import { useApp } from "../app/context";
import { FormDialog } from "../parts/form_dialog";
import { findContact } from "../state/desk";
import "./complete_dialog.css";

/** Ends the conversation with a coded outcome. */
export function CompleteDialog({ contactId }: { contactId: string }) {
  const { state, desk, t } = useApp();
  const dispositions = state.words.dispositions ?? [];
  const [chosen, setChosen] = useState(dispositions[0] ?? "");
  const contact = findContact(state.desk, contactId);
  const unsent = (state.conversations[contactId]?.unsent.length ?? 0) > 0;
  return (
    <FormDialog title={t("complete.title", { name: contact ? desk.nameOf(contact) : "" })} go={t("complete.go")} onSubmit={() => desk.complete(contactId, chosen)}>
      <p class="soft">{t("complete.detail")}</p>
      {unsent && <p class="complete-unsent" role="alert">{t("complete.unsent")}</p>}
      {dispositions.length > 0 && (
        <fieldset>
          <legend class="label">{t("complete.disposition")}</legend>
          {dispositions.map((one, at) => (
            <label key={one} class="complete-one">
              <input type="radio" name="disposition" value={one} checked={chosen === one} data-first={at === 0 || undefined} onChange={() => setChosen(one)} />
              <span>{t.word(one)}</span>
            </label>
          ))}
        </fieldset>
      )}
    </FormDialog>
  );
}
