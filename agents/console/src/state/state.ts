// SPDX-License-Identifier: Apache-2.0
// Everything that the console knows. Changed by `reduce` only.
import type { Agent, Vocabulary } from "../wire/usher/agents/v1/agent";
import type { Customer } from "../wire/usher/context/v1/customer";
import type { Contact, Queue } from "../wire/usher/routing/v1/contact";
import type { Call } from "./call";
import type { CaseList } from "./case";
import type { Conversation } from "./conversation";
import { type DeskState, emptyDesk } from "./desk";
import type { MailState } from "./mail";
import { noPhone, type PhoneState } from "./phone";
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

/** Why what a dialog asked for was not done, and what to do about it. */
export interface Refusal {
  title: string;
  next?: string;
}

export interface BoardState {
  queues: Queue[];
  agents: Agent[];
  contacts: Contact[];
  loaded: boolean;
}

/** `customer`: one who was looked up, whatever is on the desk. */
export type View = "desk" | "board" | "customer";

/** A dialog that is open, about a contact where it needs one. */
export type Dialog =
  | { kind: "transfer"; contactId: string }
  | { kind: "consult"; contactId: string }
  | { kind: "complete"; contactId: string }
  | { kind: "dial"; number?: string; customerId?: string }
  | { kind: "write"; to?: string; customerId?: string }
  | { kind: "phone" }
  | { kind: "shortcuts" }
  | { kind: "search" }
  | { kind: "open-cases" }
  | { kind: "open-case"; customerId: string; contactId?: string }
  | { kind: "edit-case" | "resolve-case" | "transfer-case" | "promise"; customerId: string; caseId: string };

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
  /** By contact: those of the desk, and those that a supervisor is in. */
  calls: Readonly<Record<string, Call>>;
  phone: PhoneState;
  conversations: Readonly<Record<string, Conversation>>;
  customers: Readonly<Record<string, Customer>>;
  timelines: Readonly<Record<string, TimelineState>>;
  cases: Readonly<Record<string, CaseList>>;
  drafts: Readonly<Record<string, string>>;
  /** What is being written as a mail, by contact. */
  mails: Readonly<Record<string, MailState>>;
  /** The contact on show, and a copy of it that stays after it has left the desk. */
  selected?: string;
  shown?: Contact;
  /** The customer who was looked up, and where to go back to. */
  looked?: { customerId: string; from: "desk" | "board" };
  view: View;
  pane: Pane;
  dialog?: Dialog;
  /** Of what the dialog that is open asked for last. */
  refusal?: Refusal;
  toasts: Toast[];
  board: BoardState;
}

export const initialState: State = {
  link: { kind: "signed-out" },
  words: {},
  clock: unknownClock,
  desk: emptyDesk,
  calls: {},
  phone: noPhone,
  conversations: {},
  customers: {},
  timelines: {},
  cases: {},
  drafts: {},
  mails: {},
  view: "desk",
  pane: "list",
  toasts: [],
  board: { queues: [], agents: [], contacts: [], loaded: false },
};
