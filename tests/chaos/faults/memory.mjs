// SPDX-License-Identifier: Apache-2.0
// Redis has no memory left, and later has.
import { until } from "../rig/processes.mjs";
import { redisInfo } from "../inject/looks.mjs";

export const faults = [
  {
    name: "out-of-memory", short: false,
    title: "Redis has no memory left: what is under way ends, what is new waits",
    how: "maxmemory is set to little more than what is used, within the reserve, and later to nothing",
    async run(rig) {
      for (let i = 1; i <= (rig.options.points ?? (rig.short ? 1 : 4)); ++i) {
        await rig.progress(rig.random.between(20, 60));
        rig.point(`memory-${rig.seed}-${i}`);
        // An eighth is left, which is half of the reserve: nothing new is taken, and what people write
        // to each other still is.
        const used = Number(await redisInfo(rig.redis, "used_memory"));
        await rig.redis.ask("CONFIG", "SET", "maxmemory", String(Math.floor((used * 8) / 7)));
        await until("the contacts under way are dealt with", () => {
          if (!rig.leader) throw new Error("nobody leads");
          return [...rig.workload.gateways, ...rig.workload.agents].every((client) => client.idle);
        }, { msMax: 60_000 });
        await rig.redis.ask("CONFIG", "SET", "maxmemory", "0");
        await rig.progress(40);
      }
    },
  },
];
