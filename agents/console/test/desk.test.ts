// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { type DeskState, emptyDesk, fromServer, loads, newsOf, withAnswer, withEvent, worklist } from "../src/state/desk";
import type { Event } from "../src/wire/usher/routing/v1/event";

const me = "ann";
const contact = { id: "c1", queue: "support", state: "STATE_OFFERED", customerId: "k1", channel: "CHANNEL_CHAT" } as const;
const offer = { id: "o1", contactId: "c1", agentId: me, deadline: "2026-01-05T00:00:20Z" };
const offered: Event = { sequence: "5", contactId: "c1", agentId: me, offered: { offer, contact } };
const assigned: Event = { sequence: "6", contactId: "c1", agentId: me, assigned: { offerId: "o1", contact: { ...contact, state: "STATE_ASSIGNED", agent: me } } };

function after(...events: Event[]): DeskState {
  return events.reduce((desk, event) => withEvent(desk, event, me), emptyDesk);
}

test("an offer stands until it ends, and told twice it stands once", () => {
  assert.equal(after(offered, offered).offers.length, 1);
  const ended: Event = { contactId: "c1", offerEnded: { offerId: "o1", outcome: "OUTCOME_MISSED" } };
  assert.equal(after(offered, ended).offers.length, 0);
  assert.equal(after(offered, { contactId: "c1", offerEnded: { offerId: "o9" } }).offers.length, 1);
});

test("an offer to a colleague is not mine", () => {
  assert.equal(after({ ...offered, agentId: "bob" }).offers.length, 0);
});

test("an accepted offer becomes a contact, also where the event carries no contact", () => {
  for (const event of [assigned, { ...assigned, assigned: { offerId: "o1" } }]) {
    const desk = after(offered, event);
    assert.deepEqual([desk.offers.length, desk.contacts[0]?.state, desk.contacts[0]?.customerId], [0, "STATE_ASSIGNED", "k1"]);
  }
});

test("another agent's acceptance takes offer and contact away", () => {
  assert.deepEqual(worklist(after(offered, { ...assigned, agentId: "bob" })).offers, []);
  assert.deepEqual(after(offered, assigned, { ...assigned, agentId: "bob" }).contacts, []);
});

test("hold, resume, wrap-up and its end move the contact through its states", () => {
  const state = (desk: DeskState) => desk.contacts[0]?.state;
  const held: Event = { contactId: "c1", agentId: me, held: {} };
  const wrapping: Event = { contactId: "c1", agentId: me, wrapUpStarted: { endsAt: "2026-01-05T00:01:00Z", disposition: "resolved" } };
  const longer: Event = { contactId: "c1", agentId: me, wrapUpExtended: { endsAt: "2026-01-05T00:02:00Z" } };
  assert.equal(state(after(offered, assigned, held)), "STATE_HELD");
  assert.equal(state(after(offered, assigned, held, { ...held, held: undefined, resumed: {} })), "STATE_ASSIGNED");
  const wrap = after(offered, assigned, wrapping, longer);
  assert.deepEqual([state(wrap), wrap.contacts[0]?.wrapUpEndsAt, wrap.contacts[0]?.disposition], ["STATE_WRAPPING", "2026-01-05T00:02:00Z", "resolved"]);
  assert.deepEqual(after(offered, assigned, wrapping, { contactId: "c1", agentId: me, wrapUpEnded: {} }).contacts, []);
});

test("after a transfer the contact is gone, but the work after it stays until its own end", () => {
  const transferred: Event = { contactId: "c1", transferred: { fromAgent: me, toQueue: "billing" } };
  const wrapping: Event = { contactId: "c1", agentId: me, wrapUpStarted: { endsAt: "2026-01-05T00:01:00Z" } };
  const queued: Event = { contactId: "c1", queued: { cause: "transferred" } };
  const closed: Event = { contactId: "c1", closed: {} };
  assert.deepEqual(after(offered, assigned, transferred).contacts, []);
  for (const events of [[transferred, wrapping], [wrapping, transferred]]) {
    const desk = after(offered, assigned, ...events, queued, { ...assigned, agentId: "bob" }, closed);
    assert.equal(desk.contacts[0]?.state, "STATE_WRAPPING");
    assert.deepEqual(withEvent(desk, { contactId: "c1", agentId: me, wrapUpEnded: {} }, me).contacts, []);
  }
});

test("presence follows only the agent's own events", () => {
  const lunch: Event = { agentId: me, at: "2026-01-05T00:00:00Z", presenceChanged: { presence: "not-ready", reason: "lunch" } };
  assert.deepEqual(after(lunch).agent, { id: me, presence: "PRESENCE_NOT_READY", reason: "lunch", presenceSince: "2026-01-05T00:00:00Z" });
  assert.equal(after({ ...lunch, agentId: "bob" }).agent, undefined);
});

test("a verb's answer moves the contact at once, and the event that follows changes nothing", () => {
  const answered = withAnswer(after(offered), { ...contact, state: "STATE_ASSIGNED", agent: me }, me);
  assert.deepEqual([answered.offers.length, answered.contacts.length], [0, 1]);
  assert.deepEqual(withEvent(answered, assigned, me).contacts.map((one) => one.id), ["c1"]);
  assert.deepEqual(withAnswer(answered, { id: "c1", state: "STATE_CLOSED" }, me).contacts, []);
});

test("the agent is told of missed and withdrawn offers and of contacts taken away, not of own acts", () => {
  const ended = (outcome: "OUTCOME_MISSED" | "OUTCOME_WITHDRAWN" | "OUTCOME_REJECTED"): Event => ({ contactId: "c1", offerEnded: { offerId: "o1", outcome } });
  assert.equal(newsOf(after(offered), ended("OUTCOME_MISSED"), me)?.kind, "missed");
  assert.equal(newsOf(after(offered), ended("OUTCOME_WITHDRAWN"), me)?.kind, "withdrawn");
  assert.equal(newsOf(after(offered), ended("OUTCOME_REJECTED"), me), undefined);
  const mine = after(offered, assigned);
  assert.equal(newsOf(mine, { contactId: "c1", queued: { cause: "agent-lost" } }, me)?.kind, "taken-away");
  assert.equal(newsOf(mine, { contactId: "c1", transferred: { fromAgent: me } }, me), undefined);
  assert.equal(newsOf(after(), offered, me)?.kind, "offered");
  assert.equal(newsOf(after(offered), offered, me), undefined);
});

test("a supervisor who is no agent has no presence to set", () => {
  assert.equal(fromServer({ agent: { id: "sam" } }).agent, undefined);
  assert.equal(fromServer({ agent: { id: me, presence: "PRESENCE_OFFLINE" } }).agent?.id, me);
});

test("what is on hold fills no room", () => {
  const agent = { id: me, load: [{ channel: "CHANNEL_CHAT" as const, used: 0, max: 3 }] };
  const desk = { ...after(offered, assigned), agent };
  assert.equal(loads(desk)[0]?.used, 1);
  assert.equal(loads(withEvent(desk, { contactId: "c1", agentId: me, held: {} }, me))[0]?.used, 0);
});
