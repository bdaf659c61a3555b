// SPDX-License-Identifier: Apache-2.0
// A mail that an agent has begun to write outlives a killed server and goes with its contact; what its
// head hides stays hidden; its files are given to who may read it.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import { Server, until } from "./server.mjs";
import { story } from "./story.mjs";

const domain = `
domain: demo
queues:
  support: {channels: [email], offer_timeout: 5m, wrap_up: 0s}
agents:
  ann: {name: Ann Li, queues: [support]}
  ben: {name: Ben Okafor, queues: [support]}
`;

const agent = (service, method, request, who = "ann") => server.call(`${service}/${method}`, request, server.token("agent", who));
const context = (method, request, who) => agent("context.v1.ContextService", method, request, who);
const agents = (method, request, who) => agent("agents.v1.AgentService", method, request, who);
const asAdapter = (method, request) => server.call(method, request, server.token("adapter", "mail"));
const refused = (reason) => (error) => error.body?.reason === reason;
const file = (path, who, init = {}) =>
  fetch(`${server.http}/agents/v1/files/${path}`, { ...init, headers: who ? { authorization: `Bearer ${server.token("agent", who)}` } : {} });

let server;
let contactId;
const chapter = story(() => ({ server }));
before(async () => {
  server = await Server.start();
  await server.call("admin.v1.AdminService/ApplyDomain", { yaml: domain });
});
after(() => server?.stop());

chapter("a mail comes, and Ann takes it", async () => {
  const who = { identity: { kind: "email", value: "mei@example.com" } };
  const { customer } = await asAdapter("context.v1.ContextService/ResolveCustomer", who);
  const submit = { requestId: "m1", channel: "CHANNEL_EMAIL", queue: "support", subject: "Order 4711", customerId: customer.id };
  contactId = (await asAdapter("routing.v1.RoutingService/SubmitContact", submit)).contact.id;
  const mail = { from: { name: "Mei", address: "mei@example.com" }, subject: "Order 4711", htmlUrl: "x-mail:support/47/html" };
  const came = { contactId, clientId: "m1", text: "Where is it?", author: { side: "SIDE_CUSTOMER", id: customer.id }, mail };
  await asAdapter("context.v1.ContextService/AppendMessages", { messages: [came] });
  await agents("SignIn", {});
  await agents("SetPresence", { presence: "PRESENCE_AVAILABLE" });
  await until("the mail is offered", async () => (await agents("GetAgent", {})).desk.offers?.length === 1);
  await agents("AcceptOffer", { contactId });
  const { messages } = await context("ListMessages", { contactId, withInternal: true });
  assert.deepEqual(messages[0].mail, mail);
});

chapter("what she has begun to write is there again after kill -9", async () => {
  const begun = { contactId, text: "Dear Mei,", mail: { bcc: [{ address: "boss@shop.example" }] } };
  const { draft } = await context("SaveDraft", { draft: begun });
  assert.deepEqual([draft.version, draft.agentId], ["1", "ann"]);
  await server.kill();
  await server.run();
  const kept = await until("the domain is led again", async () => (await context("GetDraft", { contactId })).draft);
  assert.deepEqual([kept.version, kept.text, kept.mail.bcc[0].address], ["1", "Dear Mei,", "boss@shop.example"]);
  await assert.rejects(context("SaveDraft", { draft: { ...begun, text: "another" } }), refused("DRAFT_CHANGED"));
  await assert.rejects(context("SaveDraft", { draft: { ...begun, version: "1" } }, "ben"), refused("NOT_CONCERNED"));
});

chapter("she says it, and the customer's side learns of no hidden copy", async () => {
  const said = { contactId, clientId: "a1", text: "Dear Mei, it is on its way.", author: { side: "SIDE_AGENT", id: "ann" } };
  const mail = { cc: [{ address: "depot@shop.example" }], bcc: [{ address: "boss@shop.example" }] };
  await context("AppendMessages", { messages: [{ ...said, mail }] });
  assert.equal((await context("SaveDraft", { draft: { contactId, version: "1" } })).draft.version ?? "0", "0");
  const { messages: outside } = await asAdapter("context.v1.ContextService/ListMessages", { contactId });
  assert.deepEqual(outside.at(-1).mail, { cc: mail.cc });
  const { messages: inside } = await context("ListMessages", { contactId, withInternal: true });
  assert.deepEqual(inside.at(-1).mail, mail);
  await assert.rejects(context("AppendMessages", { messages: [{ ...said, clientId: "a2", mail: { htmlUrl: "x-mail:support/48/html" } }] }), refused("BAD_MAIL"));
});

chapter("a file is for who may read its message, and said to be away where no mailbox is", async () => {
  assert.equal((await file(`${contactId}/1/html`)).status, 401);
  assert.equal((await (await file(`${contactId}/1/html`, "ben")).json()).reason, "NOT_CONCERNED");
  assert.equal((await (await file(`${contactId}/1/0`, "ann")).json()).reason, "NO_SUCH_FILE");
  const html = await file(`${contactId}/1/html`, "ann");
  assert.ok([404, 503].includes(html.status), `${html.status}`);
  assert.equal(html.headers.get("cache-control"), "private, no-store");
  const given = await file(`${contactId}?name=a.txt`, "ben", { method: "POST", body: "bytes" });
  assert.equal((await given.json()).reason, "NOT_YOURS");
});

chapter("without mailboxes no mail is begun", async () => {
  const start = { mail: { to: "mei@example.com", queue: "support", subject: "Hello" } };
  await assert.rejects(agents("StartMail", start), refused("NO_MAIL"));
  await assert.rejects(agents("StartMail", { mail: { to: "mei" } }), refused("BAD_ADDRESS"));
});

chapter("a draft goes with its contact", async () => {
  await context("SaveDraft", { draft: { contactId, text: "And one more thing" } });
  await agents("CompleteContact", { contactId });
  await until("the draft is gone", async () => !(await asAdapter("context.v1.ContextService/GetDraft", { contactId })).draft?.version);
  await assert.rejects(context("SaveDraft", { draft: { contactId, text: "too late" } }), refused("UNKNOWN_CONTACT"));
});
