// SPDX-License-Identifier: Apache-2.0
// kill -9 of the whole server while people talk, wait and wrap up: three times, at different moments.
// Both pages come back by themselves and nothing is lost, doubled or out of its place.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import { agreeOn, closeAll, Desk, launchBrowser, Visitor } from "./pages.mjs";
import { Server, until } from "./server.mjs";
import { story } from "./story.mjs";

let server, browser, ann, mei, omar, ida;
const contacts = {};
const said = { mei: ["My line is slow."], ida: ["Where is my bill?"] };
const test = story(() => ({ server, ann, mei, omar, ida }));

before(async () => {
  server = await Server.start();
  browser = await launchBrowser();
});
after(() => closeAll(() => browser?.close(), () => server?.stop()));

const numbered = (who, from, count) => Array.from({ length: count }, (_, at) => `${who} ${from + at} — 第${from + at}句 🙂`);

async function sayAll(page, texts) {
  for (const text of texts) await page.say(text);
}

/** Everything that must not change while the server is away. */
async function standing() {
  const [talking, wrapping, waiting, queue, desk] = await Promise.all([
    server.contact(contacts.mei), server.contact(contacts.omar), server.contact(contacts.ida), server.queue("support"), server.agent("ann"),
  ]);
  const facts = ({ state, agent, transfers, enqueuedAt, due, wrapUpEndsAt, disposition, customerId, position }) => ({
    state, agent, transfers, enqueuedAt, due, wrapUpEndsAt, disposition, customerId, position,
  });
  return {
    talking: facts(talking),
    wrapping: facts(wrapping),
    waiting: facts(waiting),
    line: queue.waiting.map(({ id, position }) => ({ id, position })),
    desk: (desk.contacts ?? []).map(({ id, state }) => ({ id, state })),
    presence: [desk.agent.presence, desk.agent.reason],
  };
}

async function backAgain() {
  await Promise.all([
    ann.page.locator(".banner").waitFor({ state: "detached" }),
    ...[mei, ida].map((one) => one.page.locator(".notice").getByText("Connection lost").waitFor({ state: "detached" })),
  ]);
}

test("one talks, one is in wrap-up, two wait", async () => {
  ann = await Desk.open(browser, server.links["Ann Li"]);
  await ann.goAvailable();
  omar = await Visitor.open(browser, server);
  await omar.start({ name: "Omar Haddad", question: "I am moving house." });
  await ann.accept("Omar Haddad");
  mei = await Visitor.open(browser, server);
  await mei.start({ name: "Mei Tanaka", email: "mei@example.com", question: said.mei[0] });
  await ann.page.locator(".offer-bar").getByText("Mei Tanaka").waitFor();
  await ann.accept("Mei Tanaka");
  const desk = await server.agent("ann");
  const ids = Object.fromEntries(await Promise.all(desk.contacts.map(async ({ id }) => [(await server.messages(id))[0].text, id])));
  contacts.omar = ids["I am moving house."];
  contacts.mei = ids[said.mei[0]];
  await ann.select("Omar Haddad");
  await ann.complete("Follow-up");
  // Far enough away that it ends in no part of this test by itself.
  for (let more = 1; more <= 10; ++more) {
    const { wrapUpEndsAt } = await server.contact(contacts.omar);
    await ann.page.getByRole("button", { name: "1 more minute" }).click();
    await until("the wrap-up is longer", async () => (await server.contact(contacts.omar)).wrapUpEndsAt !== wrapUpEndsAt);
  }
  await ann.goNotReady("Break");
  ida = await Visitor.open(browser, server);
  await ida.start({ name: "Ida Berg", question: said.ida[0] });
  await ida.sees("You are next.");
  const line = await until("Ida waits", async () => (await server.queue("support")).waiting);
  contacts.ida = line[0].id;
  const last = await server.call("routing.v1.RoutingService/SubmitContact", { requestId: "last-in-line", channel: "CHANNEL_CHAT", queue: "support" });
  contacts.last = last.contact.id;
  assert.equal((await server.contact(contacts.last)).position, 2);
  await ann.select("Mei Tanaka");
});

