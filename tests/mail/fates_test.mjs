// SPDX-License-Identifier: Apache-2.0
// What became of answers, as agents and timelines are told: sent, refused, returned, late, of unknown
// fate; and what is made of answers: HTML, copies kept by the server, everybody but ourselves.
import assert from "node:assert/strict";
import { chmodSync, chownSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { until } from "../integration/e2e/server.mjs";
import { ImapSession } from "./imap.mjs";
import { MailCentre } from "./mail_centre.mjs";
import { body, header, needMailServers } from "./servers.mjs";
import { SlowServer } from "./slow_server.mjs";
import { SmtpSender } from "./smtp.mjs";

needMailServers();

let centre, servers, slow;
before(async () => {
  slow = await SlowServer.start();
  centre = await MailCentre.start({
    mailboxes: {
      desk: { address: "support@mail.test", queue: "support", done_folder: "Done", sent_folder: "Sent" },
      html: { address: "sales@mail.test", queue: "support", done_folder: "Done", html: true },
      kept: { address: "kept@mail.test", queue: "support", done_folder: "Done", sent_folder: "Copies", sent_by_server: true,
        smtp: { host: "127.0.0.1", port: slow.port, security: "none", auth: "none" } },
      plain: { address: "plain@mail.test", queue: "support", done_folder: "Done", smtp: { host: "127.0.0.1", port: slow.port, security: "none", auth: "none" } },
    },
    routing: {
      disconnect_grace: "1h",
      queues: { support: { channels: ["email"], wrap_up: "1s", offer_timeout: "1h" } },
      profiles: { desk: { email: { max: 50 } } },
      agents: { ann: { name: "Ann", profile: "desk", queues: ["support"] } },
    },
    users: ["support", "sales", "kept", "plain", "alice", "bob", "tempfail-eve"],
  });
  servers = centre.servers;
  await centre.agent("ann", "SignIn", { requestId: "in" });
});
after(async () => {
  await centre?.end();
  slow?.server.close();
  slow?.server.closeAllConnections?.();
});

/** A customer's mail; its contact once Ann has it. */
async function begin(subject, { to = "support@mail.test", from = "alice@mail.test", headers = [], text = "Hello" } = {}) {
  await post(from, to, [`Subject: ${subject}`, `Message-ID: <${subject}@alice.test>`, ...headers], text);
  const contact = await until(`${subject} is a contact`, async () => (await centre.contacts()).find((one) => one.subject === subject));
  await until("Ann has it", () =>
    centre.agent("ann", "AcceptOffer", { requestId: `take ${contact.id}`, contactId: contact.id }).then(() => true, () => false));
  return contact;
}
async function post(from, to, headers, text, envelope = from) {
  const sender = new SmtpSender(servers.port("SMTP"));
  await sender.send({ from: envelope, to, bytes: Buffer.from([`From: ${from}`, ...(headers.some((one) => /^To:/.test(one)) ? [] : [`To: ${to}`]), ...headers, "", text, ""].join("\r\n")) });
  sender.close();
}
const say = (contact, clientId, more = {}) => centre.ask("context.v1.ContextService/AppendMessages",
  { messages: [{ contactId: contact.id, clientId, text: `Answer ${clientId}`, ...more }] }, { role: "agent", as: "ann" });
async function talk(contact) {
  const { messages = [], marks = [] } = await centre.ask("context.v1.ContextService/ListMessages", { contactId: contact.id, limit: 1000 });
  return { messages, delivered: Number(marks.find(({ side }) => side === "SIDE_CUSTOMER")?.deliveredUpTo ?? 0) };
}
const settled = (contact, clientId) => until(`${clientId} is dealt with`, async () => {
  const { messages, delivered } = await talk(contact);
  return delivered >= Number(messages.find((one) => one.clientId === clientId)?.id);
}, { msMax: 120_000 });
const notes = async (contact) => (await talk(contact)).messages.filter(({ author }) => author.side === "SIDE_SYSTEM").map(({ text }) => text);
/** What the customer's timeline tells of the contact's mails, the oldest first: `[type, summary]`. */
async function fates(contact) {
  const { entries = [] } = await centre.ask("context.v1.ContextService/ListTimeline", { customerId: contact.customerId, kinds: ["outside"], page: { pageSize: 100 } });
  return entries.map(({ outside }) => outside).filter(({ source, data }) => source === "email" && data.contact === contact.id).reverse();
}
const told = async (contact) => (await fates(contact)).map(({ type, summary }) => [type, summary]);
const mailsOf = (user) => servers.mails(user).map((raw) => raw.toString("latin1"));
const arrives = (user, words) => until(`${words} arrives`, () => mailsOf(user).find((text) => body(text).includes(words) || text.includes(words)));

test("what was sent stands in the customer's timeline, once", async () => {
  const contact = await begin("sent");
  await say(contact, "sent-1");
  await settled(contact, "sent-1");
  const [fate, ...more] = await fates(contact);
  assert.deepEqual(more, []);
  assert.deepEqual([fate.type, fate.summary, fate.data.kind], ["mail.sent", "Mail sent", "mail"]);
  const { messages } = await talk(contact);
  assert.equal(fate.data.message, messages.find(({ clientId }) => clientId === "sent-1").id);
  await centre.killAndStart("adapter");
  await say(contact, "sent-2");
  await settled(contact, "sent-2");
  assert.equal((await fates(contact)).length, 2);
});

test("what was refused stands there with the server's words", async () => {
  const contact = await begin("refused", { headers: ["Reply-To: reject-me@mail.test"] });
  await say(contact, "refused-1");
  await settled(contact, "refused-1");
  const [[type, summary], ...more] = await told(contact);
  assert.equal(type, "mail.failed");
  assert.match(summary, /^Mail not delivered: 550 /);
  assert.deepEqual(more, []);
  assert.match((await notes(contact))[0], /not delivered.*550/s);
});

test("a report that comes later adds to it", async () => {
  const contact = await begin("returned", { headers: ["Reply-To: latebounce-me@mail.test"] });
  await say(contact, "returned-1");
  await settled(contact, "returned-1");
  const all = await until("the report is told", async () => {
    const now = await told(contact);
    return now.length === 2 && now;
  });
  assert.deepEqual(all.map(([type]) => type), ["mail.sent", "mail.failed"]);
  assert.match(all[1][1], /^Mail not delivered: \S/);
});

test("a report of a delay is told as one", async () => {
  const contact = await begin("delayed");
  await say(contact, "delayed-1");
  const sent = await arrives("alice", "Answer delayed-1");
  await settled(contact, "delayed-1");
  const report = ["--b", "Content-Type: text/plain", "", "It is late.", "--b", "Content-Type: message/delivery-status", "",
    "Reporting-MTA: dns; mx.test", "", "Final-Recipient: rfc822; alice@mail.test", "Action: delayed", "Status: 4.4.1", "Diagnostic-Code: smtp; 451 busy",
    "", "--b", "Content-Type: text/rfc822-headers", "", `Message-ID: ${header(sent, "Message-ID")}`, "", "--b--"].join("\r\n");
  await post("mailer-daemon@mail.test", "support@mail.test", ["Subject: Delayed", "Message-ID: <late-report@mx.test>", "MIME-Version: 1.0",
    'Content-Type: multipart/report; report-type=delivery-status; boundary="b"'], report, "alice@mail.test");
  await until("it is told", async () => (await told(contact)).some(([type, summary]) => type === "mail.deferred" && /451 busy/.test(summary)));
});

test("some have it and some wait; nobody gets two", async () => {
  const contact = await begin("partly");
  await say(contact, "partly-1", { mail: { cc: [{ address: "tempfail-eve@mail.test" }] } });
  await arrives("alice", "Answer partly-1");
  writeFileSync(join(servers.folder, "healed"), "");
  await settled(contact, "partly-1");
  await arrives("tempfail-eve", "Answer partly-1");
  for (const user of ["alice", "tempfail-eve"]) {
    assert.equal(mailsOf(user).filter((text) => /^Answer partly-1/m.test(body(text))).length, 1);
  }
  assert.deepEqual(await told(contact), [["mail.sent", "Mail sent to 2 addresses"]]);
});

test("a file that cannot be fetched keeps a mail waiting, and the agent knows why", async () => {
  const contact = await begin("file");
  const token = centre.place.token("adapter", "gate", "acme");
  const response = await fetch(`http://${centre.files}/channels/v1/files?contact_id=${contact.id}&name=plan.txt`,
    { method: "POST", body: "the plan", headers: { authorization: `Bearer ${token}`, "content-type": "text/plain" } });
  const file = await response.json();
  servers.kill("imap");
  await say(contact, "file-1", { attachments: [file] });
  await until("Ann is told", async () => (await notes(contact)).some((text) => /waits: a file of it cannot be fetched/.test(text)), { msMax: 120_000 });
  servers.revive("imap");
  await settled(contact, "file-1");
  assert.match(await arrives("alice", "Answer file-1"), /plan\.txt/);
});

test("a folder that is refused is written to when it is open again", async () => {
  const contact = await begin("folder");
  const folder = servers.maildir("support", "Sent");
  chmodSync(folder, 0);
  await say(contact, "folder-1");
  await arrives("alice", "Answer folder-1");
  await settled(contact, "folder-1");
  const id = header(await arrives("alice", "Answer folder-1"), "Message-ID");
  await until("it is counted", () => centre.adapter.log.includes("mail_not_recorded"));
  chmodSync(folder, 0o700);
  await until("the Sent folder has it", () => mailsOfFolder("Sent").includes(id));
  assert.equal(mailsOfFolder("Sent").filter((one) => one === id).length, 1);
  assert.equal(mailsOfFolder("Usher outbox").includes(id), false);
});
const mailsOfFolder = (name) => servers.mails("support", name).map((raw) => header(raw.toString("latin1"), "Message-ID"));

test("what was sent and left in the outbox is put away by the next process", async () => {
  const contact = await begin("left");
  const folder = servers.maildir("support", "Sent");
  chmodSync(folder, 0);
  await say(contact, "left-1");
  const id = header(await arrives("alice", "Answer left-1"), "Message-ID");
  await settled(contact, "left-1");
  await centre.adapter.kill();
  chmodSync(folder, 0o700);
  await centre.startAdapter();
  await until("the Sent folder has it", () => mailsOfFolder("Sent").includes(id));
  assert.equal(mailsOf("alice").filter((text) => /^Answer left-1/m.test(body(text))).length, 1);
});

test("an answer to all is to everybody but ourselves", async () => {
  const contact = await begin("all", { headers: ["To: Support <support@mail.test>, Bob <bob@mail.test>", "Cc: sales@mail.test"] });
  assert.equal(contact.attributes.mail_own, "support@mail.test sales@mail.test");
  const to = ["alice@mail.test", "bob@mail.test", "support@mail.test", "SALES@mail.test"].map((address) => ({ address }));
  await say(contact, "all-1", { mail: { to: to.slice(0, 3), cc: to.slice(3) } });
  const mail = await arrives("bob", "Answer all-1");
  await settled(contact, "all-1");
  assert.match(header(mail, "To"), /alice@mail\.test/);
  assert.doesNotMatch(`${header(mail, "To")} ${header(mail, "Cc") ?? ""}`, /support@|sales@/i);
  assert.equal(mailsOf("sales").length, 0);
});

test("a mailbox with html answers in both, and a customer's HTML is read", async () => {
  const contact = await begin("html", { to: "sales@mail.test" });
  await say(contact, "html-1", { text: "1 < 2 & true" });
  const mail = await arrives("alice", "text/html");
  assert.match(header(mail, "Content-Type"), /^multipart\/alternative/);
  assert.match(mail, /1 &lt; 2 &amp; true/);
  await post("alice@mail.test", "sales@mail.test", ["Subject: Re: html", "Message-ID: <html-2@alice.test>", `In-Reply-To: ${header(mail, "Message-ID")}`, "MIME-Version: 1.0",
    "Content-Type: text/html; charset=utf-8"], "<p>Only <b>HTML</b></p><script>alert(1)</script><blockquote>1 &lt; 2</blockquote>");
  const said = await until("it joins", async () => (await talk(contact)).messages.filter(({ author }) => author.side === "SIDE_CUSTOMER")[1]);
  assert.match(said.text, /Only \*?HTML\*?/);
  assert.doesNotMatch(said.text, /alert|1 < 2/);
  assert.match(said.mail.htmlUrl, /^x-mail:html\//);
});

test("a mail of unknown fate is found where the server keeps what it sends", async () => {
  const contact = await begin("kept", { to: "kept@mail.test" });
  const imap = await ImapSession.open({ port: servers.port("IMAP"), user: "kept@mail.test", password: servers.password });
  await imap.run("CREATE Copies").catch(() => {});
  imap.close();
  const folder = servers.maildir("kept", "Copies");
  slow.vanishes = (mail) => {
    if (!mail.includes("Answer kept-1")) return false;
    const file = join(folder, "new", "1.kept.host");
    writeFileSync(file, `${mail}\r\n`);
    const { uid, gid } = statSync(folder);
    chownSync(file, uid, gid);
    return true;
  };
  await say(contact, "kept-1");
  await settled(contact, "kept-1");
  assert.deepEqual(await told(contact), [["mail.sent", "Mail sent"]]);
  assert.deepEqual(await notes(contact), []);
  assert.equal(slow.said("Answer kept-1"), 1);
});

test("a mail of unknown fate that nobody keeps is told as one", async () => {
  const contact = await begin("unknown", { to: "plain@mail.test" });
  slow.vanishes = (mail) => mail.includes("Answer unknown-1");
  await say(contact, "unknown-1");
  await settled(contact, "unknown-1");
  assert.deepEqual((await told(contact)).map(([type]) => type), ["mail.unknown"]);
  assert.match((await notes(contact))[0], /may have been delivered or not/);
  assert.equal(slow.said("Answer unknown-1"), 1);
});

test("a file that came is sent on, of this contact and of no other", async () => {
  const mail = ["--b", "Content-Type: text/plain", "", "See the file.", "--b", "Content-Type: text/plain; name=terms.txt", "Content-Disposition: attachment; filename=terms.txt",
    "", "all the terms", "--b--"].join("\r\n");
  const contact = await begin("terms", { headers: ["MIME-Version: 1.0", 'Content-Type: multipart/mixed; boundary="b"'], text: mail });
  const [file] = (await talk(contact)).messages[0].attachments;
  const other = await begin("others");
  await assert.rejects(say(other, "others-1", { attachments: [file] }), /BAD_ATTACHMENT/);
  await say(contact, "terms-1", { attachments: [file], mail: { to: [{ address: "bob@mail.test" }] } });
  await settled(contact, "terms-1");
  const sent = await arrives("bob", "Answer terms-1");
  assert.match(sent, /filename="?terms\.txt/);
  assert.ok(sent.includes(Buffer.from("all the terms").toString("base64")) || sent.includes("all the terms"));
});

test("a text that no chat would take arrives whole", async () => {
  const contact = await begin("long");
  const text = Array.from({ length: 1400 }, (_, at) => `Line ${at} of a contract that somebody pasted`).join("\n");
  assert.ok(text.length > 55_000 && text.length < 65_536);
  await assert.rejects(say(contact, "long-0", { text }), /TOO_LONG/);
  await say(contact, "long-1", { text, mail: { withoutQuotation: true } });
  await settled(contact, "long-1");
  const mail = await arrives("alice", "Line 1399");
  assert.ok(body(mail).replace(/ \n/g, " ").startsWith(text.slice(0, 50_000)));
});
