// SPDX-License-Identifier: Apache-2.0
// How long it takes from the death of the leader to the first offer that the standby tells:
//   tests/chaos/run failover --runs 20 --waiting 10000 --agents 1000
import { parseArgs } from "node:util";
import { CommandStream } from "./rig/command_stream.mjs";
import { pause, until } from "./rig/processes.mjs";
import { Rig } from "./rig/rig.mjs";
import { askUntil } from "./rig/rpc.mjs";

const talkMs = 8_000;
const quietMs = 1_500;

/** Nothing is judged here, so nothing is kept. */
class NoHistory {
  calls = 0;
  records = [];
  add() {}
  invoke() {
    return ++this.calls;
  }
  flush() {}
}

export async function failover(words) {
  const { values } = parseArgs({
    args: words,
    options: {
      runs: { type: "string", default: "20" }, waiting: { type: "string", default: "10000" }, agents: { type: "string", default: "1000" },
      json: { type: "string" },
    },
  });
  const [runs, waiting, agents] = [values.runs, values.waiting, values.agents].map(Number);
  const rig = new Rig({ fault: { name: "failover" }, seed: 1, form: "full" });
  rig.history = new NoHistory();
  try {
    await rig.startRedis();
    await rig.startRouters(2);
    const load = await Load.start(rig, { waiting, agents });
    const tables = [];
    for (const [how, end] of [["kill -9", killed], ["SIGTERM", stopped], ["step-down", steppedDown]]) {
      const times = [];
      for (let run = 0; run < runs; ++run) times.push(await measure(rig, load, end));
      tables.push(summary(how, times));
      console.log(line(tables.at(-1)));
    }
    load.close();
    const { writeFileSync } = await import("node:fs");
    if (values.json) writeFileSync(values.json, `${JSON.stringify({ runs, waiting, agents, tables }, null, 1)}\n`);
  } finally {
    await rig.close({ keep: false });
  }
}

async function killed(rig, leader) {
  await leader.kill();
  return async () => leader.start();
}
async function stopped(rig, leader) {
  const ended = leader.stop(60_000);
  return async () => {
    await ended;
    await leader.start();
  };
}
async function steppedDown(rig, leader) {
  void rig.stepDown(leader).catch(() => {});
  return async () => pause(3_500); // it stays away for three seconds
}

/** Milliseconds from the blow to the first offer from the other router, and to its leading. */
async function measure(rig, load, end) {
  const leader = await rig.untilLed();
  await until("offers are told as ever", () => load.offered(leader.address) && load.waiting() >= load.goal * 0.98, { msMax: 300_000 });
  await pause(quietMs);
  const other = rig.routers.find((router) => router !== leader);
  load.forget(other.address);
  const at = performance.now();
  const mend = await end(rig, leader);
  const offer = await until("an offer from the standby", () => load.offered(other.address), { msMax: 120_000, everyMs: 1 });
  await mend();
  return { offer: offer - at, led: other.ledAt - at };
}

function summary(how, times) {
  const rank = (key, share) => {
    const sorted = times.map((time) => time[key]).sort((a, b) => a - b);
    return Math.round(sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)]);
  };
  return { how, runs: times.length, led: { p50: rank("led", 0.5), p99: rank("led", 0.99) }, offer: { p50: rank("offer", 0.5), p99: rank("offer", 0.99) } };
}

const line = ({ how, runs, led, offer }) =>
  `${how.padEnd(10)} ${String(runs).padStart(3)} runs   leads: p50 ${led.p50} ms, p99 ${led.p99} ms   first offer: p50 ${offer.p50} ms, p99 ${offer.p99} ms`;

/** Agents who always talk, contacts that always wait: one gateway, one adapter. */
class Load {
  static async start(rig, { waiting, agents }) {
    const names = Array.from({ length: agents }, (_, i) => `a${String(i).padStart(5, "0")}`);
    const yaml = `domain: chaos\ndisconnect_grace: 60s\nqueues: {calls: {offer_timeout: 120s, missed_offers: {limit: 0}}}\nagents:\n${names.map((name) => `  ${name}: {queues: {calls: 0}}`).join("\n")}\n`;
    const admin = rig.routersOf("admin");
    await askUntil(admin, "admin.v1.AdminService", "ApplyDomain", { requestId: "apply", yaml });
    admin.close();
    const load = new Load(rig, names, waiting);
    await until("the contacts wait", () => load.waiting() >= waiting, { msMax: 600_000 });
    return load;
  }

  constructor(rig, names, waiting) {
    Object.assign(this, { goal: waiting, offers: new Map(), open: new Set(), count: 0, agents: names.length, closing: false });
    this.seen = new Set();
    for (const router of rig.routers) {
      router.onLed = () => (router.ledAt = performance.now());
    }
    const common = { history: rig.history };
    this.desk = new CommandStream({
      ...common, name: "desk", routers: rig.routersOf("desk"), service: "agents.v1.AgentService", method: "ServeAgents",
      hello: () => ({ hello: { gateway: "desk" } }),
      reopened: () => names.map((agentId) => ({ attach: { agentId } })),
      heard: (message) => this.heard(message),
    });
    for (const agentId of names) void this.desk.send("signIn", `in-${agentId}`, { signIn: { requestId: `in-${agentId}`, agentId } });
    let after;
    this.adapter = new CommandStream({
      ...common, name: "crm", routers: rig.routersOf("crm"), service: "routing.v1.RoutingService", method: "RouteContacts",
      hello: () => ({ hello: { adapter: "crm", ...(after === undefined ? {} : { afterSequence: after }) } }),
      heard: (message) => {
        if (message.sequence) after = Number(message.sequence);
        for (const event of message.events ?? []) if (event.closed && this.open.delete(event.contactId)) this.submit();
      },
    });
    for (let i = 0; i < waiting + names.length; ++i) this.submit();
  }

  submit() {
    if (this.closing) return;
    const requestId = `c-${++this.count}`;
    void this.adapter.send("submit", requestId, { submit: { requestId, channel: "CHANNEL_CHAT", queue: "calls" } }).then(({ contact }) => contact && this.open.add(contact));
  }

  /** Contacts beyond those that the agents have. */
  waiting() {
    return this.open.size - this.agents;
  }

  heard(message) {
    for (const desk of message.desks ?? []) {
      for (const { offer } of desk.offers ?? []) this.take(desk.agent.id, offer);
      for (const contact of desk.contacts ?? []) if (contact.state === "STATE_ASSIGNED") this.talk(desk.agent.id, contact.id);
    }
    for (const event of message.events ?? []) {
      if (event.offered) {
        this.offers.set(this.desk.routers.address, performance.now());
        this.take(event.agentId, event.offered.offer);
      }
      if (event.assigned) this.talk(event.agentId, event.contactId);
    }
  }

  offered(address) {
    return this.offers.get(address);
  }

  forget(address) {
    this.offers.delete(address);
  }

  take(agentId, { id, contactId }) {
    if (this.seen.has(id)) return;
    this.seen.add(id);
    void this.desk.send("accept", id, { accept: { requestId: id, agentId, contactId, offerId: id } });
  }

  talk(agentId, contactId) {
    if (this.seen.has(contactId)) return;
    this.seen.add(contactId);
    const requestId = `done-${contactId}`;
    setTimeout(() => !this.closing && void this.desk.send("complete", requestId, { complete: { requestId, agentId, contactId } }), talkMs * (0.5 + (Number(contactId.slice(1)) % 100) / 100));
  }

  close() {
    this.closing = true;
    this.desk.close();
    this.adapter.close();
  }
}
