// SPDX-License-Identifier: Apache-2.0
// The one function that changes the console's state. Pure: no clock, no network, no storage.
import type { Contact } from "../wire/usher/routing/v1/contact";
import type { Event } from "../wire/usher/routing/v1/event";
import type { Action } from "./action";
import { withKey } from "./bounded";
import { callOf, supervision } from "./call";
import * as cases from "./case";
import * as conversations from "./conversation";
import * as desks from "./desk";
import { emptyMail, type MailState } from "./mail";
import { initialState, type State, type Toast } from "./state";
import { withSample } from "./time";
import * as timelines from "./timeline";

export function reduce(state: State, action: Action): State {
  switch (action.kind) {
    case "link":
      return action.link.kind === "signed-out"
        ? { ...initialState, link: action.link, phone: state.phone }
        : { ...state, link: action.link };
    case "welcome":
      return welcomed(state, action.welcome);
    case "clock":
      return {
        ...state,
        clock: withSample(state.clock, {
          sentAt: action.sentAt,
          receivedAt: action.receivedAt,
          serverTime: action.serverTime,
        }),
      };
    case "sequence":
      return { ...state, sequence: action.sequence };
    case "desk":
      // How calls stand is told anew behind it.
      return onDesk({ ...state, desk: desks.fromServer(action.desk), calls: {} });
    case "event":
      return withEvent(state, action.event);
    case "contact":
      return onDesk({
        ...state,
        desk: desks.withAnswer(state.desk, action.contact, state.me?.subject ?? ""),
      });
    case "customer":
      return withCustomer(state, action.customer, action.askedFor);
    case "timeline":
      return withTimeline(state, action.customerId, (timeline) =>
        timelines.withPage(timeline, action.page, action.older),
      );
    case "note":
      return withTimeline(state, action.customerId, (timeline) =>
        timelines.withEntries(timeline, [action.entry]),
      );
    case "news":
      return withNews(state, action);
    case "cases":
      return withCases(state, action.customerId, (list) => cases.withPage(list, action.page, action.more));
    case "case":
      return withCases(state, action.changed.customerId ?? "", (list) => cases.withCase(list, action.changed));
    case "board": {
      const { queues, agents, contacts } = action;
      return { ...state, board: { queues, agents, contacts, loaded: true } };
    }
    case "draft":
      return { ...state, drafts: withDraft(state.drafts, action.contactId, action.text) };
    case "mail":
      return withMail(state, action.contactId, action.change);
    case "select":
      return select(state, action.contactId);
    case "view":
      return { ...state, view: action.view };
    case "look": {
      const from = state.view === "customer" ? (state.looked?.from ?? "desk") : state.view;
      return { ...state, view: "customer", looked: { customerId: action.customerId, from }, dialog: undefined, refusal: undefined };
    }
    case "look-away":
      return { ...state, view: state.looked?.from ?? "desk", looked: undefined };
    case "pane":
      return { ...state, pane: action.pane };
    case "dialog":
      return { ...state, dialog: action.dialog, refusal: undefined };
    case "refusal":
      return { ...state, refusal: action.refusal };
    case "toast":
      return { ...state, toasts: withToast(state.toasts, action.toast) };
    case "phone":
      return { ...state, phone: action.phone };
    case "toast-gone":
      return { ...state, toasts: state.toasts.filter((toast) => toast.id !== action.id) };
    default:
      return withConversationAction(state, action);
  }
}

type ConversationAction = Extract<
  Action,
  { kind: "conversation" | "messages" | "sent" | "say" | "refused" | "unsay" | "seen" }
>;

function withConversationAction(state: State, action: ConversationAction): State {
  switch (action.kind) {
    case "conversation":
      return withConversation(state, action.event.contactId, (one) =>
        conversations.withEvent(one, action.event, action.now),
      );
    case "messages":
      return withConversation(state, action.contactId, (one) => conversations.withPage(one, action.page));
    case "sent":
      return withConversation(state, action.message.contactId, (one) =>
        conversations.withMessages(one, [action.message]),
      );
    case "say":
      return withConversation(state, action.contactId, (one) =>
        conversations.withUnsent(one, action.message),
      );
    case "refused":
      return withConversation(state, action.contactId, (one) =>
        conversations.withRefusal(one, action.clientId, action.reason),
      );
    case "unsay":
      return withConversation(state, action.contactId, (one) =>
        conversations.withoutUnsent(one, action.clientId),
      );
    case "seen":
      return withConversation(state, action.contactId, conversations.allSeen);
  }
}

function welcomed(state: State, welcome: Extract<Action, { kind: "welcome" }>["welcome"]): State {
  const me = { subject: welcome.subject ?? "", role: welcome.role ?? "", domain: welcome.domain ?? "" };
  const first = state.me === undefined;
  const board = first && me.role === "supervisor";
  return {
    ...state,
    me,
    words: welcome.vocabulary ?? {},
    link: { kind: "open" },
    view: board ? "board" : state.view,
  };
}

/** One who is in a call without having its contact is named by a leg; nobody is told of more calls than that. */
function withCall(state: State, event: Event): State {
  const { [event.contactId ?? ""]: _, ...others } = state.calls;
  const call = callOf(event.call ?? {});
  return { ...state, calls: call ? { ...others, [event.contactId ?? ""]: call } : others };
}

function withEvent(before: State, event: Event): State {
  if (event.call) return withCall(before, event);
  const me = before.me?.subject ?? "";
  const desk = desks.withEvent(before.desk, event, me);
  const state = { ...before, desk, calls: callsAfter(before, event) };
  const passedOn = event.transferred?.fromAgent === me && event.contactId === before.selected;
  const gone = passedOn && !desks.findContact(desk, event.contactId);
  return onDesk(gone ? { ...state, selected: undefined, shown: undefined } : state);
}

