// SPDX-License-Identifier: Apache-2.0
// What only a browser can show, against the development server: `npm run test:browser`.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";
import { startFakeServer, tokenFor } from "../dev/fake_server.mjs";

let browser;
before(async () => {
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-quic", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"],
  });
});
after(() => browser.close());

/** A signed-in page; what it throws or its policy forbids fails the test. */
async function open(context, subject = "ann") {
  const server = await startFakeServer({ replies: false });
  const browserContext = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "en-GB" });
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
  await page.goto(`${server.url}#token=${tokenFor(subject)}`);
  return { server, page, browserContext };
}

async function withContact(context) {
  const desk = await open(context);
  await desk.page.getByRole("button", { name: "Go available" }).first().click();
  const id = desk.server.offer("k17", { subject: "Slow line", said: ["Hello"] });
  await desk.page.getByRole("button", { name: "Accept" }).first().click();
  await desk.page.locator("#composer").waitFor();
  return { ...desk, id };
}

const said = (server, id) => server.conversations.get(id).filter((one) => one.author.side === "SIDE_AGENT").map((one) => one.text);

async function write(page, text) {
  await page.locator("#composer").fill(text);
  await page.locator("#composer").press("Enter");
}

test("the token leaves the address bar, stays for a reload, and is forgotten at sign-out", async (context) => {
  const { page } = await open(context);
  await page.locator("#presence-button").waitFor();
  assert.ok(!page.url().includes("token"));
  await page.reload();
  await page.locator("#presence-button").click();
  await page.keyboard.press("Escape");
  await page.locator(".account").click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.getByLabel("Sign-in link or token").fill("nonsense");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("That is not a sign-in link or token").waitFor();
  assert.equal(await page.evaluate(() => sessionStorage.getItem("usher.token")), null);
});

test("a token that the server refuses leads back to the sign-in with the reason", async (context) => {
  const { page, server } = await open(context);
  await page.locator("#presence-button").waitFor();
  await page.goto("about:blank");
  await page.goto(`${server.url}#token=aa.bb.cc`);
  await page.getByText("does not accept this sign-in").waitFor();
});

test("customer, history and the last conversation stand beside the offer before it is accepted", async (context) => {
  const { page, server } = await open(context);
  await page.getByRole("button", { name: "Go available" }).first().click();
  server.offer("k17", { said: ["It is slow again."] });
  const offer = page.locator("article.offer");
  await offer.getByText("That works. Thank you!").waitFor();
  await offer.getByText("It is slow again.").waitFor();
  await page.locator(".card").getByText("mei.tanaka@example.com").waitFor();
  await page.locator(".history").getByText("Roaming on the November bill").waitFor();
  assert.match(await page.locator("[aria-live=assertive]").textContent(), /New offer: Mei Tanaka, Support/);
  assert.equal(server.offers.size, 1);
});

test("an offer is accepted and rejected from the keyboard", async (context) => {
  const { page, server } = await open(context);
  await page.getByRole("button", { name: "Go available" }).first().click();
  server.offer("k17");
  await page.locator("article.offer").waitFor();
  await page.keyboard.press("Alt+KeyR");
  await page.locator("article.offer").waitFor({ state: "detached" });
  server.offer("k23");
  await page.locator("article.offer").waitFor();
  await page.keyboard.press("Alt+KeyA");
  await page.locator("#composer:focus").waitFor();
  assert.equal([...server.contacts.values()].filter((one) => one.state === "STATE_ASSIGNED").length, 1);
});

test("an offer that is missed goes away and says so", async (context) => {
  const { page, server } = await open(context);
  await page.getByRole("button", { name: "Go available" }).first().click();
  server.offer("k17", { forMs: 700 });
  await page.getByText("The offer from Mei Tanaka was missed").waitFor();
  await page.getByText("set to not ready because an offer was missed").first().waitFor();
});

