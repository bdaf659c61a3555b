// SPDX-License-Identifier: Apache-2.0
import { join } from "node:path";

import { jsonOf } from "./children.mjs";

// The engine alone, from engine_bench: what a match and an arrival cost by shape, single commands,
// bytes, and the goals of all that.
export async function measureEngine(plan) {
  const quick = plan.engineQuick ? ["--quick"] : [];
  const report = await jsonOf(join(plan.build, "bin/engine_bench"), [...quick, "--json"], 400);
  if (report.shapes.length === 0 || report.goals.length === 0) {
    throw new Error("engine_bench did not report all of its figures");
  }
  return report;
}
