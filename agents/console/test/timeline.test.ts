// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { contactBefore, emptyTimeline, everything, fits, itemsOf, newestEntry, withEntries, withPage } from "../src/state/timeline";
import type { TimelineEntry } from "../src/wire/usher/context/v1/customer";

const at = (minute: number) => `2026-01-05T12:${String(minute).padStart(2, "0")}:00Z`;
const entries: TimelineEntry[] = [
  { id: "7", at: at(30), contactId: "c2", channel: "CHANNEL_CHAT", opened: { queue: "support" } },
  { id: "6", at: at(20), note: { author: "bob", text: "call later" } },
  { id: "5", at: at(9), contactId: "c1", note: { author: "bob", text: "promised" } },
  { id: "4", at: at(8), contactId: "c1", closed: { outcome: "completed", disposition: "resolved", agentId: "cai" } },
  { id: "3", at: at(5), contactId: "c1", transferred: { fromAgent: "bob", toQueue: "billing" } },
  { id: "2", at: at(2), contactId: "c1", assigned: { agentId: "bob" } },
  { id: "1", at: at(1), contactId: "c1", channel: "CHANNEL_EMAIL", opened: { queue: "support", subject: "bill" } },
];

test("entries gather by contact, newest first, loose notes among them", () => {
  const items = itemsOf(entries);
  assert.deepEqual(items.map((item) => (item.kind === "contact" ? item.contactId : `${item.kind} ${item.id}`)), ["c2", "note 6", "c1"]);
  const past = items[2];
  assert.ok(past?.kind === "contact");
  assert.deepEqual(
    [past.channel, past.subject, past.agents, past.transfers, past.outcome, past.disposition, past.notes.length],
    ["CHANNEL_EMAIL", "bill", ["bob", "cai"], 1, "completed", "resolved", 1],
  );
});

test("the contact before is the last earlier one", () => {
  assert.equal(contactBefore(entries, "c2")?.contactId, "c1");
  assert.equal(contactBefore(entries, "c9")?.contactId, "c2");
  assert.equal(contactBefore(entries, "c1"), undefined);
});

test("pages join without doubling and keep the way to older ones", () => {
  const first = withPage(emptyTimeline, { entries: entries.slice(0, 3), page: { nextPageToken: "p2" } }, false);
  const all = withPage(first, { entries: entries.slice(2) }, true);
  assert.deepEqual(all.entries.map((entry) => entry.id), ["7", "6", "5", "4", "3", "2", "1"]);
  assert.equal(all.nextPage, "");
  const fresh = withPage(all, { entries: entries.slice(0, 3), page: { nextPageToken: "p2" } }, false);
  assert.deepEqual([fresh.entries.length, fresh.nextPage], [7, ""]);
});

test("a new note goes to the top", () => {
  const added = withEntries({ entries, nextPage: "", loaded: true }, [{ id: "8", at: at(40), note: { text: "new" } }]);
  assert.equal(added.entries[0]?.id, "8");
});

test("cases, promises, changes, outside events and merges stand by themselves, also within a contact", () => {
  const items = itemsOf([
    { id: "12", at: at(62), outside: { summary: "Delivered" } },
    { id: "11", at: at(61), contactId: "c1", caseChanged: { change: "opened" } },
    ...entries,
  ]);
  assert.deepEqual(items.slice(0, 2).map((item) => item.kind), ["occurrence", "occurrence"]);
  assert.equal(items.length, 5);
});

test("a note whose contact is not in the list stands by itself", () => {
  const items = itemsOf([{ id: "9", at: at(9), contactId: "c9", note: { text: "n" } }]);
  assert.deepEqual(items.map((item) => item.kind), ["note"]);
});

test("what comes in while the history is narrowed down is shown where it fits", () => {
  const chat = { ...everything, channel: "CHANNEL_CHAT" as const };
  assert.ok(fits({ id: "1", caseChanged: {} }, { ...everything, group: "cases" }));
  assert.ok(!fits({ id: "1", note: {} }, { ...everything, group: "cases" }));
  assert.ok(fits({ id: "1", channel: "CHANNEL_CHAT", note: {} }, chat));
  assert.ok(!fits({ id: "1", note: {} }, chat));
});

test("entries of records that were merged are told apart, and a history is followed by its own", () => {
  const both = withEntries(emptyTimeline, [
    { id: "7", at: at(9), customerId: "k2", note: { text: "theirs" } },
    { id: "7", at: at(8), customerId: "k1", note: { text: "ours" } },
  ]);
  assert.equal(both.entries.length, 2);
  assert.equal(newestEntry(withEntries(both, [{ id: "9", at: at(10), customerId: "k2" }]), "k1"), "7");
  assert.equal(newestEntry(emptyTimeline, "k1"), "");
});
