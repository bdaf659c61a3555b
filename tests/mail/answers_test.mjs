// SPDX-License-Identifier: Apache-2.0
// Agents answer mail while Dovecot, Exim, the adapter and the router are killed in turn: every answer
// reaches its customer's mailbox once, in its thread, or the agent is told what became of it.
//
//   node answers_test.mjs [--contacts 120] [--seed 1]
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { parseArgs } from "node:util";
import { Random } from "../chaos/rig/random.mjs";
import { until } from "../integration/e2e/server.mjs";
import { MailCentre } from "./mail_centre.mjs";
import { body, header, needMailServers } from "./servers.mjs";
import { SmtpSender } from "./smtp.mjs";

const { values } = parseArgs({ options: { contacts: { type: "string", default: "120" }, seed: { type: "string", default: "1" } } });
const count = Number(values.contacts);
const seed = Number(values.seed);
const desk = "support@mail.test";
const agents = ["ann", "bob", "cem", "dee"];
const customers = Array.from({ length: 12 }, (_, at) => `customer${at}`);
const deferred = "tempfail-eve";
needMailServers();

const began = performance.now();
const say = (text) => console.log(`# ${((performance.now() - began) / 1000).toFixed(1).padStart(6)} s  ${text}`);

let centre, servers;
let contacts; // by subject's number
const turns = ["adapter", "router", "smtp", "adapter", "router", "smtp", "imap", "adapter"];
const answers = []; // {name, contact, at, clientId, agent, customer}

before(async () => {
  centre = await MailCentre.start({
    mailboxes: { desk: { address: desk, queue: "support", done_folder: "Done" } },
    routing: {
      disconnect_grace: "1h",
      queues: { support: { channels: ["email"], offer_timeout: "1h", missed_offers: { limit: 0 } } },
      profiles: { desk: { email: { max: 1000 } } },
      agents: Object.fromEntries(agents.map((name) => [name, { name, profile: "desk", queues: ["support"] }])),
    },
    users: ["support", deferred, ...customers],
  });
  servers = centre.servers;
});
after(() => centre?.end());

const questionId = (at) => `question${at}@customer.test`;
const customerOf = (at) => (at === 0 ? deferred : at === 1 ? "reject-fay" : customers[at % customers.length]);

/** Somebody wrote `at`; 0 has an address that is deferred, 1 one that is refused. */
async function ask(sender, at) {
  const from = `${customers[at % customers.length]}@mail.test`;
  const lines = [`From: <${from}>`, `Reply-To: <${customerOf(at)}@mail.test>`, `To: ${desk}`, `Subject: Question ${at}`, `Message-ID: <${questionId(at)}>`,
    "Date: Mon, 16 Nov 2026 09:55:00 +0100", `References: <root${at}@customer.test>`, "", `What of ${at}?`, ""];
  await sender.send({ from, to: desk, bytes: Buffer.from(lines.join("\r\n")) });
}

test("agents have the contacts", { timeout: 200_000 }, async () => {
  const sender = new SmtpSender(servers.port("SMTP"));
  for (let at = 0; at < count; ++at) await ask(sender, at);
  sender.close();
  for (const name of agents) await centre.agent(name, "SignIn", { requestId: "in" });
  for (const name of agents) await centre.agent(name, "SetPresence", { presence: "PRESENCE_AVAILABLE" });
  const asked = new Set();
  contacts = await until("all are with agents", async () => {
    const all = await centre.contacts();
    for (const { id, offers = [] } of all) {
      for (const { agentId } of offers) {
        await centre.agent(agentId, "AcceptOffer", { requestId: `take ${id}`, contactId: id }).catch(() => {});
        asked.add(id);
      }
    }
    const mine = all.filter(({ state }) => state === "STATE_ASSIGNED");
    return mine.length === count && new Map(mine.map((one) => [Number(/^Question (\d+)$/.exec(one.subject)[1]), one]));
  }, { msMax: 120_000 });
});

/** Everything in the customers' mailboxes, by the answer's name. */
function arrived() {
  const found = new Map();
  for (const user of [deferred, ...customers]) {
    for (const raw of servers.mails(user)) {
      const text = raw.toString("latin1");
      const name = /^Answer (a\d{5})/m.exec(body(text))?.[1];
      if (!found.has(name)) found.set(name, []);
      found.get(name).push({ user, text });
    }
  }
  return found;
}

async function answer(one) {
  const message = { contactId: one.contact.id, clientId: one.name, text: `Answer ${one.name}\n.with a dot` };
  await until("the answer is recorded", () =>
    centre.ask("context.v1.ContextService/AppendMessages", { messages: [message] }, { role: "agent", as: one.contact.agent }), { msMax: 90_000 });
}

