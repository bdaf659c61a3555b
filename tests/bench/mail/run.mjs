// SPDX-License-Identifier: Apache-2.0
// tests/bench/mail/run [--mails 3000] [--latencies 200] [--large 100000] [--waiting 20000]
// [--only intake,latency,large,waiting] [--out FILE]: mails a second taken in, from "accepted" at the customer to the offer at an agent, and an
// adapter at a large mailbox; each beside what Dovecot and Exim do alone in the same run. See README.md.
import { readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { clientOf, withToken } from "../../integration/e2e/rpc.mjs";
import { until } from "../../integration/e2e/server.mjs";
import { MailCentre } from "../../mail/mail_centre.mjs";
import { needMailServers } from "../../mail/servers.mjs";
import { SmtpSender } from "../../mail/smtp.mjs";
import { Random } from "../../chaos/rig/random.mjs";
import { cpuSeconds } from "../process_time.mjs";
import { quantile } from "../quantile.mjs";
import { fill, openInbox, takeBare, write } from "./mailbox.mjs";

const { values } = parseArgs({
  options: {
    mails: { type: "string", default: "3000" },
    latencies: { type: "string", default: "200" },
    large: { type: "string", default: "100000" },
    waiting: { type: "string", default: "20000" },
    only: { type: "string", default: "intake,latency,large,waiting" },
    out: { type: "string", default: join(tmpdir(), "usher-mail-bench.json") },
  },
});
needMailServers();

const began = performance.now();
const say = (text) => process.stderr.write(`${((performance.now() - began) / 1000).toFixed(0).padStart(4)} s  ${text}\n`);
const rows = [];
const note = (what, figure) => {
  rows.push({ what, figure, load: loadavg()[0] });
  say(`${what}: ${figure} (load ${loadavg()[0].toFixed(1)})`);
};
const limitMs = 600_000;
const memory = (pid, name) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]) / 1024;
const spread = (numbers) => {
  const sorted = [...numbers].sort((a, b) => a - b);
  return `p50 ${quantile(sorted, 0.5).toFixed(0)}, p99 ${quantile(sorted, 0.99).toFixed(0)} ms`;
};

function start(done = true) {
  return MailCentre.start({
    mailboxes: { desk: { address: "support@mail.test", queue: "support", ...(done && { done_folder: "Done" }) } },
    routing: {
      disconnect_grace: "1h",
      queues: { support: { channels: ["email"], offer_timeout: "1h", missed_offers: { limit: 0 } } },
      profiles: { desk: { email: { max: 1000 } } },
      agents: { ann: { name: "Ann", profile: "desk", queues: ["support"] } },
    },
    users: ["support", "bare"],
    adapter: false,
  });
}
const opened = (centre) => until("the mailbox is open", () => centre.adapter.log.includes('"mailbox_open"'), { msMax: limitMs, everyMs: 5 });

async function withCentre(work, ...settings) {
  const centre = await start(...settings);
  try {
    await work(centre, centre.servers);
  } finally {
    await centre.end();
  }
}

/** A burst that waits in the mailbox. */
async function intake(centre, servers) {
  const count = Number(values.mails);
  for (const user of ["bare", "support"]) fill(servers, user, { name: user, count });
  await (await openInbox(servers, "support")).close(); // Dovecot has numbered them
  const bare = await takeBare(servers, "bare", count);
  await centre.startAdapter();
  await opened(centre);
  const from = performance.now();
  await until("all are taken", () => servers.files("support", "Done").length >= count, { msMax: limitMs, everyMs: 10 });
  const seconds = (performance.now() - from) / 1000;
  const contacts = (await centre.contacts()).length;
  if (contacts !== count) throw new Error(`${count} mails became ${contacts} contacts`);
  note(`taken in, ${count} mails of 1.5 KB that wait`, `${(count / seconds).toFixed(0)} mails/s`);
  note("the same fetched, marked and moved by a bare IMAP client", `${(count / bare).toFixed(0)} mails/s (Usher's rate is ${(bare / seconds).toFixed(2)} of it)`);
  const ms = (child) => ((cpuSeconds(child.pid) * 1000) / count).toFixed(2);
  note("processor time a mail", `adapter ${ms(centre.adapter.child)} ms, router ${ms(centre.router.child)} ms`);
}

