// SPDX-License-Identifier: Apache-2.0
// `usher verify` beside a server at work, after it has stopped, and on damage.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Server, binary, until } from "./server.mjs";

/** Runs a program to its end. */
const run = (program, args) =>
  new Promise((done) => {
    execFile(program, args, (error, out, complaints) => done({ code: error?.code ?? 0, out, complaints }));
  });
const verify = (...args) => run(binary, ["verify", "--data", server.data, ...args]);
const redis = (...args) => run("redis-cli", ["-s", join(server.data, "redis", "redis.sock"), ...args]);

let server;
before(async () => {
  server = await Server.start();
});
after(() => server?.stop());

test("a server at work is clean", async () => {
  const { code, out, complaints } = await verify();
  assert.equal(code, 0, out + complaints);
  assert.match(out, /domain demo: commits 1 to \d+\n/);
  assert.match(out, /nothing is wrong/);
  // Rows are written behind the log.
  const report = await until("its agents have rows", async () => {
    const found = JSON.parse((await verify("--json", "--domain", "demo")).out);
    return found.domains[0].counts.agents > 0 && found;
  });
  assert.equal(report.domains[0].clean, true);
});

test("damage is named, with exit code 1", async () => {
  await redis("SET", "usher:{demo}:contact:999999", "nonsense");
  const { code, out } = await verify();
  assert.equal(code, 1, out);
  assert.match(out, /ROW_DAMAGED usher:\{demo\}:contact:999999\n/);
  assert.match(out, /next: /);
  await redis("DEL", "usher:{demo}:contact:999999");
});

test("what is parked is listed, shown and dropped", async () => {
  const parked = (...args) => run(binary, ["parked", ...args, "--data", server.data]);
  const key = "usher:{demo}:contact:999999";
  await redis("HSET", "usher:{demo}:parked", key, "nonsense");
  const listed = await parked("list");
  assert.equal(listed.code, 0, listed.complaints);
  assert.match(listed.out, /usher:\{demo\}:contact:999999 +unknown +8 +its bytes fail their check/);
  assert.equal((await verify()).code, 1);
  const shown = await parked("show", key);
  assert.match(shown.out, /6e 6f 6e 73 65 6e 73 65 .*\|nonsense\|/);
  assert.equal((await parked("drop", key)).code, 0);
  assert.match((await parked("drop", key)).complaints, /NOT_PARKED/);
  assert.equal((await verify()).code, 0);
});

test("a contact that was lost with its row is requeued from what is parked", async () => {
  const tools = ["--data", server.data, "--keys", join(server.data, "keys"), "--server", server.grpc];
  const requeue = (key) => run(binary, ["parked", "requeue", key, ...tools]);
  const { contact } = await server.call("routing.v1.RoutingService/SubmitContact", {
    requestId: "a1", channel: "CHANNEL_EMAIL", queue: "support", subject: "my bill", priority: -5,
  });
  // Its row as it stands, with one bit turned round, as if the load had set it aside.
  const [row, lost, parked] = [contact.id.slice(1), "999998", "parked"].map((key) =>
    key === "parked" ? "usher:{demo}:parked" : `usher:{demo}:contact:${key}`);
  await until("its row is written", async () => (await redis("EXISTS", row)).out.trim() === "1");
  const flip = `local r = redis.call('GET', KEYS[1]); local n = #r
    return redis.call('HSET', KEYS[2], ARGV[1], r:sub(1, n - 1) .. string.char(bit.bxor(r:byte(n), 1)))`;
  await redis("EVAL", flip, "2", row, parked, lost);
  await redis("EVAL", flip, "2", row, parked, row);
  assert.match((await requeue(row)).complaints, /MADE_ANEW/);
  const done = await requeue(lost);
  assert.equal(done.code, 0, done.complaints);
  const id = done.out.match(/waits in support as (c\d+)/)[1];
  assert.notEqual(id, contact.id);
  const again = await server.contact(id);
  assert.equal(again.subject, "my bill");
  assert.equal(again.due, contact.due);
  assert.match((await requeue(lost)).complaints, /NOT_PARKED/);
  await run(binary, ["parked", "drop", row, "--data", server.data]);
  assert.equal((await verify()).code, 0);
});

test("what cannot be done is exit code 2, and says what to do", async () => {
  const unknown = await verify("--domain", "nobody");
  assert.equal(unknown.code, 2);
  assert.match(unknown.complaints, /UNKNOWN_DOMAIN/);
  server.child.kill("SIGTERM");
  await server.ended;
  const stopped = await verify();
  assert.equal(stopped.code, 2);
  assert.match(stopped.complaints, /--start/);
  const started = await verify("--start");
  assert.equal(started.code, 0, started.out + started.complaints);
});
