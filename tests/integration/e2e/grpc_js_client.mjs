// SPDX-License-Identifier: Apache-2.0
// A gRPC client that nobody here wrote (@grpc/grpc-js): submits, follows, serves, is refused.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import { grpc, protoLoader } from "./packages.mjs";
import { ask, clientOf, Heard, refusal, soon, withToken } from "./rpc.mjs";
import { Server, until } from "./server.mjs";
import { story } from "./story.mjs";

const test = story(() => ({ server }));
let server, routing, agents, adapter, ann;
let first, sequence;

before(async () => {
  server = await Server.start();
  routing = clientOf(server, "usher.routing.v1.RoutingService");
  agents = clientOf(server, "usher.agents.v1.AgentService");
  adapter = server.token("adapter", "crm");
  ann = server.token("agent", "ann");
});
after(async () => {
  routing?.close();
  agents?.close();
  await server?.stop();
});

const submit = (requestId, more = {}) => ({ requestId, channel: "CHANNEL_EMAIL", queue: "support", subject: requestId, ...more });

/** The events of a contact in their order, each by what happened. */
const kindsOf = (heard, contactId) => heard.events.filter((event) => event.contactId === contactId).map((event) => event.kind);

test("health says serving and reflection names the services, without a token", async () => {
  const health = protoLoader.fromJSON({
    nested: { grpc: { nested: { health: { nested: { v1: { nested: {
      HealthCheckRequest: { fields: { service: { type: "string", id: 1 } } },
      HealthCheckResponse: { fields: { status: { type: "int32", id: 1 } } },
      Health: { methods: { Check: { requestType: "HealthCheckRequest", responseType: "HealthCheckResponse" } } },
    } } } } } } },
  });
  const Health = grpc.loadPackageDefinition(health).grpc.health.v1.Health;
  const client = new Health(server.grpc, grpc.credentials.createInsecure());
  assert.equal((await ask(client, "Check", { service: "" })).status, 1);
  client.close();

  const reflection = protoLoader.fromJSON({
    nested: { grpc: { nested: { reflection: { nested: { v1alpha: { nested: {
      ServerReflectionRequest: { fields: { listServices: { type: "string", id: 7 } } },
      ServiceResponse: { fields: { name: { type: "string", id: 1 } } },
      ListServiceResponse: { fields: { service: { rule: "repeated", type: "ServiceResponse", id: 1 } } },
      ServerReflectionResponse: { fields: { listServicesResponse: { type: "ListServiceResponse", id: 6 } } },
      ServerReflection: { methods: { ServerReflectionInfo: {
        requestType: "ServerReflectionRequest", requestStream: true, responseType: "ServerReflectionResponse", responseStream: true,
      } } },
    } } } } } } },
  });
  const Reflection = grpc.loadPackageDefinition(reflection).grpc.reflection.v1alpha.ServerReflection;
  const reflecting = new Reflection(server.grpc, grpc.credentials.createInsecure());
  const stream = reflecting.ServerReflectionInfo(soon());
  const heard = new Heard(stream);
  stream.write({ listServices: "*" });
  const answer = await until("reflection answers", () => heard.error ?? heard.messages[0]);
  const names = (answer.listServicesResponse?.service ?? []).map((one) => one.name);
  for (const name of ["routing.v1.RoutingService", "agents.v1.AgentService", "agents.v1.SessionService", "context.v1.ContextService", "admin.v1.AdminService"]) {
    assert.ok(names.includes(`usher.${name}`), `${name} among ${names}`);
  }
  stream.end();
  reflecting.close();
});

test("a contact is submitted once for its request id and once for its external id", async () => {
  const { contact, repeatedSubmit } = await ask(routing, "SubmitContact", submit("mail-1", { externalId: "<1@example.com>" }), adapter);
  assert.deepEqual([contact.state, contact.queue, repeatedSubmit ?? false], ["STATE_WAITING", "support", false]);
  first = contact.id;
  const again = await ask(routing, "SubmitContact", submit("mail-1", { externalId: "<1@example.com>" }), adapter);
  assert.deepEqual([again.contact.id, again.repeatedSubmit], [first, true]);
  const other = await ask(routing, "SubmitContact", submit("mail-1-again", { externalId: "<1@example.com>" }), adapter);
  assert.deepEqual([other.contact.id, other.repeatedSubmit], [first, true]);
  assert.equal((await ask(routing, "GetContact", { contactId: first }, adapter)).contact.subject, "mail-1");
});

