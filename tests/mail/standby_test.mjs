// SPDX-License-Identifier: Apache-2.0
// Two adapters of one mailbox: one works, the other stands by. The one that works is killed and stopped
// in the middle of mails in and answers out; no mail is lost or taken twice, no answer goes out twice.
//
//   node standby_test.mjs [--contacts 40] [--seed 1]
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { parseArgs } from "node:util";
import { Random } from "../chaos/rig/random.mjs";
import { until } from "../integration/e2e/server.mjs";
import { MailCentre } from "./mail_centre.mjs";
import { body, header, needMailServers } from "./servers.mjs";
import { SmtpSender } from "./smtp.mjs";

const { values } = parseArgs({ options: { contacts: { type: "string", default: "40" }, seed: { type: "string", default: "1" } } });
const count = Number(values.contacts);
const random = Random.of(Number(values.seed), "standby");
const desk = "support@mail.test";
const customers = Array.from({ length: 8 }, (_, at) => `customer${at}`);
needMailServers();

const began = performance.now();
const say = (text) => console.log(`# ${((performance.now() - began) / 1000).toFixed(1).padStart(6)} s  ${text}`);

let centre, servers;
const adapters = new Map(); // by name
const seen = (name, event) => adapters.get(name).log.split(`"${event}"`).length - 1;
const answers = []; // {name, contact}
let asked = 0;

const begin = async (name) => adapters.set(name, await centre.startOne(name));
const other = (name) => (name === "mail-1" ? "mail-2" : "mail-1");
const takesOver = (name, from) =>
  until(`${name} has the mailbox`, () => seen(name, "mailbox_open") > from, { msMax: 60_000, everyMs: 10 });

before(async () => {
  centre = await MailCentre.start({
    mailboxes: { desk: { address: desk, queue: "support", done_folder: "Done", sent_folder: "Sent" } },
    more: { standby: "mail" },
    routing: {
      disconnect_grace: "1h",
      queues: { support: { channels: ["email"], offer_timeout: "1h", missed_offers: { limit: 0 } } },
      profiles: { desk: { email: { max: 1000 } } },
      agents: { ann: { name: "Ann", profile: "desk", queues: ["support"] } },
    },
    users: ["support", ...customers],
    adapter: false,
  });
  servers = centre.servers;
  await begin("mail-1");
  await takesOver("mail-1", 0);
  await begin("mail-2");
  await centre.agent("ann", "SignIn", { requestId: "in" });
});
let sender;
after(() => {
  sender?.close();
  return centre?.end();
});

async function ask() {
  const at = asked++;
  const from = `${customers[at % customers.length]}@mail.test`;
  const lines = [`From: <${from}>`, `To: ${desk}`, `Subject: Question ${at}`, `Message-ID: <question${at}@customer.test>`, "", `What of ${at}?`, ""];
  sender ??= new SmtpSender(servers.port("SMTP"));
  await sender.send({ from, to: desk, bytes: Buffer.from(lines.join("\r\n")) });
}
const accept = async () => {
  for (const { id, offers = [] } of await centre.contacts()) {
    if (offers.length > 0) await centre.agent("ann", "AcceptOffer", { requestId: `take ${id}`, contactId: id }).catch(() => {});
  }
};
const mine = async () => {
  await accept();
  return (await centre.contacts()).filter(({ state }) => state === "STATE_ASSIGNED");
};
async function answer(contact) {
  const name = `a${String(answers.length + 1).padStart(5, "0")}`;
  answers.push({ name, contact });
  await until("the answer is recorded", () => centre.ask("context.v1.ContextService/AppendMessages",
    { messages: [{ contactId: contact.id, clientId: name, text: `Answer ${name}` }] }, { role: "agent", as: "ann" }).then(() => true, () => false));
}
const arrived = () => customers.reduce((sum, user) => sum + servers.files(user).length, 0);

test("the second one stands by: it has no mailbox open, and says so", async () => {
  await until("it stands by", () => seen("mail-2", "adapter_stands_by") === 1);
  const figures = await (await fetch(`http://${adapters.get("mail-2").metrics}/metrics`)).text();
  assert.match(figures, /^usher_email_standing_by 1$/m);
  assert.match(figures, /^usher_email_mailboxes_connected 0$/m);
  const refused = await fetch(`http://${adapters.get("mail-2").http}/channels/v1/files?url=x-mail:desk/k/1`, { headers: { authorization: `Bearer ${centre.place.token("adapter", "gate", "acme")}` } });
  assert.deepEqual([refused.status, (await refused.json()).reason], [503, "STANDS_BY"]);
  for (let at = 0; at < count; ++at) await ask();
  await until("all are with Ann", async () => (await mine()).length === count, { msMax: 60_000 });
  assert.equal(seen("mail-2", "mailbox_open"), 0);
});

/** Customers write and Ann answers until told to end, with so much on its way and no more. */
function work() {
  let ends = false;
  const running = (async () => {
    while (!ends) {
      if (answers.length > arrived() + 30) {
        await new Promise((done) => setTimeout(done, 50));
        continue;
      }
      const contacts = await mine().catch(() => []);
      await ask();
      for (let at = 0; at < 3 && contacts.length > 0; ++at) await answer(contacts[random.between(0, contacts.length - 1)]);
    }
  })();
  return () => ((ends = true), running);
}

