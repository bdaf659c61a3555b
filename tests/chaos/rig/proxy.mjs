// SPDX-License-Identifier: Apache-2.0
import { createConnection, createServer } from "node:net";

/**
 * A TCP proxy in user space that can spoil what passes: cut a connection after so many bytes, swallow
 * one direction, stop reading, delay. `up` is from the client to the server, `down` the other way.
 *
 *   const proxy = await Proxy.start({ to: redis.address });
 *   proxy.plan = { cutAfter: { down: 1234 } };   // of the next connections
 *   proxy.swallow("down");                       // of all, until heal()
 *   proxy.cut();                                 // all, now, with a reset
 */
export class Proxy {
  static async start({ to, port = 0 }) {
    const proxy = new Proxy(to);
    await new Promise((done, failed) => proxy.server.once("error", failed).listen(port, "127.0.0.1", done));
    proxy.address = `127.0.0.1:${proxy.server.address().port}`;
    return proxy;
  }

  constructor(to) {
    this.to = to;
    this.links = new Set();
    this.plan = {};
    this.swallowed = new Set();
    this.refuses = false;
    this.delayMs = 0;
    this.bytes = { up: 0, down: 0 };
    this.cuts = 0;
    this.server = createServer((client) => this.accept(client));
  }

  accept(client) {
    if (this.refuses) return client.resetAndDestroy();
    const colon = this.to.lastIndexOf(":");
    const server = createConnection(Number(this.to.slice(colon + 1)), this.to.slice(0, colon));
    const link = { client, server, left: { ...(this.plan.cutAfter ?? {}) }, halfOpen: false };
    this.links.add(link);
    const end = () => this.end(link);
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      socket.on("error", end);
      socket.on("close", end);
    }
    this.pass(link, "up", client, server);
    this.pass(link, "down", server, client);
  }

  pass(link, way, from, to) {
    const delayed = [];
    from.on("data", (bytes) => {
      this.bytes[way] += bytes.length;
      if (this.swallowed.has(way) || link.halfOpen) return;
      const send = () => {
        if (to.destroyed) return;
        const left = link.left[way];
        if (left !== undefined && bytes.length >= left) {
          // What is before the cut arrives; then both sides see the end.
          ++this.cuts;
          to.write(bytes.subarray(0, left), () => setTimeout(() => this.end(link), 2));
          link.halfOpen = true;
          return;
        }
        if (left !== undefined) link.left[way] = left - bytes.length;
        if (!to.write(bytes)) {
          from.pause();
          to.once("drain", () => from.resume());
        }
      };
      // In order, also when the delay becomes less.
      if (this.delayMs === 0 && delayed.length === 0) return send();
      delayed.push(send);
      setTimeout(() => delayed.shift()(), this.delayMs);
    });
  }

  end(link) {
    if (!this.links.delete(link)) return;
    for (const socket of [link.client, link.server]) {
      if (!socket.destroyed) socket.resetAndDestroy();
    }
  }

  /** Every connection ends now. */
  cut() {
    for (const link of [...this.links]) this.end(link);
  }

  /** Nothing arrives that way any more; the sockets stay open. */
  swallow(way) {
    this.swallowed.add(way);
  }

  /** The connections of now stay open and carry nothing, for good: a cable was pulled. New ones work. */
  halfOpen() {
    for (const link of this.links) link.halfOpen = true;
  }

  /** New ones are refused until heal(). */
  refuse() {
    this.refuses = true;
    this.cut();
  }

  /** All as it was. What was swallowed is gone, so those connections end. */
  heal() {
    const lossy = this.swallowed.size > 0;
    this.swallowed.clear();
    this.refuses = false;
    this.delayMs = 0;
    this.plan = {};
    if (lossy) this.cut();
  }

  close() {
    this.cut();
    this.server.close();
  }
}
