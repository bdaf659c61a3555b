// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { bytesOf, charactersOver } from "../src/state/bytes";

test("what is too long is counted in characters, whatever their bytes", () => {
  assert.deepEqual([bytesOf("a"), bytesOf("é"), bytesOf("字"), bytesOf("😀")], [1, 2, 3, 4]);
  assert.equal(charactersOver("abc", 3), 0);
  assert.equal(charactersOver("abcd", 3), 1);
  assert.equal(charactersOver("字字字", 8), 1);
  assert.equal(charactersOver("abc😀", 5), 1);
  assert.equal(charactersOver("", 0), 0);
});
