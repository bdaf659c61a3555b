// SPDX-License-Identifier: Apache-2.0
// docs/reference/cli.md is what the program says of itself.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { binary, root } from "../../support/live_server.mjs";

test("cli.md is current", () => {
  const printed = execFileSync(join(root, "docs/reference/print-cli"), [binary], { encoding: "utf8" });
  assert.ok(printed.includes("## usher queue list"));
  const page = readFileSync(join(root, "docs/reference/cli.md"), "utf8");
  assert.equal(page, printed, "run docs/reference/print-cli build/release/bin/usher >docs/reference/cli.md");
});

// docs/operate/running.md tells how options stand in a file.
test("a file of options is read, and refused where it is wrong", (context) => {
  const folder = mkdtempSync(join(tmpdir(), "usher-options-"));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const serve = (text) => {
    const file = join(folder, "usher.conf");
    if (text !== undefined) writeFileSync(file, text);
    else rmSync(file);
    return spawnSync(binary, ["serve", "--data", join(folder, "data"), "--config", file], { encoding: "utf8", timeout: 20_000 });
  };
  // Each ends at once: there are no keys, or the file is wrong.
  const read = serve("[serve]\nkeys=/nowhere/keys\n");
  assert.match(read.stderr, /\/nowhere\/keys/);
  for (const wrong of ["[serve]\ndomian=acme\n", "domain=acme\n", "[serve]\nlog-level=loud\n", undefined]) {
    const refused = serve(wrong);
    assert.equal(refused.status, 2, `${wrong}: ${refused.stderr}`);
  }
});
