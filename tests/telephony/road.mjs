// SPDX-License-Identifier: Apache-2.0
// The way of browsers to Asterisk: connections that come from 127.0.0.2, where phones stand, and that
// a test can cut.
import { once } from "node:events";
import { connect, createServer } from "node:net";

export class Road {
  static async open({ host, port }) {
    const road = new Road();
    road.ends = new Set();
    road.isCut = false;
    road.server = createServer((near) => {
      if (road.isCut) return near.destroy();
      const far = connect({ host, port, localAddress: "127.0.0.2" });
      for (const [one, other] of [[near, far], [far, near]]) {
        road.ends.add(one);
        // Whatever becomes of one end becomes of the other.
        one.on("error", () => other.destroy()).on("close", () => (road.ends.delete(one), other.destroy()));
        one.pipe(other);
      }
    });
    road.server.listen(0, "127.0.0.1");
    await once(road.server, "listening");
    road.port = road.server.address().port;
    return road;
  }

  /** Nothing goes through until `mend`. */
  cut() {
    this.isCut = true;
    for (const end of this.ends) end.destroy();
  }

  mend() {
    this.isCut = false;
  }

  close() {
    this.cut();
    this.server.close();
  }
}
