// SPDX-License-Identifier: Apache-2.0
import { callUntilSure, CommandStream } from "./command_stream.mjs";
import { Random } from "./random.mjs";
import { Watch } from "./watch.mjs";

const queues = ["straight", "straight", "rough", "rough", "mail"];

// A fault that takes minutes must not leave a log that is longer than a watcher is told again (20,000
// commits), for the judge reads it so. Beyond this many submits an adapter brings one at a time.
const hurriedMax = 1_200;
const unhurriedMs = 100;

/** What an adapter submits: drawn by the seed and its number only. */
class Submissions {
  constructor({ name, seed, customers, open, progress }) {
    Object.assign(this, { name, customers, open, progress });
    this.random = Random.of(seed, name);
    this.count = 0;
    this.alive = new Set();
    this.closedEarly = new Set();
    this.stopped = false;
  }

  /** Keeps `open` contacts alive until stopped. */
  fill() {
    while (!this.stopped && !this.resting && this.alive.size < this.open) {
      const number = ++this.count;
      this.alive.add(number);
      void this.one(number);
      if (number >= hurriedMax) this.rest();
    }
  }

  rest() {
    this.resting = true;
    setTimeout(() => {
      this.resting = false;
      this.fill();
    }, unhurriedMs);
  }

  draw(number) {
    const queue = this.random.pick(queues);
    const body = {
      requestId: `${this.name}-${number}`,
      channel: queue === "mail" ? "CHANNEL_EMAIL" : "CHANNEL_CHAT",
      queue, subject: `${this.name}-${number}`, customerId: this.random.pick(this.customers),
    };
    if (this.random.chance(50)) body.externalId = `<${number}@${this.name}>`;
    return { body, leaves: this.random.chance(6) ? this.random.between(1, 60) : 0 };
  }

  async one(number) {
    const { body, leaves } = this.draw(number);
    const more = { queue: body.queue, customer: body.customerId, ...(body.externalId ? { external: body.externalId } : {}) };
    const { ok, contact } = await this.submit(body, more);
    if (!ok) return this.over(number);
    if (this.closedEarly.delete(contact)) return this.over(number);
    this.numbers ??= new Map();
    this.numbers.set(contact, number);
    if (leaves) {
      await new Promise((done) => setTimeout(done, leaves));
      if (this.numbers.has(contact)) await this.leave(contact);
    }
  }

  /** A contact of ours is closed, as far as we were told. */
  closed(contact) {
    const number = this.numbers?.get(contact);
    if (number === undefined) return this.closedEarly.add(contact);
    this.numbers.delete(contact);
    this.over(number);
  }

  over(number) {
    this.alive.delete(number);
    this.progress();
    this.fill();
  }
}

/** An adapter on one RouteContacts stream. */
export class StreamAdapter {
  constructor({ name, routersOf, history, ...load }) {
    this.name = name;
    this.after = undefined;
    this.contacts = new Submissions({ name, ...load });
    this.contacts.submit = (body, more) => this.stream.send("submit", body.requestId, { submit: body }, more);
    this.contacts.leave = (contact) =>
      this.stream.send("abandon", `abandon-${contact}`, { abandon: { requestId: `abandon-${contact}`, contactId: contact } }, { contact });
    this.stream = new CommandStream({
      name, routers: routersOf(name), history, service: "routing.v1.RoutingService", method: "RouteContacts",
      hello: () => ({ hello: { adapter: name, ...(this.after === undefined ? {} : { afterSequence: this.after }) } }),
      heard: (message) => this.heard(message),
    });
  }

  start() {
    this.contacts.fill();
  }

  heard(message) {
    if (message.sequence) this.after = Number(message.sequence);
    for (const event of message.events ?? []) if (event.closed) this.contacts.closed(event.contactId);
    if (message.welcome && !message.welcome.resumed && this.contacts.numbers) {
      const open = new Set((message.welcome.contacts ?? []).map((contact) => contact.id));
      for (const contact of [...this.contacts.numbers.keys()]) if (!open.has(contact)) this.contacts.closed(contact);
    }
  }

  stopSubmitting() {
    this.contacts.stopped = true;
  }

  get idle() {
    return this.stream.idle && this.contacts.alive.size === 0;
  }

  cut() {
    this.stream.kill?.("cut by the rig");
  }

  close() {
    this.stream.close();
  }
}

/** An adapter that makes a unary call for everything and follows its contacts with WatchContacts. */
export class UnaryAdapter {
  constructor({ name, routersOf, history, ...load }) {
    this.name = name;
    this.routers = routersOf(name);
    this.running = true;
    const call = (op, method, body, more) =>
      callUntilSure({
        name, routers: this.routers, history, service: "routing.v1.RoutingService", method, op, requestId: body.requestId,
        request: body, more, running: () => this.running,
      });
    this.contacts = new Submissions({ name, ...load });
    this.contacts.submit = (body, more) => call("submit", "SubmitContact", body, more);
    this.contacts.leave = async (contact) => {
      await this.read(history, contact);
      await call("abandon", "AbandonContact", { requestId: `abandon-${contact}`, contactId: contact }, { contact });
      await this.read(history, contact);
    };
    let after = 0;
    this.watch = new Watch({
      name, routers: routersOf(name), history, service: "routing.v1.RoutingService", method: "WatchContacts",
      request: () => ({ afterSequence: after }),
      heard: (message) => {
        if (message.sequence) after = Number(message.sequence);
        for (const event of message.events ?? []) if (event.closed) this.contacts.closed(event.contactId);
      },
    });
  }

  /** A read, once: it must not show less than what was answered before. */
  async read(history, contact) {
    const address = this.routers.address;
    const call = history.invoke(this.name, "read", "", { contact });
    try {
      const { contact: found } = await this.routers.ask("routing.v1.RoutingService", "GetContact", { contactId: contact });
      history.add(this.name, "read", { call, contact, state: found.state, agent: found.agent ?? "", router: address });
    } catch (error) {
      history.add(this.name, "unknown", { call, op: "read", request: "", contact, reason: error.message });
      this.routers.turnFrom(address);
    }
  }

  start() {
    this.contacts.fill();
  }

  stopSubmitting() {
    this.contacts.stopped = true;
  }

  get idle() {
    return this.contacts.alive.size === 0;
  }

  cut() {
    this.watch.kill?.("cut by the rig");
  }

  close() {
    this.running = false;
    this.watch.close();
    this.routers.close();
  }
}
