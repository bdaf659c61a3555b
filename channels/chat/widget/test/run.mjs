// SPDX-License-Identifier: Apache-2.0
// Bundles test/*.test.ts and runs them with Node's own test runner.
import { build } from "esbuild";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const out = mkdtempSync(join(tmpdir(), "usher-web-test-"));
const files = readdirSync("test").filter((file) => file.endsWith(".test.ts"));
await build({
  entryPoints: files.map((file) => join("test", file)),
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node18",
  outdir: out,
  outExtension: { ".js": ".mjs" },
  loader: { ".css": "text" },

  logLevel: "warning",
});
const built = files.map((file) => join(out, file.replace(/\.ts$/, ".mjs")));
const { status } = spawnSync(process.execPath, ["--test", ...built], { stdio: "inherit" });
rmSync(out, { recursive: true });
process.exit(status ?? 1);
