// SPDX-License-Identifier: Apache-2.0
// kill -9 at the N-th system call of a kind, by strace: no help from the program.
import { killPoints } from "./kill_points.mjs";

const calls = ["sendmsg", "recvmsg", "writev", "write"];

const wrapOf = (call, hit) => () => ["strace", "-f", "-qq", "-o", "/dev/null", "-e", `trace=${call}`, "-e", `inject=${call}:signal=SIGKILL:when=${hit}`];

export const faults = [
  {
    name: "killed-at-system-calls",
    title: "The router is killed at the N-th send, receive or write that it makes",
    how: `strace -e inject=CALL:signal=SIGKILL:when=N for ${calls.join(", ")}; N counts the calls of one thread`,
    short: false,
    needs: ["strace"],
    async run(rig) {
      const hits = [3, 7, 12, 18, 25, 33, 42, 52, 63, 75, 88, 102, 117, 133, 150];
      const plans = calls.flatMap((call) => hits.map((hit) => ({ name: call, hit, wrap: wrapOf(call, hit) })));
      await killPoints(rig, rig.short ? plans.slice(5, 7) : plans.slice(0, rig.options.points));
    },
  },
];
