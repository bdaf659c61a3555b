// SPDX-License-Identifier: Apache-2.0
// What only a browser can show, against the development server: `npm run test:browser`.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";
import { startFakeServer } from "../dev/fake_server.mjs";

let browser;
before(async () => {
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-quic", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"],
  });
});
after(() => browser.close());

/** The demo site with the chat open; what the page throws or its policy forbids fails the test. */
async function open(context, { locale = "en-GB", path = "/demo/" } = {}) {
  const server = await startFakeServer({ answers: false });
  const browserContext = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale });
  const page = await browserContext.newPage();
  const wrong = [];
  page.on("pageerror", (error) => wrong.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error" && !message.text().startsWith("WebSocket connection")) wrong.push(message.text());
  });
  context.after(async () => {
    await browserContext.close();
    server.close();
    assert.deepEqual(wrong, []);
  });
  await page.goto(server.origin + path);
  await page.locator(".launcher").click();
  return { server, page, browserContext };
}

async function inChat(context) {
  const chat = await open(context);
  await chat.page.getByLabel("How can we help?").fill("Hello");
  await chat.page.getByRole("button", { name: "Start chat" }).click();
  await chat.page.locator(".status.waiting").waitFor();
  await chat.page.locator(".own .meta.sent").waitFor();
  chat.server.join(chat.server.session);
  await chat.page.getByText("You are chatting with Ann").waitFor();
  return chat;
}

async function write(page, text) {
  await page.getByLabel("Your message").fill(text);
  await page.getByLabel("Your message").press("Enter");
}

const said = (server) => server.session.messages.filter((one) => one.author.side === "SIDE_CUSTOMER").map((one) => one.text);
const shown = (page) => page.locator("li.own p").allTextContents();
const agent = { side: "SIDE_AGENT", id: "ann", name: "Ann" };

test("name and e-mail are asked, a wrong e-mail is not taken, and both come with the start", async (context) => {
  const { page, server } = await open(context);
  await page.getByLabel("Your name").fill("Mei");
  await page.getByLabel("E-mail").fill("mei");
  await page.getByLabel("How can we help?").fill("Slow line");
  await page.getByRole("button", { name: "Start chat" }).click();
  await page.getByText("Please check the e-mail address.").waitFor();
  await page.getByLabel("E-mail").fill("mei@example.com");
  await page.getByRole("button", { name: "Start chat" }).click();
  await page.getByText("You are number 3 in line. Usually 1–4 min.").waitFor();
  await page.locator(".own .meta.sent").waitFor();
  assert.deepEqual(server.heard.filter((one) => one.start), [{ start: { name: "Mei", email: "mei@example.com" } }]);
  assert.deepEqual(said(server), ["Slow line"]);
});

test("what is written offline is sent once and in order, and what was said meanwhile comes", async (context) => {
  const { page, server, browserContext } = await inChat(context);
  await browserContext.setOffline(true);
  server.drop();
  await page.getByText("Connection lost.").waitFor();
  for (const text of ["one", "two", "three"]) await write(page, text);
  server.add(server.session, agent, "Still there?");
  await browserContext.setOffline(false);
  await page.locator(".sending").first().waitFor({ state: "detached" });
  await page.getByText("Still there?").waitFor();
  assert.deepEqual(said(server), ["Hello", "one", "two", "three"]);
  assert.deepEqual(await shown(page), ["Hello", "one", "two", "three"]);
});

test("a reload resumes the chat, with what was said and what was not sent yet", async (context) => {
  const { page, server, browserContext } = await inChat(context);
  const say = server.say;
  server.say = () => {};
  await write(page, "kept");
  await page.locator(".sending").waitFor();
  server.say = say;
  await page.reload();
  await page.getByText("You are chatting with Ann").waitFor();
  await page.getByText("Hello, Ann here.").waitFor();
  await page.locator(".own .meta.sent").nth(1).waitFor();
  assert.deepEqual(said(server), ["Hello", "kept"]);
  assert.deepEqual(await shown(page), ["Hello", "kept"]);
  assert.equal(server.sessions.size, 1);
  assert.equal((await browserContext.storageState()).origins[0].localStorage.length, 1);
});

test("too fast is waited out kindly, and the order stays", async (context) => {
  const { page, server } = await inChat(context);
  const say = server.say;
  let refusals = 0;
  server.say = (session, message) => {
    if (refusals++ > 0) return say.call(server, session, message);
    server.tell(session, { error: { reason: "TOO_FAST", message: "Slow down.", clientId: message.clientId, retryAfter: "1s" } });
  };
  await write(page, "first");
  await write(page, "second");
  await page.getByText("One moment, sending in 1 s…").waitFor();
  await page.locator(".sending").first().waitFor({ state: "detached" });
  assert.deepEqual(said(server), ["Hello", "first", "second"]);
  assert.equal(await page.locator(".notice").textContent(), "");
});

