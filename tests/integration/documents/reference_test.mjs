// SPDX-License-Identifier: Apache-2.0
// docs/reference/cli.md is what the program says of itself.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { binary, root } from "../../support/live_server.mjs";

test("cli.md is current", () => {
  const printed = execFileSync(join(root, "docs/reference/print-cli"), [binary], { encoding: "utf8" });
  assert.ok(printed.includes("## usher queue list"));
  const page = readFileSync(join(root, "docs/reference/cli.md"), "utf8");
  assert.equal(page, printed, "run docs/reference/print-cli build/release/bin/usher >docs/reference/cli.md");
});
