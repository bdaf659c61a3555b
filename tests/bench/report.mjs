// SPDX-License-Identifier: Apache-2.0
// Figures from measurements, beside their goals. Ratios are taken within one repetition, since the
// speed of a shared machine moves between them; then the median, the smallest and the largest.
import { median } from "./quantile.mjs";

// `floor` must be reached and `ambition` is wanted; a figure without them is for information.
const figures = [
  row("lifecycles/s, batched", ({ batched }) => batched.per_second),
  row("lifecycles/s, unary", ({ unary }) => unary.per_second),
  row("lifecycles/s, batched, always", ({ always }) => always.per_second),
  row("lifecycles/s, batched, replicated:1", ({ replicated }) => replicated.per_second),
  row("lifecycles/s, bare Redis", ({ redis_limit }) => redis_limit.per_second),
  row("lifecycles/s, bare Redis, always", ({ redis_limit_always }) => redis_limit_always.per_second),
  row("lifecycles/s, bare Redis, replicated:1", ({ redis_limit_replicated }) => redis_limit_replicated.per_second),
  row("jobs/s, BullMQ", ({ bullmq }) => bullmq.per_second),
  row("jobs/s, BullMQ, always", ({ bullmq_always }) => bullmq_always.per_second),
  row("batched against bare Redis", ({ batched, redis_limit }) => batched.per_second / redis_limit.per_second, {
    unit: "x",
    floor: 0.8,
    ambition: 1.5,
  }),
  row("batched against BullMQ", ({ batched, bullmq }) => batched.per_second / bullmq.per_second, {
    unit: "x",
    floor: 2.5,
    ambition: 4,
  }),
  row("unary against BullMQ", ({ unary, bullmq }) => unary.per_second / bullmq.per_second, {
    unit: "x",
    floor: 0.7,
    ambition: 1,
  }),
  row("always against everysec, batched", ({ always, batched }) => always.per_second / batched.per_second, {
    unit: "x",
    floor: 0.6,
    ambition: 0.8,
  }),
  row("always against bare Redis, always", (of) => of.always.per_second / of.redis_limit_always.per_second, {
    unit: "x",
  }),
  row("always against BullMQ, always", (of) => of.always.per_second / of.bullmq_always.per_second, { unit: "x" }),
  row("replicated:1 against everysec, batched", (of) => of.replicated.per_second / of.batched.per_second, {
    unit: "x",
  }),
  row(
    "replicated:1 against bare Redis, replicated:1",
    (of) => of.replicated.per_second / of.redis_limit_replicated.per_second,
    { unit: "x" },
  ),
  row("router + Redis per lifecycle, batched", ({ batched }) => batched.router_us + batched.redis_us, {
    unit: "us",
    floor: 45,
    ambition: 25,
    lower: true,
  }),
  row("  of it the router", ({ batched }) => batched.router_us, { unit: "us" }),
  row("  of it Redis", ({ batched }) => batched.redis_us, { unit: "us" }),
  row("router + Redis per lifecycle, unary", ({ unary }) => unary.router_us + unary.redis_us, { unit: "us" }),
  row("node + Redis per job, BullMQ", ({ bullmq }) => bullmq.own_us + bullmq.redis_us, { unit: "us" }),
  row("p50 submit to offer at 1,000/s", ({ paced }) => paced.p50_ms, { unit: "ms" }),
  row("p99 submit to offer at 1,000/s", ({ paced }) => paced.p99_ms, { unit: "ms", ambition: 2, lower: true }),
  row("p50 submit to offer at 1,000/s, always", ({ paced_always }) => paced_always.p50_ms, { unit: "ms" }),
  row("p99 submit to offer at 1,000/s, always", ({ paced_always }) => paced_always.p99_ms, { unit: "ms" }),
  row("p50 submit to offer at 1,000/s, replicated:1", (of) => of.paced_replicated.p50_ms, { unit: "ms" }),
  row("p99 submit to offer at 1,000/s, replicated:1", (of) => of.paced_replicated.p99_ms, { unit: "ms" }),
  row("p50 add to start, BullMQ", ({ bullmq_paced }) => bullmq_paced.p50_ms, { unit: "ms" }),
  row("p99 add to start, BullMQ", ({ bullmq_paced }) => bullmq_paced.p99_ms, { unit: "ms" }),
  row("p99 against BullMQ", ({ paced, bullmq_paced }) => paced.p99_ms / bullmq_paced.p99_ms, {
    unit: "x",
    floor: 0.6,
    ambition: 0.3,
    lower: true,
  }),
];

function row(name, valueOf, { unit = "/s", floor, ambition, lower = false } = {}) {
  return { name, valueOf, unit, floor, ambition, lower };
}

export function rowsOf({ repetitions, memory, engine }) {
  const rows = figures.map(({ valueOf, ...about }) => measured(about, repetitions.map(valueOf)));
  const once = (name, value, goals) => {
    const { valueOf, ...about } = row(name, undefined, goals);
    rows.push(measured(about, [value]));
  };
  once("Redis bytes per waiting contact", memory.router.redis_bytes, { unit: "B" });
  once("Redis bytes per waiting job, BullMQ", memory.bullmq.redis_bytes, { unit: "B" });
  once("Redis bytes against BullMQ", memory.router.redis_bytes / memory.bullmq.redis_bytes, {
    unit: "x",
    floor: 0.5,
    ambition: 0.3,
    lower: true,
  });
  for (const { name, value, unit, target, lower } of engine.goals) {
    once(`engine, ${name}`, value, { unit, floor: target, lower });
  }
  const { waiting, agents, figures: commands } = engine.commands;
  for (const { command, p99_ns } of commands) {
    once(`engine, p99 at ${waiting} x ${agents}: ${command}`, p99_ns / 1000, { unit: "us" });
  }
  for (const { waiting, agents, queues, skills, engine: own, naive } of engine.shapes) {
    const shape = `${waiting} waiting x ${agents} agents x ${queues} queues, ${skills} skills`;
    once(`engine, matches at ${shape}`, 1e9 / own.match_ns);
    once("  against the naive matcher", naive.match_ns / own.match_ns, { unit: "x" });
  }
  return rows;
}

function measured(about, values) {
  const result = { ...about, median: median(values), min: Math.min(...values), max: Math.max(...values) };
  return { ...result, verdict: verdictOf(result) };
}

function verdictOf({ median: value, floor, ambition, lower }) {
  const reaches = (goal) => goal !== undefined && (lower ? value <= goal : value >= goal);
  if (reaches(ambition)) return "ambition";
  if (floor === undefined) return ambition === undefined ? "" : "below ambition";
  return reaches(floor) ? "floor" : "MISSED";
}

export function tableOf(rows) {
  const number = (value) =>
    value === undefined ? "" : value >= 1000 ? value.toFixed(0) : value >= 100 ? value.toFixed(1) : value.toFixed(2);
  const lines = [["", "median", "min", "max", "", "floor", "ambition", "reached"]];
  for (const { name, unit, median: middle, min, max, floor, ambition, verdict } of rows) {
    const range = min === max ? ["", ""] : [number(min), number(max)];
    lines.push([name, number(middle), ...range, unit, number(floor), number(ambition), verdict]);
  }
  const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  const pad = (text, column) =>
    column === 0 || column === 4 || column === 7 ? text.padEnd(widths[column]) : text.padStart(widths[column]);
  return lines.map((line) => line.map(pad).join("  ").trimEnd()).join("\n");
}
