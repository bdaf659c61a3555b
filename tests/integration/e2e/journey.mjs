// SPDX-License-Identifier: Apache-2.0
// One customer, five counters: a question about a fee by phone, a visit in the shop, a complaint in the
// chat, a short message, the key-account manager, a mail. Whoever is asked sees all that went before,
// before she accepts; what is learned decides who is asked next.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import { Server, until } from "./server.mjs";
import { story } from "./story.mjs";

const domain = `
domain: demo
queues:
  calls: {channels: [voice], offer_timeout: 5m}
  chats: {channels: [chat], offer_timeout: 5m}
  messages: {channels: [message], offer_timeout: 5m}
  mails: {channels: [email], offer_timeout: 5m, prefer: [owner], prefer_for: 5m}
  complaints: {channels: [voice, chat, message, email], offer_timeout: 5m}
  tasks: {channels: [task], offer_timeout: 5m}
agents:
  ann: {queues: [calls]}
  ben: {queues: [chats]}
  cho: {queues: [messages, complaints]}
  dai: {queues: [mails]}
  eva: {queues: [mails]}
  zoe: {queues: [calls], channels: [voice]}
rules:
  - {when: 'customer.open_cases > 0 and contact.channel == "message"', set: {queue: complaints, priority: 5}}
customers:
  country: CN
  tiers: [silver, gold]
  access_grace: 0s
cases: {categories: [fees], queue: tasks}
`;

const agents = ["ann", "ben", "cho", "dai", "eva"];
const context = (method, request, who, role = "agent") => server.call(`context.v1.${method}`, request, server.token(role, who));
const agent = (method, request, who) => server.call(`agents.v1.AgentService/${method}`, request, server.token("agent", who));
const adapter = (method, request) => server.call(`routing.v1.RoutingService/${method}`, request, server.token("adapter", "desk"));

let server;
let customerId;
const contacts = {};
/** What stands in the timeline by now, by kind; kept by the test itself as things happen. */
const happened = [];
const chapter = story(() => ({ server }));

before(async () => {
  server = await Server.start();
  await server.call("admin.v1.AdminService/ApplyDomain", { yaml: domain });
  for (const who of [...agents, "zoe"]) await agent("SignIn", {}, who);
  for (const who of agents) await agent("SetPresence", { presence: "PRESENCE_AVAILABLE" }, who);
});
after(() => server?.stop());

const resolve = async (kind, value, also = []) =>
  (await context("ContextService/ResolveCustomer", { identity: { kind, value }, also, name: "Mei Lin" }, "desk", "adapter")).customer;

async function comesIn(name, channel, queue, subject) {
  const { contact } = await adapter("SubmitContact", { requestId: name, channel: `CHANNEL_${channel}`, queue, subject, customerId, externalId: `<${name}@desk>` });
  contacts[name] = contact.id;
  happened.push("opened");
  return contact;
}

const offerOf = (who) =>
  until(`${who} is offered a contact`, async () => (await agent("GetAgent", {}, who)).desk.offers?.[0]?.contact);

/** All that the agent sees while she is asked: the timeline's kinds, oldest first, what was said, the cases. */
async function sees(who) {
  const kinds = ["opened", "assigned", "transferred", "closed", "note", "caseChanged", "promise", "profile", "outside", "merged"];
  // Timelines are written behind the events, in their order.
  const entries = await until(`${who} sees ${happened.length} entries`, async () => {
    const read = await context("ContextService/ListTimeline", { customerId, page: { pageSize: 200 } }, who);
    return read.entries?.length >= happened.length && read.entries.reverse();
  });
  const { customer } = await context("ContextService/GetCustomer", { customerId }, who);
  const { cases = [] } = await context("CaseService/ListCases", { customerId }, who);
  return { customer, cases, kinds: entries.map((entry) => kinds.find((kind) => entry[kind])), entries };
}

async function serves(who, name, disposition) {
  await agent("AcceptOffer", { contactId: contacts[name] }, who);
  happened.push("assigned");
  return async () => {
    await agent("CompleteContact", { contactId: contacts[name], disposition: "" , note: disposition }, who);
    await agent("EndWrapUp", { contactId: contacts[name] }, who).catch(() => {});
    happened.push("closed");
  };
}

chapter("she calls about a fee, in the form in which people write numbers there", async () => {
  const customer = await resolve("phone", "138 0013 8000");
  customerId = customer.id;
  assert.deepEqual(customer.identities.map(({ value }) => value), ["+8613800138000"]);
  await comesIn("call", "VOICE", "calls", "What is the fee of 12 yuan?");
  const offer = await offerOf("ann");
  assert.equal(offer.customerId, customerId);
  assert.deepEqual((await sees("ann")).kinds, ["opened"]);
  const done = await serves("ann", "call");
  await context("ContextService/AddNote", { customerId, contactId: contacts.call, text: "Fee explained; she is not content" }, "ann");
  happened.push("note");
  await done();
});

