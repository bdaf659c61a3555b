// SPDX-License-Identifier: Apache-2.0
// Runs what the pages tell people to run. A line `<!-- run -->` marks the block after it; with
// `<!-- run, prints: WORD -->` the block's output must contain WORD. Blocks of a page run in one
// shell after the other, against one live server; `<!-- file: NAME -->` saves a block as that file.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { binary, root, startDemo } from "../../support/live_server.mjs";

const pages = readdirSync(join(root, "docs"), { recursive: true }).filter((name) => name.endsWith(".md")).sort();

/** The marked blocks of a page: { line, file, prints, text }. */
function blocksOf(markdown) {
  const blocks = [];
  for (const match of markdown.matchAll(/<!-- (?:run(?:, prints: (.+?))?|file: (\S+)) -->\n+```\w+\n([^]*?)\n```/g)) {
    const line = markdown.slice(0, match.index).split("\n").length;
    blocks.push({ line, prints: match[1], file: match[2], text: match[3] });
  }
  return blocks;
}

let server;
let folder;
before(async () => {
  server = await startDemo();
  // A place that looks like the root of a checkout beside which `./dev run` runs.
  folder = mkdtempSync(join(tmpdir(), "usher-documents-"));
  for (const name of ["deploy", "docs", "proto", "tests"]) symlinkSync(join(root, name), join(folder, name));
  symlinkSync(server.data, join(folder, ".usher"));
  symlinkSync(binary, join(folder, "usher"));
});
after(async () => {
  if (server) await server.stop();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

/** The addresses of the pages are the defaults; those of the test are free ones. */
const here = (text) =>
  text
    .replaceAll("http://127.0.0.1:8080", server.http)
    .replaceAll("127.0.0.1:8081", server.grpc)
    .replaceAll("http://127.0.0.1:8082", server.metrics);

for (const page of pages) {
  const blocks = blocksOf(readFileSync(join(root, "docs", page), "utf8"));
  if (blocks.length === 0) continue;
  test(`docs/${page}: ${blocks.length} blocks`, () => {
    const script = ["set -euo pipefail"];
    for (const { file, text, line } of blocks) {
      if (file) writeFileSync(join(folder, file), `${here(text)}\n`);
      else script.push(`echo "== line ${line}"`, here(text));
    }
    const ran = spawnSync("bash", ["-c", script.join("\n")], {
      cwd: folder,
      encoding: "utf8",
      timeout: 60_000,
      env: { ...process.env, PATH: `${folder}:${process.env.PATH}`, NODE_PATH: join(root, "tests/web/node_modules"), USHER_SERVER: "", USHER_DOMAIN: "" },
    });
    const said = `${ran.stdout}${ran.stderr}`;
    assert.equal(ran.status, 0, said);
    for (const { line, prints, file } of blocks) {
      if (file || !prints) continue;
      const part = ran.stdout.split(`== line ${line}\n`)[1].split(/^== line /m)[0];
      assert.ok(part.includes(prints), `line ${line} does not print "${prints}" but:\n${part}${ran.stderr}`);
    }
  });
}

test("the pages have blocks that run", () => {
  for (const page of ["start.md", "integrate/grpc.md"]) {
    assert.ok(blocksOf(readFileSync(join(root, "docs", page), "utf8")).length >= 3, page);
  }
});
