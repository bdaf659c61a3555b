// SPDX-License-Identifier: Apache-2.0
// A mailbox at a server without IDLE, at one that says three bytes at a time, and at one that says
// nonsense in between: each mail is taken once all the same.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { until } from "../integration/e2e/server.mjs";
import { MailCentre } from "./mail_centre.mjs";
import { RudeProxy } from "./rude_proxy.mjs";
import { needMailServers } from "./servers.mjs";
import { SmtpSender } from "./smtp.mjs";

needMailServers();
const desk = "support@mail.test";
const mailsEach = 30;
let centre, proxy, sender;

before(async () => {
  centre = await MailCentre.start({
    mailboxes: { desk: { address: desk, queue: "support", done_folder: "Done" } },
    routing: { queues: { support: { channels: ["email"] } } },
    users: ["support"],
    adapter: false,
  });
  proxy = await RudeProxy.listen({ port: centre.servers.port("IMAP"), manner: "without-idle" });
  const file = JSON.parse(readFileSync(centre.file, "utf8"));
  file.mailboxes.desk.imap = { host: "127.0.0.1", port: proxy.port, security: "none", user: desk, secret_file: "secret" };
  writeFileSync(centre.file, JSON.stringify(file));
  await centre.startAdapter();
  await isOpen();
  sender = new SmtpSender(centre.servers.port("SMTP"));
});
after(async () => {
  sender?.close();
  proxy?.end();
  await centre?.end();
});

const isOpen = () => until("the mailbox is open", () => centre.adapter.log.includes('"mailbox_open"'));

async function write(kind, count) {
  for (let at = 0; at < count; ++at) {
    const lines = [`From: c${at}@customer.test`, `To: ${desk}`, `Subject: ${kind} ${at}`, `Message-ID: <${kind}.${at}@customer.test>`, "", `What of ${at}?`, ""];
    await sender.send({ from: `c${at}@mail.test`, to: desk, bytes: Buffer.from(lines.join("\r\n")) });
  }
}

/** Each has become one contact, with its words once. */
async function taken(kind, count) {
  const mine = async () => (await centre.contacts()).filter(({ subject }) => subject.startsWith(`${kind} `));
  await until("all are there", async () => (await mine()).length >= count, { msMax: 120_000 });
  await until("all are taken", () => centre.servers.queued() + centre.servers.files("support").length === 0, { msMax: 120_000 });
  const conversations = await centre.conversations(await mine());
  assert.deepEqual(new Set(conversations.map(([{ subject }]) => subject)).size, count);
  for (const [{ subject }, messages] of conversations) assert.deepEqual(messages.map(({ text }) => text.trim()), [`What of ${subject.split(" ")[1]}?`]);
}

test("a server without IDLE is asked again and again", async () => {
  await write("polled", 3);
  await taken("polled", 3);
  assert.ok(!proxy.asked.includes("IDLE"), "asked for what the server lacks");
  assert.ok(proxy.asked.includes("NOOP"), "never asked");
});

test("a server that is slow takes longer", async () => {
  proxy.manner = "slow";
  await centre.killAndStart("adapter");
  await isOpen();
  await write("slow", mailsEach);
  await taken("slow", mailsEach);
});

test("a server that says nonsense is left and looked for again", async () => {
  proxy.manner = "garbage";
  await centre.adapter.kill();
  await write("spoiled", mailsEach);
  await centre.startAdapter();
  await until("it has spoken nonsense", () => proxy.spoiled >= 4, { msMax: 120_000 });
  proxy.manner = "as it is";
  await taken("spoiled", mailsEach);
  assert.ok(centre.adapter.alive, "the adapter has ended");
});
