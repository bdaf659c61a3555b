// SPDX-License-Identifier: Apache-2.0
// What only a browser can show, against the development server: `npm run test:browser`.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { tokenFor } from "../dev/fake_server.mjs";
import { accessible, launchBrowser, openPage, until } from "./pages.mjs";

let browser;
before(async () => (browser = await launchBrowser()));
after(() => browser.close());

const open = (context, subject) => openPage(context, browser, { subject });

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

test("before the offer is accepted the agent sees what is open and promised, overdue in words, and what came last", async (context) => {
  const { page, server } = await open(context);
  await page.getByRole("button", { name: "Go available" }).first().click();
  server.offer("k17", { said: ["It is slow again."] });
  const offer = page.locator("article.offer");
  await offer.getByText("Fibre loses signal in the evening").waitFor();
  await offer.locator(".promise.overdue").getByText("Overdue").waitFor();
  await offer.locator(".promise.open").getByText("Promised").waitFor();
  await offer.getByText("Looked after by Bob Ortiz").waitFor();
  await offer.locator(".picture-contacts").getByText("Follow-up").waitFor();
  await offer.locator(".picture-notes").getByText("Prefers to be called after 18:00.").waitFor();
  assert.equal(server.offers.size, 1);
});

test("a note for colleagues looks otherwise, is sent as one, and never becomes a message to the customer", async (context) => {
  const { page, server, id } = await withContact(context);
  const typing = [];
  server.on_sendTyping = (one) => void typing.push(one);
  await page.locator("#composer").fill("for the customer");
  const told = typing.length;
  await page.keyboard.press("Alt+KeyI");
  await page.getByText("Only colleagues see this.").waitFor();
  assert.equal(await page.locator("#composer").inputValue(), "");
  await page.locator("#composer").pressSequentially("between us");
  await page.keyboard.press("Enter");
  await page.locator(".message.internal").getByText("between us").waitFor();
  await page.keyboard.press("Alt+KeyI");
  assert.equal(await page.locator("#composer").inputValue(), "for the customer");
  await page.locator("#composer").press("Enter");
  await page.locator(".message.own").getByText("for the customer").waitFor();
  const mine = server.conversations.get(id).filter((one) => one.author.side === "SIDE_AGENT");
  assert.deepEqual(mine.map((one) => [one.text, one.internal]), [["between us", true], ["for the customer", false]]);
  assert.ok(!typing.slice(told).some((one) => one.active), "the customer is not told of typing that is not for them");
});

test("attachments are links where they lead to a page, and only then", async (context) => {
  const { page, server, id } = await withContact(context);
  const attachments = [
    { name: "bill.pdf", sizeBytes: "340123", url: "https://files.example.com/bill.pdf" },
    { name: "trap", url: "javascript:alert(1)" },
  ];
  const message = { id: "9", clientId: "x9", contactId: id, author: { side: "SIDE_CUSTOMER" }, at: new Date().toISOString(), text: "", attachments };
  server.tell({ conversation: { contactId: id, message } });
  const link = page.locator(".attachments").getByRole("link");
  await link.waitFor();
  assert.equal(await link.count(), 1);
  assert.equal(await link.getAttribute("href"), "https://files.example.com/bill.pdf");
  assert.match(await link.getAttribute("rel"), /noopener/);
  await page.locator(".attachments").getByText("trap").waitFor();
});

test("the history is narrowed down, searched, and grows while it is open", async (context) => {
  const { page, server } = await withContact(context);
  const history = page.locator(".history");
  await history.getByText("Technician visited: splitter replaced").waitFor();
  assert.equal(await page.getByRole("link", { name: "Open" }).getAttribute("href"), "https://field.example.com/visits/881");
  await page.getByLabel("Show only").selectOption({ label: "Cases and promises" });
  await history.getByText("Case opened: Fibre loses signal").waitFor();
  await history.getByText("Technician visited").waitFor({ state: "detached" });
  server.happen("k17", { caseChanged: { caseId: "s1", change: "escalated", subject: "Fibre loses signal in the evening" } });
  server.happen("k17", { outside: { summary: "Router delivered" } });
  await history.getByText("Case escalated").waitFor();
  assert.equal(await history.getByText("Router delivered").count(), 0);
  await page.getByLabel("Show only").selectOption({ label: "Everything" });
  await history.getByText("Router delivered").waitFor();
  await page.getByLabel("Search what was said").fill("street box");
  await page.keyboard.press("Enter");
  const hit = page.locator(".said").getByRole("button").first();
  await hit.locator("mark").getByText("street box").waitFor();
  await hit.click();
  await page.locator(".past-messages").getByText("That works. Thank you!").waitFor();
});

