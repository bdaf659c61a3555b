// SPDX-License-Identifier: Apache-2.0
import { join } from "node:path";

import { jsonOf } from "./children.mjs";

// The engine alone, from engine_bench: nanoseconds for one life (a contact arrives, an agent
// completes one, is offered the next and accepts it) by contacts waiting and agents, and bytes.
export async function measureEngine(plan) {
  const report = await jsonOf(
    join(plan.build, "bin/engine_bench"),
    [
      "--benchmark_format=json",
      "--benchmark_filter=^(Life|BytesPerWaitingContact)/",
      `--benchmark_min_time=${plan.engineSeconds}`,
    ],
    120,
  );
  const lives = [];
  let bytes;
  for (const run of report.benchmarks) {
    const life = /^Life\/waiting:(\d+)\/agents:(\d+)/.exec(run.name);
    if (life) {
      lives.push({
        waiting: Number(life[1]),
        agents: Number(life[2]),
        ns: run.cpu_time,
        per_second: run.items_per_second,
      });
    } else if (run.name.startsWith("BytesPerWaitingContact")) {
      bytes = run.bytes;
    }
  }
  if (lives.length !== 4 || bytes === undefined) throw new Error("engine_bench did not report all of its figures");
  return { lives, bytes_per_waiting_contact: bytes };
}
