// SPDX-License-Identifier: Apache-2.0
// Two domains, two routers and two edge processes on one Redis, each a real process: who leads what
// is spread over the routers; consoles and visitors of a killed edge go on at the other; those who do
// not come back are lost; a killed router's domain goes on at the other.
//
//   node --experimental-websocket edges.mjs
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Place, usher } from "./processes.mjs";
import { until } from "./server.mjs";

const place = new Place("usher-edges-");
const { data, keys } = place;
const domains = ["--domain", "acme", "--domain", "globex"];
const serve = (name, ...args) => place.serve(name, ...domains, ...args);
const token = (role, subject, domain) => place.token(role, subject, domain);
let routers, edges;

const servers = () => routers.filter((one) => one.child.exitCode === null && one.child.signalCode === null).map((one) => one.grpc).join(",");
const ask = (domain, ...args) => usher(...args, "--server", servers(), "--keys", keys, "--domain", domain);
const contact = (domain, id) => JSON.parse(ask(domain, "contact", "show", id, "--output", "json")).contact;

/** Frames of one WebSocket, as JSON, both ways. */
class Socket {
  constructor(url) {
    this.heard = [];
    this.closed = false;
    this.socket = new WebSocket(url);
    this.socket.onmessage = ({ data }) => this.heard.push(JSON.parse(data));
    this.socket.onclose = () => (this.closed = true);
    this.socket.onerror = () => {};
    this.open = new Promise((done) => (this.socket.onopen = done));
  }
  async say(frame) {
    await this.open;
    this.socket.send(JSON.stringify(frame));
  }
  hear(what, fits) {
    return until(what, () => this.heard.find(fits));
  }
}

async function console_(edge, domain, agent) {
  const socket = new Socket(`ws://${edge.http}/agents/v1/session`);
  await socket.say({ tag: 1, hello: { token: token("agent", agent, domain) } });
  await socket.hear(`${agent} of ${domain} is welcomed`, (one) => one.welcome);
  const { desk } = await socket.hear(`${agent} of ${domain} has a desk`, (one) => one.desk);
  return Object.assign(socket, { desk });
}

async function visit(edge, site, known = "") {
  const socket = new Socket(`ws://${edge.http}/chat/v1/socket`);
  await socket.say({ hello: { site, token: known } });
  const { welcome } = await socket.hear(`a visitor of ${site} is welcomed`, (one) => one.welcome);
  return Object.assign(socket, { welcome });
}

