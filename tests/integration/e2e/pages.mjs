// SPDX-License-Identifier: Apache-2.0
// A visitor on the demo site and an agent at the console, each in a real browser.
import assert from "node:assert/strict";
import { chromium } from "./packages.mjs";
import { until } from "./server.mjs";

const waitMs = Number(process.env.WAIT_MS ?? 60_000);

/** `args`: more of the browser's. */
export function launchBrowser(...args) {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    timeout: 120_000,
    args: [
      "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync", ...args,
    ],
  });
}

/** A page in a context of its own; `script` runs before its own ones. What it throws, or its policy forbids, stands in `wrong`. */
async function openPage(browser, { viewport = { width: 1440, height: 900 }, colorScheme = "light", script } = {}) {
  const context = await browser.newContext({ viewport, colorScheme, locale: "en-GB" });
  context.setDefaultTimeout(waitMs);
  if (script) await context.addInitScript(script);
  const page = await context.newPage();
  const wrong = [];
  page.on("pageerror", (error) => wrong.push(error.message));
  page.on("console", (message) => {
    // A server that was killed is no mistake of the page.
    const expected = /^WebSocket connection|net::ERR_CONNECTION_/.test(message.text());
    if (message.type() === "error" && !expected) wrong.push(message.text());
  });
  return { page, wrong };
}

export class Visitor {
  static async open(browser, server, options) {
    const visitor = new Visitor();
    Object.assign(visitor, await openPage(browser, { viewport: { width: 1280, height: 900 }, ...options }));
    await visitor.page.goto(`${server.http}/demo/`);
    await visitor.page.locator(".launcher").click();
    return visitor;
  }

  /** Fills the form and sends the question: the first message of the contact. */
  async start({ name, email, question }) {
    const { page } = this;
    if (name) await page.getByLabel("Your name").fill(name);
    if (email) await page.getByLabel("E-mail").fill(email);
    await page.getByLabel("How can we help?").fill(question);
    await page.getByRole("button", { name: "Start chat" }).click();
    await page.locator("li.own .meta.sent, li.own .meta.delivered, li.own .meta.read").last().waitFor();
  }

  async say(text) {
    await this.page.getByLabel("Your message").fill(text);
    await this.page.getByLabel("Your message").press("Enter");
  }

  /** Every bubble of the page but the greeting, in its order. */
  said() {
    return this.page.locator(".log li.own > p, .log li.theirs:not(.greeting) > p").allTextContents();
  }

  async sees(text) {
    await this.page.locator(".panel").getByText(text).first().waitFor();
  }

  unsent() {
    return this.page.locator("li.sending, li.refused").count();
  }
}

export class Desk {
  static async open(browser, link, options) {
    const desk = new Desk();
    Object.assign(desk, await openPage(browser, options));
    await desk.page.goto(link);
    await desk.page.locator(".account").waitFor();
    return desk;
  }

  async goAvailable() {
    await this.page.locator("#presence-button").click();
    await this.page.getByRole("menuitemradio", { name: "Available" }).or(this.page.getByRole("menuitem", { name: "Available" })).first().click();
    await this.page.locator("#presence-button.available").waitFor();
  }

  async goNotReady(reason) {
    await this.page.locator("#presence-button").click();
    await this.page.getByRole("menuitemradio", { name: reason }).or(this.page.getByRole("menuitem", { name: reason })).first().click();
    await this.page.locator("#presence-button.not-ready").waitFor();
  }

  get offer() {
    return this.page.locator("article.offer");
  }

  /** Takes the offer that stands, wherever it is shown, and waits until one can write. */
  async accept(name) {
    await this.page.getByRole("button", { name: "Accept" }).first().click();
    await this.page.locator(".talk-head").getByText(name).waitFor();
    await this.page.locator("#composer").waitFor();
  }

  async select(name) {
    await this.page.locator(".work-item").filter({ hasText: name }).first().click();
    await this.page.locator(".talk-head").getByText(name).waitFor();
  }

  async say(text) {
    await this.page.locator("#composer").fill(text);
    await this.page.locator("#composer").press("Enter");
  }

  /** What stands in the conversation on the screen. */
  said() {
    return this.page.locator(".messages-scroll .message:not(.system) .message-text").allTextContents();
  }

  async sees(text) {
    await this.page.locator(".messages-scroll").getByText(text).first().waitFor();
  }

  unsent() {
    return this.page.locator(".messages-scroll .message.sending, .messages-scroll .message.refused").count();
  }

  async complete(disposition) {
    await this.page.getByRole("button", { name: "Complete" }).first().click();
    const dialog = this.page.locator("dialog[open]");
    await dialog.getByLabel(disposition).check();
    await dialog.getByRole("button", { name: "Complete" }).click();
    await this.page.locator(".wrap").waitFor();
  }
}

/** Waits until both pages and the record say the same, each message once; returns the record. */
export async function agreeOn(server, contactId, { visitor, desk, texts }) {
  const wanted = [...texts].sort();
  const recorded = await until(`${contactId} holds what was said`, async () => {
    const all = (await server.messages(contactId)).filter((one) => one.author.side !== "SIDE_SYSTEM").map((one) => one.text);
    return all.length >= wanted.length && all;
  });
  assert.deepEqual([...recorded].sort(), wanted, "the record has every message once");
  for (const [who, page] of Object.entries({ visitor, desk })) {
    if (!page) continue;
    await until(`the ${who}'s page shows the record`, async () => {
      const shown = await page.said();
      if (JSON.stringify(shown) === JSON.stringify(recorded) && (await page.unsent()) === 0) return true;
      throw new Error(`it shows ${JSON.stringify(shown)} and the record is ${JSON.stringify(recorded)}`);
    });
  }
  return recorded;
}

/** One after the other, each awaited, whatever fails: for the end of a test. */
export async function closeAll(...closers) {
  for (const close of closers) {
    try {
      await close();
    } catch (error) {
      process.stderr.write(`${error.stack}\n`);
    }
  }
}
