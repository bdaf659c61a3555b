// SPDX-License-Identifier: Apache-2.0
// Real processes: each dies with the rig, logs into the run's folder, and is ended by its id only.
import { spawn } from "node:child_process";
import { createWriteStream, mkdirSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { createConnection, createServer } from "node:net";
import { join } from "node:path";
import { binary, until } from "../../integration/e2e/server.mjs";

export { until };
export const pause = (ms) => new Promise((done) => setTimeout(done, ms));

/** Ports that nobody used a moment ago. */
export async function freePorts(count) {
  const servers = await Promise.all(
    Array.from({ length: count }, () => new Promise((done, failed) => {
      const server = createServer().once("error", failed);
      server.listen(0, "127.0.0.1", () => done(server));
    })),
  );
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  return ports;
}

/** One child: `wrap` is a command that runs it (strace, ip netns exec), `env` is added to ours. */
export class Process {
  constructor({ name, folder, command, args, env = {}, wrap = [] }) {
    this.name = name;
    this.lines = [];
    this.listeners = [];
    mkdirSync(folder, { recursive: true });
    this.log = createWriteStream(join(folder, `${name}.log`), { flags: "a" });
    // A wrapper that is killed leaves what it runs to nobody: that dies with it, too.
    const dies = ["setpriv", "--pdeathsig", "KILL"];
    const [first, ...rest] = [...dies, ...wrap, ...(wrap.length > 0 ? dies : []), command, ...args];
    this.child = spawn(first, rest, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...env } });
    this.pid = this.child.pid;
    this.exited = new Promise((done) => this.child.once("exit", (code, signal) => done((this.exit = { code, signal }))));
    this.child.once("error", (error) => (this.exit = { error: error.message }));
    for (const pipe of [this.child.stdout, this.child.stderr]) this.collect(pipe);
  }

  collect(pipe) {
    let rest = "";
    pipe.on("data", (bytes) => {
      this.log.write(bytes);
      const lines = (rest + bytes).split("\n");
      rest = lines.pop();
      for (const line of lines) {
        this.lines.push(line);
        if (this.lines.length > 2_000) this.lines.splice(0, 1_000);
        for (const listener of this.listeners) listener(line);
      }
    });
  }

  get alive() {
    return this.exit === undefined;
  }

  signal(name) {
    if (this.alive) this.child.kill(name);
  }

  async kill() {
    this.signal("SIGKILL");
    await this.exited;
  }

  /** Ends it in an orderly way; kill -9 when that takes too long. */
  async stop(msMax = 20_000) {
    if (!this.alive) return this.exit;
    this.signal("SIGTERM");
    const forced = setTimeout(() => this.signal("SIGKILL"), msMax);
    await this.exited;
    clearTimeout(forced);
    return this.exit;
  }

  /** Waits for a line of its output that `test` likes; fails when it ends first. */
  async line(what, test, msMax = 60_000) {
    return until(`${this.name}: ${what}`, () => {
      const found = this.lines.find(test);
      if (!found && !this.alive) throw new Error(`${this.name} ended: ${JSON.stringify(this.exit)}\n${this.lines.slice(-15).join("\n")}`);
      return found;
    }, { msMax, everyMs: 5 });
  }
}

/** A redis-server of its own on a TCP port, with the files in `folder`. */
export class Redis {
  constructor({ name = "redis", folder, host = "127.0.0.1", port, fsync = "always", settings = {}, env, wrap, data }) {
    Object.assign(this, { name, folder, host, port, fsync, settings, env, wrap, data: data ?? join(folder, name) });
    this.address = `${host}:${port}`;
  }

  async start() {
    mkdirSync(this.data, { recursive: true });
    const settings = {
      bind: this.host, port: this.port, dir: this.data, appendonly: "yes", appendfsync: this.fsync, save: "",
      "maxmemory-policy": "noeviction", daemonize: "no", "enable-debug-command": "local", ...this.settings,
    };
    const args = Object.entries(settings).flatMap(([key, value]) => [`--${key}`, String(value)]);
    this.process = new Process({ name: this.name, folder: this.folder, command: "redis-server", args, env: this.env, wrap: this.wrap });
    await until(`${this.name} answers`, async () => {
      if (!this.process.alive) throw new Error(`${this.name} ended: ${this.process.lines.slice(-5).join("\n")}`);
      return (await this.ask("PING")) === "+PONG";
    }, { everyMs: 10 });
    return this;
  }