test("a case is opened from the contact, promised, passed on with a reason, and resolved", async (context) => {
  const { page, server, id } = await withContact(context);
  const asked = [];
  for (const verb of ["on_openCase", "on_makePromise", "on_transferCase", "on_updateCase", "on_keepPromise"]) {
    const real = server[verb];
    server[verb] = (request) => {
      asked.push([verb, request]);
      return real.call(server, request);
    };
  }
  const panel = page.locator(".customer-panel");
  const dialog = page.locator("dialog");
  await page.getByRole("tab", { name: /Cases/ }).click();
  await panel.getByRole("button", { name: "New case" }).click();
  await dialog.getByLabel("What is it about?").fill("Router arrived broken");
  await dialog.getByLabel("Category").selectOption("complaint");
  await dialog.getByRole("button", { name: "Open the case" }).click();
  const made = panel.locator("article.case", { hasText: "Router arrived broken" });
  await made.locator(".case-head").click();

  await made.getByRole("button", { name: "Promise", exact: true }).click();
  await dialog.getByText("At a time (Asia/Tokyo)").waitFor();
  await dialog.getByLabel("What do you promise?").fill("A new one by noon");
  await dialog.getByLabel("At a time", { exact: true }).fill("2030-01-02T12:00");
  await dialog.getByRole("button", { name: "Promise", exact: true }).click();
  await made.locator(".promise").getByText("A new one by noon").waitFor();
  await made.locator(".promise").getByText(/2 Jan 2030, 12:00/).waitFor();
  await made.getByRole("button", { name: "Promise kept" }).click();
  await made.getByText("The promise was kept").waitFor();

  await made.getByRole("button", { name: "Promise", exact: true }).click();
  await dialog.getByLabel("What do you promise?").fill("Call back");
  await dialog.getByLabel("Within working hours from now").check();
  await dialog.getByLabel("Working hours", { exact: true }).fill("4");
  await dialog.getByRole("button", { name: "Promise", exact: true }).click();

  await made.getByRole("button", { name: "Pass on" }).click();
  await dialog.getByLabel("To whom").selectOption({ label: "Billing" });
  await dialog.getByLabel(/Why\?/).fill("Needs a refund");
  await dialog.getByRole("button", { name: "Pass on" }).click();
  await made.locator(".hops").getByText("Needs a refund").waitFor();
  await made.getByRole("button", { name: "Resolve" }).click();
  await dialog.getByLabel("How did it end?").fill("Replaced.");
  await dialog.getByRole("button", { name: "Resolve" }).click();
  await made.waitFor({ state: "detached" });
  await panel.getByRole("button", { name: "2 ended cases" }).waitFor();

  const said = Object.fromEntries(asked.map(([verb, request]) => [verb, request]));
  assert.equal(said.on_openCase.contactId, id);
  assert.equal(asked.find(([verb]) => verb === "on_makePromise")[1].localTime, "2030-01-02T12:00");
  assert.equal(said.on_makePromise.businessTime, "14400s");
  assert.deepEqual([said.on_transferCase.queue, said.on_transferCase.reason], ["billing", "Needs a refund"]);
  assert.deepEqual([said.on_updateCase.status, said.on_updateCase.resolution], ["STATUS_RESOLVED", "Replaced."]);
  assert.ok(said.on_keepPromise.caseId);
});

test("the profile is edited by type, and only what was changed is sent", async (context) => {
  const { page, server } = await withContact(context);
  let change;
  const real = server.on_updateCustomer;
  server.on_updateCustomer = (request) => {
    change = request;
    return real.call(server, request);
  };
  await page.getByRole("tab", { name: "Profile" }).click();
  await page.getByRole("button", { name: "Edit the profile" }).click();
  const form = page.getByRole("form", { name: "Edit the profile" });
  await form.getByLabel("Tier").selectOption("platinum");
  await form.getByLabel("Plan").selectOption("Summit");
  await form.getByLabel("Paperless bill").selectOption({ label: "No" });
  await form.getByLabel("Renewal").fill("2028-03-01");
  await form.getByRole("button", { name: "Save" }).click();
  await page.locator(".profile").getByText("Platinum").waitFor();
  const { requestId, ...sent } = change;
  assert.ok(requestId);
  assert.deepEqual(sent, { customerId: "k17", version: "7", tier: "platinum", fields: { plan: "Summit", paperless: "false", renewal: "2028-03-01" } });
  await page.getByRole("button", { name: "Withdraw" }).click();
  await page.locator(".part").getByRole("button", { name: "Agreed" }).first().waitFor();
  await page.getByLabel("Number or address").fill("+49 30 1234567");
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await page.locator(".card").getByText("+49 30 1234567").waitFor();
  await page.getByRole("button", { name: "Remove: +49 30 1234567" }).click();
  await page.getByRole("button", { name: "Really remove" }).click();
  await page.locator(".card").getByText("+49 30 1234567").waitFor({ state: "detached" });
});

