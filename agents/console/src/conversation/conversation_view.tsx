// SPDX-License-Identifier: Apache-2.0
import { useEffect, useState } from "preact/hooks";
import { useApp } from "../app/context";
import { CallPanel } from "../call/call_panel";
import { isCall } from "../call/is_call";
import { dayName } from "../parts/dates";
import { useLostFocus } from "../parts/use_focus";
import { useNow } from "../parts/use_now";
import { emptyConversation, isTyping, lastMessageNumber } from "../state/conversation";
import { findContact } from "../state/desk";
import { draftSavedAt } from "../state/mail";
import type { Contact } from "../wire/usher/routing/v1/contact";
import { MailFoot } from "../mail/mail_foot";
import { Composer } from "./composer";
import { ConversationHead } from "./conversation_head";
import { MessageList } from "./message_list";
import { WrapUpBar } from "./wrap_up_bar";
import "./conversation_view.css";

/** One contact's conversation, with whatever its state lets the agent do. */
export function ConversationView({ contact }: { contact: Contact }) {
  const { state, desk } = useApp();
  const id = contact.id ?? "";
  const conversation = state.conversations[id] ?? emptyConversation;
  const here = findContact(state.desk, id) !== undefined;
  const [atEnd, setAtEnd] = useState(true);
  const last = lastMessageNumber(conversation);
  const talking = here && (contact.state === "STATE_ASSIGNED" || contact.state === "STATE_HELD");
  const spoken = talking && isCall(contact, state.calls[id]);

  useEffect(() => {
    const tell = () => {
      if (here && atEnd && document.visibilityState === "visible") desk.talk.seen(id);
    };
    tell();
    document.addEventListener("visibilitychange", tell);
    return () => document.removeEventListener("visibilitychange", tell);
  }, [id, last, atEnd, here]);

  return (
    <div class="talk">
      <ConversationHead contact={contact} here={here} />
      {spoken && <CallPanel contact={contact} />}
      <MessageList conversation={conversation} contact={contact} onEnd={setAtEnd} />
      <TypingLine contact={contact} />
      <Foot contact={contact} here={here} />
    </div>
  );
}

/** What can be done below the messages: write, wrap up, resume, or leave. */
function Foot({ contact, here }: { contact: Contact; here: boolean }) {
  const { state, desk, t } = useApp();
  const id = contact.id ?? "";
  if (!here) {
    return (
      <div class="talk-note" role="status">
        <span>{t("talk.over")}</span>
        <button class="button small" type="button" onClick={() => desk.store.dispatch({ kind: "select" })}>
          {t("talk.over.go")}
        </button>
      </div>
    );
  }
  if (contact.state === "STATE_WRAPPING") return <WrapUpBar contact={contact} />;
  if (contact.state === "STATE_HELD") {
    const draft = draftSavedAt(state.mails[id]);
    return (
      <div class="talk-note" role="status">
        <span>{draft ? t("talk.held.draft", { time: dayName(draft, Date.now(), t.locale) }) : t(contact.channel === "CHANNEL_EMAIL" ? "talk.held.mail" : "talk.held")}</span>
        <Resume id={id} />
      </div>
    );
  }
  return contact.channel === "CHANNEL_EMAIL" ? <MailFoot contact={contact} /> : <Composer contact={contact} />;
}

function Resume({ id }: { id: string }) {
  const { desk, t } = useApp();
  const button = useLostFocus<HTMLButtonElement>();
  return <button ref={button} class="button small primary" type="button" onClick={() => void desk.resume(id)}>{t("action.resume")}</button>;
}

function TypingLine({ contact }: { contact: Contact }) {
  const { state, desk, t } = useApp();
  const now = useNow(1000);
  const conversation = state.conversations[contact.id ?? ""] ?? emptyConversation;
  const typing = isTyping(conversation, now);
  const name = conversation.typing?.name || desk.nameOf(contact);
  return (
    <p class="talk-typing" role="status">
      {typing && (
        <>
          <span class="talk-dots" aria-hidden="true"><i /><i /><i /></span>
          {t("talk.typing", { name })}
        </>
      )}
    </p>
  );
}
