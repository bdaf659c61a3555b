// SPDX-License-Identifier: Apache-2.0
// Everything that the console knows. Changed by `reduce` only.
import type { Agent, Vocabulary } from "../wire/usher/agents/v1/agent";
import type { Customer } from "../wire/usher/context/v1/customer";
import type { Contact, Queue } from "../wire/usher/routing/v1/contact";
import type { Conversation } from "./conversation";
import { type DeskState, emptyDesk } from "./desk";
import { type ServerClock, unknownClock } from "./time";
import type { TimelineState } from "./timeline";

/** How the session stands. */
export type Link =
  | { kind: "signed-out"; why?: "TOKEN_EXPIRED" | "TOKEN_REFUSED" }
  | { kind: "connecting" }
  | { kind: "open" }
  /** Lost; tried again at `retryAt` (this machine's clock). */
  | { kind: "reconnecting"; retryAt: number }
  /** Ended by the server for good; `reason` is its word. */
  | { kind: "closed"; reason: string };

export interface Identity {
  subject: string;
  role: string;
  domain: string;
}

export type ToastTone = "info" | "good" | "bad";

export interface Toast {
  id: number;
  tone: ToastTone;
  title: string;
  detail?: string;
}

export interface BoardState {
  queues: Queue[];
  agents: Agent[];
  contacts: Contact[];
  loaded: boolean;
}

export type View = "desk" | "board";

/** A dialog that is open, about a contact where it needs one. */
export type Dialog =
  | { kind: "transfer"; contactId: string }
  | { kind: "complete"; contactId: string }
  | { kind: "shortcuts" };

/** The parts of the desk that a narrow screen shows one at a time. */
export type Pane = "list" | "main" | "customer";

export interface State {
  link: Link;
  me?: Identity;
  words: Vocabulary;
  clock: ServerClock;
  /** The last commit that was dealt with; absent before the first. */
  sequence?: string;
  desk: DeskState;
  conversations: Readonly<Record<string, Conversation>>;
  customers: Readonly<Record<string, Customer>>;
  timelines: Readonly<Record<string, TimelineState>>;
  drafts: Readonly<Record<string, string>>;
  /** The contact on show, and a copy of it that stays after it has left the desk. */
  selected?: string;
  shown?: Contact;
  view: View;
  pane: Pane;
  dialog?: Dialog;
  toasts: Toast[];
  board: BoardState;
}

export const initialState: State = {
  link: { kind: "signed-out" },
  words: {},
  clock: unknownClock,
  desk: emptyDesk,
  conversations: {},
  customers: {},
  timelines: {},
  drafts: {},
  view: "desk",
  pane: "list",
  toasts: [],
  board: { queues: [], agents: [], contacts: [], loaded: false },
};
