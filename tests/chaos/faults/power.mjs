// SPDX-License-Identifier: Apache-2.0
// A machine loses its power: what was not synced is gone.
import { mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { PowerDisk } from "../inject/disks.mjs";
import { applyDomain, Ledger } from "../inject/ledger.mjs";
import { childRedis, metric } from "../inject/looks.mjs";
import { Proxy } from "../rig/proxy.mjs";
import { until } from "../rig/processes.mjs";

const how = "ext4 on a loop device, Redis is stopped, the file system shut down by its ioctl without a flush of the journal; kill -9, unmounted, mounted, started";

function powerDisk(rig) {
  const disk = PowerDisk.make();
  rig.onCleanup(() => disk.remove());
  return disk;
}

/** How much of what was acknowledged went with the power, in words. */
function lossNote(ledger, missing, cutAt) {
  const before = ledger.acknowledged.filter(({ at }) => at <= cutAt).length;
  const oldest = Math.min(...missing.map(({ at }) => at));
  return missing.length === 0 ? `nothing of ${before} is lost` : `${missing.length} of ${before} acknowledged submits are lost, the oldest ${Math.round(cutAt - oldest)} ms before the cut`;
}

/** Redis may take a second until it syncs, and another while a sync is under way. */
const everysecMsMax = 2_000;

async function restartAsReplica(server, primary) {
  server.settings = { ...server.settings, replicaof: `${primary.host} ${primary.port}` };
  await server.start();
}

const inStep = (primary) => until("the replica is in step", async () => /state=online/.test(await primary.ask("INFO", "replication")));

export const faults = [
  {
    name: "power-cut-always", short: true,
    title: "The machine of Redis loses its power, durability always", how, needs: [PowerDisk.whyNot],
    async setup(rig) {
      rig.disk = powerDisk(rig);
      await rig.startRedis({ data: join(rig.disk.folder, "redis") });
      await rig.startRouters(2);
    },
    async run(rig) {
      for (let i = 1; i <= (rig.options.points ?? (rig.short ? 3 : 60)); ++i) {
        await rig.progress(rig.random.between(1, 40));
        rig.point(`power-${rig.seed}-${i}`);
        rig.disk.cutPower(rig.redis.process.pid);
        if (rig.random.chance(30)) await rig.pause(rig.random.between(1, 200));
        await rig.redis.kill();
        await rig.disk.restore();
        await rig.redis.start();
      }
      await rig.untilLed();
      await rig.progress(60);
    },
  },
  {
    name: "power-cut-private", short: false,
    title: "The machine of a server with a Redis of its own loses its power, durability always", how, needs: [PowerDisk.whyNot],
    async setup(rig) {
      rig.disk = powerDisk(rig);
      mkdirSync(join(rig.disk.folder, "data"));
      symlinkSync(join(rig.disk.folder, "data"), join(rig.folder, "router-1"));
      await rig.startRouters(1);
    },
    async run(rig) {
      const [router] = rig.routers;
      for (let i = 1; i <= (rig.options.points ?? (rig.short ? 1 : 25)); ++i) {
        await rig.progress(rig.random.between(1, 40));
        rig.point(`private-${rig.seed}-${i}`);
        const redis = childRedis(router.pid);
        rig.disk.cutPower(...(redis > 0 ? [redis] : []));
        await router.kill();
        if (redis > 0) killQuietly(redis);
        await rig.disk.restore();
        await router.start();
      }
      await rig.progress(60);
    },
  },
  {
    name: "power-cut-replicated", short: false, durability: "replicated:1",
    title: "The machine of the primary loses its power, its replica is promoted, durability replicated:1",
    how: `${how} as the replica of the new primary; a proxy leads the routers to the new primary`, needs: [PowerDisk.whyNot],
    async setup(rig) {
      rig.pairs = [];
      for (const name of ["one", "other"]) {
        const disk = powerDisk(rig);
        const primary = rig.redis;
        await rig.startRedis({ name, data: join(disk.folder, name), fsync: "everysec", settings: { "repl-diskless-sync-delay": 0 } });
        const { redis } = rig;
        rig.onCleanup(() => redis.kill());
        rig.pairs.push({ disk, redis });
        if (primary) {
          await rig.redis.ask("REPLICAOF", primary.host, String(primary.port));
          rig.redis = primary;
        }
      }
      await inStep(rig.redis);
      rig.toRedis = await Proxy.start({ to: rig.redis.address });
      rig.onCleanup(() => rig.toRedis.close());
      await rig.startRouters(2, { redis: rig.toRedis.address });
    },
    async run(rig) {
      for (let i = 1; i <= (rig.options.points ?? (rig.short ? 1 : 20)); ++i) {
        await rig.progress(rig.random.between(10, 60));
        rig.point(`replicated-${rig.seed}-${i}`);
        const [dead, next] = rig.pairs;
        dead.disk.cutPower(dead.redis.process.pid);
        await dead.redis.kill();
        rig.toRedis.refuse();
        await next.redis.ask("REPLICAOF", "NO", "ONE");
        rig.redis = next.redis;
        rig.toRedis.to = next.redis.address;
        rig.toRedis.heal();
        await dead.disk.restore();
        await restartAsReplica(dead.redis, next.redis);
        await inStep(next.redis);
        rig.pairs.reverse();
        await rig.untilLed();
      }
      await rig.progress(60);
    },
  },
  {
    name: "power-cut-everysec", short: false, own: true, durability: "everysec",
    title: "The machine of Redis loses its power, durability everysec: what it costs", how, needs: [PowerDisk.whyNot],
    async setup(rig) {
      rig.disk = powerDisk(rig);
      await rig.startRedis({ data: join(rig.disk.folder, "redis") });
      await rig.startRouters(1);
      await applyDomain(rig, readFileSync(new URL("../domain.yaml", import.meta.url), "utf8"));
    },
    async run(rig) {
      for (let i = 1; i <= (rig.options.points ?? (rig.short ? 1 : 8)); ++i) {
        const ledger = new Ledger(rig);
        await ledger.grow(rig.random.between(1_000, 2_500));
        rig.point(`everysec-${rig.seed}-${i}`);
        const cutAt = performance.now();
        rig.disk.cutPower(rig.redis.process.pid);
        await ledger.stop();
        await rig.redis.kill();
        await rig.disk.restore();
        await rig.redis.start();
        const missing = await ledger.missing(cutAt);
        rig.note(lossNote(ledger, missing, cutAt));
        const early = missing.filter(({ at }) => cutAt - at > everysecMsMax);
        if (early.length > 0) throw new Error(`${early.length} are lost that were acknowledged more than ${everysecMsMax} ms before`);
      }
      rig.note(`the router counted ${await metric(rig.leader, "usher_commits_lost_total")} commits lost`);
    },
  },
];

function killQuietly(pid) {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended with its parent.
  }
}
