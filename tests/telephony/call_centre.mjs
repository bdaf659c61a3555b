// SPDX-License-Identifier: Apache-2.0
// Usher beside a real Asterisk: a router in one process, the calls' adapter in another, so that a test
// can kill either; agents with telephones; what is recorded of each call.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Place } from "../integration/e2e/processes.mjs";
import { clientOf, withToken } from "../integration/e2e/rpc.mjs";
import { until } from "../integration/e2e/server.mjs";
import { adapterFile } from "./adapter_file.mjs";
import { Pbx } from "./pbx.mjs";
import { Road } from "./road.mjs";

const domain = "acme";

export class CallCentre {
  /**
   * `phones`: the agents, each with a telephone of that name. `routing`: the domain's file. `numbers`
   * and `queues`: where calls go and how they wait there. `pbxes`: how many Asterisks; `extra`: text
   * at the end of their files. `softphones`: agents who telephone in the console instead.
   */
  static async start({ phones = [], softphones = [], pbxes = 1, extra, ...usher }) {
    const centre = new CallCentre();
    try {
      centre.pbxes = [];
      for (let at = 0; at < pbxes; ++at) centre.pbxes.push(await Pbx.start({ phones, install: softphones.flatMap((name) => ["--webrtc", name]), extra }));
      await centre.serve({ ...usher, softphone: softphones.length > 0 });
      return centre;
    } catch (error) {
      await centre.end();
      throw error;
    }
  }

  constructor() {
    this.place = new Place("usher-calls-");
    this.callers = 0;
    this.consoles = new Map();
    /** How calls stand, by contact, as consoles were told last. */
    this.callStates = new Map();
  }

  get pbx() {
    return this.pbxes[0];
  }
  get phones() {
    return this.pbx.phones;
  }

  async serve({ routing, softphone, ...adapter }) {
    const { place } = this;
    this.redis = await place.redis();
    for (const [at, pbx] of this.pbxes.entries()) writeFileSync(join(place.data, `pbx${at}.password`), `${pbx.password}\n`, { mode: 0o600 });
    this.file = join(place.data, "asterisk.yaml");
    writeFileSync(this.file, adapterFile({ pbxes: this.pbxes, ...adapter }));
    this.routerArgs = ["--roles", "router", "--roles", "agents", "--domain", domain, "--redis", this.redis];
    if (softphone) {
      this.road = await Road.open({ host: this.pbx.host, port: this.pbx.httpPort });
      this.routerArgs.push("--softphone", `ws://${this.pbx.host}:${this.road.port}/ws`);
    }
    await this.startRouter();
    await until("the domain is in force", async () => (await this.ask("admin.v1.AdminService/ApplyDomain", { yaml: routing })).version);
    this.adapters = [];
    await this.startAdapter();
  }

  /** The router, again on the port where the adapters look for it. */
  async startRouter() {
    const { place } = this;
    const again = this.router ? ["--grpc", this.router.grpc, "--http", this.router.http] : [];
    this.router = await place.serve("router", ...this.routerArgs, ...again);
    for (const name of this.consoles.keys()) await until(`${name}'s console is back`, () => this.openConsole(name));
  }

  /** What a console does as long as it is open: it follows the agent's desk. */
  async openConsole(name) {
    const client = clientOf(this.router, "usher.agents.v1.AgentService");
    const stream = client.WatchAgent({}, withToken(this.place.token("agent", name, domain)));
    this.consoles.set(name, stream);
    // Ends with the router or with closeConsole; the next router is asked anew.
    stream.on("error", () => {});
    stream.on("data", ({ events = [] }) => {
      for (const { call } of events) if (call) this.callStates.set(call.contactId, call);
    });
    return new Promise((done) => {
      stream.once("data", () => done(true));
      stream.once("close", () => done(false));
    });
  }

  closeConsole(name) {
    this.consoles.get(name)?.cancel();
    this.consoles.delete(name);
  }

  /** An adapter of calls; the first serves, others by other names stand by. */
  async startAdapter(name = "calls-1") {
    const adapter = await this.place.serve(name, "--roles", "channels", "--domain", domain, "--router", this.router.grpc, "--name", name, "--asterisk", this.file);
    this.adapters.push(adapter);
    await until("Usher has the calls", async () => (await this.pbx.ari("applications")).some(({ name: one }) => one === "usher"));
    return adapter;
  }

  /** kill -9 of the adapter and another in its place, which knows what stands at Asterisk when this is over. */
  async restartAdapter(meanwhile = () => {}) {
    await this.adapters.at(-1).kill();
    await meanwhile();
    const adapter = await this.startAdapter();
    await until("what stands at Asterisk is known", () => adapter.log.includes("recordings_looked_for"));
  }

