// SPDX-License-Identifier: Apache-2.0
// tests/bench/run [--quick] [--repetitions N] [--out FILE]: see README.md.
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { measureEngine } from "./engine.mjs";
import { measureMemory, repetition } from "./lifecycle/measure.mjs";
import { rowsOf, tableOf } from "./report.mjs";

const { values } = parseArgs({
  options: {
    quick: { type: "boolean" },
    repetitions: { type: "string" },
    out: { type: "string" },
  },
});
const build = resolve(process.env.USHER_BUILD ?? `${dirname(fileURLToPath(import.meta.url))}/../../build/bench`);
const out = resolve(values.out ?? `${build}/results.json`);
const plan = {
  build,
  repetitions: Number(values.repetitions ?? (values.quick ? 2 : 5)),
  underWay: 256,
  agents: 256,
  perSecond: 1000,
  waiting: values.quick ? 5_000 : 20_000,
  warmUp: values.quick ? 0.7 : 1.2,
  seconds: values.quick ? 1.5 : 3,
  engineQuick: Boolean(values.quick),
};

const began = performance.now();
const say = (text) => process.stderr.write(`${((performance.now() - began) / 1000).toFixed(0).padStart(4)} s  ${text}\n`);
const machine = {
  processors: cpus().length,
  model: cpus()[0]?.model,
  load_before: loadavg()[0],
  started: new Date().toISOString(),
};
say(`${machine.processors} processors, load ${machine.load_before.toFixed(1)}`);

const repetitions = [];
for (let i = 0; i < plan.repetitions; ++i) {
  const load = loadavg()[0];
  repetitions.push({ load, ...(await repetition(plan, i, (text) => say(`repetition ${i + 1}: ${text}`))) });
}
const memory = await measureMemory(plan, (text) => say(`memory: ${text}`));
say("engine alone");
const engine = await measureEngine(plan);

machine.load_after = loadavg()[0];
machine.seconds = (performance.now() - began) / 1000;
const rows = rowsOf({ repetitions, memory, engine });
mkdirSync(dirname(out), { recursive: true });
writeFileSync(out, `${JSON.stringify({ machine, plan, rows, repetitions, memory, engine }, null, 2)}\n`);
console.log(tableOf(rows));
console.log(
  `\n${machine.processors} processors, load ${machine.load_before.toFixed(1)} before and ${machine.load_after.toFixed(1)} after, ` +
    `${machine.seconds.toFixed(0)} s. All figures: ${out}`,
);
process.exit(0);
