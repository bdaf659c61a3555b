// SPDX-License-Identifier: Apache-2.0
import { fullDate, timeOfDay } from "../parts/dates";
import { Icon, type IconName } from "../parts/icon";
import type { MessageState } from "../state/conversation";
import { fateIn, isAcknowledgement } from "../state/mail";
import type { Text } from "../text/catalogue";
import type { Message } from "../wire/usher/context/v1/conversation";
import { Attachments } from "./attachments";
import "./message_bubble.css";

interface Props {
  message: Message;
  /** How far the agent's own message has got. */
  state?: MessageState;
  /** First and last of those that stand together. */
  first: boolean;
  last: boolean;
  /** Who is signed in. */
  me: string;
  t: Text;
}

export const stateIcons: Record<MessageState, IconName> = {
  sending: "clock",
  refused: "alert",
  sent: "check",
  delivered: "checks",
  read: "checks",
};

export function nameOfAuthor({ author }: Message, subject: string, t: Text): string {
  if (author?.side === "SIDE_AGENT" && author.id === subject) return t("talk.you");
  return author?.name || t.word(author?.id || "") || t("customer.unknown");
}

/** Takes everything as a property, so that a list of many is drawn again only where it changed. */
export function MessageBubble({ message, state, first, last, me: subject, t }: Props) {
  const { author, at, text, internal, attachments = [] } = message;
  const time = timeOfDay(at, t.locale);
  if (author?.side === "SIDE_SYSTEM") {
    const fate = fateIn(message)?.fate;
    if (isAcknowledgement(message)) {
      return (
        <li class="message system" title={fullDate(at, t.locale)}>
          <details>
            <summary>{t("mail.acknowledged")} <span class="number">{time}</span></summary>
            <p class="message-lines" dir="auto">{text}</p>
          </details>
        </li>
      );
    }
    return (
      <li class={`message system ${fate ?? ""}`} title={fullDate(at, t.locale)}>
        {fate && <Icon name="alert" size={16} />}
        <span class={text?.includes("\n") ? "message-lines" : undefined}>{text}</span> <span class="number">{time}</span>
      </li>
    );
  }
  const own = author?.side === "SIDE_AGENT";
  const me = own && author?.id === subject;
  const name = nameOfAuthor(message, subject, t);
  return (
    <li class={`message ${internal ? "internal" : own ? "own" : ""} ${first ? "first" : ""} ${last ? "last" : ""}`}>
      <span class="sr-only">{t("talk.said", { name, time })}</span>
      {internal ? (
        <span class="message-author"><Icon name="note" size={14} /> {t("talk.internal.by", { name })}</span>
      ) : (
        own && !me && first && <span class="message-author" aria-hidden="true">{name}</span>
      )}
      {text && <p class="message-text" dir="auto">{text}</p>}
      {attachments.length > 0 && <Attachments attachments={attachments} t={t} />}
      {last && (
        <span class="message-meta" title={fullDate(at, t.locale)}>
          <span class="number" aria-hidden="true">{time}</span>
          {state && me && !internal && (
            <span class={`message-state ${state}`} title={t(`talk.state.${state}`)}>
              <Icon name={stateIcons[state]} size={16} />
              <span class="sr-only">{t(`talk.state.${state}`)}</span>
            </span>
          )}
        </span>
      )}
    </li>
  );
}