const texts = (socket) => socket.heard.filter((one) => one.message).map((one) => one.message.text);
const leaders = () =>
  Object.fromEntries(
    ask("", "router", "list", "--output", "json")
      .split(/\n(?=\{)/)
      .flatMap((text) => {
        const router = JSON.parse(text);
        return router.domains.filter((one) => one.standing === "STANDING_LEADING").map((one) => [one.domain, router.routerId]);
      }),
  );

before(async () => {
  const redis = await place.redis();
  routers = [];
  for (const name of ["router-1", "router-2"]) {
    routers.push(await serve(name, "--roles", "router", "--redis", redis));
  }
  const agents = (name) => `agents: {ann: {name: ${name}, queues: [support]}}`;
  for (const [domain, name] of [["acme", "Ann"], ["globex", "Anna"]]) {
    const file = join(data, `${domain}.yaml`);
    writeFileSync(file, `domain: ${domain}\nadapter_grace: {chat: 3s}\nqueues: {support: {wrap_up: 60s, offer_timeout: 60s}}\n${agents(name)}\n`);
    ask(domain, "apply", "-f", file);
  }
  writeFileSync(join(data, "sites.yaml"), "sites:\n  shop: {queue: support, domain: acme}\n  bank: {queue: support, domain: globex}\n");
  const edge = (name) =>
    serve(name, "--roles", "agents,channels", ...routers.flatMap((one) => ["--router", one.grpc]), "--chat", join(data, "sites.yaml"),
      "--visitor-keys", join(data, "visitor-keys"));
  edges = [await edge("edge-1"), await edge("edge-2")];
});

after(() => place.end());

test("a router that starts takes nothing from one that leads, and spread balances them", () => {
  const at_first = leaders();
  assert.equal(at_first.acme, at_first.globex, "the first router leads both");
  const said = ask("", "router", "spread");
  const spread = leaders();
  assert.notEqual(spread.acme, spread.globex, said);
  assert.match(said, /leads 1\n.* leads 1\n/);
});

test("a router that does not lead says so over HTTP, and when to come again", async () => {
  const leading = leaders().acme;
  const standby = routers.find((one) => !leading.includes(`-${one.child.pid}-`));
  const response = await fetch(`http://${standby.http}/usher.routing.v1.RoutingService/ListContacts`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${token("adapter", "script", "acme")}` },
    body: "{}",
  });
  assert.equal(response.status, 503);
  assert.equal(response.headers.get("retry-after"), "1");
  assert.equal((await response.json()).reason, "NOT_LEADING");
});

let visitor, ghost, waiting, desk, talk, lost;

test("one process serves the consoles and the visitors of both domains", async () => {
  desk = await console_(edges[0], "acme", "ann");
  const other = await console_(edges[0], "globex", "ann");
  assert.deepEqual([desk.desk.agent.name, other.desk.agent.name], ["Ann", "Anna"]);
  await desk.say({ tag: 2, signIn: { requestId: "in-1" } });
  visitor = await visit(edges[0], "shop");
  await visitor.say({ say: { clientId: "k1", text: "one" } });
  const { event } = await desk.hear("Ann is offered the chat", (one) => one.event?.offered);
  talk = event.contactId;
  await desk.say({ tag: 3, accept: { requestId: "acc-1", contactId: talk, offerId: event.offered.offer.id } });
  await visitor.hear("the visitor talks with Ann", (one) => one.status?.agentName === "Ann");
  const banker = await visit(edges[0], "bank");
  await banker.say({ say: { clientId: "k1", text: "money" } });
  await banker.hear("the other domain's chat waits", (one) => one.status?.phase === "PHASE_WAITING");
  assert.equal(contact("globex", (await banker.hear("its contact", (one) => one.status?.contactId)).status.contactId).queue, "support");
  ghost = await visit(edges[0], "shop");
  await ghost.say({ say: { clientId: "k1", text: "hello?" } });
  lost = (await ghost.hear("a second visitor waits", (one) => one.status?.contactId && one.status.phase === "PHASE_WAITING")).status.contactId;
  waiting = await visit(edges[1], "shop");
  await waiting.say({ say: { clientId: "k1", text: "at the other edge" } });
  await waiting.hear("a third waits at the other process", (one) => one.status?.phase === "PHASE_WAITING");
  assert.notEqual(contact("acme", lost).adapter, contact("acme", waiting.heard.find((one) => one.status?.contactId).status.contactId).adapter);
});

test("the edge is killed: who comes to the other goes on, who does not is lost", async () => {
  await edges[0].kill();
  const again = await console_(edges[1], "acme", "ann");
  assert.deepEqual(again.desk.contacts.map(({ id, state }) => [id, state]), [[talk, "STATE_ASSIGNED"]]);
  assert.equal(again.desk.agent.presence, "PRESENCE_AVAILABLE");
  const back = await visit(edges[1], "shop", visitor.welcome.token);
  assert.equal(back.welcome.resumed, true);
  await back.hear("the visitor still talks with Ann", (one) => one.status?.agentName === "Ann");
  await back.say({ say: { clientId: "k2", text: "two" } });
  await again.hear("Ann hears it", (one) => one.conversation?.message?.text === "two");
  await until("the one who did not come back is lost", () => contact("acme", lost).outcome === "OUTCOME_LOST");
  assert.equal(contact("acme", talk).state, "STATE_ASSIGNED", "who came back is not");
  const third = waiting.heard.find((one) => one.status?.contactId).status.contactId;
  assert.equal(contact("acme", third).state, "STATE_WAITING", "nor is whose process lives");
  [visitor, desk] = [back, again];
});

test("the router is killed: the talk goes on through the other, and nothing is doubled", async () => {
  const leading = leaders().acme;
  const dead = routers.find((one) => leading.includes(`-${one.child.pid}-`));
  await dead.kill();
  await visitor.say({ say: { clientId: "k3", text: "three" } });
  await desk.hear("Ann hears what was said meanwhile", (one) => one.conversation?.message?.text === "three");
  await desk.say({ tag: 9, sendMessage: { contactId: talk, clientId: "a1", text: "four" } });
  await visitor.hear("the visitor hears Ann", (one) => one.message?.text === "four");
  assert.deepEqual(texts(visitor).filter((text) => text === "three"), ["three"]);
  await desk.say({ tag: 10, complete: { requestId: "done-1", contactId: talk } });
  await visitor.hear("the chat ends", (one) => one.status?.phase === "PHASE_ENDED");
  const both = leaders();
  assert.equal(both.acme, both.globex, "one router leads both now");
});
