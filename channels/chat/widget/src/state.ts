// SPDX-License-Identifier: Apache-2.0
// Everything that the widget knows, and the one function that changes it. Pure.
import type { ChatStatus, ServerError, ServerWelcome, StartChat } from "./wire/usher/chat/v1/chat";
import type { Mark, Message, Typing } from "./wire/usher/context/v1/conversation";

/** Said here, not yet known to be recorded. */
export interface Unsent {
  clientId: string;
  text: string;
  at: number;
  /** The server's words for why it was refused; it waits for the visitor to try again. */
  refused?: string;
}

export type Phase = "idle" | "waiting" | "active" | "ended";

export interface ChatState {
  link: "off" | "connecting" | "open" | "lost" | "taken-over" | "refused";
  /** True once a welcome came. */
  known: boolean;
  title: string;
  greeting: string;
  textBytesMax: number;
  phase: Phase;
  contactId: string;
  position: number;
  estimatedWait?: { low?: string; high?: string };
  agentName: string;
  outcome: string;
  /** What was said in chats that are over, above the open one. */
  earlier: Message[];
  /** The open or last chat's, by rising number, each once. */
  messages: Message[];
  /** In the order of writing. */
  unsent: Unsent[];
  /** A chat that was asked for and is not open yet. */
  start?: StartChat;
  agentDelivered: number;
  agentRead: number;
  /** The last message that the visitor has seen. */
  seen: number;
  typing?: { name: string; until: number };
  /** Nothing is said again before this (this machine's clock). */
  quietUntil: number;
  /** The visitor has left an ended chat and wants a new one. */
  fresh: boolean;
}

export const initialState: ChatState = {
  link: "off",
  known: false,
  title: "",
  greeting: "",
  textBytesMax: 4096,
  phase: "idle",
  contactId: "",
  position: 0,
  agentName: "",
  outcome: "",
  earlier: [],
  messages: [],
  unsent: [],
  agentDelivered: 0,
  agentRead: 0,
  seen: 0,
  quietUntil: 0,
  fresh: false,
};

export type Action =
  | { kind: "link"; link: ChatState["link"] }
  | { kind: "welcome"; welcome: ServerWelcome }
  | { kind: "status"; status: ChatStatus }
  | { kind: "message"; message: Message }
  | { kind: "mark"; mark: Mark }
  | { kind: "typing"; typing: Typing; now: number }
  | { kind: "error"; error: ServerError; retryAt?: number }
  | { kind: "start"; start: StartChat }
  | { kind: "say"; message: Unsent }
  | { kind: "say-again"; clientId: string }
  | { kind: "seen" }
  | { kind: "fresh" };

const typingBelievedMs = 6000;
/** What stays on the page of chats that are over. */
const earlierMax = 200;

export function reduce(state: ChatState, action: Action): ChatState {
  switch (action.kind) {
    case "link":
      return { ...state, link: action.link };
    case "welcome":
      return welcomed(state, action.welcome);
    case "status":
      return withStatus(state, action.status);
    case "message":
      return withMessage(inContact(state, action.message.contactId), action.message);
    case "mark":
      return withMark(state, action.mark);
    case "typing":
      return withTyping(state, action.typing, action.now);
    case "error":
      return withError(state, action.error, action.retryAt);
    case "start":
      return { ...state, start: action.start, fresh: false };
    case "say":
      return { ...said(state, action.message), fresh: false };
    case "say-again":
      return withUnsent(state, action.clientId, { refused: undefined });
    case "seen":
      return { ...state, seen: Math.max(state.seen, lastNumber(state)) };
    case "fresh":
      return { ...state, fresh: true };
  }
}

function welcomed(state: ChatState, welcome: ServerWelcome): ChatState {
  const { title = "", greeting = "", textBytesMax = 4096 } = welcome;
  const kept = welcome.resumed ? state : withoutContact(state);
  return { ...kept, link: "open", known: true, title, greeting, textBytesMax };
}

const phases: Record<string, Phase> = {
  PHASE_WAITING: "waiting",
  PHASE_ACTIVE: "active",
  PHASE_ENDED: "ended",
};

function withStatus(before: ChatState, status: ChatStatus): ChatState {
  const state = inContact(before, status.contactId);
  const phase = phases[status.phase ?? ""] ?? "idle";
  const open = phase === "waiting" || phase === "active";
  return {
    ...state,
    phase,
    position: status.position ?? 0,
    estimatedWait: status.estimatedWait,
    agentName: status.agentName ?? (phase === "ended" ? state.agentName : ""),
    outcome: status.outcome ?? "",
    start: open ? undefined : state.start,
    fresh: open ? false : state.fresh,
    typing: phase === "active" ? state.typing : undefined,
  };
}

