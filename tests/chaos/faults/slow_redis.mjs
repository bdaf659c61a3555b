// SPDX-License-Identifier: Apache-2.0
// Redis answers late.
import { residentMb } from "../inject/looks.mjs";
import { Proxy } from "../rig/proxy.mjs";

// What a router may take more of the machine's memory while it waits.
const growthMbMax = 200;

const slow = (name, title, how, { short = false, setup, spell }) => ({
  name, title, how, short, setup,
  async run(rig) {
    await rig.progress(40);
    const before = rig.routers.map((router) => residentMb(router.pid));
    for (let i = 1; i <= (rig.options.points ?? (rig.short ? 1 : 6)); ++i) {
      rig.point(`${name}-${rig.seed}-${i}`);
      await spell(rig, i);
      await rig.untilLed();
      await rig.progress(30);
    }
    rig.routers.forEach((router, at) => {
      const growth = residentMb(router.pid) - before[at];
      rig.note(`${router.name} took ${Math.round(growth)} MiB more`);
      if (growth > growthMbMax) throw new Error(`${router.name} took ${Math.round(growth)} MiB more while Redis was slow`);
    });
  },
});

export const faults = [
  slow("redis-stands-still", "Redis answers nobody for some seconds, again and again", "CLIENT PAUSE for 0.5 to 8 s", {
    async spell(rig) {
      const ms = rig.random.between(500, 8_000);
      await rig.redis.ask("CLIENT", "PAUSE", String(ms), "ALL");
      await rig.pause(ms);
    },
  }),
  slow("redis-stutters", "Redis stops for 0.2 s of each 0.4 s", "SIGSTOP and SIGCONT for 6 s", {
    async spell(rig) {
      for (let times = 0; times < 15; ++times) {
        rig.redis.process.signal("SIGSTOP");
        await rig.pause(200);
        rig.redis.process.signal("SIGCONT");
        await rig.pause(200);
      }
    },
  }),
  slow("redis-far-away", "Every answer of Redis takes long", "a proxy delays what passes by 50 ms to 2 s each way", {
    async setup(rig) {
      await rig.startRedis();
      rig.toRedis = await Proxy.start({ to: rig.redis.address });
      rig.onCleanup(() => rig.toRedis.close());
      await rig.startRouters(2, { redis: rig.toRedis.address });
    },
    async spell(rig, i) {
      rig.toRedis.delayMs = [50, 200, 500, 1_000, 2_000][(i - 1) % 5];
      await rig.pause(6_000);
      rig.toRedis.delayMs = 0;
    },
  }),
];
