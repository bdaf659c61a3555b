// SPDX-License-Identifier: Apache-2.0
// The agent's desk: what the server's desk and events make of it.
import type { Agent, AgentPresence, Desk, OfferedContact } from "../wire/usher/agents/v1/agent";
import type { Contact, ContactState } from "../wire/usher/routing/v1/contact";
import type { Channel } from "../wire/usher/type/v1/channel";
import type { Event } from "../wire/usher/routing/v1/event";

export interface DeskState {
  /** Absent for a supervisor who serves no contacts, and before the first desk. */
  agent?: Agent;
  offers: OfferedContact[];
  /** In the order in which they came. */
  contacts: Contact[];
  /** Contacts that this agent passed on and may still have after-contact work for. */
  passedOn: Contact[];
}

export const emptyDesk: DeskState = { offers: [], contacts: [], passedOn: [] };

/** More than an agent can have in wrap-up at once; older ones are forgotten. */
const passedOnMax = 20;

export function fromServer(desk: Desk): DeskState {
  // A supervisor who is no agent of the domain has a desk whose agent has no presence.
  const presence = desk.agent?.presence ?? "PRESENCE_UNSPECIFIED";
  const agent = presence === "PRESENCE_UNSPECIFIED" ? undefined : desk.agent;
  return { agent, offers: desk.offers ?? [], contacts: desk.contacts ?? [], passedOn: [] };
}

/** What an event means to the agent in words, if anything. */
export type DeskNews =
  | { kind: "offered"; contact: Contact }
  | { kind: "missed"; contact: Contact }
  | { kind: "withdrawn"; contact: Contact }
  | { kind: "taken-away"; contact: Contact };

/** Applies one recorded event. Events may come twice; the second changes nothing. */
export function withEvent(desk: DeskState, event: Event, me: string): DeskState {
  if (event.presenceChanged) {
    return event.agentId === me ? withPresence(desk, event) : desk;
  }
  if (event.consoleChanged || !event.contactId) return desk;
  if (event.offered) return event.agentId === me ? withOffer(desk, event) : desk;
  if (event.offerEnded) return withoutOffer(desk, event.offerEnded.offerId ?? "");
  if (event.wrapUpStarted || event.wrapUpExtended || event.wrapUpEnded) {
    return (event.agentId || me) === me ? withWrapUp(desk, event) : desk;
  }
  if (wrapsPassedOn(desk, event.contactId)) return desk;
  if (event.assigned) return withAssigned(desk, event, me);
  if (event.transferred) return withTransfer(desk, event, me);
  return withContactEvent(desk, event);
}

function withPresence(desk: DeskState, event: Event): DeskState {
  const presence = presenceOf(event.presenceChanged?.presence ?? "");
  const agent: Agent = {
    id: event.agentId,
    ...desk.agent,
    presence,
    reason: event.presenceChanged?.reason ?? "",
    presenceSince: event.at,
  };
  return { ...desk, agent };
}

/** The event's word for a presence as the enum's. */
function presenceOf(word: string): AgentPresence {
  if (word === "available") return "PRESENCE_AVAILABLE";
  return word === "not-ready" ? "PRESENCE_NOT_READY" : "PRESENCE_OFFLINE";
}

function withOffer(desk: DeskState, event: Event): DeskState {
  const { offer, contact } = event.offered ?? {};
  if (!offer || desk.offers.some((one) => one.offer?.id === offer.id)) return desk;
  const offered: OfferedContact = { offer, contact: contact ?? { id: event.contactId, queue: event.queue } };
  return { ...desk, offers: [...desk.offers, offered] };
}

function withoutOffer(desk: DeskState, offerId: string): DeskState {
  const offers = desk.offers.filter((one) => one.offer?.id !== offerId);
  return offers.length === desk.offers.length ? desk : { ...desk, offers };
}

function withAssigned(desk: DeskState, event: Event, me: string): DeskState {
  const id = event.contactId;
  const offered = desk.offers.find((one) => one.contact?.id === id)?.contact;
  const offers = desk.offers.filter((one) => one.contact?.id !== id);
  const others = desk.contacts.filter((one) => one.id !== id);
  if (event.agentId !== me) return { ...desk, offers, contacts: others };
  const contact: Contact = {
    ...(event.assigned?.contact ?? offered ?? { id, queue: event.queue }),
    state: "STATE_ASSIGNED",
    agent: me,
  };
  return { ...desk, offers, contacts: withContact(desk.contacts, contact) };
}

function withContact(contacts: Contact[], contact: Contact): Contact[] {
  const known = contacts.some((one) => one.id === contact.id);
  return known ? contacts.map((one) => (one.id === contact.id ? contact : one)) : [...contacts, contact];
}

/** True for after-contact work on a contact that is somebody else's by now. */
function wrapsPassedOn(desk: DeskState, id: string): boolean {
  const here = desk.contacts.find((one) => one.id === id);
  return here?.state === "STATE_WRAPPING" && desk.passedOn.some((one) => one.id === id);
}

function withTransfer(desk: DeskState, event: Event, me: string): DeskState {
  const here = desk.contacts.find((one) => one.id === event.contactId);
  if (!here || event.transferred?.fromAgent !== me) return without(desk, event.contactId);
  const passedOn = [...desk.passedOn.filter((one) => one.id !== here.id), here].slice(-passedOnMax);
  // The work after a transfer may have begun in the same commit, before this event.
  return here.state === "STATE_WRAPPING" ? { ...desk, passedOn } : { ...without(desk, here.id), passedOn };
}