test("a refused message says why and can be tried again; others go on", async (context) => {
  const { page, server } = await inChat(context);
  await write(page, "!bad");
  await page.getByText("Not sent. This cannot be sent.").waitFor();
  await write(page, "fine");
  await page.locator(".own .meta.sent").nth(1).waitFor();
  assert.deepEqual(said(server), ["Hello", "fine"]);
  server.say = (session, message) => server.add(session, { side: "SIDE_CUSTOMER" }, message.text, message.clientId);
  await page.getByRole("button", { name: "Try again" }).click();
  await page.locator(".refused").waitFor({ state: "detached" });
  assert.deepEqual(said(server), ["Hello", "fine", "!bad"]);
});

test("Enter does not send while an input method composes, and too long a text is not sent", async (context) => {
  const { page, server } = await inChat(context);
  const field = page.getByLabel("Your message");
  await field.fill("ni hao");
  await field.dispatchEvent("keydown", { key: "Enter", isComposing: true, bubbles: true, cancelable: true });
  await field.dispatchEvent("keydown", { key: "Enter", keyCode: 229, bubbles: true, cancelable: true });
  assert.deepEqual(said(server), ["Hello"]);
  await field.fill("好".repeat(1366));
  await page.getByText("Too long by 2 characters.").waitFor();
  await field.press("Enter");
  assert.deepEqual(said(server), ["Hello"]);
});

test("a closed chat counts what is unread, and opening it marks it read", async (context) => {
  const { page, server } = await inChat(context);
  await page.keyboard.press("Escape");
  await page.locator(".panel").waitFor({ state: "hidden" });
  server.add(server.session, agent, "Found it.");
  await page.getByRole("button", { name: "Open chat, 1 unread" }).click();
  await page.getByText("Found it.").waitFor();
  assert.equal(await page.locator(".badge").isHidden(), true);
  const last = server.heard.filter((one) => one.mark).pop();
  assert.deepEqual(last, { mark: { deliveredUpTo: "4", readUpTo: "4" } });
});

test("a chat that ended can be followed by a new one, with the old above it", async (context) => {
  const { page, server } = await inChat(context);
  await page.getByRole("button", { name: "End chat" }).click();
  await page.locator(".ask").getByRole("button", { name: "End chat" }).click();
  await page.getByText("This chat has ended.").waitFor();
  await page.getByRole("button", { name: "Start a new chat" }).click();
  await page.getByLabel("How can we help?").fill("One more thing");
  await page.getByRole("button", { name: "Start chat" }).click();
  await page.locator(".status.waiting").waitFor();
  assert.deepEqual(await shown(page), ["Hello", "One more thing"]);
  assert.deepEqual(said(server), ["One more thing"]);
});

test("the other tab has the chat until this one wants it back", async (context) => {
  const { page, server } = await inChat(context);
  server.tell(server.session, { closing: { reason: "TAKEN_OVER" } });
  await page.getByText("This chat goes on in another tab.").waitFor();
  await page.getByRole("button", { name: "Continue here" }).click();
  await write(page, "back");
  await page.locator(".own .meta.sent").nth(1).waitFor();
  assert.deepEqual(said(server), ["Hello", "back"]);
});

test("what an agent writes is text; only web addresses become links", async (context) => {
  const { page, server } = await inChat(context);
  server.add(server.session, agent, '<img src=x onerror="alert(1)"> see https://example.com/a?b=1, javascript:alert(1)');
  const said = page.locator(".theirs").last();
  await said.getByText("<img src=x").waitFor();
  assert.equal(await said.locator("img").count(), 0);
  assert.deepEqual(await said.locator("a").evaluateAll((links) => links.map((one) => [one.href, one.rel])), [["https://example.com/a?b=1", "noopener noreferrer"]]);
});

test("the page's styles and policy leave the widget alone, in the tag's language", async (context) => {
  const { page } = await open(context, { path: "/host/" });
  const field = page.getByLabel("您的消息");
  await field.waitFor();
  const style = await field.evaluate((element) => {
    const { letterSpacing, textTransform, borderStyle, backgroundColor } = getComputedStyle(element);
    return { letterSpacing, textTransform, borderStyle, backgroundColor };
  });
  assert.deepEqual(style, { letterSpacing: "normal", textTransform: "none", borderStyle: "none", backgroundColor: "rgba(0, 0, 0, 0)" });
});
