// SPDX-License-Identifier: Apache-2.0
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { useApp } from "../app/context";
import { dayHeading } from "../parts/dates";
import { Icon } from "../parts/icon";
import { type Conversation, lastMessageNumber, messageNumber, stateOf } from "../state/conversation";
import { continues, fatesOf } from "../state/mail";
import { instantMs } from "../state/time";
import type { Text } from "../text/catalogue";
import type { Message } from "../wire/usher/context/v1/conversation";
import type { Contact } from "../wire/usher/routing/v1/contact";
import { MailCard } from "../mail/mail_card";
import { MessageBubble, nameOfAuthor } from "./message_bubble";
import { UnsentBubble } from "./unsent_bubble";
import "./message_list.css";

interface Props {
  conversation: Conversation;
  contact: Contact;
  /** A past or offered conversation: as long as it is, not read out as it grows. */
  still?: boolean;
  /** Whether the end is on the screen. */
  onEnd?(atEnd: boolean): void;
}

/** Nearer to the end than this counts as at the end. */
const nearEndPx = 48;
/** Messages of one writer within this time stand together. */
const togetherMs = 3 * 60_000;

export function MessageList({ conversation, contact, still, onEnd }: Props) {
  const { state, desk, t } = useApp();
  const box = useRef<HTMLDivElement>(null);
  const [atEnd, setAtEnd] = useState(true);
  const { messages, unsent } = conversation;
  const last = lastMessageNumber(conversation);

  const me = state.me?.subject ?? "";
  const rows = useMemo(() => rowsOf({ conversation, contact, still: still === true, me, t }), [messages, conversation.customer, contact.id, contact.channel, still, me, t]);

  const follow = (end: boolean) => {
    setAtEnd(end);
    onEnd?.(end);
  };
  const toEnd = () => box.current?.scrollTo({ top: box.current.scrollHeight });
  useLayoutEffect(() => {
    if (!still && atEnd) toEnd();
  }, [last, unsent.length]);
  useEffect(() => {
    if (still || !box.current) return;
    const watch = new ResizeObserver(() => atEnd && toEnd());
    watch.observe(box.current);
    return () => watch.disconnect();
  }, [still, atEnd]);
  const onScroll = () => {
    const { scrollTop, scrollHeight, clientHeight } = box.current ?? { scrollTop: 0, scrollHeight: 0, clientHeight: 0 };
    const end = scrollHeight - scrollTop - clientHeight < nearEndPx;
    if (end !== atEnd) follow(end);
  };

  const name = desk.nameOf(contact);
  if (still) {
    return messages.length === 0 ? (
      <p class="empty">{t(conversation.loaded ? "history.messages.none" : "common.loading")}</p>
    ) : (
      <ol class="messages still">{rows}</ol>
    );
  }
  return (
    <div class="messages-frame">
      <div class="messages-scroll" ref={box} onScroll={onScroll} role="log" aria-label={t("talk.messages", { name })} tabIndex={0}>
        {messages.length + unsent.length === 0 && conversation.loaded && <p class="empty">{t("talk.empty")}</p>}
        <ol class="messages">
          {rows}
          {unsent.map((message) => (
            <UnsentBubble key={message.clientId} message={message} contactId={contact.id ?? ""} />
          ))}
        </ol>
      </div>
      {!atEnd && (
        <button class="button small messages-new" type="button" onClick={() => { follow(true); toEnd(); }}>
          <Icon name="down" size={16} />
          {t("talk.new")}
        </button>
      )}
    </div>
  );
}

/** The recorded messages with their days; marks change how far the agent's own have got. */
function rowsOf({ conversation, contact, still, me, t }: { conversation: Conversation; contact: Contact; still: boolean; me: string; t: Text }) {
  const { messages } = conversation;
  const fates = fatesOf(messages);
  return messages.map((message, at) => {
    const before = messages[at - 1];
    // The rest of a mail stands with its beginning.
    if (continues(before, message)) return null;
    const own = message.author?.side === "SIDE_AGENT";
    const state = own ? stateOf(conversation, message) : undefined;
    const key = message.clientId || messageNumber(message);
    const newDay = dayOf(before) !== dayOf(message);
    return [
      newDay && !still && (
        <li key={`day ${messageNumber(message)}`} class="messages-day">
          {dayHeading(message.at, Date.now(), t.locale)}
        </li>
      ),
      isMail(message, contact) ? (
        <li key={key} class={`message mail ${own ? "own" : ""}`}>
          <MailCard
            mail={{ first: message, text: wholeText(messages, at) }}
            contactId={message.contactId || contact.id || ""}
            name={nameOfAuthor(message, me, t)}
            own={own}
            state={state}
            fate={fates.get(messageNumber(message))}
          />
        </li>
      ) : (
        <MessageBubble key={key} message={message} state={state} first={newDay || !together(before, message)} last={!together(message, messages[at + 1])} me={me} t={t} />
      ),
    ];
  });
}

function isMail(message: Message, contact: Contact): boolean {
  const { author, internal, mail } = message;
  if (internal || author?.side === "SIDE_SYSTEM") return false;
  return mail !== undefined || contact.channel === "CHANNEL_EMAIL";
}

/** With the messages that go on with it. */
function wholeText(messages: Message[], at: number): string {
  const texts = [messages[at]?.text ?? ""];
  for (let next = at + 1; next < messages.length && continues(messages[next - 1], messages[next] as Message); ++next) texts.push(messages[next]?.text ?? "");
  return texts.join("\n");
}

function together(a: Message | undefined, b: Message | undefined): boolean {
  if (!a || !b || a.author?.side !== b.author?.side || a.author?.id !== b.author?.id) return false;
  if (Boolean(a.internal) !== Boolean(b.internal)) return false;
  return (instantMs(b.at) ?? 0) - (instantMs(a.at) ?? 0) < togetherMs;
}

function dayOf(message: Message | undefined): string {
  const ms = instantMs(message?.at);
  return ms === undefined ? "" : new Date(ms).toDateString();
}
