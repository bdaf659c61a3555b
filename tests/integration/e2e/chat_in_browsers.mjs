// SPDX-License-Identifier: Apache-2.0
// A visitor and agents talk, pass on, complete; the second chat shows the first before accept.
// `--screenshots` also takes the pictures of the documentation.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import { join } from "node:path";
import { agreeOn, closeAll, Desk, launchBrowser, Visitor } from "./pages.mjs";
import { root, Server, until } from "./server.mjs";
import { story } from "./story.mjs";

const images = process.argv.includes("--screenshots") ? join(root, "docs/images") : "";
let server, browser, visitor, ann, ben, supervisor;
const test = story(() => ({ server, visitor, ann, ben, supervisor }));

before(async () => {
  server = await Server.start();
  browser = await launchBrowser();
});
after(() => closeAll(() => browser?.close(), () => server?.stop()));

async function picture(name, { page }) {
  if (images) await page.screenshot({ path: join(images, `${name}.png`), animations: "disabled" });
}

async function picturesOfTheTalk() {
  if (!images) return;
  await visitor.page.getByLabel("Your message").pressSequentially("Can you ");
  await ben.page.locator(".talk-typing").getByText("typing").waitFor();
  await picture("console-chat", ben);
  await ben.page.emulateMedia({ colorScheme: "dark" });
  await picture("console-dark", ben);
  await ben.page.emulateMedia({ colorScheme: "light" });
  await visitor.page.getByLabel("Your message").fill("");
  await picture("widget", visitor);
  await visitor.page.setViewportSize({ width: 390, height: 844 });
  await picture("widget-phone", visitor);
  await visitor.page.setViewportSize({ width: 1280, height: 900 });
}

async function pictureOfTheBoard() {
  if (!images) return;
  for (const [channel, subject] of [["CHANNEL_EMAIL", "Roaming on the November bill"], ["CHANNEL_MESSAGE", "Second line"], ["CHANNEL_EMAIL", "Moving house"]]) {
    const request = { channel, queue: "billing", subject, requirement: "technical and mandarin" };
    await server.call("routing.v1.RoutingService/SubmitContact", request);
  }
  await supervisor.page.locator(".board").getByRole("row", { name: /Moving house/ }).first().waitFor();
  await picture("supervisor", supervisor);
}

async function openContact(agentId) {
  return until(`${agentId} has a contact`, async () => (await server.agent(agentId)).contacts?.[0]);
}

test("a visitor who waits sees the place and how long", async () => {
  visitor = await Visitor.open(browser, server);
  await visitor.start({ name: "Mei Tanaka", email: "mei@example.com", question: "My line is slow in the evening." });
  await visitor.sees("You are next.");
  const { waiting } = await server.queue("support");
  assert.equal(waiting.length, 1);
  assert.equal(waiting[0].position, 1);
});

test("an agent who becomes available is offered the chat, with its customer, and takes it", async () => {
  ann = await Desk.open(browser, server.links["Ann Li"]);
  assert.ok(!ann.page.url().includes("token"), "the token leaves the address bar");
  await ann.goAvailable();
  await ann.offer.getByText("My line is slow in the evening.").waitFor();
  await ann.offer.getByText("Mei Tanaka").first().waitFor();
  const left = ann.offer.getByRole("timer");
  const first = Number(await left.textContent());
  assert.ok(first > 0 && first <= 30, `${first} seconds are left`);
  await until("the countdown runs", async () => Number(await left.textContent()) < first);
  await ann.page.locator(".card").getByText("mei@example.com").waitFor();
  await ann.offer.getByText("This is the first contact that we know of.").waitFor();
  await ann.accept("Mei Tanaka");
  await visitor.sees("You are chatting with Ann Li");
});

test("both write; typing and read marks pass in both directions", async () => {
  const contact = await openContact("ann");
  await visitor.page.getByLabel("Your message").pressSequentially("It st");
  await ann.page.locator(".talk-typing").getByText("typing").waitFor();
  await visitor.say("It started on Monday.");
  await ann.sees("It started on Monday.");
  await visitor.page.locator("li.own .meta.read").nth(1).waitFor();
  await ann.page.locator("#composer").pressSequentially("Hello");
  await visitor.sees("Ann Li is typing…");
  await ann.say("Hello Mei, let me measure the line.");
  await visitor.sees("Hello Mei, let me measure the line.");
  await ann.page.locator(".message-state.read").first().waitFor();
  await visitor.say("Thank you!");
  await ann.say("The line loses packets; I have ordered a repair.");
  await visitor.say("Good to hear! When will they come?");
  await ann.sees("Good to hear! When will they come?");
  await ann.say("Tonight between eight and ten.");
  await visitor.sees("Tonight between eight and ten.");
  await agreeOn(server, contact.id, {
    visitor, desk: ann,
    texts: [
      "My line is slow in the evening.", "It started on Monday.", "Hello Mei, let me measure the line.", "Thank you!",
      "The line loses packets; I have ordered a repair.", "Good to hear! When will they come?", "Tonight between eight and ten.",
    ],
  });
});

