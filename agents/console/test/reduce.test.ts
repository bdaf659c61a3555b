// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Action } from "../src/state/action";
import { reduce } from "../src/state/reduce";
import { initialState, type State } from "../src/state/state";

const welcome: Action = { kind: "welcome", welcome: { subject: "ann", role: "agent", domain: "acme" } };
const contact = { id: "c1", queue: "support", channel: "CHANNEL_CHAT", state: "STATE_OFFERED" } as const;
const offered: Action = {
  kind: "event",
  event: { contactId: "c1", agentId: "ann", offered: { offer: { id: "o1", contactId: "c1" }, contact } },
};
const assigned: Action = {
  kind: "event",
  event: { contactId: "c1", agentId: "ann", assigned: { contact: { ...contact, state: "STATE_ASSIGNED", agent: "ann" } } },
};

function after(...actions: Action[]): State {
  return actions.reduce(reduce, initialState);
}

test("an offer shows itself on an empty desk, but does not push away what is on show", () => {
  assert.equal(after(welcome, offered).selected, "c1");
  const second: Action = {
    kind: "event",
    event: { contactId: "c2", agentId: "ann", offered: { offer: { id: "o2", contactId: "c2" }, contact: { ...contact, id: "c2" } } },
  };
  assert.equal(after(welcome, offered, assigned, second).selected, "c1");
});

test("a finished contact makes room; one that was taken away stays readable until it is left", () => {
  const wrapping: Action = { kind: "event", event: { contactId: "c1", agentId: "ann", wrapUpStarted: { endsAt: "2026-01-05T00:01:00Z" } } };
  const over: Action = { kind: "event", event: { contactId: "c1", agentId: "ann", wrapUpEnded: {} } };
  assert.equal(after(welcome, offered, assigned, wrapping, over).selected, undefined);
  const lost: Action = { kind: "event", event: { contactId: "c1", queued: { cause: "agent-lost" } } };
  const taken = after(welcome, offered, assigned, lost);
  assert.deepEqual([taken.desk.contacts.length, taken.shown?.id], [0, "c1"]);
  assert.equal(reduce(taken, { kind: "select" }).shown, undefined);
});

test("a resumed session keeps the desk; signing out forgets everything", () => {
  const there = after(welcome, offered, assigned, { kind: "sequence", sequence: "9" });
  const resumed = reduce(reduce(there, { kind: "link", link: { kind: "reconnecting", retryAt: 1 } }), {
    kind: "welcome",
    welcome: { subject: "ann", role: "agent", resumed: true },
  });
  assert.deepEqual([resumed.desk.contacts.length, resumed.sequence, resumed.link.kind], [1, "9", "open"]);
  const out = reduce(resumed, { kind: "link", link: { kind: "signed-out" } });
  assert.deepEqual([out.desk.contacts.length, out.sequence, out.me], [0, undefined, undefined]);
});

test("a supervisor starts at the board", () => {
  assert.equal(after({ kind: "welcome", welcome: { subject: "sam", role: "supervisor" } }).view, "board");
});

test("an older answer about a customer does not undo a newer one", () => {
  const customer = (version: string, name: string): Action => ({ kind: "customer", customer: { id: "k1", version, name } });
  assert.equal(after(customer("3", "new"), customer("2", "old")).customers.k1?.name, "new");
  assert.equal(after(customer("3", "new"), customer("4", "newer")).customers.k1?.name, "newer");
});

test("notices are few and not said twice", () => {
  const toast = (id: number, title: string): Action => ({ kind: "toast", toast: { id, tone: "info", title } });
  const state = after(...[1, 2, 3, 4, 5, 6].map((id) => toast(id, `n${id}`)), toast(7, "n6"));
  assert.deepEqual(state.toasts.map((one) => one.id), [3, 4, 5, 7]);
});

test("drafts are kept by contact and dropped when empty", () => {
  const state = after({ kind: "draft", contactId: "c1", text: "a" }, { kind: "draft", contactId: "c2", text: "b" }, { kind: "draft", contactId: "c1", text: "" });
  assert.deepEqual(state.drafts, { c2: "b" });
});

test("a record that was merged is shown under the id that the contact names", () => {
  const state = after(welcome, { kind: "customer", customer: { id: "k1", name: "Mei", version: "9" }, askedFor: "k2" });
  assert.deepEqual([state.customers["k1"]?.name, state.customers["k2"]?.name], ["Mei", "Mei"]);
  const newer = reduce(state, { kind: "customer", customer: { id: "k2", name: "M.", version: "3" } });
  assert.equal(newer.customers["k2"]?.name, "M.");
});

test("what comes by itself joins the history and the record", () => {
  const state = after(welcome, { kind: "news", customerId: "k1", news: { entries: [{ id: "4", note: { text: "n" } }], customer: { id: "k1", name: "Mei", version: "2" } } });
  assert.equal(state.timelines["k1"]?.entries.length, 1);
  assert.equal(state.customers["k1"]?.name, "Mei");
});

test("a customer who was looked up goes away to where one came from", () => {
  const board = after(welcome, { kind: "view", view: "board" }, { kind: "look", customerId: "k1" }, { kind: "look", customerId: "k2" });
  assert.deepEqual([board.view, board.looked?.customerId], ["customer", "k2"]);
  assert.equal(reduce(board, { kind: "look-away" }).view, "board");
});

test("a contact that is chosen takes the place of a customer who was looked up", () => {
  assert.equal(after(welcome, offered, { kind: "look", customerId: "k1" }, { kind: "select", contactId: "c1" }).view, "desk");
});