test("a customer is found from the keyboard and the card opens beside the work", async (context) => {
  const { page } = await withContact(context);
  await page.keyboard.press("Alt+KeyK");
  await page.keyboard.type("LK-204");
  await page.locator(".search-who").getByText("Account number LK-20417").waitFor();
  await page.locator("dialog").getByRole("combobox").fill("weber");
  await page.locator(".search-who").getByText("Jonas Weber").waitFor();
  await page.keyboard.press("Enter");
  await page.locator(".lookup .card-name").getByText("Jonas Weber").waitFor();
  await page.locator(".lookup").getByText("No earlier contacts.").waitFor();
  await page.getByRole("button", { name: "Back", exact: true }).click();
  await page.locator("#composer").waitFor();
});

test("what the server refuses or does not offer yet is said in words where it would stand", async (context) => {
  const { page, server } = await withContact(context);
  server.on_suggestDuplicates = () => server.error(13, "UNIMPLEMENTED", "RPC_UNIMPLEMENTED", "");
  await page.getByRole("tab", { name: "Record" }).click();
  await page.getByText("This server does not offer that yet.").waitFor();
  await page.keyboard.press("Alt+KeyK");
  await page.keyboard.type("hidden");
  await page.locator(".search-who").getByText("You may not read this customer").waitFor();
  await page.keyboard.press("Enter");
  await page.locator(".lookup").getByText("Nothing of this customer is on your desk.").waitFor();
  assert.equal(await page.locator(".lookup .card").count(), 0);
});

test("a supervisor takes a change back, merges and takes out again, and sees who read", async (context) => {
  const { page, server } = await open(context, "sam");
  await page.locator(".board tbody tr").first().waitFor();
  await page.keyboard.press("Alt+KeyK");
  await page.keyboard.type("mei");
  await page.locator(".search-who").first().waitFor();
  await page.keyboard.press("Enter");
  await page.getByRole("tab", { name: "Record" }).click();
  const defaced = page.locator(".change", { hasText: "Mrs. Complains-a-lot" });
  await defaced.getByText("Emre Kaya").waitFor();
  await defaced.getByRole("button", { name: "Take back" }).click();
  await page.getByText("Takes an earlier change back").waitFor();
  assert.equal(server.changes.get("k17")[0].reverts, "h3");
  await page.locator(".part", { hasText: "Who read it" }).getByText("read the history").waitFor();

  const duplicate = page.locator(".duplicate");
  await duplicate.getByText("both gave the phone number").waitFor();
  await duplicate.getByRole("button", { name: "Merge into this one" }).click();
  await page.keyboard.type("same phone, she said so");
  await page.keyboard.press("Enter");
  const merged = page.locator(".part", { hasText: "Merged records" });
  await merged.getByText("k40").waitFor();
  await merged.getByRole("button", { name: "Take out again" }).click();
  await page.keyboard.type("wrong person");
  await page.keyboard.press("Enter");
  await merged.waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Back", exact: true }).click();
  await page.locator(".board tbody tr").first().waitFor();
});

test("an agent finds the own cases, a supervisor those of everybody, the most urgent first", async (context) => {
  const agent = await withContact(context);
  agent.server.on_openCase({ customerId: "k31", subject: "Number to be moved" });
  await agent.page.keyboard.press("Alt+KeyO");
  await agent.page.locator(".open-case").getByText("Number to be moved").waitFor();
  assert.equal(await agent.page.locator(".open-case").count(), 1);
  await agent.page.locator(".open-case").click();
  await agent.page.locator(".lookup .card-name").getByText("Jonas Weber").waitFor();
  const supervisor = await open(context, "sam");
  await supervisor.page.locator(".board tbody tr").first().waitFor();
  await supervisor.page.keyboard.press("Alt+KeyO");
  await supervisor.page.locator(".open-case").first().getByText("Fibre loses signal in the evening").waitFor();
  assert.equal(await supervisor.page.locator(".open-case").count(), 2);
});

