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
  /** How long the customer waited for the first agent; absent: not known. */
  waited: string | undefined;
  notes: { id: string; at: string | undefined; note: Note }[];
  /** False while only notes of it are known, as in a list of notes. */
  known: boolean;
}

/** A note on the customer as such. */
export interface LooseNote {
  kind: "note";
  id: string;
  at: string | undefined;
  note: Note;
}

/** Anything else: a case, a promise, a change of the record, something outside, a merge. */
export interface Occurrence {
  kind: "occurrence";
  id: string;
  at: string | undefined;
  entry: TimelineEntry;
}

export type TimelineItem = PastContact | LooseNote | Occurrence;

/** What a history is narrowed to. */
export interface TimelineFilter {
  group: TimelineGroup;
  channel: Channel;
}

/** Kinds of entries as people sort them; each names TimelineEntry's fields. */
export const timelineGroups = {
  all: [],
  contacts: ["opened", "assigned", "transferred", "closed"],
  notes: ["note"],
  cases: ["case_changed", "promise"],
  outside: ["outside"],
  record: ["profile", "merged"],
} as const satisfies Record<string, readonly string[]>;
export type TimelineGroup = keyof typeof timelineGroups;

export const everything: TimelineFilter = { group: "all", channel: "CHANNEL_UNSPECIFIED" };

/** Whether an entry belongs to what is shown; for what comes by itself while a filter is on. */
export function fits(entry: TimelineEntry, filter: TimelineFilter): boolean {
  const kinds: readonly string[] = timelineGroups[filter.group];
  const kind = kindOf(entry);
  const channel = filter.channel === "CHANNEL_UNSPECIFIED" || entry.channel === filter.channel;
  return channel && (kinds.length === 0 || kinds.includes(kind));
}

function kindOf(entry: TimelineEntry): string {
  if (entry.caseChanged) return "case_changed";
  const kinds = ["opened", "assigned", "transferred", "closed", "note", "promise", "profile", "outside", "merged"] as const;
  return kinds.find((kind) => entry[kind] !== undefined) ?? "";
}

/** Where to follow a history on: its newest entry of its own record. */
export function newestEntry(timeline: TimelineState, customerId: string): string {
  return timeline.entries.find((entry) => !entry.customerId || entry.customerId === customerId)?.id ?? "";
}

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

export function withEntries(timeline: TimelineState, entries: TimelineEntry[]): TimelineState {
  if (entries.length === 0) return timeline;
  return { ...timeline, entries: merged(timeline.entries, entries) };
}

function merged(known: TimelineEntry[], added: TimelineEntry[]): TimelineEntry[] {
  const byId = new Map(known.map((entry) => [keyOf(entry), entry]));
  for (const entry of added) byId.set(keyOf(entry), entry);
  return [...byId.values()].sort(newestFirst);
}

/** Ids are a record's own: where records were merged, two entries may share one. */
function keyOf(entry: TimelineEntry): string {
  return `${entry.customerId ?? ""} ${entry.id ?? ""}`;
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
    if (entry.caseChanged || entry.promise || entry.profile || entry.outside || entry.merged) {
      items.push({ kind: "occurrence", id: keyOf(entry), at: entry.at, entry });
      continue;
    }
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
  const shown = items.flatMap((item): TimelineItem[] =>
    item.kind === "contact" && !item.known ? item.notes.map((one): LooseNote => ({ kind: "note", ...one })) : [item],
  );
  return shown.reverse();
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
    waited: undefined,
    notes: [],
    known: false,
  };
}

function absorb(past: PastContact, entry: TimelineEntry): void {
  past.known ||= !entry.note;
  if (entry.channel && entry.channel !== "CHANNEL_UNSPECIFIED") past.channel = entry.channel;
  if (entry.opened) {
    past.queue = entry.opened.queue ?? "";
    past.subject = entry.opened.subject ?? "";
  }
  const agent = entry.assigned?.agentId ?? entry.closed?.agentId;
  if (agent && past.agents[past.agents.length - 1] !== agent) past.agents.push(agent);
  past.waited ??= entry.assigned?.waited;
  if (entry.transferred) past.transfers += 1;
  if (entry.closed) {
    past.outcome = entry.closed.outcome ?? "";
    past.disposition = entry.closed.disposition ?? "";
  }
  if (entry.note) past.notes.push({ id: entry.id ?? "", at: entry.at, note: entry.note });
}

/** The most recent contact before this one. */
export function contactBefore(entries: TimelineEntry[], contactId: string): PastContact | undefined {
  return contactsBefore(entries, contactId)[0];
}

/** The contacts before this one, latest first. */
export function contactsBefore(entries: TimelineEntry[], contactId: string): PastContact[] {
  const contacts = itemsOf(entries).filter((item): item is PastContact => item.kind === "contact");
  const here = contacts.findIndex((item) => item.contactId === contactId);
  return contacts.slice(here + 1).filter((item) => item.contactId !== contactId);
}

/** All notes, newest first, each with the contact that it was written in. */
export function notesOf(entries: TimelineEntry[]): TimelineEntry[] {
  return entries.filter((entry) => entry.note);
}
