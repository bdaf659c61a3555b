// SPDX-License-Identifier: Apache-2.0
import { useEffect, useRef, useState } from "preact/hooks";
import { useApp } from "../app/context";
import { Icon } from "../parts/icon";
import { bytesOf, charactersOver } from "../state/bytes";
import { emptyConversation } from "../state/conversation";
import { addressText, answersTo, emptyMail, headOf, isEmpty, mailsOf, newestMail, ownAddresses, recipientsMax, subjectBytesMax, textBytesMax, type Written } from "../state/mail";
import { openPlace } from "../state/quick_response";
import type { Contact } from "../wire/usher/routing/v1/contact";
import { AttachmentTray } from "./attachment_tray";
import { DraftState } from "./draft_state";
import { MailKinds } from "./mail_kinds";
import { Quotation } from "./quotation";
import { QuickResponses } from "./quick_responses";
import { RecipientsField } from "./recipients_field";
import { UndoBar } from "./undo_bar";
import "./mail_composer.css";

/** So near to the bound it is said how much is left. */
const nearBytes = 4096;

type List = "to" | "cc" | "bcc";

/** Where a mail is written. It is saved on the server while it is written; Ctrl+Enter sends it. */
export function MailComposer({ contact, onNote }: { contact: Contact; onNote(): void }) {
  const { state, desk, t } = useApp();
  const id = contact.id ?? "";
  const mail = state.mails[id] ?? emptyMail;
  const { written } = mail;
  const { messages, loaded } = state.conversations[id] ?? emptyConversation;
  const newest = newestMail(messages);
  const answered = answersTo(contact, newest);
  const [copies, setCopies] = useState(false);
  const [tall, setTall] = useState(false);
  const [rest, setRest] = useState<Record<List, string>>({ to: "", cc: "", bcc: "" });
  const [dragged, setDragged] = useState(false);
  const [tried, setTried] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
  const picked = useRef<HTMLInputElement>(null);
  const locked = mail.leaves !== undefined;
  const untouched = isEmpty(written) && mail.uploads.length === 0;
  const begins = mail.loaded && loaded && mailsOf(messages).length === 0;
  useEffect(() => void desk.mails.load(id), [id]);
  useEffect(() => desk.mails.settle(id), [messages.length]);
  // The next mail begins as the first did.
  useEffect(() => {
    if (untouched) setTried(false);
    if (untouched && !document.activeElement?.closest(".mail-rows")) setCopies(false);
  }, [untouched]);
  // A conversation that an agent begins has nothing that could be answered.
  useEffect(() => {
    if (begins && written.kind === "KIND_ANSWER") change({ kind: "KIND_NEW" });
  }, [begins]);
  useEffect(() => {
    if (matchMedia("(hover: hover)").matches && !document.querySelector("dialog[open]")) field.current?.focus();
    // What is on the screen only is saved before the page may go.
    const leave = () => document.visibilityState === "hidden" && void desk.mails.save(id);
    document.addEventListener("visibilitychange", leave);
    return () => {
      document.removeEventListener("visibilitychange", leave);
      void desk.mails.save(id);
    };
  }, [id]);

  const change = (how: Partial<Written>) => desk.mails.change(id, how);
  const showCopies = copies || written.cc.length + written.bcc.length > 0;
  const forwarded = written.kind === "KIND_FORWARD";
  const over = charactersOver(written.text, textBytesMax);
  const left = textBytesMax - bytesOf(written.text);
  const problem = problemOf();
  // What is too long is not saved either: that is said before it is sent.
  const said = tried || over > 0 ? problem : undefined;

  function problemOf(): string | undefined {
    const bad = rest.to || rest.cc || rest.bcc;
    if (bad) return t("mail.to.bad", { text: bad });
    const head = headOf(written, answered);
    const somebody = (head.to ?? []).length > 0 || (written.kind === "KIND_ANSWER" && answered !== undefined);
    if (!somebody) return t("mail.to.none");
    if (written.to.length + written.cc.length + written.bcc.length > recipientsMax) return t("mail.to.many", { count: recipientsMax });
    if (written.kind === "KIND_NEW" && written.subject.trim() === "") return t("mail.subject.none");
    if (bytesOf(written.subject) > subjectBytesMax) return t("mail.subject.long");
    if (mail.uploads.some((one) => !one.failed)) return t("mail.files.wait");
    if (mail.uploads.some((one) => one.failed)) return t("mail.files.failed");
    if (over > 0) return t("talk.long", { count: over });
    const open = openPlace(written.text);
    if (open) return t("mail.place", { place: open });
    if (written.text.trim() === "" && written.attachments.length === 0 && !forwarded) return t("mail.empty");
    return mail.conflict ? t("mail.draft.changed") : undefined;
  }

  const send = () => {
    setTried(true);
    if (problem || locked) return;
    setTried(false);
    void desk.mails.send(id);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
    event.preventDefault();
    send();
  };
  const insert = (text: string) => {
    const box = field.current;
    if (!box) return;
    const { selectionStart: from, selectionEnd: to } = box;
    change({ text: written.text.slice(0, from) + text + written.text.slice(to) });
    requestAnimationFrame(() => {
      box.focus();
      box.setSelectionRange(from + text.length, from + text.length);
    });
  };
  const attach = (files: FileList | null | undefined) => {
    if (files && files.length > 0 && !locked) desk.mails.attach(id, [...files]);
  };
  const setUnread = (list: List) => (text: string) => setRest((before) => ({ ...before, [list]: text }));
  return (
    <form
      class={`mail-write ${tall ? "tall" : ""} ${dragged ? "dragged" : ""}`}
      aria-label={t("mail.write")}
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
      onKeyDown={onKeyDown}
      onDragOver={(event) => {
        if (!event.dataTransfer?.types.includes("Files")) return;
        event.preventDefault();
        setDragged(true);
      }}
      onDragLeave={(event) => event.target === event.currentTarget && setDragged(false)}
      onDrop={(event) => {
        if (!event.dataTransfer?.types.includes("Files")) return;
        event.preventDefault();
        setDragged(false);
        attach(event.dataTransfer.files);
      }}
    >
      <div class="mail-top">
        <MailKinds written={written} newest={newest} answered={answered} own={ownAddresses(contact)} disabled={locked} onChange={change} />
        <DraftState contactId={id} mail={mail} />
        <button id="composer-mode" class="button quiet small icon" type="button" aria-keyshortcuts="Alt+I" aria-label={t("talk.internal.switch")} title={t("talk.internal.switch")} onClick={onNote}>
          <Icon name="note" size={16} />
        </button>
        <button class="button quiet small icon" type="button" aria-pressed={tall} aria-label={t("mail.tall")} title={t("mail.tall")} onClick={() => setTall(!tall)}>
          <Icon name={tall ? "down" : "up"} size={16} />
        </button>
      </div>
      <div class="mail-body">
        <div class="mail-rows">
          <RecipientsField
            label={t("mail.to")}
            list={written.to}
            automatic={written.kind === "KIND_ANSWER" ? answered && addressText(answered) : undefined}
            disabled={locked}
            onRest={setUnread("to")}
            onChange={(to) => change({ to })}
          />
          {!showCopies && (
            <button class="button quiet small mail-copies" type="button" disabled={locked} onClick={() => setCopies(true)}>{t("mail.copies")}</button>
          )}
          {showCopies && (
            <>
              <RecipientsField label={t("mail.cc")} list={written.cc} focused={copies} disabled={locked} onRest={setUnread("cc")} onChange={(cc) => change({ cc })} />
              <RecipientsField label={t("mail.bcc")} list={written.bcc} disabled={locked} onRest={setUnread("bcc")} onChange={(bcc) => change({ bcc })} />
            </>
          )}
          <label class="mail-row">
            <span class="mail-row-label">{t("mail.subject")}</span>
            <input
              class="mail-input"
              disabled={locked}
              value={written.subject}
              placeholder={written.kind === "KIND_ANSWER" ? answerSubject(newest?.first.mail?.subject || contact.subject || "") : undefined}
              onInput={(event) => change({ subject: event.currentTarget.value })}
            />
          </label>
        </div>
        <textarea
          ref={field}
          id="composer"
          data-home
          class="mail-text"
          rows={untouched ? 3 : 5}
          disabled={locked}
          value={written.text}
          placeholder={t(forwarded ? "mail.text.forward" : "mail.text")}
          aria-label={t("mail.text.label")}
          aria-describedby="composer-hint"
          aria-invalid={over > 0}
          onInput={(event) => change({ text: event.currentTarget.value })}
          onPaste={(event) => {
            if ((event.clipboardData?.files.length ?? 0) === 0) return;
            event.preventDefault();
            attach(event.clipboardData?.files);
          }}
        />
        <Quotation contact={contact} written={written} disabled={locked} onChange={change} />
        <span class="sr-only" role="status">{written.attachments.length > 0 ? t("mail.files.count", { count: written.attachments.length }) : ""}</span>
        <AttachmentTray contactId={id} mail={mail} disabled={locked} />
      </div>
      {mail.leaves !== undefined ? (
        <UndoBar contactId={id} leaves={mail.leaves} />
      ) : (
        <footer class="mail-foot">
          <button class="button primary" type="submit" aria-keyshortcuts="Control+Enter" aria-disabled={problem !== undefined || undefined} title={problem}>
            <Icon name="send" size={18} />
            {t("talk.send")}
          </button>
          <input ref={picked} class="sr-only" type="file" multiple tabIndex={-1} aria-hidden="true" onChange={(event) => { attach(event.currentTarget.files); event.currentTarget.value = ""; }} />
          <button class="button quiet icon" type="button" aria-label={t("mail.attach")} title={t("mail.attach")} onClick={() => picked.current?.click()}>
            <Icon name="clip" size={18} />
          </button>
          <QuickResponses contact={contact} onChoose={insert} />
          <p id="composer-hint" class={said ? "mail-hint bad" : "mail-hint"} role={said ? "alert" : undefined}>
            {said ?? (left < nearBytes ? t("mail.left", { count: left.toLocaleString(t.locale) }) : t("mail.hint"))}
          </p>
          {!untouched && (
            <button class="button quiet icon" type="button" aria-label={t("mail.discard")} title={t("mail.discard")} onClick={() => { desk.mails.discard(id); field.current?.focus(); }}>
              <Icon name="bin" size={18} />
            </button>
          )}
          <button class="button" type="button" title={t("mail.aside.detail")} onClick={() => void desk.hold(id)}>
            <Icon name="pause" size={18} />
            {t("mail.aside")}
          </button>
        </footer>
      )}
      {dragged && <p class="mail-drop" aria-hidden="true">{t("mail.drop")}</p>}
    </form>
  );
}

function answerSubject(subject: string): string {
  return /^re:/i.test(subject) || subject === "" ? subject : `Re: ${subject}`;
}
