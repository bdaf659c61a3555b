// SPDX-License-Identifier: Apache-2.0
// Every `name = value` of docs/internals/bounds.md stands in the file that its row links.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { root } from "../../support/live_server.mjs";

const page = join(root, "docs/internals/bounds.md");
const rows = readFileSync(page, "utf8").split("\n").filter((line) => /^\| .*\]\(/.test(line));
const boundsOf = (text) => [...text.matchAll(/`(\w+)(?: = ([^`]+)|\{([^`}]+)\})`/g)].map(([, name, assigned, braced]) => ({ name, value: assigned ?? braced }));
const escape = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

test("the table names files and bounds", () => {
  assert.ok(rows.length > 40, `${rows.length} rows`);
  assert.ok(rows.flatMap(boundsOf).length > 60);
});

for (const row of rows) {
  const [, what, where, bound] = row.split("|").map((cell) => cell.trim());
  test(what, () => {
    const file = join(dirname(page), where.match(/\]\(([^)]+)\)/)[1]);
    const code = readFileSync(file, "utf8");
    for (const { name, value } of boundsOf(bound)) {
      assert.match(code, new RegExp(`\\b${name}\\s*(=\\s*|\\{)${escape(value)}\\s*[;,}]`), `${where}: ${name} is not ${value}`);
    }
  });
}
