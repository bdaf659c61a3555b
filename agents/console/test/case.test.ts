// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { noCases, openCases, promiseState, withCase, withPage } from "../src/state/case";
import type { Case } from "../src/wire/usher/context/v1/case";

const at = (hour: number) => new Date(Date.UTC(2026, 10, 22, hour)).toISOString();
const now = Date.parse(at(12));
const one = (id: string, more: Case = {}): Case => ({ id, customerId: "k1", status: "STATUS_OPEN", openedAt: at(1), version: "1", ...more });

test("cases that wait for something come first, the most urgent promise first among them", () => {
  const list = withPage(noCases, {
    cases: [
      one("closed", { status: "STATUS_CLOSED", openedAt: at(9) }),
      one("new", { openedAt: at(8) }),
      one("late", { promise: { due: at(20) } }),
      one("soon", { promise: { due: at(13) } }),
      one("kept", { openedAt: at(2), promise: { due: at(3), keptAt: at(2) } }),
    ],
  }, false);
  assert.deepEqual(list.cases.map((each) => each.id), ["soon", "late", "new", "kept", "closed"]);
  assert.deepEqual(openCases(list).map((each) => each.id), ["soon", "late", "new", "kept"]);
});

test("an answer that was overtaken by a newer one is dropped", () => {
  const list = withCase(noCases, one("a", { version: "3", subject: "newer" }));
  assert.equal(withCase(list, one("a", { version: "2", subject: "older" })).cases[0]?.subject, "newer");
  assert.equal(withCase(list, one("a", { version: "4", subject: "newest" })).cases[0]?.subject, "newest");
});

test("a first page takes away what is gone, a later one adds", () => {
  const list = withPage(noCases, { cases: [one("a"), one("b")], page: { nextPageToken: "p2" } }, false);
  assert.deepEqual([list.nextPage, list.loaded], ["p2", true]);
  assert.equal(withPage(list, { cases: [one("c")] }, true).cases.length, 3);
  assert.deepEqual(withPage(list, { cases: [one("c")] }, false).cases.map((each) => each.id), ["c"]);
});

test("a promise is overdue once its time has come, whether or not the server has said so", () => {
  assert.equal(promiseState({ due: at(18) }, now), "open");
  assert.equal(promiseState({ due: at(13) }, now), "due-soon");
  assert.equal(promiseState({ due: at(20), remindedAt: at(11) }, now), "due-soon");
  assert.equal(promiseState({ due: at(12) }, now), "overdue");
  assert.equal(promiseState({ due: at(13), missedAt: at(11) }, now), "overdue");
  assert.equal(promiseState({ due: at(3), keptAt: at(2) }, now), "kept");
});
