// SPDX-License-Identifier: Apache-2.0
// A telephone system that nobody here wrote: it tells of its calls by signed webhooks, and does what
// it is told by them. Scripted: it answers commands as each test says.
import assert from "node:assert/strict";
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Place, usher } from "./processes.mjs";
import { until } from "./server.mjs";

const place = new Place("usher-telephony-");
const secret = randomBytes(32);
const sign = (id, timestamp, body) => `v1,${createHmac("sha256", secret).update(`${id}.${timestamp}.${body}`).digest("base64")}`;

/** The system's side: what it was told, in order, and what it answers. */
class TelephoneSystem {
  constructor() {
    this.told = [];
    this.answers = []; // statuses of the next requests; 204 when there is none
    this.gone = new Set(); // calls that it has no more
    this.http = createServer(async (request, response) => {
      let body = "";
      for await (const part of request) body += part;
      const { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signature } = request.headers;
      const expected = Buffer.from(sign(id, timestamp, body));
      const sound = expected.length === signature?.length && timingSafeEqual(expected, Buffer.from(signature));
      const command = JSON.parse(body);
      const word = command.type === "call.check" ? (this.gone.has(command.subject) ? 404 : 204) : (this.answers.shift() ?? 204);
      const status = sound ? word : 401;
      this.told.push({ status, id, ...command });
      response.writeHead(status).end();
    });
  }
  async start() {
    await new Promise((ready) => this.http.listen(0, "127.0.0.1", ready));
    this.url = `http://127.0.0.1:${this.http.address().port}/usher`;
  }
  /** The first command of the kind about the call that was taken, from `from` on. */
  async hear(call, type, from = 0) {
    const found = () => this.told.slice(from).find((one) => one.subject === call && one.type === type && one.status === 204);
    await until(`${type} of ${call}`, found);
    return found();
  }
}

const system = new TelephoneSystem();
let server;

before(async () => {
  await system.start();
  writeFileSync(join(place.data, "pbx.secret"), `whsec_${secret.toString("base64")}\n`, { mode: 0o600 });
  const file = join(place.data, "webhooks.yaml");
  writeFileSync(file, `telephony:\n  pbx:\n    secret_file: pbx.secret\n    url: ${system.url}\n    numbers: {"+4930555100": calls}\n    telephones: {ann: "201"}\n    check_after: 1s\n`);
  server = await place.serve("all", "--domain", "acme", "--redis", await place.redis(), "--webhooks", file);
  const domain = "domain: acme\nqueues: {calls: {channels: [voice], offer_timeout: 1h, wrap_up: 1h}}\nagents: {ann: {queues: [calls]}, ben: {queues: [calls]}}\n";
  await until("the domain is applied", async () => (await ask("admin.v1.AdminService/ApplyDomain", { yaml: domain }, ["admin", "root"])).version !== undefined);
});
after(async () => {
  system.http.close();
  await place.end();
});

async function ask(method, request, [role, subject]) {
  const response = await fetch(`http://${server.http}/usher.${method}`, {
    method: "POST", body: JSON.stringify(request),
    headers: { "content-type": "application/json", authorization: `Bearer ${place.token(role, subject, "acme")}` },
  });
  return response.json();
}
const agent = (name, method, request = {}) => ask(`agents.v1.AgentService/${method}`, request, ["agent", name]);
const contact = async (id) => (await ask("routing.v1.RoutingService/GetContact", { contactId: id }, ["admin", "root"])).contact;

