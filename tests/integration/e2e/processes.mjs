// SPDX-License-Identifier: Apache-2.0
// Several processes of the real program, and a Redis of their own, in one folder that goes with them.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { binary, until } from "./server.mjs";

/** The command line of the program: what it prints. */
export const usher = (...args) => execFileSync(binary, args, { encoding: "utf8" });

/** A process that dies with this one. */
class Running {
  constructor(command, args) {
    this.log = "";
    this.child = spawn("setpriv", ["--pdeathsig", "KILL", command, ...args], { stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [this.child.stdout, this.child.stderr]) stream.on("data", (text) => (this.log = (this.log + text).slice(-300_000)));
    this.ended = new Promise((done) => this.child.once("close", done));
  }
  get alive() {
    return this.child.exitCode === null && this.child.signalCode === null;
  }
  kill(signal = "SIGKILL") {
    this.child.kill(signal);
    return this.ended;
  }
}

export class Place {
  constructor(prefix) {
    this.data = mkdtempSync(join(tmpdir(), prefix));
    this.keys = join(this.data, "keys");
    this.processes = [];
    this.tokens = new Map();
    usher("keys", "create", "--keys", this.keys);
  }

  run(command, args) {
    const running = new Running(command, args);
    this.processes.push(running);
    return running;
  }

  /** A redis-server, and how the program is told of it. `fsync`: when it writes to disk. */
  async redis({ fsync = "always" } = {}) {
    mkdirSync(join(this.data, "redis"));
    const socket = join(this.data, "redis.sock");
    this.run("redis-server", [
      "--port", "0", "--unixsocket", socket, "--dir", join(this.data, "redis"), "--save", "",
      "--appendonly", "yes", "--appendfsync", fsync,
    ]);
    await until("Redis is there", () => existsSync(socket));
    return `unix:${socket}`;
  }

  /** `usher serve`, on free ports but for those given, once it serves: with `grpc` and `http` addresses. */
  async serve(name, ...args) {
    const free = ["--http", "--grpc", "--metrics"].filter((port) => !args.includes(port));
    const running = this.run(binary, [
      "serve", "--data", join(this.data, name), "--keys", this.keys, ...free.flatMap((port) => [port, "127.0.0.1:0"]), ...args,
    ]);
    const line = await until(`${name} serves`, () => {
      const found = running.log.split("\n").find((one) => one.includes('"serving"'));
      return found || (!running.alive && "ended");
    });
    if (line === "ended") throw new Error(`${name} ended:\n${running.log}`);
    const said = JSON.parse(line);
    return Object.assign(running, { grpc: `127.0.0.1:${said.grpc_port}`, http: said.http });
  }

  token(role, subject, domain) {
    const key = `${role} ${subject} ${domain}`;
    if (!this.tokens.has(key)) {
      this.tokens.set(key, usher("token", "--keys", this.keys, "--role", role, "--subject", subject, "--domain", domain).trim());
    }
    return this.tokens.get(key);
  }

  async end() {
    for (const one of [...this.processes].reverse()) await one.kill();
    rmSync(this.data, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
}
