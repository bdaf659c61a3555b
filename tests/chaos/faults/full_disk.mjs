// SPDX-License-Identifier: Apache-2.0
// The disk of Redis is full, and later is not.
import { closeSync, mkdirSync, openSync, rmSync, symlinkSync, writeSync } from "node:fs";
import { join } from "node:path";
import { SmallDisk } from "../inject/disks.mjs";
import { SlowSync } from "../inject/shims.mjs";
import { redisInfo } from "../inject/looks.mjs";

const fullMsMin = 1_500;

function fill(disk) {
  const file = openSync(join(disk.folder, "filler"), "w");
  try {
    for (const size of [1 << 20, 4096]) writeUntilFull(file, Buffer.alloc(size));
  } finally {
    closeSync(file);
  }
}

function writeUntilFull(file, bytes) {
  try {
    for (;;) writeSync(file, bytes);
  } catch (error) {
    if (error.code !== "ENOSPC") throw error;
  }
}

const fullDisk = (durability, title, { short = false, hows }) => ({
  name: `full-disk-${durability}`, title, durability, short, needs: [SmallDisk.whyNot],
  how: hows,
  async setup(rig) {
    rig.disk = SmallDisk.make(64);
    rig.onCleanup(() => rig.disk.remove());
    mkdirSync(join(rig.disk.folder, "data"));
    symlinkSync(join(rig.disk.folder, "data"), join(rig.folder, "router-1"));
    // A Redis of the router's own: somebody starts it again when it gives up.
    await rig.startRouters(1);
  },
  async run(rig) {
    for (let i = 1; i <= (rig.options.points ?? (rig.short ? 1 : 6)); ++i) {
      await rig.progress(rig.random.between(20, 60));
      rig.point(`full-${rig.seed}-${i}`);
      fill(rig.disk);
      await rig.pause(fullMsMin + rig.random.between(0, 2_000));
      rmSync(join(rig.disk.folder, "filler"));
      // By itself.
      await rig.progress(40);
    }
  },
});

const slowSyncs = [50, 300, 1_500, 5_000];

const slowDisk = (durability, title, { short = false } = {}) => ({
  name: `slow-sync-${durability}`, title, durability, short, needs: [SlowSync.whyNot],
  how: `a preloaded library delays each fsync by ${slowSyncs.join(", ")} ms; then Redis is killed and started again`,
  async setup(rig) {
    rig.slow = new SlowSync();
    rig.onCleanup(() => rig.slow.remove());
    await rig.startRedis({ env: rig.slow.environment });
    await rig.startRouters(2);
  },
  async run(rig) {
    let delayed = 0;
    for (const ms of slowSyncs.slice(0, rig.options.points ?? (rig.short ? 2 : slowSyncs.length))) {
      await rig.progress(30);
      rig.point(`${durability} ${ms} ms`);
      rig.slow.set(ms);
      await rig.progress(ms < 1_000 ? 20 : 3);
      if (durability === "everysec") delayed += await redisInfo(rig.redis, "aof_delayed_fsync").catch(() => 0);
      await rig.redis.kill();
      rig.slow.set(0);
      await rig.redis.start();
      await rig.untilLed();
    }
    if (durability === "everysec") rig.note(`aof_delayed_fsync ${delayed}`);
    await rig.progress(60);
  },
});

export const faults = [
  fullDisk("always", "The disk is full for a while, durability always", { hows: "a small tmpfs is filled up and emptied; Redis gives up, and the router starts it again and again" }),
  fullDisk("everysec", "The disk is full for a while, durability everysec", { hows: "a small tmpfs is filled up and emptied; Redis refuses writes" }),
  slowDisk("always", "The disk syncs slowly, then Redis is killed, durability always"),
];
