// SPDX-License-Identifier: Apache-2.0
// Two Ushers that acknowledge what each other's desk writes: among themselves it ends with the first
// answer, and where everything that tells of a program is taken off on the way, within the budget.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { until } from "../integration/e2e/server.mjs";
import { MailCentre } from "./mail_centre.mjs";
import { body, needMailServers } from "./servers.mjs";
import { SmtpSender } from "./smtp.mjs";

needMailServers();
const perSender = 3;
const users = ["support", "sales", "alice", "bob"];
let ours, theirs, servers, sender;

/** A desk that acknowledges every mail that opens a contact. */
const desk = (user) => [
  { [user]: { address: `${user}@mail.test`, queue: "mail", done_folder: "Done", queues: { mail: { acknowledge: { text: `${user} has your mail.` } } } } },
  { auto_replies: { per_sender: perSender } },
  { queues: { mail: { channels: ["email"] } } },
];

before(async () => {
  const [mailboxes, more, routing] = desk("support");
  ours = await MailCentre.start({ mailboxes, more, routing, users });
  servers = ours.servers;
  theirs = new MailCentre();
  theirs.servers = servers;
  await theirs.serve(...desk("sales"));
  await theirs.startAdapter();
  sender = new SmtpSender(servers.port("SMTP"));
});
after(async () => {
  sender?.close();
  await theirs?.place.end();
  await ours?.end();
});

let mails = 0;
async function write(from, to) {
  const id = `n${++mails}@customer.test`;
  const lines = [`From: ${from}@mail.test`, `To: ${to}@mail.test`, `Subject: Question ${mails}`, `Message-ID: <${id}>`, "", "Are you there?", ""];
  await sender.send({ from: `${from}@mail.test`, to: `${to}@mail.test`, bytes: Buffer.from(lines.join("\r\n")) });
}
const acknowledgements = (of, user) =>
  ["", "Done"].flatMap((folder) => servers.mails(user, folder)).filter((raw) => body(raw.toString("latin1")).startsWith(`${of} has your mail.`)).length;
/** What either desk has said to the other. */
const exchanged = () => ({ support: acknowledgements("support", "sales"), sales: acknowledgements("sales", "support") });

/** Both have taken everything, and said all that they will: what a person wrote after it is answered. */
async function quiet(person) {
  const empty = () => servers.queued() + servers.files("support").length + servers.files("sales").length === 0;
  await until("both have taken everything", empty);
  const before = [acknowledgements("support", person), acknowledgements("sales", person)];
  await write(person, "support");
  await write(person, "sales");
  await until("the person is answered by both", () => acknowledgements("support", person) > before[0] && acknowledgements("sales", person) > before[1]);
  await until("both have taken everything", empty);
}

test("two desks know each other's acknowledgements", async () => {
  await write("support", "sales");
  await until("it is acknowledged", () => acknowledgements("sales", "support") === 1);
  await quiet("alice");
  assert.deepEqual(exchanged(), { support: 0, sales: 1 });
});

test("two desks that look like people to each other stop within the budget", async () => {
  writeFileSync(join(servers.folder, "disguised"), "");
  await write("support", "sales");
  await until("the budget is spent", () => exchanged().sales === perSender);
  await quiet("bob");
  await quiet("alice");
  const { support, sales } = exchanged();
  console.log(`# ${support} and ${sales} acknowledgements between the two, of ${perSender} each`);
  assert.equal(sales, perSender);
  assert.ok(support === perSender - 1, `${support} acknowledgements of the other desk`);
});