test("what is written while the connection is lost is sent once, in order, when it is back", async (context) => {
  const { page, server, browserContext, id } = await withContact(context);
  await write(page, "one");
  await page.locator(".message.own .message-state.sent").first().waitFor();
  await browserContext.setOffline(true);
  server.drop();
  await page.locator(".banner").waitFor();
  await write(page, "two");
  await write(page, "three");
  server.say(id, "Are you there?");
  assert.equal(await page.locator(".message.sending").count(), 2);
  await browserContext.setOffline(false);
  await page.locator(".message.sending").first().waitFor({ state: "detached" });
  await page.locator(".messages-scroll").getByText("Are you there?").waitFor();
  assert.deepEqual(said(server, id), ["one", "two", "three"]);
  assert.equal(await page.locator(".messages-scroll .message.own").count(), 3);
});

for (const recorded of [true, false]) {
  test(`what is not sent yet outlives a reload, and is sent once (${recorded ? "answer" : "message"} lost)`, async (context) => {
    const { page, server, id } = await withContact(context);
    const { on_sendMessage, tell } = server;
    server.tell = () => {};
    server.on_sendMessage = (message) => {
      if (recorded) on_sendMessage.call(server, message);
      return { tag: "0" };
    };
    await write(page, "kept");
    await page.locator(".message.sending").waitFor();
    Object.assign(server, { on_sendMessage, tell });
    await page.reload();
    await page.locator(".message.own .message-state.sent").waitFor();
    assert.deepEqual(said(server, id), ["kept"]);
    assert.equal(await page.locator(".messages-scroll .message.own").count(), 1);
  });
}

test("a link of somebody else in the same tab opens that person's desk, not the old one", async (context) => {
  const { page, server } = await withContact(context);
  const hellos = [];
  const hello = server.hello;
  server.hello = (socket, said, answer) => {
    hellos.push(said);
    hello.call(server, socket, said, answer);
  };
  await page.evaluate((token) => (location.hash = `token=${token}`), tokenFor("sam"));
  await page.locator(".board tbody tr").first().waitFor();
  assert.equal(hellos[0].afterSequence, undefined);
  assert.equal(await page.locator("#presence-button").count(), 0);
});

test("a refused message says why and can be discarded", async (context) => {
  const { page } = await withContact(context);
  await write(page, "!fail");
  await page.getByText("Not sent: This conversation is full.").waitFor();
  await page.getByRole("button", { name: "Discard" }).click();
  assert.equal(await page.locator(".message.refused").count(), 0);
});

test("Enter does not send while an input method composes, and Shift+Enter starts a line", async (context) => {
  const { page, server, id } = await withContact(context);
  const composer = page.locator("#composer");
  await composer.fill("ni hao");
  await composer.dispatchEvent("keydown", { key: "Enter", isComposing: true, bubbles: true, cancelable: true });
  await composer.dispatchEvent("keydown", { key: "Enter", keyCode: 229, bubbles: true, cancelable: true });
  await composer.press("Shift+Enter");
  await composer.pressSequentially("second");
  assert.deepEqual(said(server, id), []);
  await composer.press("Enter");
  await page.locator(".message.own").waitFor();
  assert.deepEqual(said(server, id), ["ni hao\nsecond"]);
});

test("hold, resume, complete and wrap-up with a note and more time", async (context) => {
  const { page, server, id } = await withContact(context);
  await page.getByRole("button", { name: "Hold" }).click();
  await page.getByText("On hold. Resume to write.").waitFor();
  await page.getByRole("button", { name: "Resume" }).click();
  await page.locator("#composer").waitFor();
  await page.keyboard.press("Alt+KeyC");
  await page.getByLabel("Follow-up").check();
  await page.locator("dialog").getByRole("button", { name: "Complete" }).click();
  await page.locator(".wrap").getByText("Follow-up").waitFor();
  const endsAt = server.contacts.get(id).wrapUpEndsAt;
  await page.getByRole("button", { name: "1 more minute" }).click();
  await page.locator(".wrap textarea").fill("Call back on Friday.");
  await page.getByRole("button", { name: "Finish" }).click();
  await page.getByText("All clear").waitFor();
  assert.equal(Date.parse(server.contacts.get(id).wrapUpEndsAt) - Date.parse(endsAt), 60_000);
  assert.equal(server.timelines.get("k17")[0].note.text, "Call back on Friday.");
});

