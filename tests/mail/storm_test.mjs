// SPDX-License-Identifier: Apache-2.0
// Thousands of mails from many customers over SMTP, while Dovecot, Exim, the adapter and the router are
// killed in turn, the mailbox gets other uids, and somebody else moves mail about in it: each mail's
// words stand once in one contact, and each thread is one contact.
//
//   node storm_test.mjs [--mails 3000] [--seed 1] [--senders 6]
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { parseArgs } from "node:util";
import { Random } from "../chaos/rig/random.mjs";
import { until } from "../integration/e2e/server.mjs";
import { ImapSession } from "./imap.mjs";
import { corpusName, desk, drawLetters, keyOf, namePattern, readCorpus } from "./letters.mjs";
import { MailCentre } from "./mail_centre.mjs";
import { needMailServers } from "./servers.mjs";
import { SmtpSender } from "./smtp.mjs";

const { values } = parseArgs({
  options: { mails: { type: "string", default: "3000" }, seed: { type: "string", default: "1" }, senders: { type: "string", default: "6" } },
});
const count = Number(values.mails);
const seed = Number(values.seed);
const stallMs = 60_000;
needMailServers();

const began = performance.now();
const say = (text) => console.log(`# ${((performance.now() - began) / 1000).toFixed(1).padStart(6)} s  ${text}`);

const { letters, sent } = drawLetters({ seed, count });
const hard = readCorpus();
let centre, servers;
let sendingDone = false;
const uidValidities = new Set();

before(async () => {
  centre = await MailCentre.start({
    mailboxes: { desk: { address: desk, queue: "support", done_folder: "Done" } },
    routing: { queues: { support: { channels: ["email"] } } },
    users: ["support"],
  });
  servers = centre.servers;
});
after(() => centre?.end());

/** Everything is sent, by several clients at a time, each mail until a server has it. */
async function sendAll() {
  const random = Random.of(seed, "senders");
  const lanes = Array.from({ length: Number(values.senders) }, () => []);
  for (const letter of sent) random.pick(lanes).push(letter);
  for (const letter of hard) random.pick(lanes).splice(random.below(lanes[0].length), 0, letter);
  const again = await Promise.all(lanes.map(async (lane) => {
    const sender = new SmtpSender(servers.port("SMTP"));
    for (const { from, bytes } of lane) await sender.send({ from, to: desk, bytes });
    sender.close();
    return sender.again;
  }));
  sendingDone = true;
  say(`${sent.length + hard.length} mails sent, ${again.reduce((sum, one) => sum + one)} of them once more since their answer was lost`);
}

const taken = () => servers.files("support", "Done").length;
const left = () => servers.queued() + servers.files("support").length + servers.files("support", "Elsewhere").length;

/** Waits for `look`, as long as mail still moves. */
async function whileMoving(what, look) {
  let seen, changedAt = Date.now();
  const stalled = () => Date.now() - changedAt > stallMs;
  await until(what, () => {
    const now = `${taken()} ${left()}`;
    if (now !== seen) [seen, changedAt] = [now, Date.now()];
    return stalled() || look();
  }, { msMax: Infinity, everyMs: 100 });
  assert.ok(!stalled(), `until ${what}: nothing moves, ${taken()} taken, ${left()} left`);
}

const somebody = (folder = "INBOX") => ImapSession.open({ port: servers.port("IMAP"), user: desk, password: servers.password, folder });

/** What happens meanwhile, by name. */
const meanwhile = {
  adapter: () => centre.killAndStart("adapter"),
  router: () => centre.killAndStart("router"),
  imap: () => (servers.kill("imap"), servers.revive("imap")),
  smtp: () => (servers.kill("smtp"), servers.revive("smtp")),
  async renumbered() {
    uidValidities.add(await validity());
    servers.kill("imap");
    servers.renumber("support");
    servers.revive("imap");
    uidValidities.add(await validity());
  },
  /** Mail that was not taken yet is moved away. */
  async away() {
    const mailbox = await somebody();
    await mailbox.run("CREATE Elsewhere").catch(() => {});
    const uids = (await mailbox.search("UNKEYWORD $UsherTaken")).slice(-20);
    if (uids.length > 0) await mailbox.run(`UID MOVE ${uids.join(",")} Elsewhere`);
    mailbox.close();
  },
  async back() {
    const mailbox = await somebody("Elsewhere");
    await mailbox.run("UID MOVE 1:* INBOX");
    mailbox.close();
  },
  /** Mail that was taken long ago comes back as if it had not been. */
  async unmarked() {
    const mailbox = await somebody("Done");
    const uids = (await mailbox.search("ALL")).slice(0, 20).join(",");
    await mailbox.run(`UID STORE ${uids} -FLAGS.SILENT ($UsherTaken)`);
    await mailbox.run(`UID MOVE ${uids} INBOX`);
    mailbox.close();
  },
};

