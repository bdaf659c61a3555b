// SPDX-License-Identifier: Apache-2.0
import { useApp } from "../app/context";
import { undoMs } from "../app/mail_verbs";
import { Icon } from "../parts/icon";
import { useFocus } from "../parts/use_focus";
import { useNow } from "../parts/use_now";

const toText = () => requestAnimationFrame(() => document.getElementById("composer")?.focus());

/** The time in which a mail that was sent can be taken back. */
export function UndoBar({ contactId, leaves }: { contactId: string; leaves: number }) {
  const { desk, t } = useApp();
  const now = useNow(250);
  const undo = useFocus<HTMLButtonElement>();
  const left = Math.max(0, leaves - now);
  const takeBack = () => {
    desk.mails.undo(contactId);
    toText();
  };
  return (
    <div class="mail-undo" onKeyDown={(event) => event.key === "Escape" && takeBack()}>
      <span class="sr-only" role="status">{t("mail.undo.said", { count: undoMs / 1000 })}</span>
      <span class="mail-undo-left number" role="timer">{t("mail.undo.left", { count: Math.ceil(left / 1000) })}</span>
      <progress max={undoMs} value={left} aria-hidden="true" />
      <button ref={undo} class="button primary" type="button" aria-keyshortcuts="Escape" onClick={takeBack}>
        <Icon name="undo" size={18} />
        {t("mail.undo")}
      </button>
      <button class="button" type="button" onClick={() => void desk.mails.depart(contactId).then(toText)}>{t("mail.undo.now")}</button>
    </div>
  );
}