test("killed in the middle, the other one goes on", { timeout: 300_000 }, async () => {
  const end = work();
  let active = "mail-1";
  const took = [];
  for (let round = 0; round < 6; ++round) {
    const from = arrived();
    const more = random.between(3, 15);
    await until(`${more} more answers have arrived`, () => arrived() >= from + more, { msMax: 120_000 });
    const next = other(active);
    await until("the other one stands by", () => seen(next, "adapter_stands_by") > 0);
    const opened = seen(next, "mailbox_open");
    const at = performance.now();
    await adapters.get(active).kill();
    await takesOver(next, opened);
    took.push(Math.round(performance.now() - at));
    await begin(active);
    active = next;
  }
  await end();
  say(`took over after ${took.join(", ")} ms; ${asked} mails and ${answers.length} answers so far`);
  assert.equal(active, "mail-1");
});

test("stopped for long and set going again, it leaves the mailbox to the other one", { timeout: 300_000 }, async () => {
  await until("the other one stands by", () => seen("mail-2", "adapter_stands_by") > 0);
  for (const [stopped, next] of [["mail-1", "mail-2"], ["mail-2", "mail-1"]]) {
    const end = work();
    // With much to do in its hands.
    const contacts = await mine();
    for (let at = 0; at < 20; ++at) await answer(contacts[at % contacts.length]);
    const before = { opened: seen(next, "mailbox_open"), stands: seen(stopped, "adapter_stands_by"), left: seen(stopped, "mailboxes_left") };
    const at = performance.now();
    adapters.get(stopped).child.kill("SIGSTOP");
    await takesOver(next, before.opened);
    say(`${stopped} stood still, and ${next} took over after ${Math.round(performance.now() - at)} ms`);
    const from = arrived();
    await until("the other one works", () => arrived() >= from + 10, { msMax: 60_000 });
    adapters.get(stopped).child.kill("SIGCONT");
    await until("the stopped one has noticed", () => seen(stopped, "adapter_stands_by") > before.stands && seen(stopped, "mailboxes_left") > before.left, { msMax: 90_000 });
    await end();
  }
});

test("the router is killed, and exactly one goes on", { timeout: 120_000 }, async () => {
  const welcomes = () => ["mail-1", "mail-2"].map((name) => seen(name, "mailbox_open"));
  const before = welcomes();
  await centre.router.kill();
  await centre.startRouter();
  await until("one has the mailbox", () => welcomes().some((now, at) => now > before[at]), { msMax: 60_000 });
  const contacts = await until("agents are back", () => mine().catch(() => false));
  await answer(contacts[0]);
});

test("nothing is lost or doubled", { timeout: 300_000 }, async () => {
  await until("all mail is marked", () => servers.files("support").length === 0, { msMax: 60_000 });
  const all = await centre.contacts();
  const of = (at) => all.filter(({ subject }) => subject === `Question ${at}`).length;
  const wrong = Array.from({ length: asked }, (_, at) => [at, of(at)]).filter(([, contacts]) => contacts !== 1);
  assert.deepEqual(wrong, [], "each mail is one contact");
  const talks = new Map();
  await until("every answer is dealt with", async () => {
    for (const contact of all) {
      if (talks.has(contact.id)) continue;
      const { messages = [], marks = [] } = await centre.ask("context.v1.ContextService/ListMessages", { contactId: contact.id, limit: 1000 });
      const mark = marks.find(({ side }) => side === "SIDE_CUSTOMER");
      const last = messages.findLast(({ author }) => author.side === "SIDE_AGENT");
      if (Number(mark?.deliveredUpTo ?? 0) < Number(last?.id ?? 0)) return false;
      talks.set(contact.id, messages);
    }
    return true;
  }, { msMax: 240_000, everyMs: 250 });
  await until("nothing is on its way", () => servers.queued() === 0);
  const torn = [...talks].filter(([, messages]) => messages.filter(({ author }) => author.side === "SIDE_CUSTOMER").length !== 1).map(([id]) => id);
  assert.deepEqual(torn, [], "each mail's words stand once");
  const found = new Map();
  for (const user of customers) {
    for (const raw of servers.mails(user)) {
      const text = raw.toString("latin1");
      const name = /^Answer (a\d{5})/m.exec(body(text))?.[1];
      found.set(name, [...(found.get(name) ?? []), header(text, "Message-ID")]);
    }
  }
  const undecided = [...talks].flatMap(([id, messages]) =>
    messages.filter(({ author, text }) => author.side === "SIDE_SYSTEM" && text.includes("may have been delivered or not")).map(() => id));
  const lost = answers.filter(({ name, contact }) => !found.has(name) && !undecided.includes(contact.id)).map(({ name }) => name);
  const doubled = answers.filter(({ name }) => (found.get(name)?.length ?? 0) > 1).map(({ name }) => name);
  say(`${asked} mails, ${answers.length} answers: ${lost.length} lost, ${doubled.length} doubled, ${undecided.length} told as undecided`);
  assert.deepEqual({ lost, doubled }, { lost: [], doubled: [] });
  assert.ok(undecided.length <= 9, "at most one for each kill and stop");
  await until("the Sent folder has each once", () => servers.files("support", "Sent").length >= found.size - undecided.length, { msMax: 60_000 });
  const copies = servers.mails("support", "Sent").map((raw) => header(raw.toString("latin1"), "Message-ID"));
  assert.equal(new Set(copies).size, copies.length, "none is in the Sent folder twice");
});
