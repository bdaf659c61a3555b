// SPDX-License-Identifier: Apache-2.0
// Processes that do not outlive the benchmark, and a folder that does not either.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const children = new Set();

export const folder = mkdtempSync(join(tmpdir(), "usher-bench-"));

process.on("exit", () => {
  for (const child of children) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => process.exit(130));

function start(program, args, stdio) {
  const child = spawn(program, args, { stdio });
  children.add(child);
  child.ended = new Promise((resolve) => {
    child.on("error", (error) => resolve({ error }));
    child.on("exit", (code, signal) => resolve({ code, signal }));
  });
  child.ended.then(() => children.delete(child));
  return child;
}

// A server: runs until it is stopped. `log` is a file descriptor for all that it says.
export function startServer(program, args, log) {
  return start(program, args, ["ignore", log, log]);
}

export async function stop(child) {
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), 10_000);
  await child.ended;
  clearTimeout(timer);
}

// What a program prints, once it has ended well within its time.
export async function outputOf(program, args, limitSeconds = 60) {
  const child = start(program, args, ["ignore", "pipe", "inherit"]);
  let output = "";
  child.stdout.on("data", (data) => (output += data));
  const timer = setTimeout(() => child.kill("SIGKILL"), limitSeconds * 1000);
  const { code, signal, error } = await child.ended;
  clearTimeout(timer);
  if (error || code !== 0) {
    throw new Error(`${program} ${args[0]} failed: ${error?.message ?? signal ?? `exit ${code}`}`);
  }
  return output;
}

export const jsonOf = async (...run) => JSON.parse(await outputOf(...run));
