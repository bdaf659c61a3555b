// SPDX-License-Identifier: Apache-2.0
// Every relative link of the pages leads to a file, and every page is in the index.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { test } from "node:test";
import { root } from "../../support/live_server.mjs";

const docs = join(root, "docs");
const pages = readdirSync(docs, { recursive: true }).filter((name) => name.endsWith(".md") && !name.startsWith("adr"));
const linksOf = (page) =>
  [...readFileSync(join(docs, page), "utf8").replace(/^```[^]*?^```$/gm, "").matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map(([, link]) => link).filter((link) => !/^\w+:/.test(link));

test("links lead somewhere", () => {
  for (const page of pages) {
    for (const link of linksOf(page)) assert.ok(existsSync(join(docs, dirname(page), link)), `docs/${page}: ${link}`);
  }
});

test("the index lists every page", () => {
  const listed = new Set(linksOf("README.md").map((link) => normalize(link)));
  for (const page of pages) assert.ok(page === "README.md" || listed.has(page), `docs/README.md does not list ${page}`);
});
