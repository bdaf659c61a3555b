// SPDX-License-Identifier: Apache-2.0
// The failpoints that the program has, as base/failpoint.cc names them.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../integration/e2e/server.mjs";

const source = readFileSync(join(root, "base/failpoint.cc"), "utf8");
const [, list] = source.match(/kNames = \{([^}]*)\}/) ?? [];
export const failpointNames = [...(list ?? "").matchAll(/"([a-z.]+)"/g)].map(([, name]) => name);
