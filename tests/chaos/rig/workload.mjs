// SPDX-License-Identifier: Apache-2.0
import { StreamAdapter, UnaryAdapter } from "./adapter.mjs";
import { Chronicler } from "./chronicler.mjs";
import { Gateway } from "./gateway.mjs";
import { pause } from "./processes.mjs";
import { UnaryAgent } from "./unary_agent.mjs";
import { Observer } from "./watch.mjs";

/**
 * The clients: two adapters and eight agents, by batched streams and by unary calls, one that writes
 * into timelines, and one that watches everything. Runs until drained; `steps` counts what got done, so that waiting is by
 * progress and never by the clock alone.
 */
export class Workload {
  constructor({ history, seed, customers, routersOf, open = 12, stallMsMax = 90_000, observers = 1, gatewayAgents = [["s1", "s2", "r1", "m1"], ["s3", "r2"]], sessionAgents = [], makeSessionAgent }) {
    this.history = history;
    this.stallMsMax = stallMsMax;
    this.steps = 0;
    this.steppedAt = performance.now();
    const progress = () => {
      ++this.steps;
      this.steppedAt = performance.now();
    };
    const common = { routersOf, history, seed, progress };
    this.observers = Array.from({ length: observers }, (_, i) =>
      new Observer({ name: `watcher-${i + 1}`, routers: routersOf(`watcher-${i + 1}`), history, progress: () => (this.steppedAt = performance.now()) }));
    this.gateways = gatewayAgents.map((agents, i) => new Gateway({ name: `desk-${i + 1}`, agents, ...common }));
    this.agents = ["r3", "m2"].map((id) => new UnaryAgent({ id, tokenOf: "desk-unary", ...common }));
    this.agents.push(...sessionAgents.map((id) => makeSessionAgent({ id, ...common })));
    this.adapters = [new StreamAdapter({ name: "crm", customers, open, ...common }), new UnaryAdapter({ name: "web", customers, open: Math.ceil(open / 2), ...common })];
    this.chronicler = new Chronicler({ name: "crm", routersOf, history, seed, customers });
  }

  get clients() {
    return [...this.adapters, ...this.gateways, ...this.agents, this.chronicler];
  }

  start() {
    for (const adapter of this.adapters) adapter.start();
    this.chronicler.start();
  }

  /** Waits until `count` more things were done; throws `STALLED` when nothing is done for long. */
  async progress(count) {
    const goal = this.steps + count;
    this.steppedAt = performance.now();
    while (this.steps < goal) await this.tick();
  }

  async tick() {
    await pause(5);
    if (performance.now() - this.steppedAt > this.stallMsMax) {
      const busy = this.clients.filter((client) => !client.idle).map((client) => client.name);
      throw Object.assign(new Error(`nothing got done for ${this.stallMsMax} ms; busy: ${busy}`), { stalled: true });
    }
  }

  /** No new contacts; waits until those that are there are dealt with. */
  async drain() {
    for (const adapter of this.adapters) adapter.stopSubmitting();
    this.chronicler.stopSubmitting();
    this.steppedAt = performance.now();
    while (!this.clients.every((client) => client.idle)) await this.tick();
  }

  close() {
    for (const client of [...this.clients, ...this.observers]) client.close();
    this.history.flush();
  }
}
