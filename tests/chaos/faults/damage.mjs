// SPDX-License-Identifier: Apache-2.0
// The append-only file of Redis is torn, or a bit of it is another.
import { cpSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { appendedFile, flip, tear, transactions } from "../inject/append_only_file.mjs";
import { pause, until } from "../rig/processes.mjs";
import { askUntil } from "../rig/rpc.mjs";

const lastTransactions = 40;
const settleMs = 1_500;

/** What the router serves: the open contacts, as text by id. */
async function served(rig) {
  const routers = rig.routersOf("watcher-1");
  try {
    const contacts = new Map();
    for (let pageToken = ""; ; ) {
      const answer = await askUntil(routers, "routing.v1.RoutingService", "ListContacts", { page: { pageSize: 500, pageToken } }, { msMax: 20_000 });
      for (const contact of answer.contacts ?? []) {
        const { id, queue, subject, externalId, customerId, channel, priority } = contact;
        contacts.set(id, JSON.stringify({ queue, subject, externalId, customerId, channel, priority }));
      }
      pageToken = answer.page?.nextPageToken ?? "";
      if (!pageToken) return contacts;
    }
  } finally {
    routers.close();
  }
}

/** Stops everything and keeps the files as they are then. */
async function freeze(rig) {
  for (const adapter of rig.workload.adapters) adapter.stopSubmitting();
  rig.workload.close();
  for (const router of rig.routers) await router.kill();
  await rig.redis.kill();
  rig.kept = join(rig.folder, "kept");
  cpSync(rig.redis.data, rig.kept, { recursive: true });
  rig.bytes = readFileSync(appendedFile(rig.redis.data));
}

function thaw(rig) {
  rmSync(rig.redis.data, { recursive: true, force: true });
  cpSync(rig.kept, rig.redis.data, { recursive: true });
  return appendedFile(rig.redis.data);
}

/** The next start's outcome: `led` with its log line, or the error that it says again and again. */
async function leadOrSay(rig) {
  const [router] = rig.routers;
  router.spawn();
  let found;
  const ask = () => {
    const lines = router.process.lines.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line));
    found = lines.find(({ event }) => event === "domain_led") ?? lines.find(({ level, event }) => level === "error" || event === "domain_not_loaded");
    if (!found && !router.process.alive) found = { event: "ended", message: router.process.lines.at(-1) ?? "" };
    return found;
  };
  await until("the router leads or says why not", ask, { msMax: 30_000 });
  const named = () => router.process.lines.filter((line) => /row_parked|old_commit_damaged|damaged/i.test(line));
  return { ...found, named };
}

export const faults = [
  {
    name: "torn-tail", short: false, own: true,
    title: "The append-only file ends within a write: each commit is there whole or not at all",
    how: "the file is cut off at bytes spread over its last transactions; Redis and a router start on it",
    async run(rig) {
      await rig.startWorkload();
      await rig.progress(150);
      await freeze(rig);
      const all = transactions(rig.bytes).slice(-lastTransactions);
      const from = all[0].start;
      const count = rig.options.points ?? (rig.short ? 4 : 60);
      for (let i = 0; i < count; ++i) {
        const size = from + 1 + Math.floor(((rig.bytes.length - from - 2) * i) / count) + rig.random.below(7);
        rig.point(`torn at ${size}`);
        tear(thaw(rig), size);
        await rig.redis.start();
        const held = await rig.redis.ask("HGET", `usher:{${rig.domain}}:lease`, "seq");
        const outcome = await leadOrSay(rig);
        if (outcome.event !== "domain_led") throw new Error(`torn at ${size}: ${JSON.stringify(outcome)}`);
        if (String(outcome.sequence) !== held) throw new Error(`torn at ${size}: led at ${outcome.sequence}, the log ends at ${held}`);
        await rig.routers[0].kill();
        await rig.redis.kill();
      }
    },
  },
  {
    name: "flipped-bits", short: false, own: true,
    title: "A bit of the append-only file is another: found, named, and never routed from",
    how: "one bit of a value is turned over; Redis and a router start on it; what is served must be as before, or its damage named",
    async run(rig) {
      await rig.startWorkload();
      await rig.progress(150);
      const before = await frozenView(rig);
      const all = transactions(rig.bytes);
      const words = all.flatMap(({ commands }) => commands.flatMap((command) => command.slice(1))).filter(({ text }) => text.length > 0);
      const seen = { "Redis refuses the file": 0, "the router refuses and says why": 0, "parked and named": 0, "without consequence": 0 };
      const count = rig.options.points ?? (rig.short ? 4 : 60);
      for (let i = 0; i < count; ++i) {
        const word = rig.random.pick(words);
        const offset = word.start + rig.random.below(word.text.length);
        const bit = rig.random.below(8);
        rig.point(`bit ${bit} of byte ${offset}`);
        flip(thaw(rig), offset, bit);
        const label = await judgeFlip(rig, before, `bit ${bit} of byte ${offset} (in ${JSON.stringify(word.text.slice(0, 40))})`);
        ++seen[label];
        if (rig.routers[0].alive) await rig.routers[0].kill();
        await rig.redis.kill();
      }
      rig.note(Object.entries(seen).map(([label, times]) => `${label}: ${times}`).join(", "));
    },
  },
];

/** What is served from the files as they are, before anything is turned over. */
async function frozenView(rig) {
  await freeze(rig);
  thaw(rig);
  await rig.redis.start();
  const outcome = await leadOrSay(rig);
  if (outcome.event !== "domain_led") throw new Error(`the undamaged file: ${JSON.stringify(outcome)}`);
  rig.addressesForClients = [rig.routers[0].address];
  const before = await served(rig);
  await rig.routers[0].kill();
  await rig.redis.kill();
  return before;
}

async function judgeFlip(rig, before, where) {
  try {
    await rig.redis.start();
  } catch {
    return "Redis refuses the file";
  }
  const outcome = await leadOrSay(rig);
  if (outcome.event !== "domain_led" && outcome.event !== "row_parked") return "the router refuses and says why";
  await pause(outcome.event === "row_parked" ? settleMs : 0);
  if (!rig.routers[0].leads) return "the router refuses and says why";
  const after = await served(rig);
  const named = outcome.named();
  for (const [id, text] of after) {
    if (before.has(id) && before.get(id) !== text) throw new Error(`${where}: ${id} is served as ${text}, it was ${before.get(id)}`);
    if (!before.has(id)) throw new Error(`${where}: ${id} is served and was not there: ${text}`);
  }
  const gone = [...before.keys()].filter((id) => !after.has(id));
  if (gone.length > 0 && named.length === 0) throw new Error(`${where}: ${gone} is gone, and nothing was said`);
  return named.length > 0 ? "parked and named" : "without consequence";
}