test("a transfer that is refused says why and what next; one that works clears the desk", async (context) => {
  const { page, server, id } = await withContact(context);
  await page.keyboard.press("Alt+KeyT");
  await page.getByLabel("Search queues and agents").first().fill("dora");
  await page.keyboard.press("Enter");
  await page.getByText("Dora Nowak has no room for another chat.").waitFor();
  await page.getByText("Choose another agent or a queue.").waitFor();
  await page.getByLabel("Search queues and agents").first().fill("bil");
  await page.keyboard.press("Enter");
  await page.getByText("All clear").waitFor();
  assert.equal(server.contacts.get(id).queue, "billing");
});

test("name and tags of the customer can be changed", async (context) => {
  const { page, server } = await withContact(context);
  await page.getByRole("button", { name: "Edit the customer" }).click();
  await page.getByLabel("Name", { exact: true }).fill("Mei Sato");
  await page.keyboard.press("Enter");
  await page.locator(".card-name").getByText("Mei Sato").waitFor();
  await page.getByRole("button", { name: "Add a tag" }).click();
  await page.keyboard.type("vip");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Remove the tag fibre" }).click();
  await page.getByRole("button", { name: "Remove the tag fibre" }).waitFor({ state: "detached" });
  await page.locator(".tags").getByText("vip").waitFor();
  assert.deepEqual(server.customers.get("k17").tags, ["five years", "vip"]);
});

test("unread messages of another contact are counted until they are on the screen, then marked read", async (context) => {
  const { page, server, id } = await withContact(context);
  server.offer("k23", { queue: "billing" });
  await page.locator(".offer-bar").waitFor();
  await page.keyboard.press("Alt+KeyA");
  await page.locator(".talk-head").getByText("王小明").waitFor();
  server.say(id, "First");
  server.say(id, "Second");
  await page.locator(".work-badge").getByText("2 unread messages").waitFor();
  let marked;
  server.on_markRead = (mark) => {
    marked = mark;
  };
  await page.keyboard.press("Alt+ArrowUp");
  await page.locator(".work-badge").waitFor({ state: "detached" });
  assert.deepEqual(marked, { contactId: id, readUpTo: "4" });
});

test("a desk that was taken over stays closed until it is wanted here", async (context) => {
  const { page, server } = await withContact(context);
  server.tell({ closing: { reason: "TAKEN_OVER" } });
  await page.getByText("Your desk is open in another window").waitFor();
  await page.getByRole("button", { name: "Use it here" }).click();
  await page.locator("#composer").waitFor();
});

test("an expired token ends at the sign-in, and a server that goes down is waited for", async (context) => {
  const { page, server } = await withContact(context);
  server.tell({ closing: { reason: "SHUTTING_DOWN", retryAfter: "0.5s" } });
  await page.locator(".banner").waitFor();
  await page.locator(".banner").waitFor({ state: "detached" });
  server.tell({ closing: { reason: "TOKEN_EXPIRED" } });
  await page.getByText("Your sign-in has expired").waitFor();
});

test("a supervisor sees queues and agents and sets another's presence", async (context) => {
  const { page, server } = await open(context, "sam");
  await page.getByRole("row", { name: /Retention/ }).getByText("52.4%").waitFor();
  await page.getByRole("button", { name: "Set the presence of Bob Ortiz" }).click();
  await page.getByRole("menuitem", { name: "Training" }).click();
  await page.getByRole("row", { name: /Bob Ortiz/ }).getByText("Training").waitFor();
  assert.equal(server.agents.find((one) => one.id === "bob").presence, "PRESENCE_NOT_READY");
});

test("the language changes at once and is kept", async (context) => {
  const { page } = await open(context);
  await page.locator(".account").click();
  await page.getByRole("menuitemradio", { name: "简体中文" }).click();
  await page.getByText("您当前离线").waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.lang), "zh-CN");
  await page.reload();
  await page.getByText("您当前离线").waitFor();
});
