// SPDX-License-Identifier: Apache-2.0
// What a machine must be able to do for a fault. Each says why it cannot, or nothing.
import { spawnSync } from "node:child_process";

const works = (command, ...args) => spawnSync(command, args, { stdio: "ignore" }).status === 0;

export const needs = {
  root: () => (process.getuid() === 0 ? "" : "needs root"),
  strace: () =>
    works("strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=none", "-e", "inject=getpid:delay_enter=1", "true") ? "" : "strace cannot trace and inject here",
  netns: () => (works("unshare", "-n", "true") ? "" : "network namespaces cannot be made here"),
};

/** Why a fault cannot run here; empty when it can. */
export function whyNot(fault) {
  return (fault.needs ?? [])
    .map((need) => (typeof need === "function" ? need() : needs[need]()))
    .filter(Boolean)
    .join("; ");
}