  /** One command by itself; the first line of the answer, or the whole bulk text. */
  ask(...words) {
    const request = `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join("")}`;
    return new Promise((done, failed) => {
      const socket = createConnection(this.port, this.host, () => socket.write(request));
      let text = "";
      socket.setTimeout(5_000, () => socket.destroy(new Error("Redis does not answer")));
      socket.on("error", failed);
      socket.on("close", () => failed(new Error("Redis ended the connection without an answer")));
      socket.on("data", (bytes) => {
        text += bytes;
        const end = text.indexOf("\r\n");
        if (end < 0) return;
        const head = text.slice(0, end);
        if (head[0] === "$" && head !== "$-1" && text.length < end + 4 + Number(head.slice(1))) return;
        socket.destroy();
        done(head[0] === "$" && head !== "$-1" ? text.slice(end + 2, -2) : head);
      });
    });
  }

  kill() {
    return this.process.kill();
  }

  stop() {
    return this.process.stop();
  }
}

/** `usher serve` with the role router. */
export class Router {
  constructor({ name, folder, keys, redis, domain, ports, durability = "always", env = {}, wrap = [], args = [], host = "127.0.0.1", onLed = () => {} }) {
    Object.assign(this, { name, folder, keys, redis, domain, ports, durability, env, wrap, args, host, onLed });
    this.address = `${host}:${ports[0]}`;
    this.starts = 0;
  }

  /** Spawns it; `env` and `wrap` are for this start only. Does not wait. */
  spawn({ env = {}, wrap = this.wrap } = {}) {
    const redis = this.redis ? ["--redis", this.redis] : [];
    const args = [
      "serve", "--roles", "router", "--domain", this.domain, "--data", join(this.folder, this.name), "--keys", this.keys,
      "--durability", this.durability, "--http", `${this.host}:${this.ports[1]}`, "--grpc", this.address, "--metrics", `${this.host}:${this.ports[2]}`,
      ...redis, ...this.args,
    ];
    this.process = new Process({ name: this.name, folder: this.folder, command: binary, args, wrap, env: { ...this.env, ...env } });
    ++this.starts;
    this.leads = false;
    this.process.listeners.push((line) => this.heard(line));
    return this.process;
  }

  /** Starts it and waits until it serves: as the leader or standing by. */
  async start(how) {
    this.spawn(how);
    await this.process.line("serves", (line) => line.includes('"event":"serving"'));
    return this;
  }

  heard(line) {
    if (line.includes('"event":"domain_led"')) {
      const { time, epoch, sequence, contacts } = JSON.parse(line);
      this.leads = true;
      // The line may come behind what the router told meanwhile; it says itself when it was written.
      const age = Math.max(0, Date.now() - Date.parse(time));
      this.onLed({ router: this.address, name: this.name, epoch, sequence, contacts, at: Number((performance.now() - age).toFixed(3)) });
    } else if (line.includes('"event":"domain_lost"') || line.includes('"event":"domain_deposed"')) {
      this.leads = false;
    }
  }

  get alive() {
    return this.process?.alive ?? false;
  }

  /** The process that runs the program, also below a wrapper such as strace. */
  get pid() {
    return programBelow(this.process.pid) ?? this.process.pid;
  }

  /** kill -9 of the program itself; a wrapper ends with it. */
  async kill() {
    const { pid } = this;
    if (pid !== this.process.pid && this.alive) process.kill(pid, "SIGKILL");
    else this.process.signal("SIGKILL");
    await this.process.exited;
  }

  stop() {
    return this.process.stop();
  }
}

function programBelow(pid) {
  try {
    if (readlinkSync(`/proc/${pid}/exe`).includes("/usher")) return pid;
    for (const task of readdirSync(`/proc/${pid}/task`)) {
      for (const child of readFileSync(`/proc/${pid}/task/${task}/children`, "utf8").split(" ").filter(Boolean)) {
        const found = programBelow(Number(child));
        if (found) return found;
      }
    }
  } catch {
    // It ended meanwhile.
  }
  return undefined;
}
