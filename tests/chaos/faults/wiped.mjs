// SPDX-License-Identifier: Apache-2.0
// The data of Redis are gone, or older than they were, under routers that know better.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { appendedFile, transactions } from "../inject/append_only_file.mjs";
import { applyDomain, Ledger } from "../inject/ledger.mjs";
import { metric } from "../inject/looks.mjs";
import { Proxy } from "../rig/proxy.mjs";
import { until } from "../rig/processes.mjs";

// A router says a reason once, until it has another.
const says = (router, from = 0) => router.process.lines.slice(from).some((line) => line.includes('"STORE_WIPED"'));

const refused = (rig, since) =>
  until("the routers refuse to lead", () => !rig.leader && rig.routers.every((router) => says(router)) && rig.routers.some((router) => says(router, since.get(router))), { msMax: 60_000 });

const linesNow = (rig) => new Map(rig.routers.map((router) => [router, router.process.lines.length]));

export const faults = [
  {
    name: "flushed", short: false,
    allow: { lost: "messages that were answered until the next commit or renewal of the lease noticed it, within 0.7 s" },
    title: "Somebody empties Redis, and the data come back",
    how: "FLUSHALL; when both routers have refused to lead, it is taken out of the append-only file and Redis started again",
    async run(rig) {
      for (let i = 1; i <= (rig.options.points ?? (rig.short ? 1 : 5)); ++i) {
        await rig.progress(rig.random.between(20, 60));
        rig.point(`flushed-${rig.seed}-${i}`);
        const since = linesNow(rig);
        await rig.redis.ask("FLUSHALL");
        await refused(rig, since);
        const held = await rig.redis.ask("EXISTS", `usher:{${rig.domain}}:lease`, `usher:{${rig.domain}}:log`);
        if (held !== ":0") throw new Error("the domain began anew in the Redis that was emptied");
        await rig.redis.kill();
        const file = appendedFile(rig.redis.data);
        const bytes = readFileSync(file);
        const flush = transactions(bytes).find(({ commands }) => commands[0][0].text.toUpperCase() === "FLUSHALL");
        writeFileSync(file, Buffer.concat([bytes.subarray(0, flush.start), bytes.subarray(flush.end)]));
        await rig.redis.start();
        await rig.untilLed();
        await rig.progress(30);
      }
    },
  },
  {
    name: "other-data", short: false,
    title: "Redis is started with another, empty data folder, and then with its own",
    how: "kill -9 and a start in an empty folder; when both routers have refused to lead, back again",
    async run(rig) {
      const { data } = rig.redis;
      for (let i = 1; i <= (rig.options.points ?? (rig.short ? 1 : 5)); ++i) {
        await rig.progress(rig.random.between(20, 60));
        rig.point(`other-data-${rig.seed}-${i}`);
        const since = linesNow(rig);
        await rig.redis.kill();
        rig.redis.data = join(rig.folder, "empty");
        rmSync(rig.redis.data, { recursive: true, force: true });
        mkdirSync(rig.redis.data);
        await rig.redis.start();
        await refused(rig, since);
        await rig.redis.kill();
        rig.redis.data = data;
        await rig.redis.start();
        await rig.untilLed();
        await rig.progress(30);
      }
    },
  },
  {
    name: "stale-replica", short: false, own: true,
    title: "A replica that was behind is promoted, durability always: the epochs rise, the loss is told",
    how: "a replica is cut off, the primary takes more and dies, the replica is promoted; a proxy leads the routers there",
    async setup(rig) {
      await rig.startRedis({ name: "primary" });
      rig.primary = rig.redis;
      await rig.startRedis({ name: "replica", settings: { replicaof: `127.0.0.1 ${rig.primary.port}`, "repl-diskless-sync-delay": 0 } });
      rig.replica = rig.redis;
      for (const server of [rig.primary, rig.replica]) rig.onCleanup(() => server.kill());
      rig.redis = rig.primary;
      await until("the replica is in step", async () => /state=online/.test(await rig.primary.ask("INFO", "replication")));
      rig.toRedis = await Proxy.start({ to: rig.primary.address });
      rig.onCleanup(() => rig.toRedis.close());
      await rig.startRouters(2, { redis: rig.toRedis.address });
      await applyDomain(rig, readFileSync(new URL("../domain.yaml", import.meta.url), "utf8"));
    },
    async run(rig) {
      const ledger = new Ledger(rig);
      await ledger.grow(200);
      rig.point(`stale-${rig.seed}`);
      await rig.replica.ask("REPLICAOF", "NO", "ONE");
      await rig.pause(50);
      const known = ledger.acknowledged.length;
      const epochs = () => rig.history.records.filter(({ kind }) => kind === "led").map(({ epoch }) => epoch);
      // The epoch of the old primary rises where the replica does not see it.
      for (let i = 0; i < 2; ++i) {
        const before = epochs().length;
        const leader = await rig.untilLed();
        await leader.stop();
        await until("the other leads", () => epochs().length > before);
        await leader.start();
        await ledger.grow(50);
      }
      const highest = Math.max(...epochs());
      // Who told the last commits is the one who can tell that they are gone.
      await rig.standby.kill();
      const before = epochs().length;
      await ledger.stop();
      await rig.primary.kill();
      rig.redis = rig.replica;
      rig.toRedis.to = rig.replica.address;
      rig.toRedis.cut();
      await until("a router leads on the replica", () => epochs().length > before);
      const missing = await ledger.missing();
      const told = await metric(rig.leader, "usher_commits_lost_total");
      rig.note(`${missing.length} of ${ledger.acknowledged.length} acknowledged submits are lost, all after the cut; ${told} commits counted as lost`);
      if (missing.some((lost) => ledger.acknowledged.indexOf(lost) < known - 50)) throw new Error("what the replica had is lost, too");
      if (missing.length === 0 || !(told > 0)) throw new Error(`the loss was not told: ${told}`);
      const next = epochs().at(-1);
      if (next <= highest) throw new Error(`epoch ${next} was led with before: ${epochs()}`);
      const after = new Ledger(rig);
      await after.grow(50);
      await after.stop();
      if ((await after.missing()).length > 0) throw new Error("what was acknowledged afterwards is lost");
    },
  },
];