chapter("she goes to the shop, which tells it", async () => {
  const event = { source: "shop", eventId: "visit-1", type: "visit", summary: "Asked for the fee again in the shop", reference: "V-1" };
  const { events } = await context("ContextService/RecordEvents", { events: [{ customerId, event }] }, "desk", "adapter");
  assert.ok(!events[0].repeatedEvent);
  const again = await context("ContextService/RecordEvents", { events: [{ customerId, event }] }, "desk", "adapter");
  assert.equal(again.events[0].repeatedEvent, true);
  assert.equal(again.events[0].entry.id, events[0].entry.id);
  happened.push("outside");
});

chapter("she complains in the chat: Ben sees the call, its note and the visit before he accepts", async () => {
  const customer = await resolve("chat", "visitor-7", [{ kind: "phone", value: "+86 138-0013-8000" }]);
  // Another address that says to be hers is never merged by guess.
  assert.notEqual(customer.id, customerId);
  await context("ContextService/MergeCustomers", { requestId: "m1", customerId, otherCustomerId: customer.id, reason: "she said so" }, "boss", "supervisor");
  happened.push("merged");
  await comesIn("chat", "CHAT", "chats", "Take the fee back!");
  await offerOf("ben");
  const seen = await sees("ben");
  assert.deepEqual(seen.kinds.filter((kind) => kind !== "profile"), happened);
  assert.match(seen.entries.find((entry) => entry.note).note.text, /not content/);
  const done = await serves("ben", "chat");
  await context("ContextService/AppendMessages", { messages: [
    { contactId: contacts.chat, clientId: "1", text: "I want my 12 yuan back", author: { side: "SIDE_CUSTOMER", id: customerId } },
  ] }, "desk", "adapter");
  await context("ContextService/AppendMessages", { messages: [{ contactId: contacts.chat, clientId: "2", text: "I will have it looked at" }] }, "ben");
  await context("ContextService/AppendMessages", { messages: [{ contactId: contacts.chat, clientId: "3", text: "she is right, the tariff changed", internal: true }] }, "ben");
  const { case: opened } = await context("CaseService/OpenCase", { requestId: "o1", customerId, subject: "Fee of 12 yuan", category: "fees", contactId: contacts.chat }, "ben");
  assert.equal(opened.owner, "ben");
  happened.push("caseChanged");
  await context("CaseService/MakePromise", { requestId: "p1", caseId: opened.id, text: "An answer", due: new Date(Date.now() + 86_400_000).toISOString() }, "ben");
  happened.push("promise");
  await done();
});

chapter("her short message goes to those who deal with complaints, for a case is open", async () => {
  const contact = await comesIn("sms", "MESSAGE", "messages", "And?");
  assert.equal(contact.queue, "complaints");
  await offerOf("cho");
  const seen = await sees("cho");
  assert.deepEqual(seen.kinds.filter((kind) => kind !== "profile"), happened);
  assert.equal(seen.cases[0].promise.text, "An answer");
  assert.equal(seen.customer.openCases, 1);
  const { messages } = await context("ContextService/ListMessages", { contactId: contacts.chat, withInternal: true }, "cho");
  assert.deepEqual(messages.map(({ text }) => text), ["I want my 12 yuan back", "I will have it looked at", "she is right, the tariff changed"]);
  // What is for colleagues is not what the customer's side gets.
  const { messages: shown } = await context("ContextService/ListMessages", { contactId: contacts.chat }, "desk", "adapter");
  assert.ok(!shown.some(({ text }) => /tariff/.test(text ?? "")));
  const found = await context("ContextService/SearchMessages", { customerId, query: "TARIFF" }, "cho");
  assert.equal(found.hits.length, 1);
  await (await serves("cho", "sms"))();
});

chapter("she becomes a gold customer with a key-account manager, who gets her mail", async () => {
  await context("ContextService/UpdateCustomer", { requestId: "u1", customerId, tier: "gold", relationshipOwner: "eva", value: 120_000 }, "boss", "supervisor");
  await comesIn("mail", "EMAIL", "mails", "Thank you");
  await offerOf("eva");
  const seen = await sees("eva");
  assert.deepEqual(seen.kinds.filter((kind) => kind !== "profile"), happened);
  assert.equal(seen.customer.tier, "gold");
  assert.equal(seen.customer.lastAgent, "cho");
  await (await serves("eva", "mail"))();
});

chapter("Dai gets the next, for she is at lunch, and sees it all as well", async () => {
  await agent("SetPresence", { presence: "PRESENCE_NOT_READY" }, "eva");
  await comesIn("mail-2", "EMAIL", "mails", "One more thing");
  await offerOf("dai");
  assert.deepEqual((await sees("dai")).kinds.filter((kind) => kind !== "profile"), happened);
});

chapter("who has nothing of hers sees nothing, and who saw what is on record", async () => {
  await assert.rejects(context("ContextService/GetCustomer", { customerId }, "zoe"), (error) => error.body.reason === "NOT_CONCERNED");
  await assert.rejects(context("ContextService/ListTimeline", { customerId }, "ann"), (error) => error.body.reason === "NOT_CONCERNED");
  const { reads } = await context("PrivacyService/ListReads", { customerId, page: { pageSize: 500 } }, "boss", "supervisor");
  assert.deepEqual([...new Set(reads.filter(({ role }) => role === "agent").map(({ by }) => by))].sort(), agents);
});