/** A message or status of another contact begins a new chat: numbers start again at 1. */
function inContact(state: ChatState, contactId: string | undefined): ChatState {
  if (!contactId || contactId === state.contactId) return state;
  const next = withoutContact(state);
  // A chat that was taken for over and goes on is told from its first message again.
  return { ...next, contactId, earlier: next.earlier.filter((one) => one.contactId !== contactId) };
}

function withoutContact(state: ChatState): ChatState {
  return {
    ...state,
    contactId: "",
    phase: "idle",
    earlier: [...state.earlier, ...state.messages].slice(-earlierMax),
    messages: [],
    agentDelivered: 0,
    agentRead: 0,
    seen: 0,
    typing: undefined,
  };
}

/** Each once, in the order of numbers; what was unsent and is recorded now is sent. */
function withMessage(state: ChatState, message: Message): ChatState {
  const number = numberOf(message);
  const others = state.messages.filter((one) => numberOf(one) !== number);
  const fromAgent = message.author?.side === "SIDE_AGENT";
  return {
    ...state,
    messages: [...others, message].sort((a, b) => numberOf(a) - numberOf(b)),
    unsent: message.clientId ? state.unsent.filter((one) => one.clientId !== message.clientId) : state.unsent,
    typing: fromAgent ? undefined : state.typing,
  };
}

function withMark(state: ChatState, mark: Mark): ChatState {
  const read = Number(mark.readUpTo ?? 0);
  if (mark.side === "SIDE_CUSTOMER") return { ...state, seen: Math.max(state.seen, read) };
  return {
    ...state,
    agentRead: Math.max(state.agentRead, read),
    agentDelivered: Math.max(state.agentDelivered, read, Number(mark.deliveredUpTo ?? 0)),
  };
}

function withTyping(state: ChatState, typing: Typing, now: number): ChatState {
  if (typing.author?.side === "SIDE_CUSTOMER") return state;
  const name = typing.author?.name ?? "";
  return { ...state, typing: typing.active ? { name, until: now + typingBelievedMs } : undefined };
}

function withError(state: ChatState, error: ServerError, retryAt: number | undefined): ChatState {
  if (retryAt !== undefined) return { ...state, quietUntil: Math.max(state.quietUntil, retryAt) };
  if (!error.clientId) return { ...state, start: undefined };
  return withUnsent(state, error.clientId, { refused: error.message || error.reason || "" });
}

function said(state: ChatState, message: Unsent): ChatState {
  const known = [...state.unsent, ...state.messages].some((one) => one.clientId === message.clientId);
  return known ? state : { ...state, unsent: [...state.unsent, message] };
}

function withUnsent(state: ChatState, clientId: string, change: Partial<Unsent>): ChatState {
  const unsent = state.unsent.map((one) => (one.clientId === clientId ? { ...one, ...change } : one));
  return { ...state, unsent };
}

export function numberOf(message: Message): number {
  return Number(message.id ?? 0);
}

export function lastNumber(state: ChatState): number {
  const last = state.messages[state.messages.length - 1];
  return last ? numberOf(last) : 0;
}

export function unreadCount(state: ChatState): number {
  return state.messages.filter((one) => one.author?.side === "SIDE_AGENT" && numberOf(one) > state.seen).length;
}

/** The one message to say now: the first that is not refused. One at a time keeps the order. */
export function nextUnsent(state: ChatState): Unsent | undefined {
  return state.unsent.find((one) => one.refused === undefined);
}

export type MessageProgress = "sent" | "delivered" | "read";

export function progressOf(state: ChatState, message: Message): MessageProgress {
  const number = numberOf(message);
  if (number <= state.agentRead) return "read";
  return number <= state.agentDelivered ? "delivered" : "sent";
}

/** Milliseconds of a protobuf JSON duration such as "1.5s". */
export function durationMs(text: string | undefined): number | undefined {
  const match = /^(\d+(?:\.\d+)?)s$/.exec(text ?? "");
  return match ? Number(match[1]) * 1000 : undefined;
}

/** The wait before try number `attempt`: doubling, bounded, spread by `chance` in [0, 1). */
export function retryDelayMs(attempt: number, chance: number): number {
  const full = Math.min(30_000, 500 * 2 ** Math.min(attempt, 20));
  return Math.round(full / 2 + (full / 2) * chance);
}
