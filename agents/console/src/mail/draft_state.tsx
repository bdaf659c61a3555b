// SPDX-License-Identifier: Apache-2.0
import { useApp } from "../app/context";
import { timeOfDay } from "../parts/dates";
import { bytesOf } from "../state/bytes";
import { isEmpty, type MailState, textBytesMax } from "../state/mail";

/** Whether the draft is on the server, and what to do where somebody else changed it meanwhile. */
export function DraftState({ contactId, mail }: { contactId: string; mail: MailState }) {
  const { desk, t } = useApp();
  const { conflict, saving, savedAt, written } = mail;
  if (conflict) {
    const name = conflict.agentId ? desk.nameOfAgent(conflict.agentId) : t("customer.unknown");
    const resolve = (keep: "theirs" | "mine") => {
      desk.mails.resolve(contactId, keep);
      document.getElementById("composer")?.focus();
    };
    return (
      <div class="mail-conflict" role="alert">
        <p>
          <strong>{t("mail.draft.changed.by", { name, time: timeOfDay(conflict.savedAt, t.locale) })}</strong>
          <span class="mail-conflict-text">{conflict.text || t("mail.draft.emptied")}</span>
        </p>
        <button class="button small" type="button" onClick={() => resolve("theirs")}>{t("mail.draft.theirs")}</button>
        <button class="button small" type="button" onClick={() => resolve("mine")}>{t("mail.draft.mine")}</button>
      </div>
    );
  }
  const saved = saving === "clean" && savedAt !== "" && !isEmpty(written);
  const text =
    saving === "failed" ? t(bytesOf(written.text) > textBytesMax ? "mail.draft.long" : "mail.draft.failed") : saved ? t("mail.draft.saved", { time: timeOfDay(savedAt, t.locale) }) : saving === "saving" ? t("mail.draft.saving") : "";
  return <p class={`mail-saved ${saving === "failed" ? "bad" : ""}`} role={saving === "failed" ? "alert" : undefined}>{text}</p>;
}
