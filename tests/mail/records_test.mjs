// SPDX-License-Identifier: Apache-2.0
// What the mailbox remembers of answers, where a kill leaves nothing else: contacts that were closed
// while no adapter ran, and mails that a submission server took, or may have taken.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { until } from "../integration/e2e/server.mjs";
import { MailCentre } from "./mail_centre.mjs";
import { body, header, needMailServers } from "./servers.mjs";
import { SlowServer } from "./slow_server.mjs";
import { SmtpSender } from "./smtp.mjs";

needMailServers();

let centre, slow;
before(async () => {
  slow = await SlowServer.start();
  centre = await MailCentre.start({
    mailboxes: {
      desk: { address: "support@mail.test", queue: "support", done_folder: "Done", sent_folder: "Sent" },
      slow: { address: "sales@mail.test", queue: "support", done_folder: "Done", smtp: { host: "127.0.0.1", port: slow.port, security: "none", auth: "none" } },
    },
    routing: {
      disconnect_grace: "1h",
      queues: { support: { channels: ["email"], wrap_up: "1s", offer_timeout: "1h" } },
      profiles: { desk: { email: { max: 50 } } },
      agents: { ann: { name: "Ann", profile: "desk", queues: ["support"] } },
    },
    users: ["support", "sales", "alice"],
  });
  await centre.agent("ann", "SignIn", { requestId: "in" });
});
after(async () => {
  await centre?.end();
  slow?.server.close();
  slow?.server.closeAllConnections?.();
});

/** A customer's mail, and the contact once Ann has it. */
async function begin(to, subject) {
  const sender = new SmtpSender(centre.servers.port("SMTP"));
  await sender.send({ from: "alice@mail.test", to, bytes: Buffer.from(`From: alice@mail.test\r\nTo: ${to}\r\nSubject: ${subject}\r\nMessage-ID: <${subject}@alice.test>\r\n\r\nHello\r\n`) });
  sender.close();
  const contact = await until("it is a contact", async () => (await centre.contacts()).find((one) => one.subject === subject));
  await until("Ann has it", () =>
    centre.agent("ann", "AcceptOffer", { requestId: `take ${contact.id}`, contactId: contact.id }).then(() => true, () => false));
  await until("it is marked", () => centre.servers.files(to.split("@")[0]).length === 0);
  return contact.id;
}
const say = (contactId, clientId) =>
  until("it is recorded", () => centre.ask("context.v1.ContextService/AppendMessages",
    { messages: [{ contactId, clientId, text: `Answer ${clientId}` }] }, { role: "agent", as: "ann" }).then(() => true, () => false));
async function talk(contactId) {
  const { messages = [], marks = [] } = await centre.ask("context.v1.ContextService/ListMessages", { contactId, limit: 1000 });
  const delivered = Number(marks.find(({ side }) => side === "SIDE_CUSTOMER")?.deliveredUpTo ?? 0);
  return { messages, settled: (clientId) => delivered >= Number(messages.find((one) => one.clientId === clientId)?.id) };
}
const settled = (contactId, clientId) => until(`${clientId} is dealt with`, async () => (await talk(contactId)).settled(clientId));
const flags = (user) =>
  ["new", "cur"].flatMap((one) => readdirSync(join(centre.servers.maildir(user, "Usher outbox"), one))).map((name) => name.split(":2,")[1] ?? "");

test("what is said in a contact that is closed while no adapter runs is sent all the same", async () => {
  const contact = await begin("support@mail.test", "late");
  await centre.adapter.kill();
  await say(contact, "late-1");
  await centre.agent("ann", "CompleteContact", { requestId: "done", contactId: contact });
  await until("it is closed", async () => !(await centre.contacts()).some(({ id }) => id === contact));
  await centre.startAdapter();
  const [mail] = await until("it arrives", () => centre.servers.mails("alice").length > 0 && centre.servers.mails("alice"));
  assert.match(body(mail.toString("latin1")), /^Answer late-1/);
  assert.equal(header(mail.toString("latin1"), "In-Reply-To"), "<late@alice.test>");
  await settled(contact, "late-1");
  await until("the Sent folder has it", () => centre.servers.files("support", "Sent").length === 1);
  await centre.killAndStart("adapter");
  const second = await begin("support@mail.test", "next");
  await say(second, "next-1");
  await settled(second, "next-1");
  await until("nothing is on its way", () => centre.servers.queued() === 0 && centre.servers.files("alice").length >= 2);
  assert.equal(centre.servers.files("alice").length, 2);
});

test("a mail that the server may have taken is not sent again, and the agent is told", async () => {
  const contact = await begin("sales@mail.test", "unknown");
  slow.holds = true;
  await say(contact, "unknown-1");
  await until("the server has it", () => slow.said("Answer unknown-1") === 1);
  assert.deepEqual(flags("sales"), ["FS"]);
  await centre.adapter.kill();
  slow.release();
  await centre.startAdapter();
  const note = await until("Ann is told", async () => (await talk(contact)).messages.find(({ author }) => author.side === "SIDE_SYSTEM"));
  assert.match(note.text, /may have been delivered or not/);
  await settled(contact, "unknown-1");
  await say(contact, "unknown-2");
  await settled(contact, "unknown-2");
  assert.equal(slow.said("Answer unknown-1"), 1 + slow.said("> Answer unknown-1"));
  assert.equal(slow.said("Answer unknown-2"), 1);
});

test("a mail that the server took is not sent again, although nobody at Usher was told", async () => {
  const contact = await begin("sales@mail.test", "taken");
  slow.holds = true;
  await say(contact, "taken-1");
  await until("the server has it", () => slow.said("Answer taken-1") === 1);
  await centre.router.kill();
  slow.release();
  await until("the mailbox knows", () => flags("sales").filter((one) => one === "S").length === 2);
  await centre.adapter.kill();
  await centre.startRouter();
  await centre.startAdapter();
  await settled(contact, "taken-1");
  assert.equal(slow.said("Answer taken-1"), 1);
  const { messages } = await talk(contact);
  assert.deepEqual(messages.filter(({ author }) => author.side === "SIDE_SYSTEM"), []);
});