function withWrapUp(desk: DeskState, event: Event): DeskState {
  const id = event.contactId;
  if (event.wrapUpEnded) {
    return { ...without(desk, id), passedOn: desk.passedOn.filter((one) => one.id !== id) };
  }
  const known = [...desk.contacts, ...desk.passedOn].find((one) => one.id === id);
  if (!known) return desk;
  const { endsAt, disposition } = { ...event.wrapUpExtended, ...event.wrapUpStarted };
  const contact: Contact = {
    ...known,
    state: "STATE_WRAPPING",
    wrapUpEndsAt: endsAt,
    disposition: disposition ?? known.disposition,
  };
  return { ...desk, contacts: withContact(desk.contacts, contact) };
}

/** What happens to a contact that is here; other contacts' events change nothing. */
function withContactEvent(desk: DeskState, event: Event): DeskState {
  const id = event.contactId;
  if (event.updated?.contact) return updated(desk, event.updated.contact);
  if (event.queued || event.closed) return without(desk, id);
  const state: ContactState | undefined = event.held
    ? "STATE_HELD"
    : event.resumed
      ? "STATE_ASSIGNED"
      : undefined;
  if (!state || !desk.contacts.some((one) => one.id === id)) return desk;
  const contacts = desk.contacts.map((one) => (one.id === id ? { ...one, state } : one));
  return { ...desk, contacts };
}

function updated(desk: DeskState, contact: Contact): DeskState {
  const contacts = desk.contacts.map((one) => (one.id === contact.id ? contact : one));
  const offers = desk.offers.map((one) => (one.contact?.id === contact.id ? { ...one, contact } : one));
  return { ...desk, contacts, offers };
}

function without(desk: DeskState, id: string | undefined): DeskState {
  return {
    ...desk,
    contacts: desk.contacts.filter((one) => one.id !== id),
    offers: desk.offers.filter((one) => one.contact?.id !== id),
  };
}

/** A verb's answer: the contact as it is now. It leaves the desk when it is no longer the agent's. */
export function withAnswer(desk: DeskState, contact: Contact, me: string): DeskState {
  const here: ContactState[] = ["STATE_ASSIGNED", "STATE_HELD", "STATE_WRAPPING"];
  const mine = here.includes(contact.state ?? "STATE_UNSPECIFIED") && (contact.agent || me) === me;
  const offers = desk.offers.filter((one) => one.contact?.id !== contact.id);
  // What was passed on leaves by its own event, which keeps it for the work after it.
  if (!mine) return contact.state === "STATE_CLOSED" ? without(desk, contact.id) : { ...desk, offers };
  return { ...desk, offers, contacts: withContact(desk.contacts, contact) };
}

/** What the agent should be told about an event, before it is applied. */
export function newsOf(desk: DeskState, event: Event, me: string): DeskNews | undefined {
  if (event.offered?.contact && event.agentId === me) {
    const known = desk.offers.some((one) => one.offer?.id === event.offered?.offer?.id);
    return known ? undefined : { kind: "offered", contact: event.offered.contact };
  }
  if (event.offerEnded) {
    const ended = desk.offers.find((one) => one.offer?.id === event.offerEnded?.offerId)?.contact;
    if (!ended) return undefined;
    if (event.offerEnded.outcome === "OUTCOME_MISSED") return { kind: "missed", contact: ended };
    if (event.offerEnded.outcome === "OUTCOME_WITHDRAWN") return { kind: "withdrawn", contact: ended };
    return undefined;
  }
  const here = desk.contacts.find((one) => one.id === event.contactId);
  if (here?.state === "STATE_WRAPPING") return undefined;
  const taken = event.queued || (event.assigned && event.agentId !== me) || event.transferred;
  const byMe = event.transferred?.fromAgent === me;
  return here && taken && !byMe ? { kind: "taken-away", contact: here } : undefined;
}

/** Everything on the desk in the order in which it is listed: offers, live, held, wrapping. */
export function worklist(desk: DeskState): { offers: OfferedContact[]; live: Contact[]; held: Contact[]; wrapping: Contact[] } {
  const inState = (state: ContactState) => desk.contacts.filter((one) => one.state === state);
  return {
    offers: desk.offers,
    live: desk.contacts.filter((one) => one.state !== "STATE_HELD" && one.state !== "STATE_WRAPPING"),
    held: inState("STATE_HELD"),
    wrapping: inState("STATE_WRAPPING"),
  };
}

/** How full the agent is by channel, as the desk stands now; what is on hold holds no room. */
export function loads(desk: DeskState): { channel: Channel; used: number; max: number }[] {
  const here = [
    ...desk.contacts.filter((one) => one.state !== "STATE_HELD"),
    ...desk.offers.flatMap((one) => (one.contact ? [one.contact] : [])),
  ];
  return (desk.agent?.load ?? [])
    .filter((load) => (load.max ?? 0) > 0)
    .map(({ channel = "CHANNEL_UNSPECIFIED", max = 0 }) => ({
      channel,
      used: here.filter((one) => one.channel === channel).length,
      max,
    }));
}

/** The contact of an id, whether offered or here. */
export function findContact(desk: DeskState, id: string | undefined): Contact | undefined {
  if (!id) return undefined;
  return (
    desk.contacts.find((one) => one.id === id) ??
    desk.offers.find((one) => one.contact?.id === id)?.contact
  );
}