  /** A unary call as JSON. */
  async ask(method, request = {}, { role = "admin", as = "test" } = {}) {
    const response = await fetch(`http://${this.router.http}/usher.${method}`, {
      method: "POST", body: JSON.stringify(request),
      headers: { "content-type": "application/json", authorization: `Bearer ${this.place.token(role, as, domain)}` },
    });
    const body = await response.json();
    if (!response.ok) throw Object.assign(new Error(`${method}: ${response.status} ${JSON.stringify(body)}`), { status: response.status, body });
    return body;
  }

  /** What an agent does: `centre.agent("ann", "HoldContact", {contactId})`. */
  agent(name, method, request = {}) {
    return this.ask(`agents.v1.AgentService/${method}`, request, { role: "agent", as: name });
  }

  async signIn(...names) {
    for (const name of names) {
      await this.agent(name, "SignIn");
      if (!this.consoles.has(name)) await this.openConsole(name);
      await this.agent(name, "SetPresence", { presence: "PRESENCE_AVAILABLE" });
    }
  }

  async signOut(...names) {
    for (const name of names) {
      this.closeConsole(name);
      await this.agent(name, "SignOut").catch((error) => {
        if (error.body?.reason !== "OFFLINE") throw error;
      });
    }
  }

  async desk(name) {
    return (await this.agent(name, "GetAgent")).desk;
  }

  /** The contacts that are not over, oldest first. */
  async open(queue = "") {
    const { contacts = [] } = await this.ask("routing.v1.RoutingService/ListContacts", { queue });
    return contacts.filter(({ state }) => state !== "STATE_CLOSED");
  }

  async contact(contactId) {
    return (await this.ask("routing.v1.RoutingService/GetContact", { contactId })).contact;
  }

  /** Who somebody is, as the record has her. */
  async customer(customerId) {
    return (await this.ask("context.v1.ContextService/GetCustomer", { customerId })).customer;
  }

  /** A customer calls; each with a number of her own, unless one is named. */
  call(number, { from = `+1555${String(1_000_000 + ++this.callers)}` } = {}) {
    return Object.assign(this.pbx.call(number, { from }), { from });
  }

  /** The contact that a call is, once it is one. */
  contactOf({ from }) {
    return until("the call is a contact", async () => (await this.open()).find((one) => JSON.stringify(one).includes(from)));
  }

  /** What each leg of a call is and since when, in ms (absent: not told), by the agent's name or "customer". */
  legsOf(contactId) {
    const legs = this.callStates.get(contactId)?.legs ?? [];
    return Object.fromEntries(legs.map(({ id, agentId, state, address, since }) => {
      const ms = since && Number(since.seconds) * 1_000 + (since.nanos ?? 0) / 1e6;
      return [agentId || (address?.startsWith("+49") ? "outside" : "customer"), { id, state: state.replace("STATE_", ""), ms }];
    }));
  }

  /** All that was recorded of a contact, oldest first. */
  async life(contactId) {
    return (await this.ask("routing.v1.ExplainService/ExplainContact", { contactId })).life ?? [];
  }

  /** How its offers ended, as "ann missed: no-answer". */
  async offersOf(contactId) {
    const life = await this.life(contactId);
    return life.flatMap(({ agentId, offerEnded }) => (offerEnded ? [`${agentId} ${offerEnded.outcome.replace("OUTCOME_", "").toLowerCase()}: ${offerEnded.reason ?? ""}`] : []));
  }

  closed(contactId) {
    return until(`${contactId} is closed`, async () => {
      const contact = await this.contact(contactId);
      return contact.state === "STATE_CLOSED" && contact;
    });
  }

  /** Rings an agent's phone through the queue and picks it up: the agent's end of it. */
  async pickUp(name) {
    const { incoming } = await until(`${name}'s phone rings`, () => this.phones[name].incoming && this.phones[name]);
    await incoming.answer();
    return incoming;
  }

  /** Hangs up whatever a test left, and waits until nothing is left in Asterisk and no contact open. */
  async quiet() {
    for (const { provider, phones } of this.pbxes) {
      for (const phone of [provider, ...Object.values(phones)]) {
        phone.manner = "ring";
        await Promise.all(phone.calls.map((call) => call.hangUp()));
      }
    }
    const allOf = async (kind) => (await Promise.all(this.pbxes.map((pbx) => pbx.ari(kind)))).flat();
    await until("no call is left in Asterisk", async () => (await allOf("channels")).length === 0);
    await until("no bridge is left in Asterisk", async () => (await allOf("bridges")).length === 0);
    await until("no contact is open", async () => (await this.open()).length === 0);
  }

  async end() {
    for (const name of [...this.consoles.keys()]) this.closeConsole(name);
    this.road?.close();
    await this.place.end();
    await Promise.all((this.pbxes ?? []).map((pbx) => pbx.stop()));
  }
}
