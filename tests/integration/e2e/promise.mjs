// SPDX-License-Identifier: Apache-2.0
// A promise that is not kept: its owner is reminded by a task, a supervisor's queue gets the
// escalation, and every step stands in the customer's timeline.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import { Server, until } from "./server.mjs";
import { story } from "./story.mjs";

const domain = `
domain: demo
queues:
  support: {channels: [chat], offer_timeout: 5m}
  case-tasks: {channels: [task], offer_timeout: 5m}
  supervisors: {channels: [task], offer_timeout: 5m}
agents:
  ann: {name: Ann Li, queues: [support, case-tasks]}
  ben: {name: Ben Okafor, queues: [support, case-tasks]}
  eva: {name: Eva Brandt, queues: [supervisors]}
cases:
  categories: [billing]
  queue: case-tasks
  escalate_to: supervisors
  due_soon: 2h
`;

const cases = (method, request, who, role = "agent") => server.call(`context.v1.CaseService/${method}`, request, server.token(role, who));
const agents = (method, request, who) => server.call(`agents.v1.AgentService/${method}`, request, server.token("agent", who));
const theCase = async () => (await cases("GetCase", { caseId }, "boss", "supervisor")).case;
const timeline = async () => {
  const { entries } = await server.call("context.v1.ContextService/ListTimeline", { customerId, page: { pageSize: 100 } }, server.token("supervisor", "boss"));
  return entries.reverse();
};
/** What the timeline tells of the case and its tasks, oldest first. */
const told = async () =>
  (await timeline()).flatMap(({ caseChanged, promise, opened, assigned }) =>
    caseChanged ? [caseChanged.change] : promise ? [`promise ${promise.change}`] : opened ? [`task in ${opened.queue}`] : assigned ? [`task to ${assigned.agentId}`] : []);

/** The agent's first offer. */
const offerOf = (agent) =>
  until(`${agent} is offered a task`, async () => (await agents("GetAgent", {}, agent)).desk.offers?.[0]?.contact);
const finish = async (agent, contactId) => {
  await agents("AcceptOffer", { contactId }, agent);
  await agents("CompleteContact", { contactId }, agent);
};

let server;
let customerId;
let caseId;
const chapter = story(() => ({ server }));
before(async () => {
  server = await Server.start();
  await server.call("admin.v1.AdminService/ApplyDomain", { yaml: domain });
  for (const agent of ["ann", "eva"]) {
    await agents("SignIn", {}, agent);
    await agents("SetPresence", { presence: "PRESENCE_AVAILABLE" }, agent);
  }
});
after(() => server?.stop());

chapter("Ann opens a case for the customer and owns it", async () => {
  const who = { identity: { kind: "email", value: "mei@example.com" } };
  customerId = (await server.call("context.v1.ContextService/ResolveCustomer", who, server.token("adapter", "mail"))).customer.id;
  const opened = await cases("OpenCase", { requestId: "o1", customerId, subject: "The bill is wrong", category: "billing", owner: "ann" }, "boss", "supervisor");
  caseId = opened.case.id;
  assert.equal(opened.case.owner, "ann");
  // Opened by another, it is brought to her.
  const offer = await offerOf("ann");
  assert.equal(offer.attributes.case, caseId);
  await finish("ann", offer.id);
});

chapter("before the promise is due she is offered a task, which she accepts", async () => {
  await cases("MakePromise", { requestId: "p1", caseId, text: "A corrected bill", due: new Date(Date.now() + 6_000).toISOString() }, "ann");
  const offer = await offerOf("ann");
  assert.deepEqual([offer.subject, offer.attributes.why, offer.attributes.promise], ["The bill is wrong", "due-soon", "1"]);
  assert.equal(offer.customerId, customerId);
  const { promise } = await theCase();
  assert.ok(promise.remindedAt && !promise.missedAt);
  await finish("ann", offer.id);
});

chapter("it is not kept: the supervisors get the case, and who accepts owns it", async () => {
  const offer = await offerOf("eva");
  assert.deepEqual([offer.queue, offer.attributes.why, offer.attributes.case], ["supervisors", "missed", caseId]);
  const missed = await theCase();
  assert.ok(missed.promise.missedAt && missed.escalated);
  assert.equal(missed.owner, "ann");
  await finish("eva", offer.id);
  await until("the case is hers", async () => (await theCase()).owner === "eva");
});

chapter("an agent may not pass it on any more; a supervisor may", async () => {
  await assert.rejects(cases("TransferCase", { requestId: "t1", caseId, agentId: "ben", reason: "no time" }, "eva"), (error) => error.body.reason === "ESCALATED");
  const passed = await cases("TransferCase", { requestId: "t2", caseId, agentId: "ann", reason: "she knows it" }, "boss", "supervisor");
  assert.equal(passed.case.owner, "ann");
  await cases("UpdateCase", { requestId: "u1", caseId, status: "STATUS_RESOLVED", resolution: "Corrected and sent" }, "ann");
});

chapter("every hop and every step is there, once and in order", async () => {
  const { hops } = await theCase();
  assert.deepEqual(hops.map(({ owner, by = "" }) => [owner, by]), [["ann", "boss"], ["eva", ""], ["ann", "boss"]]);
  const steps = (await told()).filter((step) => !step.startsWith("task"));
  assert.deepEqual(steps, ["opened", "promise made", "promise due-soon", "promise missed", "escalated", "taken", "passed-on", "resolved"]);
  const tasks = (await told()).filter((step) => step.startsWith("task to"));
  assert.deepEqual(tasks, ["task to ann", "task to ann", "task to eva"]);
  const { cases: open = [] } = await cases("ListCases", { customerId }, "boss", "supervisor");
  assert.deepEqual(open, []);
});
