// SPDX-License-Identifier: Apache-2.0
// Builds dist/usher-chat.js: one script with its styles inside, and its .gz. Fails when it outgrows
// what a guest on somebody else's page may weigh.
import { build, transform } from "esbuild";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const gzipBytesMax = 15_000;
const target = ["chrome80", "firefox78", "safari14"];

rmSync("dist", { recursive: true, force: true });
mkdirSync("dist");
await build({
  entryPoints: ["src/main.ts"],
  outfile: "dist/usher-chat.js",
  bundle: true,
  minify: true,
  format: "iife",
  target,
  charset: "utf8",
  legalComments: "none",
  logLevel: "warning",
  plugins: [{ name: "styles", setup: InlineStyles }],
});
const script = readFileSync("dist/usher-chat.js");
const gzipped = gzipSync(script, { level: 9 });
writeFileSync("dist/usher-chat.js.gz", gzipped);
console.log(`usher-chat.js: ${script.length} bytes, ${gzipped.length} gzipped`);
if (gzipped.length > gzipBytesMax) {
  console.error(`usher-chat.js is ${gzipped.length} bytes gzipped; at most ${gzipBytesMax} are allowed`);
  process.exit(1);
}

/** A .css import is its minified text. */
function InlineStyles(plugin) {
  plugin.onLoad({ filter: /\.css$/ }, async ({ path }) => {
    const { code } = await transform(readFileSync(path, "utf8"), { loader: "css", minify: true, target });
    return { contents: code.trim(), loader: "text" };
  });
}