test("RouteContacts takes a batch in, answers each command in order, and tells what becomes of it", async () => {
  const stream = routing.RouteContacts(withToken(adapter), soon(120));
  const heard = new Heard(stream);
  stream.write({ hello: { adapter: "crm" } });
  await until("the welcome comes", () => heard.messages[0]?.welcome);
  assert.deepEqual(heard.messages[0].welcome.contacts.map((one) => one.id), [first], "its open contacts stand in the welcome");
  const commands = [1, 2, 3].map((tag) => ({ tag, submit: submit(`batch-${tag}`) }));
  commands.push({ tag: 4, submit: submit("nowhere", { queue: "nowhere" }) });
  stream.write({ commands });
  const results = await until("all results come", () => {
    const all = heard.messages.flatMap((message) => message.results ?? []);
    return all.length === 4 && all;
  });
  assert.deepEqual(results.map((one) => [one.tag, one.code ?? 0]), [["1", 0], ["2", 0], ["3", 0], ["4", grpc.status.NOT_FOUND]]);
  assert.equal(results[3].reason, "UNKNOWN_QUEUE");
  await until("their events come", () => results.slice(0, 3).every((one) => kindsOf(heard, one.contactId).includes("queued")));
  stream.write({ commands: [{ tag: 5, cancel: { requestId: "cancel-2", contactId: results[1].contactId, note: "sent by mistake" } }] });
  await until("the end is told", () => kindsOf(heard, results[1].contactId).includes("closed"));
  stream.write({ commands: [{ tag: 6, abandon: { requestId: "abandon-3", contactId: results[2].contactId } }] });
  await until("the end is told", () => kindsOf(heard, results[2].contactId).includes("closed"));
  stream.write({ commands: [{ tag: 7, cancel: { requestId: "cancel-1", contactId: results[0].contactId } }] });
  await until("the end is told", () => kindsOf(heard, results[0].contactId).includes("closed"));
  stream.end();
  await until("the stream ends in peace", () => heard.ended);
  assert.equal(heard.error, undefined);
});

test("an agent with unary calls and WatchAgent is offered the contact, takes it and completes it", async () => {
  const watch = routing.WatchContacts({ contactIds: [first] }, withToken(adapter), soon(120));
  const followed = new Heard(watch);
  const desk = agents.WatchAgent({}, withToken(ann), soon(120));
  const heard = new Heard(desk);
  const first_desk = await until("the desk comes", () => heard.error ?? heard.messages[0]?.desk);
  assert.equal(first_desk.agent?.id, "ann");
  const { agent } = await ask(agents, "SignIn", { requestId: "in" }, ann);
  assert.equal(agent.presence, "PRESENCE_AVAILABLE");
  const { offered } = await until("the offer is told", () => heard.events.find((event) => event.contactId === first && event.offered));
  const { offer } = offered;
  const { contact } = await ask(agents, "AcceptOffer", { requestId: "take", contactId: first, offerId: offer.id }, ann);
  assert.deepEqual([contact.state, contact.agent], ["STATE_ASSIGNED", "ann"]);
  assert.equal((await ask(agents, "AcceptOffer", { requestId: "take-again", contactId: first, offerId: offer.id }, ann)).contact.state, "STATE_ASSIGNED");
  const wrapping = await ask(agents, "CompleteContact", { requestId: "done", contactId: first, disposition: "resolved" }, ann);
  assert.equal(wrapping.contact.state, "STATE_WRAPPING");
  await ask(agents, "EndWrapUp", { requestId: "wrapped", contactId: first }, ann);
  await until("the end is told to those who follow", () => kindsOf(followed, first).includes("closed"));
  await until("and to the agent", () => kindsOf(heard, first).includes("closed"));
  assert.deepEqual(kindsOf(heard, first), ["offered", "assigned", "wrapUpStarted", "wrapUpEnded", "closed"]);
  for (const one of [watch, desk]) one.cancel();
  const closed = (await ask(routing, "GetContact", { contactId: first }, adapter)).contact;
  assert.deepEqual([closed.state, closed.outcome, closed.disposition], ["STATE_CLOSED", "OUTCOME_COMPLETED", "resolved"]);
});

