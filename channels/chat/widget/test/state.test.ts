// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Action, type ChatState, durationMs, initialState, nextUnsent, progressOf, reduce, retryDelayMs, unreadCount,
} from "../src/state";
import { clipped } from "../src/chat";
import { statusLine } from "../src/status_line";
import { en } from "../src/text";
import type { AuthorSide, Message } from "../src/wire/usher/context/v1/conversation";

const welcome = (resumed: boolean): Action => ({ kind: "welcome", welcome: { token: "t", resumed, title: "Larkfield" } });
const status = (phase: "IDLE" | "WAITING" | "ACTIVE" | "ENDED", contactId = "c1"): Action => ({
  kind: "status",
  status: { phase: `PHASE_${phase}`, contactId },
});
const say = (clientId: string): Action => ({ kind: "say", message: { clientId, text: clientId, at: 0 } });

function message(id: number, side: AuthorSide = "SIDE_AGENT", clientId = "", contactId = "c1"): Action {
  const said: Message = { id: String(id), clientId, contactId, author: { side }, text: `${id}` };
  return { kind: "message", message: said };
}

function after(...actions: Action[]): ChatState {
  return actions.reduce(reduce, initialState);
}

const ids = (state: ChatState) => state.messages.map((one) => one.id);

test("messages are shown once and in order, however they arrive", () => {
  const state = after(status("ACTIVE"), message(10), message(2), message(3), message(2));
  assert.deepEqual(ids(state), ["2", "3", "10"]);
});

test("what is said is shown once and sent when it comes back under its client id", () => {
  const written = after(status("ACTIVE"), say("a"), say("a"));
  assert.equal(written.unsent.length, 1);
  const recorded = reduce(written, message(1, "SIDE_CUSTOMER", "a"));
  assert.deepEqual([recorded.unsent.length, recorded.messages.length], [0, 1]);
  assert.equal(reduce(recorded, say("a")).unsent.length, 0);
});

test("one message at a time is said, in the order of writing, past refused ones", () => {
  const state = after(say("a"), say("b"), { kind: "error", error: { clientId: "a", reason: "TOO_LONG", message: "Too long." } });
  assert.equal(nextUnsent(state)?.clientId, "b");
  assert.equal(state.unsent[0]?.refused, "Too long.");
  assert.equal(nextUnsent(reduce(state, { kind: "say-again", clientId: "a" }))?.clientId, "a");
});

test("too fast is no refusal: the message waits until it may be said again", () => {
  const state = after(say("a"), { kind: "error", error: { clientId: "a", reason: "TOO_FAST", retryAfter: "2s" }, retryAt: 5000 });
  assert.deepEqual([state.unsent[0]?.refused, state.quietUntil], [undefined, 5000]);
});

test("a resumed chat goes on; a forgotten one moves up as earlier and keeps what is unsent", () => {
  const before = after(welcome(false), status("ACTIVE"), message(1), say("a"));
  assert.deepEqual(ids(reduce(before, welcome(true))), ["1"]);
  const anew = reduce(before, welcome(false));
  assert.deepEqual([anew.messages.length, anew.earlier.length, anew.phase, anew.unsent.length], [0, 1, "idle", 1]);
});

test("a new contact starts its own numbers, below what was said before", () => {
  const state = after(status("ACTIVE"), message(1), message(2), status("ENDED"), status("WAITING", "c2"), message(1, "SIDE_CUSTOMER", "a", "c2"));
  assert.deepEqual([state.contactId, state.earlier.length, ids(state)], ["c2", 2, ["1"]]);
});

test("a chat that was taken for over and goes on is not shown twice", () => {
  const state = after(welcome(false), status("ACTIVE"), message(1), message(2), welcome(false), status("ACTIVE"), message(1), message(2));
  assert.deepEqual([state.earlier.length, ids(state)], [0, ["1", "2"]]);
});

test("a start that is refused is not asked again, one that may be tried later is kept", () => {
  const asked = after(welcome(false), { kind: "start", start: { name: "Mei" } });
  assert.equal(reduce(asked, { kind: "error", error: { reason: "UNKNOWN_QUEUE" } }).start, undefined);
  assert.equal(reduce(asked, { kind: "error", error: { reason: "UNAVAILABLE" }, retryAt: 5 }).start?.name, "Mei");
});

test("a name is cut to what fits, never inside a character", () => {
  assert.equal(clipped("王小明", 7), "王小");
  assert.equal(clipped("Mei", 64), "Mei");
});

test("the agent's marks tell how far a message has got, and never go back", () => {
  const own: Message = { id: "4" };
  let state = after(status("ACTIVE"), { kind: "mark", mark: { side: "SIDE_AGENT", deliveredUpTo: "4", readUpTo: "3" } });
  assert.equal(progressOf(state, own), "delivered");
  state = reduce(state, { kind: "mark", mark: { side: "SIDE_AGENT", readUpTo: "4" } });
  assert.equal(progressOf(state, own), "read");
  state = reduce(state, { kind: "mark", mark: { side: "SIDE_AGENT", deliveredUpTo: "1" } });
  assert.equal(progressOf(state, own), "read");
});

test("unread are the agent's messages that were not seen", () => {
  const state = after(status("ACTIVE"), message(1, "SIDE_CUSTOMER"), message(2), message(3, "SIDE_SYSTEM"), message(4));
  assert.equal(unreadCount(state), 2);
  assert.equal(unreadCount(reduce(state, { kind: "seen" })), 0);
  assert.equal(unreadCount(reduce(state, { kind: "mark", mark: { side: "SIDE_CUSTOMER", readUpTo: "2" } })), 1);
});

test("a chat that was asked for stands until it is open", () => {
  const asked = after(welcome(false), { kind: "start", start: { name: "Mei" } });
  assert.equal(asked.start?.name, "Mei");
  assert.equal(reduce(asked, status("IDLE", "")).start?.name, "Mei");
  assert.equal(reduce(asked, status("WAITING")).start, undefined);
});

test("the agent's typing is believed for six seconds and ends with the message", () => {
  const typing = after(status("ACTIVE"), { kind: "typing", now: 1000, typing: { active: true, author: { side: "SIDE_AGENT", name: "Ann" } } });
  assert.deepEqual(typing.typing, { name: "Ann", until: 7000 });
  assert.equal(reduce(typing, message(1)).typing, undefined);
});

test("place and wait are told in whole minutes, and nothing is made up", () => {
  const waiting = (position: number, low?: string, high?: string) =>
    statusLine(en, { ...initialState, phase: "waiting", position, estimatedWait: { low, high } });
  assert.equal(waiting(0), "Looking for someone to help you…");
  assert.equal(waiting(1, "5s", "40s"), "You are next. Usually under a minute.");
  assert.equal(waiting(3, "130s", "290s"), "You are number 3 in line. Usually 2–5 min.");
  assert.equal(waiting(2, "10s", "60s"), "You are number 2 in line. Usually about 1 min.");
  assert.equal(statusLine(en, { ...initialState, phase: "ended", outcome: "timed-out" }), en.endedTimedOut);
  assert.equal(statusLine(en, initialState), "");
});

test("waits between tries double up to half a minute and are spread", () => {
  assert.deepEqual([0, 1, 2, 60].map((attempt) => retryDelayMs(attempt, 0)), [250, 500, 1000, 15_000]);
  assert.equal(durationMs("0.25s"), 250);
  assert.equal(durationMs(undefined), undefined);
});
