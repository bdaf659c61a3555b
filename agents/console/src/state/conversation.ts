// SPDX-License-Identifier: Apache-2.0
// One contact's conversation: what was said, what waits to be sent, how far each side has got.
import type { ListMessagesResponse } from "../wire/usher/context/v1/context_service";
import type { Attachment, AuthorSide, ConversationEvent, MailHead, Mark, Message } from "../wire/usher/context/v1/conversation";

/** Said here, not yet known to be recorded. */
export interface UnsentMessage {
  clientId: string;
  text: string;
  at: number;
  /** For colleagues only. */
  internal?: boolean;
  /** What it has as an e-mail. */
  mail?: MailHead;
  attachments?: Attachment[];
  /** Why the server refused it; it waits for the agent to try again or give up. */
  refused?: string;
}

/** How far one side has got. */
export interface Progress {
  delivered: number;
  read: number;
}

export interface Conversation {
  /** By rising id, each once. */
  messages: Message[];
  /** In the order in which they were written. */
  unsent: UnsentMessage[];
  customer: Progress;
  agent: Progress;
  /** The customer's name while typing, and until when (this machine's clock) that is believed. */
  typing?: { name: string; until: number };
  /** False until the conversation was read once. */
  loaded: boolean;
}

export const emptyConversation: Conversation = {
  messages: [],
  unsent: [],
  customer: { delivered: 0, read: 0 },
  agent: { delivered: 0, read: 0 },
  loaded: false,
};

/** The proto: typing is forgotten after six seconds without another. */
const typingBelievedMs = 6000;

export type MessageState = "sending" | "refused" | "sent" | "delivered" | "read";

export function messageNumber(message: Message): number {
  return Number(message.id ?? 0);
}

export function lastMessageNumber(conversation: Conversation): number {
  const last = conversation.messages[conversation.messages.length - 1];
  return last ? messageNumber(last) : 0;
}

/** Adds recorded messages: each once, in the order of ids; what was unsent and is among them is sent. */
export function withMessages(conversation: Conversation, added: Message[]): Conversation {
  if (added.length === 0) return conversation;
  const byId = new Map(conversation.messages.map((message) => [messageNumber(message), message]));
  for (const message of added) byId.set(messageNumber(message), message);
  const recorded = new Set(added.map((message) => message.clientId).filter(Boolean));
  const typingEnds = added.some((message) => message.author?.side === "SIDE_CUSTOMER");
  return {
    ...conversation,
    messages: [...byId.values()].sort((a, b) => messageNumber(a) - messageNumber(b)),
    unsent: conversation.unsent.filter((message) => !recorded.has(message.clientId)),
    typing: typingEnds ? undefined : conversation.typing,
  };
}

/** The answer to list_messages. */
export function withPage(conversation: Conversation, page: ListMessagesResponse): Conversation {
  const marked = (page.marks ?? []).reduce(withMark, conversation);
  return { ...withMessages(marked, page.messages ?? []), loaded: true };
}

/** Marks never go back. */
export function withMark(conversation: Conversation, mark: Mark): Conversation {
  const side = progressOf(mark.side);
  if (!side) return conversation;
  const read = Math.max(conversation[side].read, Number(mark.readUpTo ?? 0));
  const delivered = Math.max(conversation[side].delivered, read, Number(mark.deliveredUpTo ?? 0));
  return { ...conversation, [side]: { delivered, read } };
}

function progressOf(side: AuthorSide | undefined): "customer" | "agent" | undefined {
  if (side === "SIDE_CUSTOMER") return "customer";
  return side === "SIDE_AGENT" ? "agent" : undefined;
}

/** Something happened in the conversation; `now` is this machine's clock. */
export function withEvent(conversation: Conversation, event: ConversationEvent, now: number): Conversation {
  if (event.message) return withMessages(conversation, [event.message]);
  if (event.mark) return withMark(conversation, event.mark);
  if (event.typing?.author?.side !== "SIDE_CUSTOMER") return conversation;
  const { active, author } = event.typing;
  const typing = active ? { name: author.name ?? "", until: now + typingBelievedMs } : undefined;
  return { ...conversation, typing };
}

/** Something was written here; the same client id adds nothing. */
export function withUnsent(conversation: Conversation, message: UnsentMessage): Conversation {
  const known =
    conversation.unsent.some((one) => one.clientId === message.clientId) ||
    conversation.messages.some((one) => one.clientId === message.clientId);
  return known ? conversation : { ...conversation, unsent: [...conversation.unsent, message] };
}

/** The server refused it (`reason` set) or it is being tried again (absent). */
export function withRefusal(conversation: Conversation, clientId: string, reason?: string): Conversation {
  const unsent = conversation.unsent.map((one) =>
    one.clientId === clientId ? { ...one, refused: reason } : one,
  );
  return { ...conversation, unsent };
}

export function withoutUnsent(conversation: Conversation, clientId: string): Conversation {
  return { ...conversation, unsent: conversation.unsent.filter((one) => one.clientId !== clientId) };
}

/** How far one of the agent's own messages has got. */
export function stateOf(conversation: Conversation, message: Message): MessageState {
  const id = messageNumber(message);
  if (id <= conversation.customer.read) return "read";
  return id <= conversation.customer.delivered ? "delivered" : "sent";
}

/** The customer's messages that the agent has not seen. What the agent wrote after, was seen. */
export function unreadCount(conversation: Conversation): number {
  let seen = conversation.agent.read;
  for (const message of conversation.messages) {
    if (message.author?.side === "SIDE_AGENT") seen = Math.max(seen, messageNumber(message));
  }
  return conversation.messages.filter(
    (message) => message.author?.side === "SIDE_CUSTOMER" && messageNumber(message) > seen,
  ).length;
}

/** The agent has seen everything that is there. */
export function allSeen(conversation: Conversation): Conversation {
  const last = lastMessageNumber(conversation);
  if (last <= conversation.agent.read) return conversation;
  return { ...conversation, agent: { delivered: Math.max(last, conversation.agent.delivered), read: last } };
}

/** Whether the customer is believed to be typing. */
export function isTyping(conversation: Conversation, now: number): boolean {
  return conversation.typing !== undefined && now < conversation.typing.until;
}
