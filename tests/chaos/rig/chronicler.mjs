// SPDX-License-Identifier: Apache-2.0
import { callUntilSure } from "./command_stream.mjs";
import { pause } from "./processes.mjs";
import { Random } from "./random.mjs";

const pauseMs = 20;

/**
 * Writes into the customers' timelines what no event of the log tells: notes, and what happened
 * outside. One after the other, each tried again until it is certain, so that each must stand once
 * and behind the one before.
 */
export class Chronicler {
  constructor({ name, routersOf, history, seed, customers }) {
    Object.assign(this, { name, history, customers });
    this.routers = routersOf(name);
    this.random = Random.of(seed, `${name}-chronicle`);
    this.running = true;
    this.stopped = false;
    this.idle = true;
  }

  start() {
    this.idle = false;
    void this.write().finally(() => (this.idle = true));
  }

  async write() {
    for (let number = 1; !this.stopped && this.running; ++number) {
      const customer = this.random.pick(this.customers);
      await (this.random.chance(50) ? this.note(number, customer) : this.event(number, customer));
      await pause(pauseMs);
    }
  }

  note(number, customer) {
    const name = `note-${number}`;
    return this.call("note", "AddNote", name, customer, { requestId: name, customerId: customer, text: name, author: "ann" });
  }

  event(number, customer) {
    const name = `event-${number}`;
    const event = { source: "shop", eventId: name, type: "order.delivered", summary: name };
    return this.call("event", "RecordEvents", name, customer, { events: [{ customerId: customer, event }] });
  }

  call(op, method, name, customer, request) {
    return callUntilSure({
      name: this.name, routers: this.routers, history: this.history, service: "context.v1.ContextService", method, op,
      requestId: name, request, more: { customer }, running: () => this.running,
    });
  }

  stopSubmitting() {
    this.stopped = true;
  }

  close() {
    this.running = false;
    this.routers.close();
  }
}
