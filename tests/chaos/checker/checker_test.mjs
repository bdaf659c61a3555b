// SPDX-License-Identifier: Apache-2.0
// Each verdict can fail: hand-made histories, one good and many bad.
import assert from "node:assert/strict";
import { test } from "node:test";
import { check, verdictNames } from "./check.mjs";

const rules = { channelOf: { straight: "chat", rough: "chat" }, room: { chat: 1 }, strictQueues: ["straight"] };

const facts = {
  queued: (sequence, contact, queue = "straight") => ({ sequence, what: "queued", at: "1", contact, queue, cause: "submit" }),
  offered: (sequence, contact, agent, offer) => ({ sequence, what: "offered", at: "1", contact, agent, offer }),
  missed: (sequence, contact, agent, offer) => ({ sequence, what: "offerEnded", at: "1", contact, agent, offer, outcome: "OUTCOME_MISSED" }),
  assigned: (sequence, contact, agent, offer) => ({ sequence, what: "assigned", at: "1", contact, agent, queue: "straight", offer, cause: "offer" }),
  closed: (sequence, contact, agent) => ({ sequence, what: "closed", at: "1", contact, agent, queue: "straight", outcome: "OUTCOME_COMPLETED" }),
};
const { queued, offered, missed, assigned, closed } = facts;

/** One contact from submit to end, told to a watcher; `change` spoils it. */
function judge(change = () => {}) {
  const log = [queued(1, "c1"), offered(1, "c1", "ann", "o1"), assigned(2, "c1", "ann", "o1"), closed(3, "c1", "ann")];
  const story = {
    log,
    open: new Map(),
    closed: new Map([["c1", { state: "STATE_CLOSED" }]]),
    conversations: new Map([["c1", [{ id: 1, clientId: "m1" }]]]),
    timelines: new Map([["cu", [{ id: "9-0", what: "outside", name: "event-2" }, { id: "8-0", what: "note", name: "note-1" }, { contact: "c1", what: "closed" }, { contact: "c1", what: "assigned" }, { contact: "c1", what: "opened" }]]]),
    records: [
      { process: "router-1", kind: "led", router: "A", epoch: 1, sequence: 0 },
      { process: "watcher-1", kind: "opened", stream: "w1", router: "A", after: 0 },
      { process: "crm", kind: "invoke", call: 1, op: "submit", request: "r1", customer: "cu" },
      { process: "watcher-1", kind: "told", stream: "w1", router: "A", sequence: 1, events: log.slice(0, 2) },
      { process: "crm", kind: "ok", call: 1, op: "submit", request: "r1", contact: "c1", customer: "cu" },
      { process: "desk", kind: "invoke", call: 2, op: "accept", request: "a1", contact: "c1", agent: "ann", offer: "o1" },
      { process: "desk", kind: "ok", call: 2, op: "accept", request: "a1", contact: "c1", agent: "ann", offer: "o1" },
      { process: "watcher-1", kind: "told", stream: "w1", router: "A", sequence: 2, events: [log[2]] },
      { process: "desk", kind: "ok", call: 3, op: "message", request: "m1", contact: "c1", message: 1 },
      { process: "crm", kind: "ok", call: 6, op: "note", request: "note-1", customer: "cu", entry: "8-0" },
      { process: "crm", kind: "ok", call: 7, op: "event", request: "event-2", customer: "cu", entry: "9-0" },
      { process: "crm", kind: "invoke", call: 4, op: "read", request: "", contact: "c1" },
      { process: "crm", kind: "read", call: 4, contact: "c1", state: "STATE_ASSIGNED", agent: "ann", router: "A" },
      { process: "desk", kind: "ok", call: 5, op: "complete", request: "d1", contact: "c1", agent: "ann" },
      { process: "watcher-1", kind: "told", stream: "w1", router: "A", sequence: 3, events: [log[3]] },
    ],
  };
  change(story);
  story.records.forEach((record, n) => Object.assign(record, { n, t: n }, record.kind === "led" ? { at: n } : {}));
  const final = { ...story, sequence: Math.max(...story.log.map((fact) => fact.sequence)) };
  return check({ records: story.records, final, rules });
}

/** The verdicts that fell, as names. */
const fallen = (change) => verdictNames.filter((name) => judge(change).verdicts[name].length > 0);
const only = (verdict, what, change) => test(`${verdict}: ${what}`, () => assert.deepEqual(fallen(change), [verdict]));
const falls = (verdict, what, change) => test(`${verdict}: ${what}`, () => assert.ok(fallen(change).includes(verdict), fallen(change).join()));

test("a good history has no verdict against it", () => {
  const { verdicts, counts, ok } = judge();
  assert.deepEqual(verdicts, Object.fromEntries(verdictNames.map((name) => [name, []])));
  assert.equal(ok, true);
  assert.deepEqual([counts.contacts, counts.ok, counts.unresolved], [1, 6, 0]);
});

