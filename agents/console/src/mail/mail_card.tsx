// SPDX-License-Identifier: Apache-2.0
import { useState } from "preact/hooks";
import { useApp } from "../app/context";
import { fullDate, timeOfDay } from "../parts/dates";
import { Icon } from "../parts/icon";
import { stateIcons } from "../conversation/message_bubble";
import { messageNumber, type MessageState } from "../state/conversation";
import { addressText, type Fate, folded, type Mail, marksOf } from "../state/mail";
import type { Text } from "../text/catalogue";
import type { MailAddress } from "../wire/usher/context/v1/conversation";
import { FileList } from "./file_list";
import { MailFrame } from "./mail_frame";
import { saveFile } from "./save_file";
import "./mail_card.css";

interface Props {
  mail: Mail;
  contactId: string;
  /** Who wrote it, as shown. */
  name: string;
  own: boolean;
  state?: MessageState;
  fate?: Fate;
}

/** A mail: its head, what is odd about it, the new words with the rest folded, its files, and its HTML where it has some. */
export function MailCard({ mail, contactId, name, own, state, fate }: Props) {
  const { t } = useApp();
  const [designed, setDesigned] = useState(false);
  const { first, text } = mail;
  const head = first.mail ?? {};
  const number = String(messageNumber(first));
  const attachments = first.attachments ?? [];
  const beside = attachments.map((one, at) => ({ one, at })).filter(({ one }) => !one.contentId || !head.htmlUrl);
  const { words, signature, history } = folded(text);
  return (
    <article class={`mail-card ${own ? "own" : ""} ${fate ?? ""}`} aria-label={t("talk.said", { name, time: timeOfDay(first.at, t.locale) })}>
      <header class="mail-card-head">
        <div class="mail-card-who">
          <strong class="ellipsis">{head.from ? addressText(head.from) : name}</strong>
          <span class="mail-card-time number" title={fullDate(first.at, t.locale)}>{timeOfDay(first.at, t.locale)}</span>
        </div>
        {head.subject && <h3 class="mail-card-subject" dir="auto">{head.subject}</h3>}
        <Recipients head={head} t={t} />
        <Marks marks={marksOf(head)} kind={head.kind} t={t} />
      </header>
      {designed ? (
        <MailFrame contactId={contactId} messageId={number} title={head.subject || t("mail.designed.title", { name })} />
      ) : (
        <>
          {words && <p class="mail-card-text" dir="auto">{words}</p>}
          {signature && <Folded label={t("mail.signature")} text={signature} />}
          {history && <Folded label={t("mail.history")} text={history} />}
        </>
      )}
      {beside.length > 0 && <FileList contactId={contactId} messageId={number} files={beside} />}
      <footer class="mail-card-foot">
        {head.htmlUrl && (
          <button class="message-link" type="button" aria-pressed={designed} onClick={() => setDesigned(!designed)}>
            {t(designed ? "mail.designed.not" : "mail.designed")}
          </button>
        )}
        {head.sourceUrl && <SourceButton contactId={contactId} messageId={number} subject={head.subject ?? ""} />}
        {own && <Delivery state={state} fate={fate} t={t} />}
      </footer>
    </article>
  );
}

function Recipients({ head, t }: { head: { to?: MailAddress[]; cc?: MailAddress[]; bcc?: MailAddress[] }; t: Text }) {
  const lists = (["to", "cc", "bcc"] as const).filter((one) => (head[one] ?? []).length > 0);
  if (lists.length === 0) return null;
  return (
    <dl class="mail-card-to">
      {lists.map((one) => (
        <div key={one}>
          <dt>{t(`mail.${one}`)}</dt>
          <dd>{(head[one] ?? []).map(addressText).join(", ")}</dd>
        </div>
      ))}
    </dl>
  );
}

const worrying = new Set(["unreadable", "damaged", "guessed", "text-cut", "parts-cut", "headers-cut"]);

function Marks({ marks, kind, t }: { marks: string[]; kind?: string; t: Text }) {
  const forwarded = kind === "KIND_FORWARD";
  if (marks.length === 0 && !forwarded) return null;
  return (
    <ul class="mail-card-marks" aria-label={t("mail.marks")}>
      {forwarded && <li class="chip">{t("mail.kind.forwarded")}</li>}
      {marks.map((mark) => (
        <li key={mark} class={`chip ${worrying.has(mark) ? "warn" : ""}`} title={t.ifKnown(`mail.mark.${mark}.detail`)}>
          {t.ifKnown(`mail.mark.${mark}`) ?? t.word(mark)}
        </li>
      ))}
    </ul>
  );
}

function Folded({ label, text }: { label: string; text: string }) {
  return (
    <details class="mail-folded">
      <summary>{label}</summary>
      <p class="mail-quoted" dir="auto">{text}</p>
    </details>
  );
}

function SourceButton({ contactId, messageId, subject }: { contactId: string; messageId: string; subject: string }) {
  const { desk, t } = useApp();
  const [busy, setBusy] = useState(false);
  const save = async () => {
    setBusy(true);
    await desk.withFile(contactId, messageId, "source", (blob) => saveFile(blob, `${subject.slice(0, 80) || "mail"}.eml`));
    setBusy(false);
  };
  return <button class="message-link" type="button" disabled={busy} onClick={() => void save()}>{t("mail.source")}</button>;
}

/** Whether the mail server has it; what went wrong is said in words. */
function Delivery({ state, fate, t }: { state?: MessageState; fate?: Fate; t: Text }) {
  const known = fate ?? (state === "read" || state === "delivered" ? "delivered" : "sent");
  return (
    <span class={`mail-card-state ${known}`} role={fate ? "alert" : undefined}>
      <Icon name={fate ? "alert" : stateIcons[known === "delivered" ? "delivered" : "sent"]} size={16} />
      {t(`mail.state.${known}`)}
    </span>
  );
}
