// SPDX-License-Identifier: Apache-2.0
// Programs of this machine, and what it cannot do.
import { execFileSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** Runs a program to its end and gives what it printed; throws with what it complained of. */
export function run(program, ...args) {
  try {
    return execFileSync(program, args.map(String), { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  } catch (error) {
    throw new Error(`${program} ${args.join(" ")}: ${(error.stderr || error.message).trim()}`);
  }
}

/** As `run`, where it does not matter whether there is anything to undo. */
export function undo(program, ...args) {
  try {
    run(program, ...args);
  } catch {
    // Gone already.
  }
}

/** Why this machine cannot do what needs root and these programs; "" when it can. */
export function whyNot(...programs) {
  if (process.getuid() !== 0) return "only root may do this";
  const folders = [...process.env.PATH.split(delimiter), "/usr/sbin", "/sbin"];
  for (const program of programs) {
    if (!folders.some((folder) => isProgram(join(folder, program)))) return `there is no program ${program}`;
  }
  return "";
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