/** From 250 at the customer to the offer at an agent. */
async function latency(centre, servers) {
  await centre.startAdapter();
  await opened(centre);
  const offers = [];
  const client = clientOf(centre.router, "usher.agents.v1.AgentService");
  const stream = client.WatchAgent({}, withToken(centre.place.token("agent", "ann", "acme")));
  stream.on("error", () => {});
  stream.on("data", ({ events = [] }) => {
    for (const { offered, contactId } of events) if (offered) offers.push({ at: performance.now(), contactId });
  });
  await centre.agent("ann", "SignIn", { requestId: "in" });
  await centre.agent("ann", "SetPresence", { presence: "PRESENCE_AVAILABLE" });
  const heard = [];
  const bare = await openInbox(servers, "bare");
  bare.watch(() => heard.push(performance.now()));
  const sender = new SmtpSender(servers.port("SMTP"));
  const random = Random.of(1, "latency");
  const toOffer = [], toBare = [], more = [];
  const rounds = Number(values.latencies);
  for (let round = -5; round < rounds; ++round) {
    const before = [offers.length, heard.length];
    const bytes = Buffer.from(write("latency", round));
    // One mail to both mailboxes: Exim delivers it to one after the other, each first in turn.
    const accepted = {};
    for (const to of round % 2 ? ["bare", "support"] : ["support", "bare"]) {
      await sender.send({ from: "customer@mail.test", to: `${to}@mail.test`, bytes });
      accepted[to] = performance.now();
    }
    await until("it is offered and heard", () => offers.length > before[0] && heard.length > before[1], { everyMs: 2 });
    const offer = offers.at(-1).at - accepted.support, news = heard[before[1]] - accepted.bare;
    if (round >= 0) {
      toOffer.push(offer);
      toBare.push(news);
      more.push(offer - news);
    }
    await centre.agent("ann", "AcceptOffer", { requestId: `take ${round}`, contactId: offers.at(-1).contactId });
    // Not in step with the half second for which Dovecot gathers news.
    await new Promise((done) => setTimeout(done, random.between(100, 900)));
  }
  stream.cancel();
  sender.close();
  bare.close();
  const mean = (numbers) => numbers.reduce((sum, one) => sum + one, 0) / numbers.length;
  note(`accepted by SMTP to offered at an agent, ${rounds} mails`, spread(toOffer));
  note("accepted by SMTP to EXISTS at a bare IDLE client", `${spread(toBare)} (Usher's mean is ${(mean(toOffer) / mean(toBare)).toFixed(2)} of it)`);
  note("the difference, mail by mail", spread(more));
}

/** An adapter at a mailbox with very many mails that were all taken. */
async function large(centre, servers) {
  const count = Number(values.large);
  fill(servers, "support", { name: "taken", count, distinct: 100, taken: true });
  const started = performance.now();
  const numbering = await openInbox(servers, "support");
  note(`a bare client's first SELECT of ${count} mails (Dovecot numbers them)`, `${((performance.now() - started) / 1000).toFixed(1)} s`);
  const again = performance.now();
  await numbering.run("SELECT INBOX");
  await numbering.search("UNDELETED UNKEYWORD $UsherTaken");
  note("a bare client's next SELECT and SEARCH", `${(performance.now() - again).toFixed(0)} ms`);
  numbering.close();
  const from = performance.now();
  await centre.startAdapter();
  const serving = performance.now();
  await opened(centre);
  note("the adapter, started", `serves after ${(serving - from).toFixed(0)} ms, has the mailbox open after ${(performance.now() - from).toFixed(0)} ms`);
  const sender = new SmtpSender(servers.port("SMTP"));
  const sent = performance.now();
  await sender.send({ from: "customer@mail.test", to: "support@mail.test", bytes: Buffer.from(write("new", 1)) });
  await until("it is a contact", async () => (await centre.contacts()).length === 1, { msMax: limitMs });
  note("a new mail is a contact", `after ${(performance.now() - sent).toFixed(0)} ms`);
  sender.close();
  note(`memory of the adapter, ${count} taken mails`, `${memory(centre.adapter.child.pid, "VmRSS").toFixed(0)} MB, at most ${memory(centre.adapter.child.pid, "VmHWM").toFixed(0)} MB`);
}

/** The same with mails of which none was taken. */
async function waiting(centre, servers) {
  const count = Number(values.waiting);
  const first = Math.min(1000, count);
  for (const user of ["bare", "support"]) {
    fill(servers, user, { name: "waiting", count, distinct: first });
    (await openInbox(servers, user)).close();
  }
  const bare = await takeBare(servers, "bare", first);
  const from = performance.now();
  await centre.startAdapter();
  await until("the first is a contact", () => servers.files("support", "Done").length > 0, { msMax: limitMs, everyMs: 5 });
  note(`started at ${count} mails that wait, the first is taken`, `after ${(performance.now() - from).toFixed(0)} ms`);
  const taking = performance.now();
  await until("some are contacts", () => servers.files("support", "Done").length >= first, { msMax: limitMs });
  const seconds = (performance.now() - taking) / 1000;
  note(`the first ${first} of them`, `${(first / seconds).toFixed(0)} mails/s; a bare IMAP client ${(first / bare).toFixed(0)} mails/s (Usher's rate is ${(bare / seconds).toFixed(2)} of it)`);
  note(`memory of the adapter, ${first} of ${count} waiting mails taken`, `${memory(centre.adapter.child.pid, "VmRSS").toFixed(0)} MB, at most ${memory(centre.adapter.child.pid, "VmHWM").toFixed(0)} MB`);
}

const all = { intake: () => withCentre(intake), latency: () => withCentre(latency), large: () => withCentre(large, false), waiting: () => withCentre(waiting) };
for (const name of values.only.split(",")) await all[name]();

const table = [["what", "figure", "load"], ["---", "---", "---"], ...rows.map(({ what, figure, load }) => [what, figure, load.toFixed(1)])];
console.log(table.map((row) => `| ${row.join(" | ")} |`).join("\n"));
writeFileSync(values.out, `${JSON.stringify({ machine: { processors: cpus().length, model: cpus()[0]?.model, load: loadavg(), at: new Date().toISOString() }, rows }, null, 2)}\n`);
console.log(`\nAll figures: ${values.out}`);
