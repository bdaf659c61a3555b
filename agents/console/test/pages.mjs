// SPDX-License-Identifier: Apache-2.0
// What the browser tests share: a browser, a signed-in page at the development server, and looks at it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";
import { startFakeServer, tokenFor } from "../dev/fake_server.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export function launchBrowser() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-quic", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"],
  });
}

/**
 * A signed-in page of a server of its own. What it throws or its policy forbids fails the test, unless
 * that is `expected`; `fresh` changes the server before the page knows it.
 */
export async function openPage(context, browser, { subject = "ann", height = 900, expected = () => false, fresh } = {}) {
  const server = await startFakeServer({ replies: false });
  fresh?.(server);
  const browserContext = await browser.newContext({ viewport: { width: 1440, height }, locale: "en-GB" });
  browserContext.setDefaultTimeout(60_000);
  const page = await browserContext.newPage();
  const wrong = [];
  page.on("pageerror", (error) => wrong.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error" && !message.text().startsWith("WebSocket connection") && !expected(message.text())) wrong.push(message.text());
  });
  context.after(async () => {
    await browserContext.close();
    server.close();
    assert.deepEqual(wrong, []);
  });
  await page.goto(`${server.url}#token=${tokenFor(subject)}`);
  return { server, page, browserContext };
}

export async function until(what, holds) {
  for (const end = Date.now() + 60_000; Date.now() < end; ) {
    if (await holds()) return;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error(`not within a minute: ${what}`);
}

/** Nothing on the page as it is now keeps anybody out. */
export async function accessible(page, what) {
  // What still fades in has other colours than it will have.
  await page.evaluate(() => Promise.allSettled(document.getAnimations().filter(({ effect }) => effect.getTiming().iterations === 1).map(({ finished }) => finished)));
  // Evaluated outside of the page's own scripts, so its policy stays as strict as in use.
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"], iframes: false }));
  assert.deepEqual(violations.map(({ id, nodes }) => [what, id, nodes.map(({ target }) => target.join(" "))]), []);
}
