// SPDX-License-Identifier: Apache-2.0
// inject_test.mjs TOOL: proves that a tool of this folder injects what it says. Exit code 77: this
// machine cannot run it, for the reason that is printed.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { closeSync, existsSync, fsyncSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { appendedFile, flip, tear, transactions } from "./append_only_file.mjs";
import { PowerDisk, SmallDisk } from "./disks.mjs";
import { run } from "./machine.mjs";
import { Network } from "./network.mjs";
import { ShiftedClock, SlowSync } from "./shims.mjs";

const undoing = [];
const later = (undo) => undoing.push(undo);

function folder() {
  const made = mkdtempSync(join(tmpdir(), "usher-inject-"));
  later(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

/** A redis-server on a socket in a folder of its own; `ask(...)` gives what redis-cli prints. */
async function redis(home, { command = ["redis-server"], environment = {}, more = [] } = {}) {
  const socket = join(home, "redis.sock");
  rmSync(socket, { force: true });
  const [program, ...args] = command;
  const child = spawn(program, [...args, "--port", "0", "--unixsocket", socket, "--dir", home, "--save", "", "--appendonly", "yes", ...more], {
    stdio: "ignore", env: { ...process.env, ...environment },
  });
  const ended = new Promise((done) => child.once("exit", done));
  const server = {
    ask: (...words) => run("redis-cli", "-s", socket, ...words).trim(),
    stop: async () => {
      child.kill("SIGKILL");
      await ended;
    },
  };
  later(server.stop);
  await until("redis answers", () => existsSync(socket) && server.ask("PING") === "PONG");
  return server;
}

async function until(what, look) {
  for (const deadline = Date.now() + 20_000; Date.now() < deadline; ) {
    if (await look()) return;
    await new Promise((done) => setTimeout(done, 10));
  }
  throw new Error(`not within 20 s: ${what}`);
}

const tools = {
  async power_cut() {
    const reason = PowerDisk.whyNot();
    if (reason) return reason;
    const disk = PowerDisk.make(16);
    later(() => disk.remove());
    const write = (name, sync) => {
      const file = openSync(join(disk.folder, name), "w");
      writeSync(file, name);
      if (sync) fsyncSync(file);
      closeSync(file);
    };
    write("synced", true);
    write("unsynced", false);
    assert.equal(readFileSync(join(disk.folder, "unsynced"), "utf8"), "unsynced");
    disk.cutPower();
    assert.throws(() => write("afterwards", true), /EIO/);
    await disk.restore();
    assert.equal(readFileSync(join(disk.folder, "synced"), "utf8"), "synced");
    assert.ok(!existsSync(join(disk.folder, "unsynced")));
    write("afterwards", true);
  },

  async slow_sync() {
    const reason = SlowSync.whyNot();
    if (reason) return reason;
    const slow = new SlowSync(0);
    later(() => slow.remove());
    const home = folder();
    const { ask } = await redis(home, { environment: slow.environment, more: ["--appendfsync", "always"] });
    ask("SET", "a", "1");
    slow.set(400);
    const start = process.hrtime.bigint();
    ask("SET", "a", "2");
    const ms = Number(process.hrtime.bigint() - start) / 1e6;
    assert.ok(ms >= 400, `a write that waits for the disk took ${ms} ms`);
  },

  async shifted_clock() {
    const reason = ShiftedClock.whyNot();
    if (reason) return reason;
    const clock = new ShiftedClock();
    later(() => clock.remove());
    const { ask } = await redis(folder(), { environment: clock.environment });
    const offBy = () => Math.floor((Number(ask("TIME").split("\n")[0]) - Date.now() / 1000) / 60 + 0.5);
    assert.equal(offBy(), 0);
    ask("SET", "short", "1", "PX", "600000");
    clock.set(-2 * 3_600_000);
    await until("it is two hours behind", () => offBy() === -120);
    assert.ok(Number(ask("PTTL", "short")) > 7_000_000);
    clock.set(3_600_000);
    await until("it is an hour ahead", () => offBy() === 60);
    assert.equal(ask("EXISTS", "short"), "0");
  },

  async small_disk() {
    const reason = SmallDisk.whyNot();
    if (reason) return reason;
    const disk = SmallDisk.make(1);
    later(() => disk.remove());
    const file = join(disk.folder, "file");
    assert.throws(() => writeFileSync(file, Buffer.alloc(2 << 20)), /ENOSPC/);
    disk.resize(4);
    writeFileSync(file, Buffer.alloc(2 << 20));
  },

  async network() {
    const reason = Network.whyNot();
    if (reason) return reason;
    const network = Network.make(["server", "other"]);
    later(() => network.remove());
    const host = network.address("server");
    const { ask } = await redis(folder(), {
      command: network.command("server", "redis-server"), more: ["--bind", host, "--protected-mode", "no", "--port", "6379"],
    });
    const client = connect(6379, host);
    later(() => client.destroy());
    let heard = "";
    client.on("data", (text) => (heard += text));
    client.write("INCR n\r\n");
    await until("an answer", () => heard === ":1\r\n");
    // The replies are lost, the commands are not.
    network.cutOneWay("server", "here");
    client.write("INCR n\r\n");
    await until("the command arrived", () => ask("GET", "n") === "2");
    assert.equal(heard, ":1\r\n");
    const [program, ...args] = network.command("other", "redis-cli", "-h", host, "INCR", "n");
    assert.equal(run(program, ...args).trim(), "3");
    assert.equal(heard, ":1\r\n");
    network.heal();
    await until("the reply", () => heard === ":1\r\n:2\r\n");
    // Nothing arrives.
    network.isolate("server");
    client.write("INCR n\r\n");
    await new Promise((done) => setTimeout(done, 300));
    assert.equal(ask("GET", "n"), "3");
    network.heal();
    await until("the command and its reply", () => heard === ":1\r\n:2\r\n:4\r\n");
  },

  async append_only_file() {
    const home = folder();
    let server = await redis(home);
    for (const number of [1, 2]) server.ask("EVAL", `redis.call('SET','a',${number}) redis.call('SET','b',${number})`, "0");
    await server.stop();
    const path = appendedFile(home);
    const bytes = readFileSync(path);
    const all = transactions(bytes);
    const last = all.at(-1);
    assert.deepEqual(last.commands.map((words) => words.map(({ text }) => text)), [["SET", "a", "2"], ["SET", "b", "2"]]);
    assert.equal(last.end, bytes.length);
    flip(path, all.at(-2).commands[1][2].start, 3);  // "1" becomes "9"
    tear(path, last.end - 1);
    server = await redis(home);
    assert.equal(server.ask("MGET", "a", "b"), "1\n9");
  },
};

const name = process.argv[2];
let reason;
try {
  reason = await tools[name]();
} finally {
  for (const undo of undoing.reverse()) await undo();
}
if (reason) {
  console.log(`SKIPPED ${name}: ${reason}`);
  process.exit(77);
}
console.log(`${name} injects what it says`);
