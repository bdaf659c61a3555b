// SPDX-License-Identifier: Apache-2.0
// The real program on a data folder of its own: started, killed, started again on the same ports.
import { execFile, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const here = dirname(fileURLToPath(import.meta.url));
export const root = resolve(here, "../../..");
export const binary = process.env.USHER_BINARY ?? join(root, "build/release/bin/usher");
const readyMsMax = 90_000;
const stopMsMax = 60_000;

/** Waits until `look` gives something true and returns it; says `what` when it never does. */
export async function until(what, look, { msMax = 60_000, everyMs = 25 } = {}) {
  const deadline = Date.now() + msMax;
  let last;
  for (;;) {
    try {
      const seen = await look();
      if (seen) return seen;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline) throw new Error(`not within ${msMax} ms: ${what}${last ? `; ${last.message}` : ""}`);
    await new Promise((done) => setTimeout(done, everyMs));
  }
}

/** `usher demo` and what a test wants to do with it. */
export class Server {
  /** Starts on three free ports with an empty data folder. */
  static async start() {
    for (let attempt = 1; ; ++attempt) {
      const server = new Server(mkdtempSync(join(tmpdir(), "usher-e2e-")), await freePorts());
      try {
        await server.run();
        return server;
      } catch (error) {
        await server.stop();
        // Somebody else may have taken a port between the look and the start.
        if (attempt === 3 || !/in use|busy/i.test(error.message)) throw error;
      }
    }
  }

  constructor(data, port) {
    this.data = data;
    this.port = port;
    this.http = `http://127.0.0.1:${port}`;
    this.grpc = `127.0.0.1:${port + 1}`;
    this.metrics = `http://127.0.0.1:${port + 2}`;
    this.log = "";
    this.tokens = new Map();
  }

  /** Starts the process and waits until it says `ready`; also again after `kill`. */
  async run() {
    const assets = process.env.USHER_ASSETS ? ["--assets", process.env.USHER_ASSETS] : [];
    // Dies with this process, however that ends.
    const child = spawn("setpriv", ["--pdeathsig", "KILL", binary, "demo", "--data", this.data, "--port", String(this.port), ...assets], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.child = child;
    this.ended = new Promise((done) => child.once("close", (code, signal) => done({ code, signal })));
    const startedAt = Date.now();
    let screen = "";
    child.stdout.on("data", (text) => (screen += text));
    child.stderr.on("data", (text) => (this.log = (this.log + text).slice(-200_000)));
    let end;
    void this.ended.then((how) => (end = how));
    await until("the server is ready", () => /^ready$/m.test(screen) || end, { msMax: readyMsMax, everyMs: 10 });
    if (end) throw new Error(`the server ended (${JSON.stringify(end)}) before it was ready:\n${screen}${this.log}`);
    this.startMs = Date.now() - startedAt;
    this.links = Object.fromEntries([...screen.matchAll(/^ {2}(\S.*?) +(http\S+#token=\S+)$/gm)].map(([, who, link]) => [who, link]));
  }

  /** kill -9 of the whole server. Its private Redis goes with it. */
  async kill() {
    this.child.kill("SIGKILL");
    await this.ended;
  }

  /** The private redis-server: the one child of the server that runs it. */
  redisPid() {
    const { pid } = this.child;
    for (const task of readdirSync(`/proc/${pid}/task`)) {
      for (const child of readFileSync(`/proc/${pid}/task/${task}/children`, "utf8").split(" ").filter(Boolean)) {
        if (readlinkSync(`/proc/${child}/exe`).includes("redis")) return Number(child);
      }
    }
    return 0;
  }

  /** Ends it in an orderly way, checks that it does, and removes the data. */
  async stop() {
    if (this.child && this.child.exitCode === null && this.child.signalCode === null) {
      this.child.kill("SIGTERM");
      const forced = setTimeout(() => this.child.kill("SIGKILL"), stopMsMax);
      const how = await this.ended;
      clearTimeout(forced);
      if (how.code !== 0) process.stderr.write(`the server ended with ${JSON.stringify(how)}:\n${this.log.slice(-5000)}\n`);
      this.exit = how;
    }
    rmSync(this.data, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }

  token(role, subject = "test", domain = "demo") {
    const key = `${role} ${subject} ${domain}`;
    if (!this.tokens.has(key)) {
      const args = ["token", "--keys", join(this.data, "keys"), "--role", role, "--subject", subject, "--domain", domain];
      this.tokens.set(key, execFileSync(binary, args, { encoding: "utf8" }).trim());
    }
    return this.tokens.get(key);
  }

  /** A command of the command line against this server: what it printed, or an error with what it said. */
  async usher(...words) {
    const to = ["--server", this.grpc, "--domain", "demo", "--keys", join(this.data, "keys")];
    return (await promisify(execFile)(binary, [...words, ...to], { timeout: 60_000 })).stdout;
  }

  /** A unary call as JSON: the answer, or an error with `status` and `body`. */
  async call(method, request = {}, token = this.token("admin")) {
    const response = await fetch(`${this.http}/usher.${method}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...(token ? { authorization: `Bearer ${token}` } : {}) },
      body: JSON.stringify(request),
    });
    const body = await response.json();
    if (response.ok) return body;
    throw Object.assign(new Error(`${method}: ${response.status} ${JSON.stringify(body)}`), { status: response.status, body });
  }

  /** The whole recorded conversation of a contact. */
  async messages(contactId) {
    const { messages = [], more } = await this.call("context.v1.ContextService/ListMessages", { contactId, limit: 1000 });
    if (more) throw new Error(`${contactId} has more than 1000 messages`);
    return messages;
  }

  async contact(contactId) {
    return (await this.call("routing.v1.RoutingService/GetContact", { contactId })).contact;
  }

  async agent(agentId) {
    return (await this.call("agents.v1.AgentService/GetAgent", { agentId })).desk;
  }

  async queue(queue) {
    return this.call("routing.v1.RoutingService/GetQueue", { queue });
  }
}

/** The first of three free ports in a row, below those that the system gives out by itself. */
async function freePorts() {
  for (let tries = 0; tries < 200; ++tries) {
    const first = 20_000 + 3 * Math.floor(Math.random() * 4000);
    const free = await Promise.all([0, 1, 2].map((more) => isFree(first + more)));
    if (free.every(Boolean)) return first;
  }
  throw new Error("there are no three free ports in a row");
}

function isFree(port) {
  return new Promise((done) => {
    const probe = createServer();
    probe.once("error", () => done(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => done(true)));
  });
}

if (!existsSync(binary)) {
  process.stderr.write(`there is no ${binary}; build it, or name one in USHER_BINARY\n`);
  process.exit(2);
}
