// SPDX-License-Identifier: Apache-2.0
// docs/integrate/chat-widget.md as a site owner would follow it: its chat file, its tag and its content
// security policy, on a page of another origin, in a real browser.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { binary, root, start, until } from "../../support/live_server.mjs";

const { chromium } = createRequire(join(root, "tests/web/package.json"))("playwright-core");
const doc = readFileSync(join(root, "docs/integrate/chat-widget.md"), "utf8");
const block = (kind, word) => [...doc.matchAll(/```(\w*)\n([^]*?)\n```/g)].find(([, lang, text]) => lang === kind && text.includes(word))[2];

const folder = mkdtempSync(join(tmpdir(), "usher-embed-"));
let server;
let browser;
let chat;
let allowed;
let foreign;

/** A site whose one page embeds the widget under the policy of the document. */
async function startSite() {
  const site = createServer((_, response) => {
    response.setHeader("content-type", "text/html");
    response.setHeader("content-security-policy", `default-src 'self'; ${block("", "script-src")}`.replaceAll("https://chat.example.com", chat).replaceAll("wss://chat.example.com", chat.replace("http", "ws")));
    response.end(`<!doctype html><title>Shop</title><p>Shop</p>${block("html", "data-site").replaceAll("https://chat.example.com", chat)}`);
  });
  await new Promise((ready) => site.listen(0, "127.0.0.1", ready));
  return { origin: `http://127.0.0.1:${site.address().port}`, close: () => site.close() };
}

before(async () => {
  allowed = await startSite();
  foreign = await startSite();
  const sites = join(folder, "sites.yaml");
  writeFileSync(sites, block("yaml", "sites:").replace(/origins: .*/, `origins: ["${allowed.origin}"]`));
  execFileSync(binary, ["keys", "create", "--keys", join(folder, "keys")]);
  const args = ["serve", "--data", folder, "--domain", "demo", "--chat", sites, "--log-level", "info"];
  for (const port of ["http", "grpc", "metrics"]) args.push(`--${port}`, "127.0.0.1:0");
  if (process.env.USHER_ASSETS) args.push("--assets", process.env.USHER_ASSETS);
  server = start(binary, args);
  const serving = await until("the server serves", () => {
    if (server.ended) throw new Error(server.out);
    return server.out.match(/"event":"serving".*"http":"([\d.:]+)","grpc_port":(\d+)/);
  });
  chat = `http://${serving[1]}`;
  execFileSync(binary, ["apply", "-f", join(root, "deploy/demo/domain.yaml"), "--domain", "demo", "--keys", join(folder, "keys"), "--server", `127.0.0.1:${serving[2]}`]);
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-quic", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"],
  });
});
after(async () => {
  await browser?.close();
  await server?.stop();
  allowed?.close();
  foreign?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Opens the chat on a site's page: the page, and what the browser complains about. */
async function openChat(origin) {
  const page = await browser.newPage();
  const complaints = [];
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  await page.goto(origin);
  await page.getByRole("button", { name: "Open chat" }).click();
  return { page, complaints };
}

test("a page of an allowed origin chats under the policy of the document", async () => {
  const { page, complaints } = await openChat(allowed.origin);
  await page.getByText("Hello! How can we help?").waitFor();
  await page.locator("textarea").fill("Where is my parcel?");
  await page.keyboard.press("Enter");
  await page.getByText("Where is my parcel?").first().waitFor();
  await page.getByText("You are next.").or(page.getByText("Looking for someone")).first().waitFor();
  assert.deepEqual(complaints, []);
});

test("a page of another origin gets no socket", async () => {
  const { page, complaints } = await openChat(foreign.origin);
  await until("the browser says that the socket was refused", () => complaints.some((text) => /403/.test(text)));
  assert.equal(await page.getByText("You are next.").count(), 0);
});
