// SPDX-License-Identifier: Apache-2.0
import { useState } from "preact/hooks";
import { useApp } from "../app/context";
import { Dialog } from "../parts/dialog";
import { findContact } from "../state/desk";
import "./complete_dialog.css";

/** Ends the conversation with a coded outcome. */
export function CompleteDialog({ contactId }: { contactId: string }) {
  const { state, desk, t } = useApp();
  const dispositions = state.words.dispositions ?? [];
  const [chosen, setChosen] = useState(dispositions[0] ?? "");
  const [busy, setBusy] = useState(false);
  const close = () => desk.store.dispatch({ kind: "dialog" });
  const contact = findContact(state.desk, contactId);
  const unsent = (state.conversations[contactId]?.unsent.length ?? 0) > 0;
  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    const done = await desk.complete(contactId, chosen);
    setBusy(false);
    if (done) close();
  };
  return (
    <Dialog title={t("complete.title", { name: contact ? desk.nameOf(contact) : "" })} onClose={close}>
      <form class="complete" onSubmit={(event) => void submit(event)}>
        <p class="soft">{t("complete.detail")}</p>
        {unsent && <p class="complete-unsent" role="alert">{t("complete.unsent")}</p>}
        {dispositions.length > 0 && (
          <fieldset class="complete-choice">
            <legend class="label">{t("complete.disposition")}</legend>
            {dispositions.map((one, at) => (
              <label key={one} class="complete-one">
                <input type="radio" name="disposition" value={one} checked={chosen === one} data-first={at === 0 || undefined} onChange={() => setChosen(one)} />
                <span>{t.word(one)}</span>
              </label>
            ))}
          </fieldset>
        )}
        <footer class="dialog-foot">
          <button class="button" type="button" onClick={close}>{t("common.cancel")}</button>
          <button class="button primary" type="submit" disabled={busy}>{t("complete.go")}</button>
        </footer>
      </form>
    </Dialog>
  );
}
