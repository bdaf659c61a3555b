// SPDX-License-Identifier: Apache-2.0
// Disks of a test's own: one that can lose its power, and one that is soon full.
import { closeSync, ftruncateSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run, whyNot } from "./machine.mjs";
import { built, whyNotBuilt } from "./shims.mjs";

const emptyMsMax = 20_000;

/** Unmounts as soon as those who end have let go of their files. */
async function unmount(folder) {
  for (const deadline = performance.now() + emptyMsMax; ; ) {
    try {
      run("umount", folder);
      return;
    } catch (error) {
      if (/not mounted|no mount point/.test(error.message)) return;
      if (!/busy/.test(error.message) || performance.now() > deadline) throw error;
      await new Promise((done) => setTimeout(done, 10));
    }
  }
}

/** Returns when no thread of a process runs any more. */
function stop(pid) {
  const threads = `/proc/${pid}/task`;
  process.kill(pid, "SIGSTOP");
  const stopped = (thread) => /^\d+ \(.*\) [TZX]/s.test(readFileSync(join(threads, thread, "stat"), "utf8"));
  for (const deadline = performance.now() + emptyMsMax; !readdirSync(threads).every(stopped); ) {
    if (performance.now() > deadline) throw new Error(`process ${pid} does not stop`);
  }
}

/** An ext4 file system of its own in a file: `folder` is where it is mounted. */
export class PowerDisk {
  static make(megabytes = 256) {
    const home = mkdtempSync(join(tmpdir(), "usher-disk-"));
    const disk = new PowerDisk(home);
    try {
      const file = openSync(disk.image, "w");
      ftruncateSync(file, megabytes << 20);
      closeSync(file);
      run("mkfs.ext4", "-q", "-F", "-m", 0, disk.image);
      run("mkdir", disk.folder);
      disk.mount();
    } catch (error) {
      void disk.remove();
      throw error;
    }
    return disk;
  }

  /** Why there can be none on this machine; "" when there can. */
  static whyNot() {
    const missing = whyNotBuilt("cut_power") || whyNot("mkfs.ext4", "mount", "umount", "losetup");
    if (missing) return missing;
    try {
      void PowerDisk.make(16).remove();
      return "";
    } catch (error) {
      return error.message;
    }
  }

  constructor(home) {
    this.home = home;
    this.image = join(home, "image");
    this.folder = join(home, "mounted");
  }

  mount() {
    run("mount", "-o", "loop", this.image, this.folder);
  }

  /**
   * What was not synced is gone. Nothing can be written until `restore`. The processes `pids` stop
   * before, for good: a sync that is under way while a file system is shut down may be told a
   * success that is none, and on a machine without power nobody would hear of it.
   */
  cutPower(...pids) {
    for (const pid of pids) stop(pid);
    run(built("cut_power"), this.folder);
  }

  /** Mounts it again, as a boot would. Who has files open there must end. */
  async restore() {
    await unmount(this.folder);
    this.mount();
  }

  async remove() {
    await unmount(this.folder);
    rmSync(this.home, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
}

/** A file system of a few megabytes in memory. */
export class SmallDisk {
  static make(megabytes) {
    const disk = new SmallDisk(mkdtempSync(join(tmpdir(), "usher-small-")));
    try {
      run("mount", "-t", "tmpfs", "-o", `size=${megabytes}m`, "usher-small", disk.folder);
    } catch (error) {
      void disk.remove();
      throw error;
    }
    return disk;
  }

  static whyNot() {
    const missing = whyNot("mount", "umount");
    if (missing) return missing;
    try {
      void SmallDisk.make(1).remove();
      return "";
    } catch (error) {
      return error.message;
    }
  }

  constructor(folder) {
    this.folder = folder;
  }

  resize(megabytes) {
    run("mount", "-o", `remount,size=${megabytes}m`, this.folder);
  }

  async remove() {
    await unmount(this.folder);
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
}
