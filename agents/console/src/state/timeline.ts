// SPDX-License-Identifier: Apache-2.0
// A customer's history, gathered by contact.
import type { Channel } from "../wire/usher/type/v1/channel";
import type { ListTimelineResponse } from "../wire/usher/context/v1/context_service";
import type { Note, TimelineEntry } from "../wire/usher/context/v1/customer";
import { instantMs } from "./time";

export interface TimelineState {
  /** Newest first, each once. */
  entries: TimelineEntry[];
  /** Asks for older entries; empty when there are none. */
  nextPage: string;
  loaded: boolean;
}

export const emptyTimeline: TimelineState = { entries: [], nextPage: "", loaded: false };

/** One contact as history tells it. */
export interface PastContact {
  kind: "contact";
  contactId: string;
  channel: Channel | undefined;
  /** The earliest instant that is known of it. */
  at: string | undefined;
  subject: string;
  queue: string;
  agents: string[];
  transfers: number;
  outcome: string;
  disposition: string;
  notes: { id: string; at: string | undefined; note: Note }[];
}

/** A note on the customer as such. */
export interface LooseNote {
  kind: "note";
  id: string;
  at: string | undefined;
  note: Note;
}

export type TimelineItem = PastContact | LooseNote;

/** Adds a page: the first (`older` false) refreshes the top, a later one goes below. */
export function withPage(timeline: TimelineState, page: ListTimelineResponse, older: boolean): TimelineState {
  const token = page.page?.nextPageToken ?? "";
  const keepsOlder = !older && timeline.loaded && timeline.entries.length > (page.entries ?? []).length;
  return {
    entries: merged(timeline.entries, page.entries ?? []),
    nextPage: keepsOlder ? timeline.nextPage : token,
    loaded: true,
  };
}

export function withEntry(timeline: TimelineState, entry: TimelineEntry): TimelineState {
  return { ...timeline, entries: merged(timeline.entries, [entry]) };
}

function merged(known: TimelineEntry[], added: TimelineEntry[]): TimelineEntry[] {
  const byId = new Map(known.map((entry) => [entry.id ?? "", entry]));
  for (const entry of added) byId.set(entry.id ?? "", entry);
  return [...byId.values()].sort(newestFirst);
}

function newestFirst(a: TimelineEntry, b: TimelineEntry): number {
  const byTime = (instantMs(b.at) ?? 0) - (instantMs(a.at) ?? 0);
  if (byTime !== 0) return byTime;
  const [left, right] = [a.id ?? "", b.id ?? ""];
  return right.length - left.length || (left < right ? 1 : left > right ? -1 : 0);
}

/** Gathers entries by contact. Items stand newest first by when they began. */
export function itemsOf(entries: TimelineEntry[]): TimelineItem[] {
  const contacts = new Map<string, PastContact>();
  const items: TimelineItem[] = [];
  for (const entry of [...entries].reverse()) {
    if (!entry.contactId) {
      if (entry.note) items.push({ kind: "note", id: entry.id ?? "", at: entry.at, note: entry.note });
      continue;
    }
    let past = contacts.get(entry.contactId);
    if (!past) {
      past = newContact(entry);
      contacts.set(entry.contactId, past);
      items.push(past);
    }
    absorb(past, entry);
  }
  return items.reverse();
}

function newContact(entry: TimelineEntry): PastContact {
  return {
    kind: "contact",
    contactId: entry.contactId ?? "",
    channel: entry.channel,
    at: entry.at,
    subject: "",
    queue: "",
    agents: [],
    transfers: 0,
    outcome: "",
    disposition: "",
    notes: [],
  };
}

function absorb(past: PastContact, entry: TimelineEntry): void {
  if (entry.channel && entry.channel !== "CHANNEL_UNSPECIFIED") past.channel = entry.channel;
  if (entry.opened) {
    past.queue = entry.opened.queue ?? "";
    past.subject = entry.opened.subject ?? "";
  }
  const agent = entry.assigned?.agentId ?? entry.closed?.agentId;
  if (agent && past.agents[past.agents.length - 1] !== agent) past.agents.push(agent);
  if (entry.transferred) past.transfers += 1;
  if (entry.closed) {
    past.outcome = entry.closed.outcome ?? "";
    past.disposition = entry.closed.disposition ?? "";
  }
  if (entry.note) past.notes.push({ id: entry.id ?? "", at: entry.at, note: entry.note });
}

/** The most recent contact before this one. */
export function contactBefore(entries: TimelineEntry[], contactId: string): PastContact | undefined {
  const contacts = itemsOf(entries).filter((item): item is PastContact => item.kind === "contact");
  const here = contacts.findIndex((item) => item.contactId === contactId);
  return contacts.slice(here + 1).find((item) => item.contactId !== contactId);
}

/** All notes, newest first, each with the contact that it was written in. */
export function notesOf(entries: TimelineEntry[]): TimelineEntry[] {
  return entries.filter((entry) => entry.note);
}
