// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { Outbox, type SaidMessage } from "../src/app/outbox";
import type { SessionError } from "../src/wire/usher/agents/v1/session_service";

/** An outbox whose server fails as told, by text, one failure after the other. */
function outboxWith(failures: Record<string, SessionError[]>) {
  const recorded: string[] = [];
  const refused: string[] = [];
  const discarded = new Set<string>();
  let tries = 0;
  const outbox = new Outbox({
    send: async ({ text }) => {
      ++tries;
      const failure = failures[text]?.shift();
      if (failure) throw failure;
      recorded.push(text);
    },
    isWanted: ({ text }) => !discarded.has(text),
    onRefused: ({ text }) => refused.push(text),
    wait: async () => undefined,
  });
  const put = (text: string, contactId = "c1") => outbox.put({ contactId, clientId: text, text } satisfies SaidMessage);
  const idle = () => new Promise((done) => setImmediate(done));
  return { put, idle, recorded, refused, discarded, tries: () => tries };
}

const unavailable = { code: 14 };

test("a message that cannot be recorded just now is sent again, and none overtakes it", async () => {
  const { put, idle, recorded, refused } = outboxWith({ one: [unavailable, { code: 10 }, { code: 4 }] });
  for (const text of ["one", "two", "three"]) put(text);
  await idle();
  assert.deepEqual(recorded, ["one", "two", "three"]);
  assert.deepEqual(refused, []);
});

test("a refused message is told and does not hold up those behind it", async () => {
  const { put, idle, recorded, refused } = outboxWith({ one: [{ code: 9 }] });
  for (const text of ["one", "two"]) put(text);
  await idle();
  assert.deepEqual([recorded, refused], [["two"], ["one"]]);
});

test("what was recorded all the same, or discarded, is not sent again", async () => {
  const { put, idle, recorded, discarded, tries } = outboxWith({ one: [unavailable] });
  put("one");
  discarded.add("one");
  put("two");
  await idle();
  assert.deepEqual([recorded, tries()], [["two"], 2]);
});

test("conversations do not wait for each other", async () => {
  const failing = outboxWith({ one: Array.from({ length: 50 }, () => unavailable) });
  failing.put("one", "c1");
  failing.put("two", "c2");
  await failing.idle();
  assert.deepEqual(failing.recorded, ["two", "one"]);
});