test("killed while messages are on their way from both sides", async () => {
  const before = await standing();
  const fromMei = numbered("mei", 1, 12);
  const fromAnn = numbered("ann", 1, 12);
  const writing = Promise.all([sayAll(mei, fromMei), sayAll(ann, fromAnn)]);
  await until("some of them are recorded", async () => (await server.messages(contacts.mei)).length >= 5, { everyMs: 5 });
  await server.kill();
  await writing;
  await sayAll(ida, [(said.ida[1] = "Hello? (written while the server was away)")]);
  await server.run();
  await backAgain();
  said.mei.push(...fromMei, ...fromAnn);
  const record = await agreeOn(server, contacts.mei, { visitor: mei, desk: ann, texts: said.mei });
  for (const from of [fromMei, fromAnn]) {
    assert.deepEqual(record.filter((text) => from.includes(text)), from, "each side's messages keep their order");
  }
  await agreeOn(server, contacts.ida, { visitor: ida, texts: said.ida });
  assert.deepEqual(await standing(), before);
  assert.equal(before.line[1].id, contacts.last);
});

test("killed again while the pages are just coming back, with what was written offline", async () => {
  const before = await standing();
  await server.kill();
  await ann.page.locator(".banner").waitFor();
  await mei.page.locator(".notice").getByText("Connection lost").waitFor();
  const fromMei = numbered("mei", 21, 6);
  const fromAnn = numbered("ann", 21, 6);
  await Promise.all([sayAll(mei, fromMei), sayAll(ann, fromAnn)]);
  await server.run();
  const known = said.mei.length;
  await until("the first of them has come", async () => (await server.messages(contacts.mei)).length > known, { everyMs: 5 });
  await server.kill();
  await server.run();
  await backAgain();
  said.mei.push(...fromMei, ...fromAnn);
  const record = await agreeOn(server, contacts.mei, { visitor: mei, desk: ann, texts: said.mei });
  for (const from of [fromMei, fromAnn]) assert.deepEqual(record.filter((text) => from.includes(text)), from);
  assert.deepEqual(await standing(), before);
});

test("killed while an offer stands: it is accepted all the same, and the line moves up", async () => {
  const before = await standing();
  await ann.goAvailable();
  await ann.page.locator(".offer-bar").getByText("Ida Berg").waitFor();
  await server.kill();
  await server.run();
  await backAgain();
  await ann.accept("Ida Berg");
  await ida.sees("You are chatting with Ann Li");
  await ann.say("Hello Ida, it comes tomorrow.");
  await ida.sees("Hello Ida, it comes tomorrow.");
  await ida.say("Thank you!");
  await agreeOn(server, contacts.ida, { visitor: ida, desk: ann, texts: [...said.ida, "Hello Ida, it comes tomorrow.", "Thank you!"] });
  const { talking, wrapping } = await standing();
  assert.deepEqual([talking, wrapping], [before.talking, before.wrapping]);
});

test("typing, a note, the end and the history work on as if nothing had happened", async () => {
  await ann.select("Mei Tanaka");
  await mei.page.getByLabel("Your message").pressSequentially("So ");
  await ann.page.locator(".talk-typing").getByText("typing").waitFor();
  await ann.complete("Resolved");
  await mei.sees("This chat has ended.");
  await ann.page.locator(".wrap textarea").fill("All said twice over, nothing doubled.");
  await ann.page.getByRole("button", { name: "Finish" }).click();
  await until("the contact is closed", async () => (await server.contact(contacts.mei)).state === "STATE_CLOSED");
  const { customerId } = await server.contact(contacts.mei);
  const { entries } = await server.call("context.v1.ContextService/ListTimeline", { customerId });
  const kinds = entries.map((one) => ["opened", "assigned", "transferred", "closed", "note", "profile"].find((kind) => kind in one)).reverse();
  // Once each, in order, though the feed was interrupted three times; the note may come before the end is fed.
  assert.deepEqual(kinds.filter((kind) => kind !== "note" && kind !== "profile"), ["opened", "assigned", "closed"]);
  assert.equal(kinds.filter((kind) => kind === "note").length, 1);
  for (const { wrong } of [ann, mei, omar, ida]) assert.deepEqual(wrong, []);
});
