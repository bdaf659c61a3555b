// SPDX-License-Identifier: Apache-2.0
// The figures of a run as the tables of README.md, beside what was hoped for.

const figure = (value, digits = 1) => (value === undefined || !Number.isFinite(value) ? "-" : value.toFixed(digits));
const percent = (share) => `${figure(share * 100, 0)} %`;
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
const rows = (heads, lines) => [heads, heads.map(() => "---"), ...lines].map((line) => `| ${line.join(" | ")} |`).join("\n");
const total = ({ cpuMsPerCall }) => Object.values(cpuMsPerCall).reduce((sum, ms) => sum + ms, 0);
const ours = ({ cpuMsPerCall: { usher = 0, redis = 0 } }) => usher + redis;
const verdict = (reached) => (reached ? "reached" : "**missed**");

/** Runs of both routers that are one comparison, medians over repetitions. */
function pairs(runs, what) {
  const found = new Map();
  for (const run of runs.filter((one) => one.what === what)) {
    const key = `${run.agents}x${run.queues}x${run.perSecond}`;
    if (!found.has(key)) found.set(key, { agents: run.agents, queues: run.queues, perSecond: run.perSecond, app_queue: [], Usher: [] });
    found.get(key)[run.router].push(run);
  }
  return [...found.values()];
}
const of = (list, look) => (list.length ? median(list.map(look)) : undefined);

function waiting(runs) {
  const [pair] = pairs(runs, "waiting");
  if (!pair) return "";
  const line = (name) => {
    const list = pair[name];
    return [name, ...["p50", "p90", "p99", "max"].map((which) => `${figure(of(list, ({ idleMs }) => idleMs[which]))} ms`), figure(of(list, ({ donePerSecond }) => donePerSecond), 2),
      String(list.reduce((sum, { lost }) => sum + lost, 0)), figure(of(list, total)), figure(of(list, ours))];
  };
  const p99 = of(pair.Usher, ({ idleMs }) => idleMs.p99);
  const more = of(pair.Usher, ({ donePerSecond }) => donePerSecond) / of(pair.app_queue, ({ donePerSecond }) => donePerSecond);
  return [
    "Callers waiting, 10 agents: how long an agent's phone is idle between two calls", "",
    rows(["router", "p50", "p90", "p99", "max", "conversations/s", "lost", "CPU ms a call", "of it Usher and Redis"], [line("app_queue"), line("Usher")]), "",
    `Goals: idle p99 of at most 10 ms, ${verdict(p99 <= 10)} (${figure(p99)} ms); 1.25 times the conversations, ${verdict(more >= 1.25)} (${figure(more, 2)} times).`, "",
  ].join("\n");
}

function free(runs) {
  const all = pairs(runs, "free");
  if (all.length === 0) return "";
  const reach = (list, which) => of(list, ({ inviteToPhoneMs }) => inviteToPhoneMs[which]);
  const lines = all.map(({ agents, queues, perSecond, app_queue: theirs, Usher: mine }) => {
    const side = (list) => `${figure(reach(list, "p50"))} / ${figure(reach(list, "p99"))}`;
    const lost = (list) => String(list.reduce((sum, run) => sum + run.lost, 0));
    return [`${agents} x ${queues}`, String(perSecond), side(theirs), side(mine), figure(reach(mine, "p50") / reach(theirs, "p50"), 2), `${lost(theirs)} / ${lost(mine)}`,
      figure(of(theirs, total)), `${figure(of(mine, total))} (${figure(of(mine, ours))})`, `${percent(of(theirs, ({ busy }) => busy))} / ${percent(of(mine, ({ busy }) => busy))}`];
  });
  const met = all.filter(({ app_queue: theirs, Usher: mine }) => reach(mine, "p50") <= 1.25 * reach(theirs, "p50") && reach(mine, "p99") <= reach(theirs, "p99")).length;
  return [
    "Agents free: INVITE of the caller to INVITE of the phone, p50 / p99 in ms", "",
    rows(["agents x queues", "calls/s", "app_queue", "Usher", "p50 ratio", "lost", "CPU ms app_queue", "CPU ms Usher (Usher and Redis)", "busy"], lines), "",
    `Goal: p50 at most 1.25 times and p99 no worse: ${met} of ${all.length} rows.`, "",
  ].join("\n");
}

function limit(runs) {
  const all = runs.filter(({ what }) => what === "limit");
  if (all.length === 0) return "";
  const lines = all.map((run) => [run.router, String(run.perSecond), figure(run.donePerSecond), `${figure(run.inviteToPhoneMs.p50)} / ${figure(run.inviteToPhoneMs.p99)}`, String(run.lost), figure(total(run)), percent(run.busy)]);
  return [
    "More and more callers, 500 agents in one queue, until one falls over (less than 85 % of what is possible done, 1 % lost or p99 above a second)", "",
    rows(["router", "calls/s asked", "done/s", "INVITE to phone p50 / p99, ms", "lost", "CPU ms a call", "busy"], lines), "",
  ].join("\n");
}

export function tables(runs, machine) {
  return [
    `Measured ${machine.at.slice(0, 16).replace("T", " ")} UTC: ${machine.processors} processors (${machine.model}), load average ${figure(machine.load)} at the end, everything of the benchmark included.`, "",
    waiting(runs), free(runs), limit(runs),
  ].filter(Boolean).join("\n").trimEnd();
}
