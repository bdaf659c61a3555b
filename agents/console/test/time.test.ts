// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { clockText, durationMs, durationText, elapsedText, remainingMs, remainingShare, unknownClock, withSample } from "../src/state/time";

const noon = Date.parse("2026-01-05T12:00:00Z");

test("durations read and write as protobuf JSON does", () => {
  assert.equal(durationMs("1.5s"), 1500);
  assert.equal(durationMs("60s"), 60_000);
  assert.equal(durationMs("a minute"), undefined);
  assert.equal(durationText(90_500), "90.5s");
});

test("a countdown counts on the server's clock and stops at zero", () => {
  assert.equal(remainingMs("2026-01-05T12:00:20Z", noon), 20_000);
  assert.equal(remainingMs("2026-01-05T11:59:59Z", noon), 0);
  assert.equal(remainingMs(undefined, noon), 0);
  assert.equal(clockText(20_000), "0:20");
  assert.equal(clockText(19_001), "0:20");
  assert.equal(clockText(0), "0:00");
  assert.equal(clockText(3_725_000), "1:02:05");
});

test("what has gone by is rounded down, and is never less than nothing", () => {
  assert.deepEqual([0, 999, 1000, 61_999, 3_600_000, -5000].map(elapsedText), ["0:00", "0:00", "0:01", "1:01", "1:00:00", "0:00"]);
});

test("the share of a countdown runs from one to zero", () => {
  const interval = { from: "2026-01-05T12:00:00Z", until: "2026-01-05T12:00:20Z" };
  assert.equal(remainingShare(interval, noon), 1);
  assert.equal(remainingShare(interval, noon + 5000), 0.75);
  assert.equal(remainingShare(interval, noon + 30_000), 0);
  assert.equal(remainingShare({ from: undefined, until: interval.until }, noon), 0);
});

test("the server's clock is taken from the quickest answer", () => {
  const slow = withSample(unknownClock, { sentAt: noon, receivedAt: noon + 800, serverTime: "2026-01-05T12:01:00.400Z" });
  assert.equal(slow.offsetMs, 60_000);
  const quick = withSample(slow, { sentAt: noon, receivedAt: noon + 100, serverTime: "2026-01-05T12:01:00.250Z" });
  assert.equal(quick.offsetMs, 60_200);
  const slower = withSample(quick, { sentAt: noon, receivedAt: noon + 600, serverTime: "2026-01-05T12:01:00.200Z" });
  assert.equal(slower, quick);
});

test("a clock that was set anew is believed even from a slow answer", () => {
  const known = withSample(unknownClock, { sentAt: noon, receivedAt: noon + 10, serverTime: "2026-01-05T12:00:00.005Z" });
  const jumped = withSample(known, { sentAt: noon, receivedAt: noon + 400, serverTime: "2026-01-05T13:00:00.200Z" });
  assert.equal(jumped.offsetMs, 3_600_000);
});