async function withCall(context) {
  const desk = await open(context);
  await desk.page.getByRole("button", { name: "Go available" }).first().click();
  const id = desk.server.ring("k17", { subject: "No signal" });
  await desk.page.getByRole("button", { name: "Accept" }).first().click();
  const call = desk.page.getByRole("region", { name: "Call", exact: true });
  await call.getByText("Mei Tanaka").waitFor();
  return { ...desk, id, call };
}

test("a call shows who is in it, and is muted, recorded with a gap, and given keys from the keyboard", async (context) => {
  const { page, server, call } = await withCall(context);
  await call.getByText("Recorded", { exact: true }).waitFor();
  // Who is on the telephone reads nothing: what is written is for colleagues.
  await page.getByLabel("Note for colleagues, not sent to the customer").waitFor();
  await page.keyboard.press("Alt+KeyU");
  await call.getByRole("button", { name: "Mute", pressed: true }).waitFor();
  await call.getByText("Muted").waitFor();
  await call.getByRole("button", { name: "Pause recording" }).click();
  await call.getByText("Recording paused").waitFor();
  await call.getByRole("button", { name: "Keys", exact: true }).click();
  await call.getByRole("button", { name: "1", exact: true }).and(page.locator(":focus")).waitFor();
  await page.keyboard.type("4*");
  await call.getByRole("group", { name: "Keys" }).getByRole("button", { name: "7" }).click();
  await call.getByText("4*7").waitFor();
  assert.deepEqual(server.controls.filter((one) => one.digits).map((one) => one.digits.digits), ["4", "*", "7"]);
  await page.keyboard.press("Escape");
  await call.getByRole("group", { name: "Keys" }).waitFor({ state: "detached" });
});

test("how long each talks, is held or rings counts by the adapter's word, and stands nowhere without it", async (context) => {
  const { page, server, id, call } = await withCall(context);
  const ago = (seconds) => new Date(Date.now() - 1000 * seconds).toISOString();
  const [customer, agent] = server.legs(id);
  const leg = (word) => call.locator(".call-leg").filter({ hasText: word }).locator(".number");
  const seconds = async (word) => {
    const [minutes, rest] = (await leg(word).textContent()).split(":").map(Number);
    return minutes * 60 + rest;
  };
  server.call(id, { legs: [{ ...customer, since: ago(125) }, { ...agent, since: ago(65) }, { id: "l3", party: "PARTY_COLLEAGUE", agentId: "bob", state: "STATE_RINGING", since: undefined }] });
  await call.getByText("Rings").waitFor();
  assert.ok(Math.abs((await seconds("Customer")) - 150) <= 30);
  assert.ok(Math.abs((await seconds("You")) - 90) <= 30);
  assert.equal(await leg("Rings").textContent(), "");
  const before = await seconds("You");
  await until("it counts", async () => (await seconds("You")) > before);
  server.call(id, { legs: [{ ...customer, state: "STATE_HELD" }, ...server.legs(id).slice(1)] });
  await call.getByText("On hold", { exact: true }).waitFor();
  assert.ok((await seconds("On hold")) < 60);
});

test("somebody outside is asked, joined, dropped, and given the call", async (context) => {
  const { page, server, call } = await withCall(context);
  const ask = async () => {
    await call.getByRole("button", { name: "Ask somebody" }).click();
    await page.getByRole("combobox", { name: "Agent, queue or telephone number" }).fill("+49 30 5550 100");
    await page.keyboard.press("Enter");
    await call.getByText("+49 30 5550 100", { exact: true }).waitFor();
  };
  await ask();
  await call.getByText("On hold", { exact: true }).waitFor();
  await call.getByRole("button", { name: "Join all" }).click();
  await call.getByText("On hold", { exact: true }).waitFor({ state: "detached" });
  await call.getByRole("button", { name: "Hang up with +49 30 5550 100" }).click();
  await call.getByText("+49 30 5550 100", { exact: true }).waitFor({ state: "detached" });
  await ask();
  await call.getByRole("button", { name: /^Pass the call on.*100$/ }).click();
  await page.keyboard.press("Alt+KeyT");
  await page.getByRole("dialog").getByRole("combobox").fill("0301234");
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  assert.deepEqual(server.controls.filter((one) => one.passOutside).map((one) => one.passOutside), [{ legId: "l4" }, { number: "0301234" }]);
});