test("a reload on either side changes nothing", async () => {
  const shown = await visitor.said();
  await visitor.page.reload();
  await visitor.sees("You are chatting with Ann Li");
  await until("the widget shows the same again", async () => JSON.stringify(await visitor.said()) === JSON.stringify(shown));
  await ann.page.reload();
  await ann.select("Mei Tanaka");
  await until("the console shows the same again", async () => JSON.stringify(await ann.said()) === JSON.stringify(shown));
});

test("a note stays with the customer", async () => {
  await ann.page.getByRole("tab", { name: "Notes" }).click();
  await ann.page.getByLabel("New note").fill("Street box 14 loses packets; repair ordered.");
  await ann.page.getByRole("button", { name: "Add note" }).click();
  await ann.page.locator(".notes").getByText("Street box 14 loses packets; repair ordered.").waitFor();
  await ann.page.getByRole("tab", { name: "History" }).click();
});

test("completing ends the chat for the visitor, and the wrap-up ends when the agent says so", async () => {
  const contact = await openContact("ann");
  await ann.complete("Resolved");
  await visitor.sees("This chat has ended.");
  assert.equal((await server.contact(contact.id)).state, "STATE_WRAPPING");
  await ann.page.locator(".wrap textarea").fill("Promised the crew for tonight.");
  await ann.page.getByRole("button", { name: "Finish" }).click();
  await ann.page.getByText("All clear").waitFor();
  const closed = await server.contact(contact.id);
  assert.deepEqual([closed.state, closed.outcome, closed.disposition], ["STATE_CLOSED", "OUTCOME_COMPLETED", "resolved"]);
});

test("the visitor's second chat shows the first one's messages and notes before accept", async () => {
  await visitor.page.getByRole("button", { name: "Start a new chat" }).click();
  await visitor.start({ question: "The crew was here, but it is still slow." });
  await ann.offer.getByText("The crew was here, but it is still slow.").waitFor();
  await ann.offer.getByText("Last time").waitFor();
  for (const text of ["It started on Monday.", "Tonight between eight and ten.", "Promised the crew for tonight.", "Street box 14"]) {
    await ann.offer.getByText(text).first().waitFor();
  }
  await ann.offer.getByText("2 contacts so far").waitFor();
  await ann.page.locator(".history .past").first().waitFor();
  assert.equal((await server.agent("ann")).contacts?.length ?? 0, 0, "nothing is accepted yet");
  await picture("console-offer", ann);
  await ann.accept("Mei Tanaka");
  await visitor.sees("You are chatting with Ann Li");
});

test("a transfer brings the chat, its messages and its history to another agent", async () => {
  const contact = await openContact("ann");
  await ann.say("I bring my colleague Ben in, who knows the street boxes.");
  ben = await Desk.open(browser, server.links["Ben Okafor"]);
  await ben.goAvailable();
  await ann.page.getByRole("button", { name: "Transfer" }).click();
  await ann.page.getByRole("option", { name: /Ben Okafor/ }).click();
  await ben.offer.getByText("I bring my colleague Ben in").first().waitFor();
  await ben.accept("Mei Tanaka");
  await visitor.sees("You are chatting with Ben Okafor");
  await ben.say("Hello, this is Ben. I see the box from here.");
  await visitor.say("Hello Ben");
  await agreeOn(server, contact.id, {
    visitor: { said: async () => (await visitor.said()).slice(7), unsent: () => visitor.unsent() },
    desk: ben,
    texts: [
      "The crew was here, but it is still slow.", "I bring my colleague Ben in, who knows the street boxes.",
      "Hello, this is Ben. I see the box from here.", "Hello Ben",
    ],
  });
  await picturesOfTheTalk();
  await ann.page.locator(".wrap").waitFor();
  await ann.page.getByRole("button", { name: "Finish" }).click();
  await ann.page.getByText("All clear").waitFor();
});

test("the supervisor's board shows queues and agents as they are", async () => {
  supervisor = await Desk.open(browser, server.links.Supervisor);
  await supervisor.page.locator(".board").getByRole("row", { name: /Ben Okafor/ }).first().waitFor();
  await supervisor.page.locator(".board").getByRole("row", { name: /Support/ }).first().waitFor();
  await pictureOfTheBoard();
});

test("the visitor may end the chat", async () => {
  await visitor.page.getByRole("button", { name: "End chat" }).click();
  await visitor.page.locator(".ask").getByRole("button", { name: "End chat" }).click();
  await visitor.sees("This chat has ended.");
  await ben.page.locator(".wrap").waitFor();
  await ben.page.getByRole("button", { name: "Finish" }).click();
  await ben.page.getByText("All clear").waitFor();
});

test("nothing went wrong on any page", () => {
  for (const { wrong } of [visitor, ann, ben, supervisor]) assert.deepEqual(wrong, []);
});
