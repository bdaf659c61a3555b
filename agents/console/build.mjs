// SPDX-License-Identifier: Apache-2.0
// Builds dist/: index.html, one script, one style sheet, the ticker worker and, loaded by those who
// telephone in the browser only, the SIP library; named by their content, each with a .gz beside it.
// And mail/: the page that shows the HTML of mails, which is served with a policy of its own.
// `--watch` rebuilds at every change.
import { context } from "esbuild";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { gzipSync } from "node:zlib";

const watch = process.argv.includes("--watch");
const out = "dist";
rmSync(out, { recursive: true, force: true });
mkdirSync(out);

const shared = {
  bundle: true,
  minify: !watch,
  sourcemap: watch ? "inline" : false,
  target: ["chrome123", "firefox121", "safari17.5"],
  format: "esm",
  outdir: out,
  entryNames: "[name]-[hash]",
  legalComments: "none",
  metafile: true,
  logLevel: "warning",
};

const worker = await context({ ...shared, entryPoints: ["src/session/ticker.worker.ts"] });
const ticker = basename(Object.keys((await worker.rebuild()).metafile.outputs)[0]);
await worker.dispose();

const phone = await context({
  ...shared,
  entryPoints: ["src/softphone/jssip_line.ts"],
  banner: { js: `/*! JsSIP\n${readFileSync("node_modules/jssip/LICENSE.md", "utf8").replaceAll("*/", "")}*/` },
});
const sip = basename(Object.keys((await phone.rebuild()).metafile.outputs)[0]);
await phone.dispose();

const mail = await context({
  ...shared,
  entryPoints: ["src/mail_page/mail_page.ts"],
  outdir: join(out, "mail"),
  // Not a module: those are fetched with an origin, and the page has none that would be let in.
  format: "iife",
  banner: { js: `/*! DOMPurify ${JSON.parse(readFileSync("node_modules/dompurify/package.json", "utf8")).version}, Apache-2.0 or MPL-2.0 */` },
});
const mailScript = basename(Object.keys((await mail.rebuild()).metafile.outputs)[0]);
await mail.dispose();
writeFileSync(join(out, "mail/index.html"), readFileSync("public/mail.html", "utf8").replace("{{script}}", mailScript));
Compress(join(out, "mail"));

const app = await context({
  ...shared,
  entryPoints: ["src/main.tsx"],
  jsx: "automatic",
  jsxImportSource: "preact",
  define: { TICKER_URL: JSON.stringify(ticker), SIP_URL: JSON.stringify(sip) },
  external: [`./${sip}`],
  plugins: [{ name: "page", setup: (build) => build.onEnd(WritePage) }],
});
await app.rebuild();
if (watch) await app.watch();
else await app.dispose();

function WritePage(result) {
  if (result.errors.length > 0) return;
  const built = Object.keys(result.metafile.outputs).map((path) => basename(path));
  const name = (end) => built.find((file) => file.endsWith(end));
  for (const file of readdirSync(out)) {
    if (![ticker, sip, "mail"].includes(file) && !built.includes(file)) rmSync(join(out, file));
  }
  writeFileSync(join(out, "icon.svg"), readFileSync("public/icon.svg"));
  const page = readFileSync("public/index.html", "utf8")
    .replace("{{script}}", name(".js"))
    .replace("{{style}}", name(".css"));
  writeFileSync(join(out, "index.html"), page);
  Compress(out);
}

function Compress(folder) {
  const files = readdirSync(folder, { withFileTypes: true }).filter((file) => file.isFile() && !file.name.endsWith(".gz"));
  for (const { name } of files) writeFileSync(join(folder, `${name}.gz`), gzipSync(readFileSync(join(folder, name)), { level: 9 }));
}
