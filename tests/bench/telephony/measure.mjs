// SPDX-License-Identifier: Apache-2.0
// One load on one router of calls: the callers' and the phones' notes, and what the processes used.
import { availableParallelism, freemem, loadavg } from "node:os";
import { cpuSeconds, machineSeconds } from "../process_time.mjs";
import { quantile } from "../quantile.mjs";
import { callerScenario } from "../../telephony/sipp.mjs";

/** {n, p50, p90, p99, max} of milliseconds. */
export function spread(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return { n: sorted.length, p50: quantile(sorted, 0.5), p90: quantile(sorted, 0.9), p99: quantile(sorted, 0.99), max: sorted.at(-1) };
}

/** From a caller's INVITE to the first INVITE of a phone for that caller. */
function toPhone(callers, phones) {
  const first = new Map();
  for (const { what, who, at } of phones) {
    const caller = who.split("/")[1];
    if (what === "invited" && !first.has(caller)) first.set(caller, at);
  }
  return callers.filter(({ what, who }) => what === "calls" && first.has(who)).map(({ who, at }) => first.get(who) - at);
}

/** From the end of a phone's call to the INVITE of its next. */
function idle(phones) {
  const over = new Map();
  const gaps = [];
  for (const { what, who, at } of [...phones].sort((a, b) => a.at - b.at)) {
    const [phone] = who.split("/");
    if (what === "over") over.set(phone, at);
    else if (over.has(phone)) {
      gaps.push(at - over.get(phone));
      over.delete(phone);
    }
  }
  return gaps;
}

/**
 * `calls` calls at `perSecond` to the numbers in turn. With `talkMs` the callers hang up; else the
 * phones do. Resolves with the figures; every caller who was not served is counted in `lost`.
 */
export async function load(pbx, { numbers, calls, perSecond, talkMs, phones, processes, limitS }) {
  const before = new Map(Object.entries(processes).map(([name, pid]) => [name, cpuSeconds(pid)]));
  const noted = phones.notes().length;
  const [began, machineBefore] = [performance.now(), machineSeconds()];
  const callers = pbx.sipp(callerScenario({ talkMs }), {
    numbers,
    args: [`${pbx.host}:${pbx.sip.port}`, "-m", String(calls), "-r", String(Math.max(1, Math.round(perSecond * 10))), "-rp", "10000", "-l", String(calls)],
  });
  const forced = setTimeout(() => callers.kill(), limitS * 1000);
  const exit = await callers.ended;
  clearTimeout(forced);
  const seconds = (performance.now() - began) / 1000;
  const busy = (machineSeconds() - machineBefore) / seconds / availableParallelism();
  const used = Object.fromEntries(Object.entries(processes).map(([name, pid]) => [name, ((cpuSeconds(pid) - before.get(name)) * 1000) / calls]));
  const [theirs, ours] = [callers.notes(), phones.notes().slice(noted)];
  const reached = toPhone(theirs, ours);
  const over = theirs.filter(({ what }) => what === "over");
  return {
    calls, perSecond, exit, seconds, lost: calls - over.length, reached: reached.length,
    inviteToPhoneMs: spread(reached), idleMs: spread(idle(ours)),
    donePerSecond: over.length / ((Math.max(...over.map(({ at }) => at)) - Math.min(...theirs.map(({ at }) => at))) / 1000),
    cpuMsPerCall: used, busy, load: loadavg()[0], freeMb: Math.round(freemem() / 1e6),
  };
}
