// SPDX-License-Identifier: Apache-2.0
// `usher backup` of a server at work, and `usher restore` of what it wrote, as an operator uses them.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { binary, Server } from "./server.mjs";

let server;
before(async () => (server = await Server.start()));
after(() => server?.stop());

/** Runs the program; gives its exit code, what it printed as JSON, and its complaint. */
function usher(...args) {
  const ran = spawnSync(binary, [...args, "--output", "json"], { encoding: "utf8", timeout: 60_000 });
  const parse = (text) => (text.trim().startsWith("{") ? JSON.parse(text) : text);
  return { code: ran.status, out: parse(ran.stdout), error: parse(ran.stderr) };
}

const submit = (externalId, subject) =>
  server.call("routing.v1.RoutingService/SubmitContact", { channel: "CHANNEL_EMAIL", queue: "support", externalId, subject });
const contacts = async () =>
  (await server.call("routing.v1.RoutingService/ListContacts")).contacts
    .map(({ id, subject, enqueuedAt }) => ({ id, subject, enqueuedAt }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));

let kept;
test("a server at work is backed up, and the file checked", async () => {
  for (let i = 0; i < 20; ++i) await submit(`mail-${i}`, `letter ${i}`);
  kept = await contacts();
  const file = join(server.data, "demo.backup");
  const taken = usher("backup", "--data", server.data, "--out", file);
  assert.equal(taken.code, 0, JSON.stringify(taken.error));
  assert.equal(taken.out.domains[0].domain, "demo");
  assert.equal(statSync(file).mode & 0o777, 0o600);
  const verified = usher("backup", "--verify", file);
  assert.equal(verified.code, 0, JSON.stringify(verified.error));
  assert.deepEqual(verified.out, taken.out);
  assert.match(usher("backup", "--data", server.data, "--out", file).error.reason, /BACKUP_EXISTS/);
  await submit("later", "behind the backup");
});

test("a torn copy and a server that runs are refused", () => {
  const whole = readFileSync(join(server.data, "demo.backup"));
  const torn = join(server.data, "torn.backup");
  writeFileSync(torn, whole.subarray(0, whole.length - 7));
  assert.equal(usher("restore", torn, "--data", server.data, "--replace").error.reason, "BACKUP_DAMAGED");
  const busy = usher("restore", join(server.data, "demo.backup"), "--data", server.data, "--replace");
  assert.equal(busy.error.reason, "DATA_DIR_IN_USE");
});

test("what is restored is what was, and the server goes on from there", async () => {
  const before = readFileSync(join(server.data, "epochs/demo"), "utf8");
  const file = join(server.data, "demo.backup");
  server.child.kill("SIGTERM");
  await server.ended;
  assert.equal(usher("restore", file, "--data", server.data).error.reason, "DOMAIN_NOT_EMPTY");
  const restored = usher("restore", file, "--data", server.data, "--replace");
  assert.equal(restored.code, 0, JSON.stringify(restored.error));
  await server.run();
  assert.deepEqual(await contacts(), kept);
  const epochOf = (text) => Number(text.split(" ")[2]);
  const after = epochOf(readFileSync(join(server.data, "epochs/demo"), "utf8"));
  assert.ok(after > restored.out.domains[0].epoch && after > epochOf(before));
  await submit("again", "after the restore");
  assert.equal((await contacts()).length, kept.length + 1);
});