test("every answer goes out, whatever is killed", { timeout: 400_000 }, async () => {
  const random = Random.of(seed, "answers");
  for (let round = 0; round < 3; ++round) {
    for (const [at, contact] of contacts) {
      if (round > 0 && (at < 2 || random.chance(40))) continue;
      answers.push({ name: `a${String(answers.length + 1).padStart(5, "0")}`, contact, at });
    }
  }
  const total = answers.length - 2; // that arrive by themselves
  const files = () => customers.reduce((sum, user) => sum + servers.files(user).length, 0);
  const waiting = [...answers];
  const writers = Array.from({ length: 4 }, async () => {
    for (let one = waiting.shift(); one; one = waiting.shift()) await answer(one);
  });
  const step = Math.floor((total * 0.9) / turns.length);
  for (const [turn, name] of turns.entries()) {
    const from = turn * step + random.between(1, step);
    await until(`${from} answers have arrived`, () => files() >= from, { msMax: 120_000 });
    say(`${files()} of ${total} have arrived: ${name}`);
    if (name === "imap" || name === "smtp") {
      servers.kill(name);
      servers.revive(name);
    } else {
      await centre.killAndStart(name);
    }
  }
  await Promise.all(writers);
  writeFileSync(join(servers.folder, "healed"), "");
  say(`all ${answers.length} are said, and ${deferred} takes mail`);
});

/** How far the customers' side is: the last message that is dealt with, by contact. */
async function settled(contact) {
  const { messages = [], marks = [] } = await centre.ask("context.v1.ContextService/ListMessages", { contactId: contact.id, limit: 1000 });
  const mark = marks.find(({ side }) => side === "SIDE_CUSTOMER");
  const last = messages.findLast(({ author }) => author.side === "SIDE_AGENT");
  return { messages, done: Number(mark?.deliveredUpTo ?? 0) >= Number(last?.id ?? 0) };
}

/**
 * By what name Exim took a copy in. Two of one name were given to it once: killed between the delivery and its note of
 * that, it delivers again.
 */
const givenToExim = ({ text }) => /\(Exim [^)]*\)[\s\S]*?\bid (\S+)/.exec(text)?.[1] ?? text;

test("each arrived once, in its thread, or the agent knows", { timeout: 400_000 }, async () => {
  const talks = new Map();
  await until("every answer is dealt with", async () => {
    for (const [at, contact] of contacts) {
      if (talks.has(at)) continue;
      const { messages, done } = await settled(contact);
      if (!done) return false;
      talks.set(at, messages);
    }
    return true;
  }, { msMax: 240_000, everyMs: 250 });
  await until("nothing is on its way", () => servers.queued() === 0);
  const found = arrived();
  const notes = new Map([...talks].map(([at, messages]) => [at, messages.filter(({ author }) => author.side === "SIDE_SYSTEM").map(({ text }) => text)]));
  const undecided = [...notes].flatMap(([at, all]) => all.filter((text) => text.includes("may have been delivered or not")).map(() => at));
  const lost = [], doubled = [], copied = [], astray = [];
  for (const { name, at } of answers.filter((one) => one.at !== 1)) {
    const copies = found.get(name) ?? [];
    if (copies.length === 0 && !undecided.includes(at)) lost.push(name);
    if (new Set(copies.map(({ text }) => header(text, "Message-ID"))).size > 1) doubled.push(name);
    else if (new Set(copies.map(givenToExim)).size > 1) copied.push(`${name} (${copies.length} times)`);
    for (const { user, text } of copies) {
      const right = user === customerOf(at) && header(text, "Subject") === `Re: Question ${at}` && header(text, "In-Reply-To") === `<${questionId(at)}>` &&
        header(text, "References") === `<root${at}@customer.test> <${questionId(at)}>` && body(text).startsWith(`Answer ${name}\n.with a dot\n`);
      if (!right) astray.push(`${name} at ${user}`);
    }
  }
  say(`${answers.length} answers: ${lost.length} lost, ${doubled.length} doubled, ${copied.length} copied under one Message-ID, ${undecided.length} told as undecided`);
  if (copied.length > 0) say(`copied: ${copied.join(", ")}`);
  assert.deepEqual({ lost, doubled, astray }, { lost: [], doubled: [], astray: [] });
  assert.deepEqual(copied, [], "what was sent is recorded, and what may have been is not sent again");
  assert.deepEqual(notes.get(1).length, 1, "what was refused was told once");
  assert.match(notes.get(1)[0], /not delivered.*550/s);
  assert.equal(found.get(answers.find(({ at }) => at === 0).name).length, 1, "what was deferred came in the end");
});
