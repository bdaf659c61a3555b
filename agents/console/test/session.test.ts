// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { retryDelayMs } from "../src/session/backoff";
import { PendingRequests } from "../src/session/pending";

test("waits double up to a bound and are spread over their upper half", () => {
  const backoff = { firstMs: 400, maxMs: 15_000 };
  assert.deepEqual([0, 1, 2].map((attempt) => retryDelayMs(backoff, attempt, 0)), [200, 400, 800]);
  assert.equal(retryDelayMs(backoff, 0, 0.999), 400);
  assert.equal(retryDelayMs(backoff, 500, 0.999), 14_993);
});

test("what is unanswered is said again in its order, with its tag", async () => {
  const pending = new PendingRequests();
  const first = pending.add({ sendMessage: { clientId: "a" } }, Infinity);
  pending.add({ sendMessage: { clientId: "b" } }, Infinity);
  pending.add({ sendMessage: { clientId: "c" } }, Infinity);
  assert.equal(pending.settle({ tag: first.tag, sent: { id: "1" } }), true);
  assert.equal((await first.answer).sent?.id, "1");
  assert.deepEqual(pending.unanswered().map((one) => [one.tag, one.sendMessage?.clientId]), [["2", "b"], ["3", "c"]]);
});

test("an answer settles once, and what comes by itself settles nothing", async () => {
  const pending = new PendingRequests();
  const { tag, answer } = pending.add({ hold: {} }, Infinity);
  assert.equal(pending.settle({ event: {} }), false);
  pending.settle({ tag, error: { code: 9, message: "no" } });
  await assert.rejects(answer, { message: "no" });
  assert.equal(pending.settle({ tag, done: {} }), false);
});

test("a request is given up at its time, a message never", async () => {
  const pending = new PendingRequests();
  const request = pending.add({ getCustomer: {} }, 1000);
  pending.add({ sendMessage: {} }, Infinity);
  pending.expire(999, { message: "late" });
  assert.equal(pending.unanswered().length, 2);
  pending.expire(1000, { message: "late" });
  await assert.rejects(request.answer, { message: "late" });
  assert.equal(pending.unanswered().length, 1);
});
