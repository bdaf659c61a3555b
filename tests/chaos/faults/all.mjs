// SPDX-License-Identifier: Apache-2.0
// Every fault of this folder: each file exports `faults`.
import { readdirSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));

export async function allFaults() {
  const files = readdirSync(here).filter((file) => file.endsWith(".mjs") && file !== "all.mjs").sort();
  const faults = [];
  for (const file of files) {
    for (const fault of (await import(`./${file}`)).faults) faults.push({ ...fault, family: file.replace(/\.mjs$/, "") });
  }
  const twice = faults.find((fault, index) => faults.findIndex((other) => other.name === fault.name) !== index);
  if (twice) throw new Error(`two faults are named ${twice.name}`);
  return faults;
}
