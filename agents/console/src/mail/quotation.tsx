// SPDX-License-Identifier: Apache-2.0
import { useApp } from "../app/context";
import { fullDate } from "../parts/dates";
import { emptyConversation } from "../state/conversation";
import { addressText, mailsOf, newestMail, type Written } from "../state/mail";
import { messageNumber } from "../state/conversation";
import type { Contact } from "../wire/usher/routing/v1/contact";

interface Props {
  contact: Contact;
  written: Written;
  disabled: boolean;
  onChange(change: Partial<Written>): void;
}

/** What goes below the words: what is answered, quoted unless the agent leaves it out, or the mail that is passed on. */
export function Quotation({ contact, written, disabled, onChange }: Props) {
  const { state, desk, t } = useApp();
  const { messages } = state.conversations[contact.id ?? ""] ?? emptyConversation;
  const forwarded = written.kind === "KIND_FORWARD";
  if (written.kind === "KIND_NEW") return null;
  const mails = mailsOf(messages);
  const mail = forwarded ? mails.find(({ first }) => String(messageNumber(first)) === written.about) : newestMail(messages);
  if (!mail) return null;
  const { first, text } = mail;
  const from = first.mail?.from ? addressText(first.mail.from) : first.author?.name || desk.nameOf(contact);
  const came = mails.filter((one) => one.first.author?.side === "SIDE_CUSTOMER");
  return (
    <div class="mail-quotation">
      {forwarded ? (
        <label class="mail-about">
          <span>{t("mail.forwarded")}</span>
          <select class="input" disabled={disabled} value={written.about} onChange={(event) => onChange({ about: event.currentTarget.value })}>
            {came.map((one) => (
              <option key={messageNumber(one.first)} value={String(messageNumber(one.first))}>
                {one.first.mail?.subject || contact.subject || "—"} · {fullDate(one.first.at, t.locale)}
              </option>
            ))}
          </select>
        </label>
      ) : (
        <label class="mail-quote-switch">
          <input type="checkbox" disabled={disabled} checked={!written.withoutQuotation} onChange={(event) => onChange({ withoutQuotation: !event.currentTarget.checked })} />
          {t("mail.quote")}
        </label>
      )}
      {(forwarded || !written.withoutQuotation) && (
        <details>
          <summary>{t(forwarded ? "mail.forwarded.show" : "mail.quote.show")}</summary>
          <blockquote>
            <p class="faint">{from}, {fullDate(first.at, t.locale)}</p>
            <p class="mail-quoted" dir="auto">{text}</p>
          </blockquote>
        </details>
      )}
    </div>
  );
}
