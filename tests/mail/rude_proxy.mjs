// SPDX-License-Identifier: Apache-2.0
// Between the adapter and a real IMAP server: says what the server says, but as another server would.
import { connect, createServer } from "node:net";
import { Random } from "../chaos/rig/random.mjs";

export class RudeProxy {
  /** `manner`: "without-idle", "slow" or "garbage"; may be changed, for connections from then on. */
  static async listen({ port, manner, seed = 1 }) {
    const proxy = new RudeProxy();
    Object.assign(proxy, { target: port, manner, random: new Random(seed), asked: [], spoiled: 0, open: new Set() });
    proxy.server = createServer((client) => proxy.relay(client));
    await new Promise((done) => proxy.server.listen(0, "127.0.0.1", done));
    proxy.port = proxy.server.address().port;
    return proxy;
  }

  relay(client) {
    const server = connect(this.target, "127.0.0.1");
    const say = this[this.manner === "without-idle" ? "withoutIdle" : this.manner]?.(client) ?? ((bytes) => client.write(bytes));
    for (const [one, other] of [[client, server], [server, client]]) {
      this.open.add(one);
      one.on("error", () => {});
      one.on("close", () => {
        this.open.delete(one);
        other.destroy();
      });
    }
    client.on("data", (bytes) => {
      // The words of commands, without what they are about.
      for (const [, word] of bytes.toString("latin1").matchAll(/^\S+ ((?:UID )?[A-Z]+)/gm)) this.asked.push(word);
      server.write(bytes);
    });
    server.on("data", say);
  }

  withoutIdle(client) {
    return (bytes) => client.write(Buffer.from(bytes.toString("latin1").replaceAll(/ IDLE\b/g, ""), "latin1"));
  }

  /** Three bytes at a time. */
  slow(client) {
    client.setNoDelay(true);
    let waiting = Buffer.alloc(0);
    let busy = false;
    const next = () => {
      busy = waiting.length > 0 && !client.destroyed;
      if (!busy) return;
      client.write(waiting.subarray(0, 3));
      waiting = waiting.subarray(3);
      setImmediate(next);
    };
    return (bytes) => {
      waiting = Buffer.concat([waiting, bytes]);
      if (!busy) next();
    };
  }

  /** Somewhere in what is said there are bytes that nobody meant. */
  garbage(client) {
    let until = this.random.between(300, 6000);
    return (bytes) => {
      const at = until;
      until -= bytes.length;
      if (at < 0 || at > bytes.length) return client.write(bytes);
      ++this.spoiled;
      const noise = Buffer.from(Array.from({ length: 64 }, () => this.random.below(256)));
      return client.write(Buffer.concat([bytes.subarray(0, at), noise, Buffer.from("\r\n"), bytes.subarray(at)]));
    };
  }

  end() {
    for (const one of this.open) one.destroy();
    this.server.close();
  }
}
