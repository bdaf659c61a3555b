// SPDX-License-Identifier: Apache-2.0
// Connections that end after so many bytes, that lose one direction, or that stay open for nothing.
import { Proxy } from "../rig/proxy.mjs";

/** A proxy between the routers and Redis, and one in front of each router for the clients. */
async function throughProxies(rig) {
  await rig.startRedis();
  const toRedis = await Proxy.start({ to: rig.redis.address });
  rig.onCleanup(() => toRedis.close());
  await rig.startRouters(2, { redis: toRedis.address });
  const toRouters = [];
  for (const router of rig.routers) {
    const proxy = await Proxy.start({ to: router.address });
    rig.onCleanup(() => proxy.close());
    toRouters.push(proxy);
  }
  rig.addressesForClients = toRouters.map((proxy) => proxy.address);
  rig.redisProxy = toRedis;
  rig.routerProxies = toRouters;
}

/** Cuts each connection that is made, after `bytes` in one direction, as long as the round lasts. */
async function cutsAfter(rig, proxies, way, sizes) {
  for (const bytes of sizes) {
    for (const proxy of proxies) {
      proxy.plan = { cutAfter: { [way]: bytes } };
      proxy.cut();
    }
    const before = proxies.reduce((sum, proxy) => sum + proxy.cuts, 0);
    const until = performance.now() + 400;
    while (performance.now() < until || proxies.reduce((sum, proxy) => sum + proxy.cuts, 0) === before) {
      await rig.pause(5);
      if (performance.now() > until + 5_000) break;
    }
    for (const proxy of proxies) proxy.plan = {};
    rig.point(`${way}-${bytes}`);
    // Those that were never cut, for lack of bytes, go on.
    await rig.progress(8);
  }
}

const spread = (rig, count, most) => Array.from({ length: count }, (_, index) => 1 + Math.floor((index * most) / count) + rig.random.below(Math.ceil(most / count)));

const cutFault = (name, title, proxiesOf, way, { most, count, short = false }) => ({
  name, title, short,
  how: `a user-space proxy ends every connection after N bytes, N up to ${most}`,
  setup: throughProxies,
  async run(rig) {
    await cutsAfter(rig, proxiesOf(rig), way, spread(rig, rig.options.points ?? (rig.short ? 3 : count), most));
    await rig.untilLed();
    await rig.progress(60);
  },
});

const toRedis = (rig) => [rig.redisProxy];
const toRouters = (rig) => rig.routerProxies;

export const faults = [
  cutFault("cut-redis-requests", "The connection to Redis ends within a request", toRedis, "up", { most: 60_000, count: 60, short: true }),
  cutFault("cut-redis-replies", "The connection to Redis ends within a reply", toRedis, "down", { most: 12_000, count: 60 }),
  cutFault("cut-client-requests", "A client's connection ends within a request", toRouters, "up", { most: 6_000, count: 60 }),
  cutFault("cut-client-answers", "A client's connection ends within an answer", toRouters, "down", { most: 8_000, count: 60 }),
  {
    name: "one-way-loss-redis",
    title: "Redis' replies get lost, its sockets stay open",
    how: "a proxy swallows what comes from Redis for 0.1 to 4 s, then cuts",
    short: false,
    setup: throughProxies,
    async run(rig) {
      for (let i = 1; i <= (rig.options.points ?? (rig.short ? 1 : 15)); ++i) {
        await rig.progress(rig.random.between(10, 50));
        rig.point(`swallow-${rig.seed}-${i}`);
        rig.redisProxy.swallow(rig.random.chance(70) ? "down" : "up");
        await rig.pause(rig.random.between(100, 4_000));
        rig.redisProxy.heal();
        await rig.untilLed();
        await rig.progress(20);
      }
    },
  },
  {
    name: "one-way-loss-clients",
    title: "The routers' answers get lost, the sockets stay open",
    how: "a proxy swallows what comes from the routers for 0.1 to 3 s, then cuts",
    short: false,
    setup: throughProxies,
    async run(rig) {
      for (let i = 1; i <= (rig.options.points ?? (rig.short ? 1 : 15)); ++i) {
        await rig.progress(rig.random.between(10, 50));
        rig.point(`swallow-${rig.seed}-${i}`);
        for (const proxy of rig.routerProxies) proxy.swallow("down");
        await rig.pause(rig.random.between(100, 3_000));
        for (const proxy of rig.routerProxies) proxy.heal();
        await rig.progress(20);
      }
    },
  },
  {
    name: "half-open-sockets",
    title: "Sockets of clients stay open and carry nothing, for good",
    how: "a proxy drops both directions of the connections that there are; new ones work",
    short: false,
    setup: throughProxies,
    async run(rig) {
      for (let i = 1; i <= (rig.options.points ?? (rig.short ? 1 : 8)); ++i) {
        await rig.progress(rig.random.between(10, 50));
        rig.point(`half-open-${rig.seed}-${i}`);
        for (const proxy of rig.routerProxies) proxy.halfOpen();
        await rig.progress(20);
      }
    },
  },
  {
    name: "redis-half-open",
    title: "The routers' sockets to Redis stay open and carry nothing, for good",
    how: "a proxy drops both directions of the connections that there are; new ones work",
    short: false,
    setup: throughProxies,
    async run(rig) {
      for (let i = 1; i <= (rig.options.points ?? (rig.short ? 1 : 5)); ++i) {
        await rig.progress(rig.random.between(10, 50));
        rig.point(`redis-half-open-${rig.seed}-${i}`);
        rig.redisProxy.halfOpen();
        await rig.progress(20);
      }
    },
  },
];
