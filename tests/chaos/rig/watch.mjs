// SPDX-License-Identifier: Apache-2.0
import { toFact } from "./events.mjs";

const reopenMs = 40;

/** A server's stream that is opened again, at whichever router leads, whenever it ends. */
export class Watch {
  constructor({ name, routers, history, service, method, request, heard }) {
    Object.assign(this, { name, routers, history, service, method, request, heard });
    this.streams = 0;
    this.running = true;
    this.open();
  }

  open() {
    if (!this.running) return;
    const router = this.routers.address;
    const id = `${this.name}/w${++this.streams}`;
    const request = this.request();
    this.history.add(this.name, "opened", { stream: id, router, after: request.afterSequence ?? null });
    const stream = this.routers.open(this.service, this.method, request);
    let over = false;
    const lost = () => {
      if (over) return;
      over = true;
      stream.cancel();
      this.routers.turnFrom(router);
      if (this.running) this.timer = setTimeout(() => this.open(), reopenMs);
    };
    this.kill = lost;
    stream.on("data", (message) => {
      if (over) return;
      const facts = (message.events ?? []).map(toFact).filter(Boolean);
      if (facts.length > 0 || message.desk) {
        this.history.add(this.name, "told", {
          stream: id, router, sequence: Number(message.sequence ?? 0), events: facts,
          ...(message.desk ? { desks: [[message.desk.agent.id, Number(message.desk.sequence ?? 0)]] } : {}),
        });
      }
      this.heard(message, facts);
    });
    stream.on("error", lost);
    stream.on("end", lost);
  }

  close() {
    this.running = false;
    clearTimeout(this.timer);
    this.kill();
    this.routers.close();
  }
}

/** Follows every event of the domain from the first on and resumes by sequence. */
export class Observer extends Watch {
  constructor({ name, routers, history, progress = () => {} }) {
    const position = { after: 0, seen: 0 };
    super({
      name, routers, history, service: "routing.v1.RoutingService", method: "WatchContacts",
      request: () => ({ afterSequence: position.after }),
      heard: (message, facts) => {
        if (message.sequence) position.after = Number(message.sequence);
        position.seen += facts.length;
        if (facts.length > 0) progress();
      },
    });
    this.position = position;
  }
}
