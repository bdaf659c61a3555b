// SPDX-License-Identifier: Apache-2.0
// Each measurement has servers of its own, started for it and stopped after it.
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { jsonOf } from "../children.mjs";
import { startRedis, startRouter } from "../servers.mjs";

const bullmqScript = fileURLToPath(new URL("bullmq.mjs", import.meta.url));

async function withRedis(durability, use) {
  const redis = await startRedis(durability);
  try {
    return await use(redis);
  } finally {
    await redis.stop();
  }
}

const withRouter = (plan, durability, agents, use) =>
  withRedis(durability, async (redis) => {
    const router = await startRouter({ usher: join(plan.build, "bin/usher"), redis, durability, agents });
    try {
      return await use(router, redis);
    } finally {
      await router.stop();
    }
  });

const flags = (named) => Object.entries(named).flatMap(([name, value]) => [`--${name}`, String(value)]);
const span = (plan) => ({ "warm-up": plan.warmUp, seconds: plan.seconds });
const loadOf = (plan, mode, named) => jsonOf(join(plan.build, "bin/lifecycle_bench"), [mode, ...flags(named)]);
const bullmq = (mode, named) => jsonOf(process.execPath, [bullmqScript, mode, ...flags(named)]);

const redisLimit = (plan, durability) =>
  withRedis(durability, (redis) =>
    jsonOf(
      join(plan.build, "bin/redis_limit"),
      flags({
        redis: redis.socket,
        "redis-pid": redis.pid,
        replicas: durability === "replicated:1" ? 1 : 0,
        "under-way": plan.underWay,
        ...span(plan),
      }),
    ),
  );

const bullmqRate = (plan, durability) =>
  withRedis(durability, (redis) =>
    bullmq("rate", { redis: redis.socket, "redis-pid": redis.pid, "under-way": plan.underWay, ...span(plan) }),
  );

const routerRate = (plan, road, durability) =>
  withRouter(plan, durability, plan.agents, (router, redis) =>
    loadOf(plan, "rate", {
      road,
      server: router.server,
      "token-file": router.tokenFile,
      agents: plan.agents,
      "router-pid": router.pid,
      "redis-pid": redis.pid,
      "under-way": plan.underWay,
      ...span(plan),
    }),
  );

const routerPaced = (plan, durability) =>
  withRouter(plan, durability, plan.agents, (router) =>
    loadOf(plan, "paced", {
      road: "batched",
      server: router.server,
      "token-file": router.tokenFile,
      agents: plan.agents,
      "per-second": plan.perSecond,
      ...span(plan),
    }),
  );

const bullmqPaced = (plan) =>
  withRedis("everysec", (redis) =>
    bullmq("paced", { redis: redis.socket, "per-second": plan.perSecond, ...span(plan) }),
  );

const measurements = {
  redis_limit: (plan) => redisLimit(plan, "everysec"),
  redis_limit_always: (plan) => redisLimit(plan, "always"),
  redis_limit_replicated: (plan) => redisLimit(plan, "replicated:1"),
  bullmq: (plan) => bullmqRate(plan, "everysec"),
  bullmq_always: (plan) => bullmqRate(plan, "always"),
  batched: (plan) => routerRate(plan, "batched", "everysec"),
  unary: (plan) => routerRate(plan, "unary", "everysec"),
  always: (plan) => routerRate(plan, "batched", "always"),
  replicated: (plan) => routerRate(plan, "batched", "replicated:1"),
  paced: (plan) => routerPaced(plan, "everysec"),
  paced_always: (plan) => routerPaced(plan, "always"),
  paced_replicated: (plan) => routerPaced(plan, "replicated:1"),
  bullmq_paced: bullmqPaced,
};

// All of them once, each time beginning with another, so that none always comes first or last.
export async function repetition(plan, index, say) {
  const names = Object.keys(measurements);
  const results = {};
  for (let i = 0; i < names.length; ++i) {
    const name = names[(i + index) % names.length];
    results[name] = await measurements[name](plan);
    const { per_second: rate, p99_ms: p99 } = results[name];
    // A machine that is too busy starts no job in time.
    say(`${name} ${rate !== undefined ? `${rate.toFixed(0)} per s` : `p99 ${p99?.toFixed(2) ?? "?"} ms`}`);
  }
  return results;
}

// What one that waits costs in Redis, once for both sides: it does not depend on the moment.
export async function measureMemory(plan, say) {
  const router = await withRouter(plan, "everysec", plan.agents, (server, redis) =>
    loadOf(plan, "memory", {
      server: server.server,
      "token-file": server.tokenFile,
      redis: redis.socket,
      waiting: plan.waiting,
    }),
  );
  const jobs = await withRedis("everysec", (redis) =>
    bullmq("memory", { redis: redis.socket, waiting: plan.waiting }),
  );
  say(`${router.redis_bytes.toFixed(0)} bytes of Redis per waiting contact, ${jobs.redis_bytes.toFixed(0)} per job of BullMQ`);
  return { router, bullmq: jobs };
}
