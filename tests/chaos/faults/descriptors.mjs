// SPDX-License-Identifier: Apache-2.0
// The router has no file descriptors left.
import { connect } from "node:net";
import { processorMs } from "../inject/looks.mjs";
import { whyNot } from "../inject/machine.mjs";
import { askUntil } from "../rig/rpc.mjs";

const limit = 160;
const crowdMs = 3_000;

export const faults = [
  {
    name: "no-descriptors", short: false, needs: [() => whyNot("prlimit")],
    title: "The router has no file descriptors left: it serves who is there, and later everybody",
    how: `prlimit --nofile=${limit}, and twice as many connections that say nothing`,
    async setup(rig) {
      await rig.startRedis();
      await rig.startRouters(1, { wrap: ["prlimit", `--nofile=${limit}:${limit}`] });
    },
    async run(rig) {
      const [router] = rig.routers;
      for (let i = 1; i <= (rig.options.points ?? (rig.short ? 1 : 4)); ++i) {
        await rig.progress(20);
        rig.point(`descriptors-${rig.seed}-${i}`);
        const crowd = Array.from({ length: 2 * limit }, (_, at) => {
          const socket = connect(router.ports[at % 2], router.host);
          socket.on("error", () => {});
          return socket;
        });
        // Those who are connected are served on.
        await rig.progress(20);
        const before = processorMs(router.pid);
        await rig.pause(crowdMs);
        const share = (processorMs(router.pid) - before) / crowdMs;
        rig.note(`${Math.round(share * 100)} % of a processor while full and at work`);
        for (const socket of crowd) socket.destroy();
        // Whoever comes is served again, at both doors.
        const late = rig.routersOf("admin");
        await askUntil(late, "admin.v1.RouterService", "GetRouter", {}, { msMax: 20_000 });
        late.close();
        await fetch(`http://${router.host}:${router.ports[1]}/`, { signal: AbortSignal.timeout(20_000) });
        await rig.progress(20);
      }
    },
  },
];