falls("lost", "an acknowledged submit that is nowhere", (story) => {
  story.records.push({ process: "crm", kind: "ok", call: 9, op: "submit", request: "r9", contact: "c9" });
});
only("lost", "an acknowledged submit that is in the log and not on the server", (story) => story.closed.clear());
only("lost", "an acknowledged note that is gone", (story) => story.timelines.get("cu").splice(1, 1));
only("lost", "an acknowledged outside event that is gone", (story) => story.timelines.get("cu").shift());
only("doubled", "an outside event that stands twice", (story) => story.timelines.get("cu").unshift({ id: "10-0", what: "outside", name: "event-2" }));
only("doubled", "an outside event that was acknowledged as another entry", (story) => (story.timelines.get("cu")[0].id = "7-0"));
only("outOfOrder", "a note behind what was written later", (story) => {
  const timeline = story.timelines.get("cu");
  timeline.unshift(timeline.splice(1, 1)[0]);
});
only("lost", "an acknowledged accept that is undone", (story) => {
  story.records.push({ process: "desk", kind: "ok", call: 9, op: "accept", request: "a9", contact: "c1", agent: "ben", offer: "o9" });
});
only("lost", "an acknowledged completion that is undone", (story) => {
  story.log.pop();
  story.records.pop();
  story.closed.clear();
  story.open.set("c1", { state: "STATE_ASSIGNED", agent: "ann" });
  story.timelines.get("cu").splice(2, 1);
  story.open.clear();
  story.closed.set("c1", {});
});
only("lost", "an acknowledged abandon that is undone", (story) => {
  story.records.push({ process: "crm", kind: "ok", call: 9, op: "abandon", request: "l9", contact: "c1" });
});
only("lost", "an acknowledged decline that is undone", (story) => {
  story.records.push({ process: "desk", kind: "ok", call: 9, op: "reject", request: "n9", contact: "c1", agent: "ann", offer: "o1" });
});
only("lost", "an acknowledged message that is gone", (story) => story.conversations.clear());
only("lost", "an event that was told and is not in the log", (story) => {
  story.records.push({ process: "desk", kind: "opened", stream: "d1", router: "A", after: null });
  story.records.push({ process: "desk", kind: "told", stream: "d1", router: "A", sequence: 9, events: [offered(9, "c1", "ann", "o9")] });
});
only("lost", "an event that a watcher was never told of", (story) => {
  story.records = story.records.filter((record) => !(record.kind === "told" && record.sequence === 2));
});
only("lost", "a line that a timeline lacks", (story) => story.timelines.get("cu").pop());

falls("doubled", "one request that made two contacts", (story) => {
  story.closed.set("c2", {});
  story.records.push({ process: "crm", kind: "ok", call: 9, op: "submit", request: "r1", contact: "c2" });
});
falls("doubled", "one external id that names two contacts", (story) => {
  story.records[4].external = "x";
  story.records.push({ process: "crm", kind: "ok", call: 9, op: "submit", request: "r2", contact: "c2", external: "x" });
});
only("doubled", "a contact that nobody asked for", (story) => {
  story.log.push(queued(4, "c2"), { ...closed(4, "c2"), agent: undefined });
  story.closed.set("c2", {});
});
test("a contact of a submit whose result nobody knows is no double", () => {
  assert.deepEqual(fallen((story) => {
    story.log.push(queued(4, "c2"), { ...closed(4, "c2"), agent: undefined });
    story.closed.set("c2", {});
    story.records.push({ process: "crm", kind: "unknown", call: 9, op: "submit", request: "r9" });
  }), []);
});
falls("doubled", "two agents at once", (story) => {
  story.log.splice(3, 0, { ...assigned(2, "c1", "ben", "o1"), cause: "pull" });
});
falls("doubled", "two ends", (story) => story.log.push(closed(4, "c1", "ann")));
falls("doubled", "an offer of a contact that an agent has", (story) => story.log.splice(3, 0, offered(3, "c1", "ben", "o2")));
falls("doubled", "an assignment by an offer that is over", (story) => (story.log[2].offer = "o7"));
falls("doubled", "an event that was told twice on one stream", (story) => {
  story.records.push({ process: "desk", kind: "opened", stream: "d1", router: "A", after: null });
  const told = { process: "desk", kind: "told", stream: "d1", router: "A", sequence: 1, events: [story.log[0]] };
  story.records.push(told, { ...told });
});
falls("doubled", "a watcher that is told again behind a reconnect", (story) => {
  story.records.push({ process: "watcher-1", kind: "opened", stream: "w2", router: "A", after: 2 });
  story.records.push({ process: "watcher-1", kind: "told", stream: "w2", router: "A", sequence: 3, events: [story.log[3]] });
});
only("doubled", "an event behind the point that the stream was opened at", (story) => {
  story.records.push({ process: "crm", kind: "opened", stream: "s1", router: "A", after: 2 });
  story.records.push({ process: "crm", kind: "told", stream: "s1", router: "A", sequence: 3, events: [story.log[2]] });
});
only("doubled", "one commit that was told with another content", (story) => {
  story.records.push({ process: "desk", kind: "opened", stream: "d1", router: "A", after: null });
  story.records.push({ process: "desk", kind: "told", stream: "d1", router: "A", sequence: 2, events: [assigned(2, "c1", "ben", "o1")] });
});
only("doubled", "an event that the agent's desk held already", (story) => {
  story.records.push({ process: "desk", kind: "opened", stream: "d1", router: "A", after: null });
  story.records.push({ process: "desk", kind: "told", stream: "d1", router: "A", sequence: 3, desks: [["ann", 2]], events: [story.log[2]] });
});
falls("doubled", "a message that stands twice", (story) => story.conversations.get("c1").push({ id: 2, clientId: "m1" }));
only("doubled", "a line that stands twice in a timeline", (story) => story.timelines.get("cu").push({ contact: "c1", what: "opened" }));

