// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";

// Of every Linux that this runs on; `getconf CLK_TCK` says so.
const TICKS_PER_SECOND = 100;

// The processor time that a process has used so far, user and system.
export function cpuSeconds(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  // The name in parentheses may hold spaces: count the fields from its end.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

// The processor time that everything on the machine has used since its start, all processors together.
export function machineSeconds() {
  const [user, nice, system, , , irq, softirq, steal] = readFileSync("/proc/stat", "latin1").split("\n", 1)[0].split(/ +/).slice(1).map(Number);
  return (user + nice + system + irq + softirq + steal) / TICKS_PER_SECOND;
}