async function validity() {
  const mailbox = await somebody();
  const value = await mailbox.uidValidity("INBOX");
  mailbox.close();
  return value;
}

/** All of it in turn, each when the next mails have been taken: how many, the seed says. */
async function disturb() {
  const random = Random.of(seed, "faults");
  const turns = ["adapter", "imap", "away", "router", "smtp", "renumbered", "back", "adapter", "unmarked", "router", "imap", "smtp"];
  const step = Math.floor((count * 0.9) / turns.length);
  for (const [at, name] of turns.entries()) {
    const from = at * step + random.between(1, step);
    await whileMoving(`${from} are taken`, () => taken() >= from);
    say(`${taken()} taken, ${left()} left: ${name}`);
    await meanwhile[name]();
  }
}

test(`${count} mails and the corpus come in, whatever is killed`, { timeout: 600_000 + count * 100 }, async () => {
  const work = Promise.all([sendAll(), disturb()]);
  await work;
  await whileMoving("all are taken", () => sendingDone && left() === 0);
  say(`all taken: ${(count / ((performance.now() - began) / 1000)).toFixed(0)} a second with all that happened meanwhile`);
  assert.ok(uidValidities.size > 1, "the mailbox kept its UIDVALIDITY");
});

test("each mail's words stand once, each thread is one contact", { timeout: 600_000 }, async () => {
  const said = new Map(); // name -> contacts, one for each time that it is said
  const keys = new Map(); // of mails in the mailbox, likewise
  const conversations = await centre.conversations(await centre.contacts());
  const strangers = [];
  for (const [contact, messages] of conversations) {
    for (const { text = "", author, clientId } of messages) {
      if (clientId.endsWith("-0")) add(keys, clientId.slice("mail-".length, -2), contact.id);
      if (author.side === "SIDE_CUSTOMER") for (const name of text.match(namePattern) ?? []) add(said, name, contact.id);
    }
    if (messages.length === 0) strangers.push(contact.id);
  }
  const threads = new Map();
  const lost = [], doubled = [];
  for (const { name, root } of letters) {
    const places = said.get(name) ?? [];
    if (places.length === 0) lost.push(name);
    if (places.length > 1) doubled.push(`${name} (${places.join(", ")})`);
    for (const place of places) add(threads, root, place);
  }
  const torn = [...threads].filter(([, places]) => new Set(places).size > 1).map(([root, places]) => `${root} (${[...new Set(places)].join(", ")})`);
  const mixed = findMixed(threads);
  const stored = servers.mails("support", "Done").map((raw) => [corpusName(raw), keyOf(raw)]).filter(([name]) => name);
  for (const { name, opens } of hard) {
    const of = new Set(stored.filter(([one]) => one === name).map(([, key]) => key));
    const times = [...of].reduce((sum, key) => sum + (keys.get(key)?.length ?? 0), 0);
    if (opens && times === 0) lost.push(name);
    if (times > 1) doubled.push(name);
  }
  say(`${letters.length} mails in ${threads.size} threads and ${hard.length} of the corpus: ${conversations.length} contacts; ` +
    `${lost.length} lost, ${doubled.length} doubled, ${torn.length} threads torn, ${mixed.length} contacts of several threads, ${strangers.length} without words`);
  assert.deepEqual({ lost, doubled, torn, mixed, strangers }, { lost: [], doubled: [], torn: [], mixed: [], strangers: [] });
});

function add(map, key, value) {
  if (!map.has(key)) map.set(key, []);
  map.get(key).push(value);
}

function findMixed(threads) {
  const roots = new Map();
  for (const [root, places] of threads) for (const place of new Set(places)) add(roots, place, root);
  return [...roots].filter(([, all]) => all.length > 1).map(([contact, all]) => `${contact} (${all.join(", ")})`);
}
