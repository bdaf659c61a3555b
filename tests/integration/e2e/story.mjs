// SPDX-License-Identifier: Apache-2.0
// Tests that are chapters of one story: after the first that fails, the rest is not told.
import { test } from "node:test";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** `look()` names the pages and the server of the moment; what they show is kept when a chapter fails. */
export function story(look = () => ({})) {
  let broken = "";
  return (name, tell, options = { timeout: 300_000 }) =>
    test(name, options, async (context) => {
      if (broken) return context.skip(`after "${broken}"`);
      try {
        await tell(context);
      } catch (error) {
        broken = name;
        await keep(look()).catch((problem) => process.stderr.write(`nothing kept: ${problem.message}\n`));
        throw error;
      }
    });
}

async function keep({ server, ...pages }) {
  const folder = mkdtempSync(join(tmpdir(), "usher-e2e-failed-"));
  for (const [who, seen] of Object.entries(pages)) {
    await seen?.page?.screenshot({ path: join(folder, `${who}.png`), timeout: 10_000 });
  }
  if (server) writeFileSync(join(folder, "server.log"), server.log);
  process.stderr.write(`pages and log: ${folder}\n${server?.log.slice(-3000) ?? ""}\n`);
}