only("overCapacity", "two contacts where there is room for one", (story) => {
  story.log.splice(2, 0, queued(2, "c2", "rough"), offered(2, "c2", "ann", "o2"));
  story.log.push(closed(4, "c2", "ann"));
  story.closed.set("c2", {});
  story.records.push({ process: "crm", kind: "ok", call: 9, op: "submit", request: "r2", contact: "c2" });
  story.records[7].events.push(story.log[2], story.log[3]);
  story.records.push({ process: "watcher-1", kind: "told", stream: "w1", router: "A", sequence: 4, events: [story.log[6]] });
});

only("outOfOrder", "a contact that was passed by", (story) => {
  story.log.unshift(queued(1, "c0"));
  story.log.push(closed(4, "c0"));
  story.closed.set("c0", {});
  story.records.push({ process: "crm", kind: "ok", call: 9, op: "submit", request: "r0", contact: "c0" });
  story.records.push({ process: "watcher-1", kind: "told", stream: "w1", router: "A", sequence: 4, events: [story.log[0], story.log[5]] });
});
only("stuck", "an offer that ran out where everybody answers at once", (story) => {
  const before = [offered(1, "c1", "ben", "o0"), missed(1, "c1", "ben", "o0")];
  story.log.splice(1, 0, ...before);
  story.records[3].events = story.log.slice(0, 4);
});
test("who did not answer the agent's offer may be passed by", () => {
  assert.deepEqual(fallen((story) => {
    const before = [queued(1, "c0", "rough"), offered(1, "c0", "ann", "o0"), missed(1, "c0", "ann", "o0")];
    story.log.unshift(...before);
    story.log.push(closed(4, "c0"));
    story.closed.set("c0", {});
    story.records.push({ process: "crm", kind: "ok", call: 9, op: "submit", request: "r0", contact: "c0" });
    story.records[3].events = [...before, ...story.records[3].events];
    story.records.push({ process: "watcher-1", kind: "told", stream: "w1", router: "A", sequence: 4, events: [story.log[7]] });
  }), []);
});
only("outOfOrder", "a stream that goes back", (story) => {
  story.records.push({ process: "watcher-1", kind: "told", stream: "w1", router: "A", sequence: 2, events: [] });
});
only("outOfOrder", "a stream that tells of what it said was told", (story) => {
  story.records.push({ process: "crm", kind: "opened", stream: "s1", router: "A", after: 0 });
  story.records.push({ process: "crm", kind: "told", stream: "s1", router: "A", sequence: 3, events: [story.log[0]] });
  story.records.push({ process: "crm", kind: "told", stream: "s1", router: "A", sequence: 3, events: [story.log[3]] });
});
only("outOfOrder", "messages whose numbers are not their places", (story) => {
  story.conversations.set("c1", [{ id: 2, clientId: "m0" }, { id: 1, clientId: "m1" }]);
});
only("outOfOrder", "a timeline in another order than the log", (story) => story.timelines.get("cu").reverse());

only("stale", "a router that tells what a later leader decided", (story) => {
  story.records.splice(7, 0, { process: "router-2", kind: "led", router: "B", epoch: 2, sequence: 2 });
});
test("a router that leads again may tell what another decided", () => {
  assert.deepEqual(fallen((story) => {
    story.records.splice(7, 0, { process: "router-2", kind: "led", router: "B", epoch: 2, sequence: 2 });
    story.records.splice(8, 0, { process: "router-1", kind: "led", router: "A", epoch: 3, sequence: 2 });
  }), []);
});
only("stale", "a read that knows less than was acknowledged", (story) => {
  const read = story.records.find((record) => record.kind === "read");
  Object.assign(read, { state: "STATE_OFFERED", agent: "" });
});
test("a read may know more than was told so far", () => {
  assert.deepEqual(fallen((story) => {
    const read = story.records.find((record) => record.kind === "read");
    Object.assign(read, { state: "STATE_CLOSED", agent: "ann" });
  }), []);
});

only("stuck", "a contact that is still open at the end", (story) => {
  story.log.pop();
  story.records.splice(-2);
  story.closed.clear();
  story.open.set("c1", { state: "STATE_ASSIGNED", agent: "ann" });
  story.timelines.get("cu").splice(2, 1);
});
