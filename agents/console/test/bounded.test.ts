// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { withKey } from "../src/state/bounded";

test("past the bound the oldest go, but neither the new one nor what is kept", () => {
  const bound = { max: 3, kept: new Set(["a"]) };
  let record: Record<string, number> = {};
  for (const [at, key] of ["a", "b", "c", "d", "e"].entries()) record = withKey(record, { key, value: at }, bound);
  assert.deepEqual(Object.keys(record), ["a", "d", "e"]);
});
