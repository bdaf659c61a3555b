// SPDX-License-Identifier: Apache-2.0
// tests/bench/telephony/run [--all] [--waiting] [--free] [--limit] [--sizes 10x1,500x100] [--rates 40,110] [--out FILE]:
// app_queue and Usher in turn on the same Asterisk, with the same phones and callers; see README.md.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { until } from "../../integration/e2e/server.mjs";
import { needTelephony } from "../../telephony/pbx.mjs";
import { load } from "./measure.mjs";
import { appQueue, startStage, usher } from "./stage.mjs";
import { tables } from "./tables.mjs";

const { values } = parseArgs({
  options: {
    all: { type: "boolean" },
    waiting: { type: "boolean" },
    free: { type: "boolean" },
    limit: { type: "boolean" },
    sizes: { type: "string", default: "10x1,10x20,10x100,100x1,100x20,100x100,500x1,500x20,500x100" },
    rates: { type: "string", default: "40,110" },
    seconds: { type: "string", default: "7" },
    repetitions: { type: "string", default: "1" },
    out: { type: "string", default: join(tmpdir(), "usher-telephony-bench.json") },
    write: { type: "boolean" },
  },
});
needTelephony();

const readme = join(dirname(fileURLToPath(import.meta.url)), "README.md");
const [fromHere, toHere] = ["<!-- measured: written by run -->", "<!-- /measured -->"];
const began = performance.now();
const runs = [];
const say = (text) => process.stderr.write(`${((performance.now() - began) / 1000).toFixed(0).padStart(4)} s  ${text}\n`);
const figure = (value, digits = 1) => (value === undefined ? "-" : value.toFixed(digits));

/** One load on one router; what came of it is kept and said. */
async function measure(stage, router, { what, agents, queues, repetition }, loadOf) {
  const processes = { asterisk: stage.pbx.pid, ...router.processes(stage) };
  const figures = await load(stage.pbx, { ...loadOf, numbers: router.numbers(stage), phones: stage.phones, processes });
  const run = { what, router: router.name, repetition, agents, queues, ...figures };
  runs.push(run);
  const { inviteToPhoneMs: reach, idleMs, cpuMsPerCall, lost } = figures;
  say(`${what} ${agents}x${queues} ${figures.perSecond}/s ${router.name}: INVITE to phone ${figure(reach.p50)} / ${figure(reach.p99)} ms, idle ${figure(idleMs.p50)} / ${figure(idleMs.p99)} ms, ` +
    `${figure(figures.donePerSecond)} calls/s done, ${lost} lost, CPU ${Object.entries(cpuMsPerCall).map(([name, ms]) => `${name} ${figure(ms)}`).join(", ")} ms a call, ` +
    `processors ${figure(figures.busy * 100, 0)} % busy`);
  if (lost > 0) await quiet(stage);
  return run;
}

/** Whoever was left behind by callers that are gone is hung up, so that the next load finds nothing. */
async function quiet({ pbx }) {
  await pbx.cli("channel request hangup all");
  await until("no call is left", async () => (await pbx.ari("channels")).length === 0, { msMax: 40_000, everyMs: 250 });
}

/**
 * Both routers, the one and the other first in turn: `each` measures one of them. They share a stage, unless what
 * the first leaves behind would be in the second's way.
 */
async function compare(of, each, { apart = false } = {}) {
  const routers = (of.repetition + runs.length) % 2 ? [usher, appQueue] : [appQueue, usher];
  for (const some of apart ? routers.map((router) => [router]) : [routers]) await onStage(of, some, each);
}

async function onStage(of, routers, each) {
  const stage = await startStage(of);
  try {
    for (const router of routers) {
      await router.begin(stage);
      // The first calls open what later ones find open.
      await load(stage.pbx, {
        calls: 20, perSecond: 20, talkMs: of.talkMs ? undefined : 50, limitS: 60,
        numbers: router.numbers(stage), phones: stage.phones, processes: {},
      });
      await each(stage, router);
      if (router === routers.at(-1)) break;
      await quiet(stage);
      await router.end(stage);
    }
  } finally {
    await stage.end();
  }
}

const seconds = Number(values.seconds);
const free = (agents, perSecond) => ({
  calls: Math.round(perSecond * seconds), perSecond, talkMs: Math.round(Math.min(1000, (agents / perSecond) * 500)), limitS: seconds * 2 + 20,
});
/** What so many agents can talk to while each is free half of the time, phones ringing 50 ms. */
const bearable = (agents, perSecond) => perSecond <= agents * 2;

async function callersWait(repetition) {
  const of = { what: "waiting", agents: 10, queues: 1, talkMs: [1000, 3000], repetition };
  await compare(of, (stage, router) => measure(stage, router, of, { calls: 120, perSecond: 20, limitS: 120 }));
}

async function agentsFree(repetition) {
  for (const size of values.sizes.split(",")) {
    const [agents, queues] = size.split("x").map(Number);
    const of = { what: "free", agents, queues, repetition };
    const rates = values.rates.split(",").map(Number).filter((rate) => bearable(agents, rate));
    if (rates.length === 0) rates.push(agents * 2);
    await compare(of, async (stage, router) => {
      for (const perSecond of rates) await measure(stage, router, of, free(agents, perSecond));
    });
  }
}

/** More and more callers until a tenth of them is not served in time, or one in a hundred waits a second. */
async function untilItFalls(repetition) {
  const of = { what: "limit", agents: 500, queues: 1, repetition };
  await compare(of, async (stage, router) => {
    for (const perSecond of [110, 140, 170, 200, 240, 280]) {
      const asked = free(of.agents, perSecond);
      const { donePerSecond, lost, calls, inviteToPhoneMs } = await measure(stage, router, of, asked);
      // The last conversation ends its length behind the last caller.
      const possible = asked.calls / (seconds + asked.talkMs / 1_000);
      if (donePerSecond < 0.85 * possible || lost > calls / 100 || inviteToPhoneMs.p99 > 1_000) break;
    }
  }, { apart: true });
}

const some = values.waiting || values.free || values.limit;
for (let repetition = 0; repetition < Number(values.repetitions); ++repetition) {
  if (values.waiting || values.all || !some) await callersWait(repetition);
  if (values.free || values.all || !some) await agentsFree(repetition);
  if (values.limit || values.all) await untilItFalls(repetition);
}

const machine = { processors: cpus().length, model: cpus()[0]?.model, load: loadavg()[0], at: new Date().toISOString() };
const text = tables(runs, machine);
console.log(text);
const out = resolve(values.out);
mkdirSync(dirname(out), { recursive: true });
writeFileSync(out, `${JSON.stringify({ machine, runs }, null, 2)}\n`);
console.log(`\nAll figures: ${out}`);
if (values.write) {
  const before = readFileSync(readme, "utf8");
  const [head, tail] = [before.indexOf(fromHere), before.indexOf(toHere)];
  if (head < 0 || tail < head) throw new Error(`${readme} lacks the marks ${fromHere} and ${toHere}`);
  writeFileSync(readme, `${before.slice(0, head + fromHere.length)}\n${text}\n${before.slice(tail)}`);
  say(`written into ${readme}`);
}
