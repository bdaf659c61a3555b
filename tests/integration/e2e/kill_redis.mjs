// SPDX-License-Identifier: Apache-2.0
// kill -9 of the private Redis under the running server: it is started again, the router loads what
// was recorded and leads on; no acknowledged word or step is lost, and the pages need no help.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import { agreeOn, closeAll, Desk, launchBrowser, Visitor } from "./pages.mjs";
import { Server, until } from "./server.mjs";
import { story } from "./story.mjs";

let server, browser, ann, mei, contactId;
const said = ["My line is slow."];
const test = story(() => ({ server, ann, mei }));

before(async () => {
  server = await Server.start();
  browser = await launchBrowser();
});
after(() => closeAll(() => browser?.close(), () => server?.stop()));

async function killRedis() {
  const pid = server.redisPid();
  assert.ok(pid > 0, "the server has a redis-server as its child");
  process.kill(pid, "SIGKILL");
  return pid;
}

async function ready() {
  await until("the server is ready again", async () => (await fetch(`${server.metrics}/readyz`)).status === 200);
}

test("a chat is under way and another contact waits", async () => {
  ann = await Desk.open(browser, server.links["Ann Li"]);
  await ann.goAvailable();
  mei = await Visitor.open(browser, server);
  await mei.start({ name: "Mei Tanaka", question: said[0] });
  await ann.accept("Mei Tanaka");
  await mei.sees("You are chatting with Ann Li");
  contactId = (await server.agent("ann")).contacts[0].id;
});

for (const round of [1, 2]) {
  const how = round === 1 ? "Redis is killed" : "Redis is killed, and again as soon as it is back,";
  test(`${how} under messages from both sides and submits`, async (context) => {
    const texts = (who) => Array.from({ length: 10 }, (_, at) => `${who} ${round}.${at}`);
    const fromMei = texts("mei");
    const fromAnn = texts("ann");
    const acknowledged = [];
    const refusals = new Set();
    let submitting = true;
    const submits = (async () => {
      for (let number = 0; submitting; ++number) {
        // Tried until answered, as the contract says: the same request id each time.
        const requestId = `round-${round}-${number}`;
        const request = { requestId, channel: "CHANNEL_EMAIL", queue: "support", requirement: "technical", externalId: requestId };
        const answer = await until(
          `${requestId} is answered`,
          () => server.call("routing.v1.RoutingService/SubmitContact", request).catch((error) => {
            refusals.add(error.body?.reason);
            // Whether it was recorded is unknown: ask again.
            return ["unavailable", "deadline_exceeded", "aborted"].includes(error.body?.code) ? undefined : { error };
          }),
        );
        if (answer.error) throw answer.error;
        acknowledged.push([requestId, answer.contact.id]);
      }
    })();
    const writing = (async () => {
      for (let at = 0; at < fromMei.length; ++at) {
        await mei.say(fromMei[at]);
        await ann.say(fromAnn[at]);
      }
    })();
    await until("some of them are recorded", async () => (await server.messages(contactId)).length > said.length + 3, { everyMs: 5 });
    let before = await killRedis();
    if (round === 2) {
      await until("another Redis runs", () => ![0, before].includes(server.redisPid()), { everyMs: 2 });
      before = await killRedis();
    }
    await writing;
    await until("another Redis runs", () => ![0, before].includes(server.redisPid()));
    await ready();
    const count = acknowledged.length;
    await until("submits are answered again", () => acknowledged.length > count + 3);
    submitting = false;
    await submits;
    context.diagnostic(`${acknowledged.length} submits were answered; refused meanwhile: ${[...refusals].join(", ") || "none"}`);
    said.push(...fromMei, ...fromAnn);
    const record = await agreeOn(server, contactId, { visitor: mei, desk: ann, texts: said });
    for (const from of [fromMei, fromAnn]) assert.deepEqual(record.filter((text) => from.includes(text)), from);
    assert.equal(new Set(acknowledged.map(([, id]) => id)).size, acknowledged.length, "no two requests share a contact");
    for (const [requestId, id] of acknowledged) assert.equal((await server.contact(id)).externalId, requestId);
    const { state, agent } = await server.contact(contactId);
    assert.deepEqual([state, agent], ["STATE_ASSIGNED", "ann"]);
  });
}

test("the chat is completed as if nothing had happened", async () => {
  await ann.complete("Resolved");
  await mei.sees("This chat has ended.");
  for (const { wrong } of [ann, mei]) assert.deepEqual(wrong, []);
});