let events = 0;
async function send(call, type, data = {}, key = secret) {
  const body = JSON.stringify({ specversion: "1.0", id: `e${++events}`, source: "/pbx", type, subject: call, data });
  const id = `msg_${events}`;
  const timestamp = String(Math.floor(Date.now() / 1_000));
  const signature = key === secret ? sign(id, timestamp, body) : `v1,${createHmac("sha256", key).update(body).digest("base64")}`;
  const response = await fetch(`http://${server.http}/calls/v1/pbx`, {
    method: "POST", body,
    headers: { "content-type": "application/cloudevents+json", "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signature },
  });
  return { status: response.status, ...(await response.json()) };
}
const ring = (call) => send(call, "call.ring", { from: "+4930555999", to: "+4930555100", name: "Mei", trunk: "north" });

async function offered(name) {
  let offer;
  await until(`an offer to ${name}`, async () => {
    const { desk } = await agent(name, "GetAgent");
    return (offer = desk?.offers?.[0]?.offer);
  });
  return offer;
}

test("a call waits, is told its place, bridged to the agent's telephone, and ends with a wrap-up", async () => {
  const rung = await ring("call-1");
  assert.equal(rung.status, 200);
  assert.deepEqual(await ring("call-1"), rung, "told again, it is the same contact");
  const announced = await system.hear("call-1", "call.announce");
  assert.equal(announced.data.position, 1);
  const { attributes } = await contact(rung.contact);
  assert.deepEqual(attributes, { caller: "+4930555999", caller_name: "Mei", dialled: "+4930555100", trunk: "north" });

  await agent("ann", "SignIn");
  const offer = await offered("ann");
  await agent("ann", "AcceptOffer", { contactId: offer.contactId, offerId: offer.id });
  const bridged = await system.hear("call-1", "call.bridge");
  assert.deepEqual([bridged.data.agent, bridged.data.telephone, bridged.data.contact], ["ann", "201", rung.contact]);
  assert.equal((await send("call-1", "call.answer")).status, 200);
  assert.equal((await send("call-1", "call.hangup", { party: "customer" })).status, 200);
  assert.equal((await contact(rung.contact)).state, "STATE_WRAPPING");
  await agent("ann", "EndWrapUp", { contactId: rung.contact });
  assert.equal((await contact(rung.contact)).outcome, "OUTCOME_COMPLETED");
  assert.equal((await send("call-1", "call.hangup")).status, 200, "said again, it changes nothing");
  assert.ok(!system.told.some((one) => one.type === "call.hangup"), "who hung up is not told to");
});

test("a caller who hangs up while waiting has abandoned", async () => {
  await agent("ann", "SignOut");
  const rung = await ring("call-2");
  assert.equal((await send("call-2", "call.hangup", { party: "customer" })).status, 200);
  assert.equal((await contact(rung.contact)).outcome, "OUTCOME_ABANDONED");
});

test("when the agent's telephone is not answered the caller waits again, and the next agent is rung", async () => {
  const rung = await ring("call-3");
  await agent("ann", "SignIn");
  const offer = await offered("ann");
  await agent("ann", "AcceptOffer", { contactId: offer.contactId, offerId: offer.id });
  await system.hear("call-3", "call.bridge");
  const before = system.told.length;
  assert.equal((await send("call-3", "call.hangup", { party: "agent", reason: "no-answer" })).status, 200);
  await system.hear("call-3", "call.announce", before);
  await agent("ann", "SignOut");
  await agent("ben", "SignIn");
  const second = await offered("ben");
  await agent("ben", "AcceptOffer", { contactId: second.contactId, offerId: second.id });
  const bridged = await system.hear("call-3", "call.bridge", before);
  assert.deepEqual([bridged.data.agent, bridged.data.telephone], ["ben", "ben"]);
  await send("call-3", "call.answer");
  await agent("ben", "CompleteContact", { contactId: rung.contact });
  const over = await system.hear("call-3", "call.hangup");
  assert.equal(over.data.reason, "completed");
  await agent("ben", "EndWrapUp", { contactId: rung.contact });
});

test("a command that the system could not take is sent again under its id", async () => {
  const rung = await ring("call-4");
  const offer = await offered("ben");
  system.answers = [503, 503];
  await agent("ben", "AcceptOffer", { contactId: offer.contactId, offerId: offer.id });
  const taken = await system.hear("call-4", "call.bridge");
  const tries = system.told.filter((one) => one.id === taken.id);
  assert.deepEqual(tries.map((one) => one.status), [503, 503, 204]);
  await send("call-4", "call.hangup");
  await agent("ben", "EndWrapUp", { contactId: rung.contact });
});

test("after a restart the calls are known, and who has one is bridged anew", async () => {
  const rung = await ring("call-5");
  const offer = await offered("ben");
  await agent("ben", "AcceptOffer", { contactId: offer.contactId, offerId: offer.id });
  await system.hear("call-5", "call.bridge");
  const before = system.told.length;
  await server.kill();
  const file = join(place.data, "webhooks.yaml");
  server = await place.serve("all", "--domain", "acme", "--redis", `unix:${join(place.data, "redis.sock")}`, "--webhooks", file);
  await system.hear("call-5", "call.bridge", before);
  await until("the call's end is taken", async () => (await send("call-5", "call.hangup")).status === 200);
  assert.equal((await contact(rung.contact)).state, "STATE_WRAPPING");
});

test("a call that ended while both sides were down is closed after the restart, one that goes on is not", async () => {
  const [ended, goesOn] = [await ring("call-6"), await ring("call-7")];
  const before = system.told.length;
  await server.kill();
  system.gone.add("call-6");
  server = await place.serve("all", "--domain", "acme", "--redis", `unix:${join(place.data, "redis.sock")}`, "--webhooks", join(place.data, "webhooks.yaml"));
  await until("the first has ended", async () => (await contact(ended.contact))?.outcome === "OUTCOME_ABANDONED");
  await system.hear("call-7", "call.check", before);
  assert.equal((await contact(goesOn.contact)).state, "STATE_WAITING");
  await send("call-7", "call.hangup");
});

test("a call that nobody speaks of is asked for, and ends when the system does not have it", async () => {
  const rung = await ring("call-8");
  await system.hear("call-8", "call.check");
  system.gone.add("call-8");
  await until("it has ended", async () => (await contact(rung.contact)).outcome === "OUTCOME_ABANDONED");
});

test("what is not the system's, or no event of a call, is refused", async () => {
  const reasonOf = ({ status, reason }) => [status, reason];
  assert.deepEqual(reasonOf(await send("call-9", "call.ring", { to: "+4930555100" }, randomBytes(32))), [401, "WEBHOOK_SIGNATURE"]);
  assert.deepEqual(reasonOf(await send("call-9", "call.ring", { to: "911" })), [404, "UNKNOWN_NUMBER"]);
  assert.deepEqual(reasonOf(await send("call-9", "call.dance")), [400, "BAD_CALL_EVENT"]);
  assert.deepEqual(reasonOf(await send("", "call.ring", { to: "+4930555100" })), [400, "BAD_CALL_EVENT"]);
  const unknown = await fetch(`http://${server.http}/calls/v1/other`, { method: "POST", body: "{}" });
  assert.equal(unknown.status, 404);
});

test("a file without url, or whose secret others can read, stops the start", async () => {
  writeFileSync(join(place.data, "open.secret"), `whsec_${secret.toString("base64")}`, { mode: 0o644 });
  const file = join(place.data, "wrong.yaml");
  writeFileSync(file, "telephony:\n  pbx: {secret_file: open.secret, queue: calls}\n");
  assert.throws(() => usher("serve", "--domain", "acme", "--data", join(place.data, "other"), "--keys", place.keys, "--http", "127.0.0.1:0", "--grpc", "127.0.0.1:0", "--metrics", "127.0.0.1:0", "--webhooks", file),
    (error) => /url must begin with https/.test(`${error.stderr}`) && /can be read by others/.test(`${error.stderr}`));
});
