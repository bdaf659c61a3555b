// SPDX-License-Identifier: Apache-2.0
// What can be seen of processes from outside.
import { readFileSync, readdirSync, readlinkSync } from "node:fs";

/** Memory that a process has in the machine's, in MiB. */
export function residentMb(pid) {
  const [, kilobytes] = readFileSync(`/proc/${pid}/status`, "utf8").match(/^VmRSS:\s+(\d+) kB$/m);
  return Number(kilobytes) / 1024;
}

/** Processor time that a process has used, in milliseconds. */
export function processorMs(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\) /, "").split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** The redis-server that a router runs as its child; 0 between two. */
export function childRedis(pid) {
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    for (const child of readFileSync(`/proc/${pid}/task/${task}/children`, "utf8").split(" ").filter(Boolean)) {
      if (readlinkSync(`/proc/${child}/exe`).includes("redis")) return Number(child);
    }
  }
  return 0;
}

/** A field of Redis' INFO as a number. */
export async function redisInfo(redis, field) {
  const text = await redis.ask("INFO", "everything");
  const [, value] = text.match(new RegExp(`^${field}:(\\d+)`, "m")) ?? [];
  if (value === undefined) throw new Error(`Redis says nothing of ${field}`);
  return Number(value);
}

/** The sum of a metric of a router. */
export async function metric(router, name) {
  const text = await (await fetch(`http://${router.host}:${router.ports[2]}/metrics`)).text();
  const lines = text.split("\n").filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
  if (lines.length === 0) throw new Error(`there is no metric ${name}`);
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" ") + 1)), 0);
}