test("WatchContacts tells everything again from any sequence on, and goes on after a lost connection", async () => {
  const from = routing.WatchContacts({ afterSequence: 0, contactIds: [first] }, withToken(adapter), soon(120));
  const whole = new Heard(from);
  await until("all of it comes", () => whole.error ?? kindsOf(whole, first).includes("closed"));
  assert.equal(whole.error, undefined);
  const kinds = kindsOf(whole, first);
  assert.deepEqual(kinds.slice(0, 2), ["queued", "offered"]);
  assert.equal(kinds.filter((kind) => kind === "closed").length, 1);
  const sequences = whole.events.map((event) => Number(event.sequence));
  assert.deepEqual(sequences, [...sequences].sort((a, b) => a - b), "in the order of the commits");
  from.cancel();

  // From the middle: nothing that was before, everything that was after.
  const assigned = whole.events.find((event) => event.assigned);
  const later = new Heard(routing.WatchContacts({ afterSequence: assigned.sequence, contactIds: [first] }, withToken(adapter), soon(120)));
  await until("the rest comes", () => kindsOf(later, first).includes("closed"));
  assert.deepEqual(kindsOf(later, first), kinds.slice(kinds.indexOf("assigned") + 1));
  later.stream.cancel();

  // Live, cut off by kill -9, and resumed where it was.
  const all = new Heard(routing.WatchContacts({ afterSequence: 0 }, withToken(adapter), soon(120)));
  const one = (await ask(routing, "SubmitContact", submit("before-the-kill", { requirement: "technical" }), adapter)).contact.id;
  await until("the live event comes", () => kindsOf(all, one).includes("queued"));
  sequence = all.messages[all.messages.length - 1].sequence;
  await server.kill();
  await until("the stream has ended", () => all.error);
  assert.equal(all.error.code, grpc.status.UNAVAILABLE);
  await server.run();
  await until("the channel is back", () => ask(routing, "GetContact", { contactId: one }, adapter));
  const two = (await ask(routing, "SubmitContact", submit("after-the-kill", { requirement: "technical" }), adapter)).contact.id;
  const resumed = new Heard(routing.WatchContacts({ afterSequence: sequence }, withToken(adapter), soon(120)));
  await until("what came since is told", () => kindsOf(resumed, two).includes("queued"));
  assert.deepEqual(kindsOf(resumed, one), [], "nothing is told twice");
  assert.ok(resumed.events.every((event) => Number(event.sequence) > Number(sequence) || Number(event.sequence ?? 0) === 0));
  resumed.stream.cancel();
});

test("a repeated request is known across the restart", async () => {
  const again = await ask(routing, "SubmitContact", submit("before-the-kill", { requirement: "technical" }), adapter);
  assert.equal(again.repeatedSubmit, true);
});

test("no token, a wrong one and the wrong role are refused with reason and next step in the trailers", async () => {
  const { UNAUTHENTICATED, PERMISSION_DENIED } = grpc.status;
  const none = await refusal(ask(routing, "SubmitContact", submit("x")));
  assert.deepEqual([none.code, none.reason], [UNAUTHENTICATED, "TOKEN_MISSING"]);
  assert.ok(none.nextStep.length > 10);
  const wrong = await refusal(ask(routing, "SubmitContact", submit("x"), `${adapter.slice(0, -8)}AAAAAAAA`));
  assert.equal(wrong.code, UNAUTHENTICATED);
  assert.match(wrong.reason, /^[A-Z_]+$/);
  const role = await refusal(ask(routing, "SubmitContact", submit("x"), ann));
  assert.deepEqual([role.code, role.reason], [PERMISSION_DENIED, "ROLE_NOT_ALLOWED"]);
  const domain = await refusal(ask(routing, "SubmitContact", submit("x"), server.token("adapter", "crm", "elsewhere")));
  assert.equal(domain.reason, "UNKNOWN_DOMAIN");
  const unknown = await refusal(ask(routing, "GetContact", { contactId: "c999999" }, adapter));
  assert.deepEqual([unknown.code, unknown.reason], [grpc.status.NOT_FOUND, "UNKNOWN_CONTACT"]);
  assert.ok(unknown.nextStep.length > 10);
  const stream = new Heard(routing.RouteContacts(soon()));
  await until("the stream is refused", () => stream.error);
  assert.deepEqual([stream.error.code, stream.error.metadata.get("usher-reason")], [UNAUTHENTICATED, ["TOKEN_MISSING"]]);
  const other = await refusal(ask(agents, "SetPresence", { requestId: "p", agentId: "ben", presence: "PRESENCE_AVAILABLE" }, ann));
  assert.equal(other.code, PERMISSION_DENIED, "an agent acts for nobody else");
});