test("what the telephone side cannot do is not done, and the reason can be read", async (context) => {
  const { page, server, id, call } = await withCall(context);
  server.call(id, { cannot: ["mute", "record"], recording: undefined });
  const mute = call.getByRole("button", { name: "Mute" });
  await call.locator("button[aria-disabled]", { hasText: "Mute" }).waitFor();
  assert.match(await mute.getAttribute("title"), /cannot do it/);
  await mute.focus();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Alt+KeyU");
  server.call(id, { legs: [] });
  await call.getByText("Nobody is on the line.").waitFor();
  await call.getByRole("button", { name: "Call the customer" }).click();
  await call.getByRole("button", { name: "Hang up", exact: true }).click();
  await page.getByRole("dialog").waitFor();
  assert.deepEqual(server.controls, [{ dialCustomer: {} }]);
});

test("a customer is called by a click on the number", async (context) => {
  const { page, server } = await withContact(context);
  await page.getByRole("button", { name: "Call +81 90 5550 0142" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("option").first().waitFor({ state: "attached" });
  await dialog.getByLabel("What is it about?").fill("Your question");
  await dialog.getByRole("button", { name: "Call", exact: true }).click();
  await dialog.waitFor({ state: "detached" });
  assert.deepEqual(server.placed, { number: "+81 90 5550 0142", queue: "support", customerId: "k17", subject: "Your question" });
  await page.getByRole("region", { name: "Call", exact: true }).getByText("Talks").first().waitFor();
});

test("a supervisor comes into a call, changes how, and leaves", async (context) => {
  const { page, server } = await open(context, "sam");
  const row = page.getByRole("row", { name: /No signal since noon/ });
  await row.getByRole("button", { name: "Listen" }).click();
  await row.getByRole("button", { name: "Listen", pressed: true }).waitFor();
  await row.getByRole("button", { name: "Whisper" }).click();
  await row.getByRole("button", { name: "Whisper", pressed: true }).waitFor();
  await row.getByRole("button", { name: "Leave" }).click();
  await row.getByRole("button", { name: "Leave" }).waitFor({ state: "detached" });
  assert.deepEqual(server.controls.map((one) => one.supervise.mode), ["SUPERVISION_MODE_LISTEN", "SUPERVISION_MODE_WHISPER", "SUPERVISION_MODE_UNSPECIFIED"]);
});

test("what a dialog asked for in vain is said in it until it is asked again, and nothing lies under its veil", async (context) => {
  const { page, server } = await withContact(context);
  const refused = { on_placeCall: () => server.error(9, "No telephone system is connected.", "NO_CALLS", "Start the adapter.") };
  const { on_placeCall } = server;
  Object.assign(server, refused);
  await page.keyboard.press("Alt+KeyD");
  const dialog = page.getByRole("dialog", { name: "Call" });
  await dialog.getByRole("option").first().waitFor({ state: "attached" });
  await page.keyboard.type("+49 30 5550 100");
  await page.keyboard.press("Enter");
  await dialog.getByRole("alert").getByText("No telephone system is connected.").waitFor();
  await dialog.getByRole("alert").getByText("Start the adapter.").waitFor();
  assert.equal(await page.locator(".toast").count(), 0);
  await accessible(page, "refused");
  // Who typed has lost neither the words nor the place.
  await dialog.getByLabel("Telephone number").and(page.locator(":focus")).waitFor();

  // A toast of something else stands above the veil, and can be pressed.
  server.offer("k23", { forMs: 1 });
  const toast = page.locator(".toast").filter({ hasText: "was missed" });
  await toast.waitFor();
  await until("it is not covered", () => toast.evaluate((one) => {
    const { left, top, width, height } = one.getBoundingClientRect();
    return one.contains(document.elementFromPoint(left + width / 2, top + height / 2));
  }));
  await accessible(page, "toast");
  await toast.getByRole("button", { name: "Dismiss" }).click();
  await toast.waitFor({ state: "detached" });
  assert.equal(await dialog.count(), 1);

  await page.keyboard.press("Escape");
  await page.keyboard.press("Alt+KeyD");
  await dialog.waitFor();
  assert.equal(await dialog.getByRole("alert").count(), 0);
  server.on_placeCall = on_placeCall;
  await dialog.getByLabel("Telephone number").fill("+49 30 5550 100");
  await page.keyboard.press("Enter");
  await dialog.waitFor({ state: "detached" });
});

test("every dialog can be used by those who see nothing, takes the focus, and gives it back", async (context) => {
  const { page } = await withContact(context);
  await page.locator("#composer").focus();
  const dialogs = [["KeyT", "Transfer"], ["KeyC", "Complete"], ["KeyD", "Call"], ["KeyE", "Write a mail"], ["KeyK", "Find"], ["KeyO", "cases"], ["Slash", "Keyboard shortcuts"]];
  for (const [key, name] of dialogs) {
    await page.keyboard.press(`Alt+${key}`);
    const dialog = page.getByRole("dialog", { name });
    await dialog.waitFor();
    assert.ok(await dialog.evaluate((one) => one.contains(document.activeElement)), `${name}: the focus is outside`);
    if (key === "KeyK") {
      await page.keyboard.type("mei");
      await dialog.getByRole("option").first().waitFor();
    }
    await accessible(page, name);
    // The first one empties the field.
    if (key === "KeyK") await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    await page.locator("#composer:focus").waitFor();
  }
});

test("the bar above fits a small telephone, whatever it says", async (context) => {
  const { page, server } = await withContact(context);
  server.softphone = { server: server.url.replace("http", "ws"), domain: "pbx.example", user: "ann", iceServers: [] };
  await page.reload();
  await page.locator(".phone-button").waitFor();
  await page.setViewportSize({ width: 360, height: 740 });
  server.offer("k23", { forMs: 1 });
  await page.getByRole("button", { name: "Presence: Missed an offer" }).waitFor();
  assert.deepEqual(await page.evaluate(() => [...document.querySelectorAll(".top-bar *")].filter((one) => one.getBoundingClientRect().right > innerWidth + 0.5).map((one) => one.className)), []);
  await accessible(page, "small");
});

test("what is refused after its dialog was closed is told beside the work", async (context) => {
  const { page, server } = await withContact(context);
  let answer;
  const asked = new Promise((done) => {
    server.on_placeCall = () => (done(), { tag: "0" });
  });
  const hear = server.hear;
  server.hear = (socket, request) => {
    if (request.placeCall) answer = () => socket.send(JSON.stringify({ tag: request.tag, ...server.error(9, "No telephone system is connected.", "NO_CALLS", "") }));
    hear.call(server, socket, request);
  };
  await page.keyboard.press("Alt+KeyD");
  const dialog = page.getByRole("dialog", { name: "Call" });
  await dialog.getByRole("option").first().waitFor({ state: "attached" });
  await page.keyboard.type("+49 30 5550 100");
  await page.keyboard.press("Enter");
  await asked;
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  await page.keyboard.press("Alt+Slash");
  await page.getByRole("dialog").waitFor();
  answer();
  await page.locator(".toast").getByText("No telephone system is connected.").waitFor();
  assert.equal(await page.getByRole("dialog").count(), 1);
});

test("a telephone that is set up asks for its password, says why it does not work, and forgets; others see none", async (context) => {
  const { server, page } = await open(context);
  await page.locator("#presence-button").waitFor();
  assert.equal(await page.locator(".phone-button").count(), 0);

  server.softphone = { server: server.url.replace("http", "ws"), domain: "pbx.example", user: "ann", iceServers: [] };
  await page.addInitScript(() => {
    navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("", "NotAllowedError"));
  });
  await page.reload();
  await page.getByRole("button", { name: "Telephone: Sign in to telephone here" }).press("Enter");
  const dialog = page.locator("dialog[open]");
  await page.keyboard.type("secret");
  await page.keyboard.press("Enter");
  await dialog.getByText("This page may not use the microphone").waitFor();
  await dialog.getByRole("button", { name: "Try again" }).waitFor();
  await dialog.getByLabel("Close").click();
  await page.locator(".phone-bar").getByText("Calls do not ring here").waitFor();
  await page.locator(".phone-bar").getByRole("button", { name: "Telephone" }).click();
  await page.getByRole("button", { name: "Telephone: Calls do not ring here" }).waitFor();
  await accessible(page, "telephone");
  const kept = () => page.evaluate(() => Object.values({ ...sessionStorage, ...localStorage }).includes("secret"));
  assert.equal(await kept(), true);
  await dialog.getByRole("button", { name: "Forget the password" }).click();
  await dialog.getByLabel("Password of the telephone ann").waitFor();
  assert.equal(await kept(), false);
  assert.equal(await page.locator(".phone-bar").count(), 0);
});
