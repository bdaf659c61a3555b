// SPDX-License-Identifier: Apache-2.0
import { execFile, execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { check } from "../checker/check.mjs";
import { expectedTimelines, writtenOf } from "../checker/kept.mjs";
import { binary } from "../../integration/e2e/server.mjs";
import { readFinalState } from "./final_state.mjs";
import { History } from "./history.mjs";
import { freePorts, pause, Redis, Router, until } from "./processes.mjs";
import { Random } from "./random.mjs";
import { askUntil, Routers } from "./rpc.mjs";
import { Workload } from "./workload.mjs";

const chaos = join(dirname(fileURLToPath(import.meta.url)), "..");
const customerCount = 8;

/** Runs a program to its end. */
const run = (program, args) =>
  new Promise((done) => {
    execFile(program, args, { maxBuffer: 1 << 26 }, (error, out, complaints) => done({ code: error?.code ?? 0, out, complaints }));
  });

/** What domain.yaml promises, for the checker. */
export const rules = {
  channelOf: { straight: "chat", rough: "chat", mail: "email" },
  room: { chat: 2, email: 1 },
  strictQueues: ["straight", "mail"],
};

/**
 * Everything that one run of one fault has: a folder, processes, clients, a history, a seed. Faults
 * use it through the fields and methods below; README.md shows how.
 */
export class Rig {
  constructor({ fault, seed, form, options = {} }) {
    Object.assign(this, { fault, seed, form, options });
    this.short = form === "short";
    this.folder = mkdtempSync(join(tmpdir(), `usher-chaos-${fault.name}-`));
    this.keys = join(this.folder, "keys");
    this.domain = "chaos";
    this.random = Random.of(seed, fault.name);
    this.history = new History(this.folder);
    this.routers = [];
    this.points = new Set();
    this.notes = [];
    this.cleanups = [];
    this.tokens = new Map();
    execFileSync(binary, ["keys", "create", "--keys", this.keys], { stdio: "ignore" });
  }

  // --- what a fault builds on -------------------------------------------------------------------

  /** A Redis of its own, started. `host`, `port`, `wrap`, `env`, `settings`, `data` as in processes.mjs. */
  async startRedis(options = {}) {
    const [port] = options.port ? [options.port] : await freePorts(1);
    this.redis = new Redis({ folder: this.folder, fsync: this.fault.durability === "everysec" ? "everysec" : "always", ...options, port });
    this.onCleanup(() => this.redis.kill());
    return this.redis.start();
  }

  /** Routers `router-1`, `router-2`, …, started one after the other: the first leads. */
  async startRouters(count = 2, options = {}) {
    for (let i = 1; i <= count; ++i) await (await this.addRouter(options)).start();
    return this.routers;
  }

  /** One more router, not started yet. */
  async addRouter(options = {}) {
    const router = new Router({
      name: `router-${this.routers.length + 1}`, folder: this.folder, keys: this.keys, domain: this.domain,
      redis: this.redis?.address, durability: this.fault.durability ?? "always", ports: await freePorts(3),
      onLed: (led) => this.history.add(led.name, "led", { router: led.router, epoch: led.epoch, sequence: led.sequence, at: led.at }),
      ...options,
    });
    this.routers.push(router);
    this.onCleanup(() => router.process && router.kill());
    return router;
  }

  /** Where clients find the routers; a proxy in front of them changes this before the workload starts. */
  clientAddresses() {
    return this.addressesForClients ?? this.routers.map((router) => router.address);
  }

  token(subject) {
    const role = subject === "admin" ? "admin" : "adapter";
    if (!this.tokens.has(subject)) {
      const args = ["token", "--keys", this.keys, "--role", role, "--subject", subject, "--domain", this.domain, "--expires", "12h"];
      this.tokens.set(subject, execFileSync(binary, args, { encoding: "utf8" }).trim());
    }
    return this.tokens.get(subject);
  }

  agentToken(id) {
    return execFileSync(binary, ["token", "--keys", this.keys, "--role", "agent", "--subject", id, "--domain", this.domain, "--expires", "12h"], { encoding: "utf8" }).trim();
  }

  routersOf = (subject) => new Routers(this.clientAddresses(), this.token(subject));

  /** Applies domain.yaml, resolves the customers and starts the clients. */
  async startWorkload(options = {}) {
    const admin = this.routersOf("admin");
    const yaml = readFileSync(join(chaos, "domain.yaml"), "utf8");
    await askUntil(admin, "admin.v1.AdminService", "ApplyDomain", { requestId: "apply", yaml });
    this.customers = [];
    for (let i = 1; i <= customerCount; ++i) {
      const request = { requestId: `customer-${i}`, identity: { kind: "email", value: `customer${i}@example.com` } };
      this.customers.push((await askUntil(admin, "context.v1.ContextService", "ResolveCustomer", request)).customer.id);
    }
    admin.close();
    this.workload = new Workload({ history: this.history, seed: this.seed, customers: this.customers, routersOf: this.routersOf, makeSessionAgent: this.sessionAgent, ...this.fault.workload, ...options });
    this.workload.start();
    return this.workload;
  }

  // --- what a fault does ------------------------------------------------------------------------

  /** Waits until `count` more things were done by the clients. */
  progress(count) {
    return this.workload.progress(count);
  }

  /** Counts one kill or cut point: distinct labels count once. */
  point(label) {
    this.points.add(String(label));
    this.history.add("rig", "fault", { name: this.fault.name, what: String(label) });
  }

  /** Something worth telling in the report. */
  note(text) {
    this.notes.push(text);
  }

  /** The router that leads, as far as the logs say; undefined for a moment after a kill. */
  get leader() {
    return this.routers.find((router) => router.alive && router.leads);
  }

  get standby() {
    return this.routers.find((router) => router.alive && !router.leads);
  }

  untilLed(what = "a router leads", options = {}) {
    return until(what, () => this.leader, { msMax: 120_000, everyMs: 5, ...options });
  }

  /**
   * Ends the lease of a router that was just killed, so that the next one need not wait for its
   * time to run out. Only a hint goes: who may write is the fence's word.
   */
  async endLease() {
    await this.redis.ask("DEL", `usher:{${this.domain}}:alive`);
  }

  /** Asks a router to hand the domain over; it goes on as a standby. */
  async stepDown(router) {
    const admin = new Routers([router.address], this.token("admin"));
    try {
      await admin.ask("admin.v1.RouterService", "StepDown", {}, { msMax: 30_000 });
      router.leads = false;
    } finally {
      admin.close();
    }
  }

  pause(ms) {
    return pause(ms);
  }

  onCleanup(act) {
    this.cleanups.push(act);
  }

  // --- the end ----------------------------------------------------------------------------------

  /** Lets the clients finish, reads what the server holds, and judges. */
  async judge() {
    await this.workload.drain();
    await this.untilNobodyWaits();
    const conversations = new Set(this.history.records.filter((record) => record.op === "message").map((record) => record.contact));
    const entriesExpected = (log) => [...expectedTimelines(this.history.records, log).values()].reduce((sum, lines) => sum + lines.length, writtenOf(this.history.records).length);
    const final = await readFinalState({ routersOf: this.routersOf, customers: this.customers, conversations, entriesExpected });
    writeFileSync(join(this.folder, "final.json"), JSON.stringify(final, (_, value) => (value instanceof Map ? Object.fromEntries(value) : value)));
    this.history.flush();
    await this.verifyStored();
    return check({ records: this.history.records, final, rules });
  }

  /** What is stored must be sound as well: `usher verify` goes through all of it, beside the routers at work. */
  async verifyStored() {
    if (this.machines) return this.note("the store was not gone through: its machines are in networks of their own");
    const router = this.routers.find((one) => one.leads) ?? this.routers[0];
    const where = router.redis ? ["--redis", router.redis] : ["--data", join(router.folder, router.name)];
    const { code, out, complaints } = await run(binary, ["verify", ...where, "--domain", this.domain]);
    if (code !== 0) throw new Error(`usher verify, exit code ${code}:\n${out.slice(-3_000)}${complaints.slice(-1_000)}`);
  }

  /** Also those contacts that the clients do not know of: until none is open, or nothing moves any more. */
  async untilNobodyWaits() {
    const routers = this.routersOf("admin");
    let open = Infinity;
    let movedAt = performance.now();
    while (open > 0 && performance.now() - movedAt < this.workload.stallMsMax) {
      const { contacts = [] } = await askUntil(routers, "routing.v1.RoutingService", "ListContacts", { page: { pageSize: 500 } });
      if (contacts.length !== open) movedAt = performance.now();
      open = contacts.length;
      if (open > 0) await pause(100);
    }
    routers.close();
  }

  async close({ keep }) {
    this.workload?.close();
    for (const act of this.cleanups.reverse()) {
      try {
        await act();
      } catch (error) {
        process.stderr.write(`chaos: clean-up of ${this.fault.name}: ${error.message}\n`);
      }
    }
    if (!keep && existsSync(this.folder)) rmSync(this.folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}

