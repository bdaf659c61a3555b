// SPDX-License-Identifier: Apache-2.0
// The yardstick of what a Node team would pick: BullMQ, add -> worker -> completed, on a Redis of
// its own. Prints one JSON object.
//
//   bullmq.mjs rate   --redis SOCKET --redis-pid PID --under-way N --warm-up S --seconds S
//   bullmq.mjs paced  --redis SOCKET --per-second N --warm-up S --seconds S
//   bullmq.mjs memory --redis SOCKET --waiting N
//
// `rate` keeps N jobs under way, each added after another was completed; `paced` adds on a schedule
// that does not wait for answers and times add -> start; `memory` fills the queue and asks Redis.
//
// Tuned: with 64 jobs at once a worker is fastest (16 and 256 are slower), auto-pipelining of
// ioredis costs more than it saves, jobs that became due in one turn are added together, finished
// jobs are not kept, and no lock is renewed for jobs that take no time.

import { parseArgs } from "node:util";
import { Queue, Worker } from "bullmq";
import IORedis from "ioredis";

import { cpuSeconds } from "../process_time.mjs";
import { quantile } from "../quantile.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: Object.fromEntries(
    ["redis", "redis-pid", "under-way", "warm-up", "seconds", "per-second", "waiting"].map((name) => [
      name,
      { type: "string" },
    ]),
  ),
});
const number = (name) => Number(values[name]);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// One connection for adding and two for the worker, which blocks on one of its own.
function connect() {
  return new IORedis({
    path: values.redis,
    maxRetriesPerRequest: null,
  });
}
const connections = [connect(), connect()];
const queue = new Queue("bench", { connection: connections[0] });

// What a contact would carry, so that both sides move the same bytes.
const job = (n) => ({ contact: `b-${n}`, channel: "chat", queue: "support" });
const options = { removeOnComplete: true, removeOnFail: true };

function startWorker(handle) {
  const worker = new Worker("bench", handle, {
    connection: connections[1],
    concurrency: 64,
    skipStalledCheck: true,
    skipLockRenewal: true,
  });
  worker.on("error", fail);
  return worker;
}

function fail(error) {
  console.error(`bullmq: ${error.stack ?? error}`);
  process.exit(1);
}

async function rate() {
  let added = 0;
  let completed = 0;
  let over = false;
  let due = 0;
  const addDue = () => {
    const jobs = Array.from({ length: due }, () => ({ name: "contact", data: job(++added), opts: options }));
    due = 0;
    queue.addBulk(jobs).catch(fail);
  };
  const add = () => {
    if (++due === 1) setImmediate(addDue);
  };
  const worker = startWorker(async () => "done");
  worker.on("completed", () => {
    ++completed;
    if (!over) add();
  });
  await worker.waitUntilReady();
  for (let i = 0; i < number("under-way"); ++i) add();
  await pause(number("warm-up") * 1000);
  const own = cpuSeconds(process.pid);
  const redis = cpuSeconds(number("redis-pid"));
  const before = completed;
  const began = performance.now();
  await pause(number("seconds") * 1000);
  const count = completed - before;
  const seconds = (performance.now() - began) / 1000;
  over = true;
  return {
    lifecycles: count,
    per_second: count / seconds,
    own_us: ((cpuSeconds(process.pid) - own) * 1e6) / count,
    redis_us: ((cpuSeconds(number("redis-pid")) - redis) * 1e6) / count,
  };
}

async function paced() {
  const waits = [];
  const perMs = number("per-second") / 1000;
  const warmUp = number("warm-up") * 1000;
  const end = warmUp + number("seconds") * 1000;
  const worker = startWorker(async ({ data }) => {
    if (data.measured) waits.push(performance.now() - data.added);
  });
  await worker.waitUntilReady();
  const began = performance.now();
  let added = 0;
  for (let now = 0; now < end; now = performance.now() - began) {
    for (; added < now * perMs; ++added) {
      const data = { ...job(added), added: performance.now(), measured: now > warmUp };
      queue.add("contact", data, options).catch(fail);
    }
    await pause(1);
  }
  await pause(200);
  const first = Math.floor(warmUp * perMs);
  waits.sort((a, b) => a - b);
  return {
    added: added - first,
    started: waits.length,
    p50_ms: quantile(waits, 0.5),
    p99_ms: quantile(waits, 0.99),
  };
}

async function memory() {
  const used = async () => Number(/used_memory:(\d+)/.exec(await connections[0].info("memory"))[1]);
  await queue.waitUntilReady();
  const before = await used();
  const count = number("waiting");
  for (let i = 0; i < count; i += 1000) {
    await Promise.all(Array.from({ length: 1000 }, (_, k) => queue.add("contact", job(i + k), options)));
  }
  return { waiting: count, redis_bytes: ((await used()) - before) / count };
}

const modes = { rate, paced, memory };
const mode = modes[positionals[0]];
if (!mode) fail(`what is "${positionals[0]}"? It knows ${Object.keys(modes).join(', ')}`);
console.log(JSON.stringify(await mode()));
process.exit(0);