/** The call of a contact that is over or with somebody else is nobody's here any more. */
function callsAfter({ calls, me }: State, event: Event): State["calls"] {
  const id = event.contactId ?? "";
  const left = event.closed || event.wrapUpStarted || (event.assigned && event.agentId !== me?.subject) || event.queued;
  if (!left || !calls[id] || supervision(calls[id], me?.subject ?? "")) return calls;
  const { [id]: _, ...others } = calls;
  return others;
}

/** After every change of the desk: what is shown is kept fresh, and something is shown if possible. */
function onDesk(state: State): State {
  const found = desks.findContact(state.desk, state.selected);
  if (found) return found === state.shown ? state : { ...state, shown: found };
  if (!state.selected) return selectFirst(state);
  // What was finished here makes room; what somebody else took away stays readable until left.
  const finished = state.shown?.state === "STATE_WRAPPING" || state.shown?.state === "STATE_OFFERED";
  const offered = state.shown?.state !== "STATE_ASSIGNED" && state.shown?.state !== "STATE_HELD";
  return finished || offered ? selectFirst({ ...state, selected: undefined, shown: undefined }) : state;
}

function selectFirst(state: State): State {
  const list = desks.worklist(state.desk);
  const first = list.offers[0]?.contact ?? list.live[0] ?? list.wrapping[0] ?? list.held[0];
  if (!first) return state.pane === "main" || state.pane === "customer" ? { ...state, pane: "list" } : state;
  const pane = list.offers[0] ? "main" : state.pane;
  return { ...state, selected: first.id, shown: first, pane };
}

function select(state: State, contactId: string | undefined): State {
  const contact = desks.findContact(state.desk, contactId);
  return { ...state, selected: contact?.id, shown: contact, view: "desk", pane: contact ? "main" : "list" };
}

/** What a long day leaves in memory; older ones are read again when they are wanted. */
const conversationsMax = 400;
const customersMax = 200;
const mailsMax = 100;

function contactsHere(state: State): Contact[] {
  return [...state.desk.contacts, ...state.desk.offers.flatMap((one) => (one.contact ? [one.contact] : []))];
}

function customersHere(state: State): Set<string | undefined> {
  return new Set([...contactsHere(state).map((one) => one.customerId), state.shown?.customerId, state.looked?.customerId]);
}

function withConversation(
  state: State,
  contactId: string | undefined,
  change: (one: conversations.Conversation) => conversations.Conversation,
): State {
  if (!contactId) return state;
  const before = state.conversations[contactId] ?? conversations.emptyConversation;
  const after = change(before);
  if (after === before) return state;
  const kept = new Set([...contactsHere(state).map((one) => one.id), state.selected]);
  const entry = { key: contactId, value: after };
  return { ...state, conversations: withKey(state.conversations, entry, { max: conversationsMax, kept }) };
}

function withMail(state: State, contactId: string, change: Partial<MailState>): State {
  const value = { ...(state.mails[contactId] ?? emptyMail), ...change };
  const kept = new Set(contactsHere(state).map((one) => one.id));
  return { ...state, mails: withKey(state.mails, { key: contactId, value }, { max: mailsMax, kept }) };
}

function withTimeline(
  state: State,
  customerId: string,
  change: (one: timelines.TimelineState) => timelines.TimelineState,
): State {
  const after = change(state.timelines[customerId] ?? timelines.emptyTimeline);
  const entry = { key: customerId, value: after };
  return { ...state, timelines: withKey(state.timelines, entry, { max: customersMax, kept: customersHere(state) }) };
}

function withNews(state: State, { customerId, news }: Extract<Action, { kind: "news" }>): State {
  const told = withTimeline(state, customerId, (timeline) => timelines.withEntries(timeline, news.entries ?? []));
  return news.customer ? withCustomer(told, news.customer, customerId) : told;
}

function withCases(state: State, customerId: string, change: (one: cases.CaseList) => cases.CaseList): State {
  const after = change(state.cases[customerId] ?? cases.noCases);
  const entry = { key: customerId, value: after };
  return { ...state, cases: withKey(state.cases, entry, { max: customersMax, kept: customersHere(state) }) };
}

/** A record that was merged is answered with the one that it is part of: it stands under both ids. */
function withCustomer(before: State, customer: NonNullable<State["customers"][string]>, askedFor = customer.id): State {
  const state = askedFor === customer.id ? before : withCustomerAs(before, customer, askedFor ?? "");
  return withCustomerAs(state, customer, customer.id ?? "");
}

/** An answer that was overtaken by a newer one is dropped. */
function withCustomerAs(state: State, customer: NonNullable<State["customers"][string]>, id: string): State {
  const here = state.customers[id];
  const known = here?.id === customer.id ? Number(here?.version ?? 0) : 0;
  if (known > Number(customer.version ?? 0)) return state;
  const entry = { key: id, value: customer };
  return { ...state, customers: withKey(state.customers, entry, { max: customersMax, kept: customersHere(state) }) };
}

function withDraft(drafts: State["drafts"], contactId: string, text: string): State["drafts"] {
  const { [contactId]: _, ...others } = drafts;
  return text === "" ? others : { ...others, [contactId]: text };
}

/** More at once than a person can read; the oldest goes. The same words are not said twice. */
const toastsMax = 4;

function withToast(toasts: Toast[], toast: Toast): Toast[] {
  const others = toasts.filter((one) => one.title !== toast.title || one.detail !== toast.detail);
  return [...others, toast].slice(-toastsMax);
}
