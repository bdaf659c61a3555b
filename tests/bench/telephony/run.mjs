// SPDX-License-Identifier: Apache-2.0
// tests/bench/telephony/run [--waiting] [--free] [--sizes 10x1,500x100] [--rates 40,110] [--out FILE]:
// app_queue and Usher in turn on the same Asterisk, with the same phones and callers; see README.md.
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { needTelephony } from "../../telephony/pbx.mjs";
import { load } from "./measure.mjs";
import { appQueue, startStage, usher } from "./stage.mjs";

const { values } = parseArgs({
  options: {
    waiting: { type: "boolean" },
    free: { type: "boolean" },
    sizes: { type: "string", default: "50x1,500x1,500x20,500x100" },
    rates: { type: "string", default: "40" },
    seconds: { type: "string", default: "15" },
    repetitions: { type: "string", default: "1" },
    out: { type: "string", default: join(tmpdir(), "usher-telephony-bench.json") },
  },
});
needTelephony();

const began = performance.now();
const say = (text) => process.stderr.write(`${((performance.now() - began) / 1000).toFixed(0).padStart(4)} s  ${text}\n`);
const runs = [];
const figure = (value, digits = 1) => (value === undefined ? "-" : value.toFixed(digits));

/** Both routers on one stage, the one and the other first in turn. */
async function compare(what, stageOf, loadOf, repetition) {
  const routers = repetition % 2 ? [usher, appQueue] : [appQueue, usher];
  const stage = await startStage(stageOf);
  try {
    for (const router of routers) {
      await router.begin(stage);
      const processes = { asterisk: stage.pbx.pid, ...router.processes(stage) };
      // The first calls open what later ones find open.
      await load(stage.pbx, { ...loadOf, calls: Math.min(loadOf.calls, 20), perSecond: 5, numbers: router.numbers(stage), phones: stage.phones, processes, limitS: 60 });
      const figures = await load(stage.pbx, { ...loadOf, numbers: router.numbers(stage), phones: stage.phones, processes });
      await router.end(stage);
      runs.push({ what, router: router.name, repetition, ...stageOf, ...figures });
      const { inviteToPhoneMs: reach, idleMs, cpuMsPerCall, lost } = figures;
      say(`${what} ${stageOf.agents}x${stageOf.queues} ${router.name}: INVITE to phone ${figure(reach.p50)} / ${figure(reach.p99)} ms, idle ${figure(idleMs.p50)} / ${figure(idleMs.p99)} ms, ` +
        `${figure(figures.donePerSecond)} calls/s done, ${lost} lost, CPU ${Object.entries(cpuMsPerCall).map(([name, ms]) => `${name} ${figure(ms)}`).join(", ")} ms a call`);
    }
  } finally {
    await stage.end();
  }
}

for (let repetition = 0; repetition < Number(values.repetitions); ++repetition) {
  if (values.waiting || !values.free) {
    await compare("waiting", { agents: 10, queues: 1, talkMs: [1000, 3000] }, { calls: 120, perSecond: 20, limitS: 120 }, repetition);
  }
  if (values.free || !values.waiting) {
    for (const size of values.sizes.split(",")) {
      const [agents, queues] = size.split("x").map(Number);
      for (const perSecond of values.rates.split(",").map(Number)) {
        await compare("free", { agents, queues }, { calls: perSecond * Number(values.seconds), perSecond, talkMs: Math.min(1000, (agents / perSecond) * 500), limitS: Number(values.seconds) * 3 + 60 }, repetition);
      }
    }
  }
}

const rows = [["what", "agents x queues", "calls/s", "router", "calls", "lost", "INVITE to phone p50 / p99", "idle p50 / p99", "done/s", "CPU ms a call"]];
for (const run of runs) {
  rows.push([
    run.what, `${run.agents} x ${run.queues}`, String(run.perSecond), run.router, String(run.calls), String(run.lost),
    `${figure(run.inviteToPhoneMs.p50)} / ${figure(run.inviteToPhoneMs.p99)} ms`, run.what === "waiting" ? `${figure(run.idleMs.p50)} / ${figure(run.idleMs.p99)} ms` : "",
    figure(run.donePerSecond), Object.entries(run.cpuMsPerCall).map(([name, ms]) => `${name} ${figure(ms)}`).join(", "),
  ]);
}
console.log(rows.map((row) => `| ${row.join(" | ")} |`).join("\n").replace("\n", `\n|${" --- |".repeat(rows[0].length)}\n`));
const out = resolve(values.out);
mkdirSync(dirname(out), { recursive: true });
writeFileSync(out, `${JSON.stringify({ machine: { processors: cpus().length, model: cpus()[0]?.model, load: loadavg()[0], at: new Date().toISOString() }, runs }, null, 2)}\n`);
console.log(`\nAll figures: ${out}`);
