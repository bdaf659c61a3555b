// SPDX-License-Identifier: Apache-2.0
// Everything that can change the console's state.
import type { Agent, Desk } from "../wire/usher/agents/v1/agent";
import type { SessionWelcome } from "../wire/usher/agents/v1/session_service";
import type { Case } from "../wire/usher/context/v1/case";
import type { ListCasesResponse } from "../wire/usher/context/v1/case_service";
import type { ListMessagesResponse, ListTimelineResponse, WatchTimelineResponse } from "../wire/usher/context/v1/context_service";
import type { ConversationEvent, Message } from "../wire/usher/context/v1/conversation";
import type { Customer, TimelineEntry } from "../wire/usher/context/v1/customer";
import type { Contact, Queue } from "../wire/usher/routing/v1/contact";
import type { Event } from "../wire/usher/routing/v1/event";
import type { UnsentMessage } from "./conversation";
import type { MailState } from "./mail";
import type { PhoneState } from "./phone";
import type { Dialog, Link, Pane, Refusal, Toast, View } from "./state";

export type Action =
  // The session.
  | { kind: "link"; link: Link }
  | { kind: "welcome"; welcome: SessionWelcome }
  | { kind: "clock"; sentAt: number; receivedAt: number; serverTime?: string }
  | { kind: "sequence"; sequence: string }
  // What the server tells by itself.
  | { kind: "desk"; desk: Desk }
  | { kind: "event"; event: Event }
  | { kind: "conversation"; event: ConversationEvent; now: number }
  | { kind: "news"; customerId: string; news: WatchTimelineResponse }
  // What it answers.
  | { kind: "contact"; contact: Contact }
  | { kind: "sent"; message: Message }
  | { kind: "messages"; contactId: string; page: ListMessagesResponse }
  | { kind: "customer"; customer: Customer; askedFor?: string }
  | { kind: "timeline"; customerId: string; page: ListTimelineResponse; older: boolean }
  | { kind: "cases"; customerId: string; page: ListCasesResponse; more: boolean }
  | { kind: "case"; changed: Case }
  | { kind: "note"; customerId: string; entry: TimelineEntry }
  | { kind: "board"; queues: Queue[]; agents: Agent[]; contacts: Contact[] }
  // What the agent does here.
  | { kind: "say"; contactId: string; message: UnsentMessage }
  | { kind: "refused"; contactId: string; clientId: string; reason?: string }
  | { kind: "unsay"; contactId: string; clientId: string }
  | { kind: "seen"; contactId: string }
  | { kind: "draft"; contactId: string; text: string }
  | { kind: "mail"; contactId: string; change: Partial<MailState> }
  | { kind: "select"; contactId?: string }
  | { kind: "view"; view: View }
  | { kind: "look"; customerId: string }
  | { kind: "look-away" }
  | { kind: "pane"; pane: Pane }
  | { kind: "dialog"; dialog?: Dialog }
  | { kind: "refusal"; refusal?: Refusal }
  | { kind: "phone"; phone: PhoneState }
  | { kind: "toast"; toast: Toast }
  | { kind: "toast-gone"; id: number };
