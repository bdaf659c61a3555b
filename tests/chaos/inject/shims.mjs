// SPDX-License-Identifier: Apache-2.0
// Slow disks and wrong clocks for a process that is started with the `environment` of one of these.
import { closeSync, existsSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../../..");

const folder = process.env.USHER_INJECTORS ?? join(root, "build/release/tests/chaos/inject");

/** The path of an injector that the build makes. */
export const built = (name) => join(folder, name);

/** Why an injector cannot be used; "" when it can. */
export const whyNotBuilt = (name) => (existsSync(built(name)) ? "" : `there is no ${built(name)}: build it, or name its folder in USHER_INJECTORS`);

// A number that processes read from a file mapped into their memory.
class Dial {
  constructor(bytes) {
    this.home = mkdtempSync(join(tmpdir(), "usher-dial-"));
    this.path = join(this.home, "value");
    writeFileSync(this.path, bytes);
    this.file = openSync(this.path, "r+");
  }

  turn(bytes) {
    writeSync(this.file, bytes, 0, bytes.length, 0);
  }

  remove() {
    closeSync(this.file);
    rmSync(this.home, { recursive: true, force: true });
  }
}

/** fsync takes longer by `set(ms)`, at once for all processes with this environment. */
export class SlowSync {
  static whyNot() {
    return whyNotBuilt("libslow_sync.so");
  }

  constructor(ms = 0) {
    this.dial = new Dial(SlowSync.bytes(ms));
    this.environment = { LD_PRELOAD: built("libslow_sync.so"), SLOW_SYNC_FILE: this.dial.path };
  }

  static bytes(ms) {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32LE(Math.round(ms * 1000));
    return bytes;
  }

  set(ms) {
    this.dial.turn(SlowSync.bytes(ms));
  }

  remove() {
    this.dial.remove();
  }
}

/** The wall clock is off by `set(ms)`, at once for all processes with this environment. */
export class ShiftedClock {
  static whyNot() {
    return whyNotBuilt("libshifted_clock.so");
  }

  constructor(ms = 0) {
    this.dial = new Dial(ShiftedClock.bytes(ms));
    this.environment = { LD_PRELOAD: built("libshifted_clock.so"), SHIFTED_CLOCK_FILE: this.dial.path };
  }

  static bytes(ms) {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(Math.round(ms)) * 1_000_000n);
    return bytes;
  }

  set(ms) {
    this.dial.turn(ShiftedClock.bytes(ms));
  }

  remove() {
    this.dial.remove();
  }
}
