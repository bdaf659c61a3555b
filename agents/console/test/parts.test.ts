// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { tokenIn } from "../src/app/token";
import { byPresence, summaryOf } from "../src/board/summary";
import { targetId, targetsFor } from "../src/conversation/transfer_targets";
import { initialsOf } from "../src/parts/initials";

test("initials come from the first and last word, or from a Chinese given name", () => {
  assert.deepEqual(["Ann Li", "Ann Mary Li", "cher", "王小明", "李雷", "  ", "Ødegård"].map(initialsOf), ["AL", "AL", "C", "小明", "李雷", "?", "Ø"]);
});

test("a sign-in link and a bare token both give the token, anything else nothing", () => {
  assert.equal(tokenIn(" http://127.0.0.1:8080/console/#token=aa.bb-b.c_c "), "aa.bb-b.c_c");
  assert.equal(tokenIn("aa.bb.cc"), "aa.bb.cc");
  assert.equal(tokenIn("hello there"), undefined);
  assert.equal(tokenIn(""), undefined);
});

test("the board sums queues and weighs service levels by what was accepted", () => {
  const queues = [
    { waiting: 2, longestWait: "61s", accepted: "3", serviceLevelBasisPoints: 10_000 },
    { waiting: 1, longestWait: "5s", accepted: "1", serviceLevelBasisPoints: 0 },
    {},
  ];
  const agents = [{ presence: "PRESENCE_AVAILABLE" as const }, { presence: "PRESENCE_NOT_READY" as const }, {}];
  assert.deepEqual(summaryOf(queues, agents), { waiting: 3, longestWaitMs: 61_000, available: 1, signedIn: 2, assigned: 0, serviceLevel: 7500 });
  assert.equal(summaryOf([], []).serviceLevel, undefined);
  assert.deepEqual(byPresence([{ id: "b" }, { id: "a", presence: "PRESENCE_AVAILABLE" }]).map((one) => one.id), ["a", "b"]);
});

test("a contact can go to queues of its channel and to available colleagues, those with room first", () => {
  const load = (used: number) => [{ channel: "CHANNEL_CHAT" as const, used, max: 2 }];
  const around = {
    queues: [{ id: "support" }, { id: "calls", channels: ["CHANNEL_VOICE" as const] }, { id: "billing" }],
    agents: [
      { id: "ann", presence: "PRESENCE_AVAILABLE" as const, load: load(0) },
      { id: "bob", name: "Bob", presence: "PRESENCE_AVAILABLE" as const, load: load(2) },
      { id: "cai", presence: "PRESENCE_AVAILABLE" as const, load: load(1) },
      { id: "dora", presence: "PRESENCE_NOT_READY" as const, load: load(0) },
      { id: "fen", presence: "PRESENCE_AVAILABLE" as const, consoleLost: true, load: load(0) },
    ],
    me: "ann",
  };
  const contact = { id: "c1", queue: "support", channel: "CHANNEL_CHAT" as const };
  assert.deepEqual(targetsFor(contact, around, "").map(targetId), ["queue billing", "queue support", "agent cai", "agent bob"]);
  assert.deepEqual(targetsFor(contact, around, " bO ").map(targetId), ["agent bob"]);
});
