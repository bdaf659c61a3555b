// SPDX-License-Identifier: Apache-2.0
// What Usher says by itself to who writes: acknowledgements, once each and never to programs; and two
// desks that answer each other, which stop within the budget. What rules see of a mail.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { until } from "../integration/e2e/server.mjs";
import { MailCentre } from "./mail_centre.mjs";
import { body, header, needMailServers } from "./servers.mjs";
import { SmtpSender } from "./smtp.mjs";

needMailServers();
const perSender = 3;
let centre, customers;

before(async () => {
  centre = await MailCentre.start({
    users: ["support", "sales", "alice", "bob", "robot", "noreply"],
    mailboxes: {
      desk: {
        address: "support@mail.test", name: "Acme", queue: "mail", done_folder: "Done",
        queues: {
          mail: { acknowledge: { text: "Dear {{name}},\n\nyour number is {{contact.id}}; we answer by {{answer_by}}.\n" } },
          night: { acknowledge: { text: "Thank you." }, outside_hours: { text: "We are closed, {{name}}." } },
        },
      },
    },
    more: { timezone: "Europe/Berlin", headers: ["X-Priority"], auto_replies: { per_sender: perSender } },
    routing: {
      hours: { never: { weekly: [] } },
      queues: {
        mail: { channels: ["email"], service_level: { within: "4h" } }, night: { channels: ["email"] },
        billing: { channels: ["email"] }, urgent: { channels: ["email"] },
      },
      agents: { ann: { queues: ["mail"] } },
      rules: [
        { when: 'contact.mail_subject contains "night"', set: { queue: "night" } },
        { when: 'contact.queue == "night" and not hours.never', set: { attributes: { outside_hours: "yes" } } },
        { when: 'contact.mail_text contains "invoice" and contact.mail_to matches "*support@*"', set: { queue: "billing" } },
        { when: 'contact.mail_header_x_priority matches "1*"', set: { queue: "urgent" } },
      ],
    },
  });
  customers = new SmtpSender(centre.servers.port("SMTP"));
});
after(() => {
  customers?.close();
  return centre?.end();
});

let mails = 0;
async function write(from, headers, text) {
  const id = `<m${++mails}@customer.test>`;
  const lines = [`From: ${from}`, "To: Support <support@mail.test>", `Message-ID: ${id}`, ...headers, "", text, ""];
  await customers.send({ from: from.replace(/.*<|>/g, ""), to: "support@mail.test", bytes: Buffer.from(lines.join("\r\n")) });
  return id;
}
const texts = (user) => centre.servers.mails(user).map((one) => one.toString("utf8"));
const contactOf = (subject) => until(`the contact of ${subject}`, async () => (await centre.contacts()).find((one) => one.subject === subject));
const taken = () => until("all mail is taken", () => centre.servers.files("support").length === 0);

test("the first mail of a contact is acknowledged, as an automatic answer", async () => {
  const id = await write("Alice A. <alice@mail.test>", ["Subject: Where is 8841?"], "Hello?");
  const contact = await contactOf("Where is 8841?");
  const [answer] = await until("it is answered", () => texts("alice").length > 0 && texts("alice"));
  assert.equal(header(answer, "Auto-Submitted"), "auto-replied");
  assert.equal(header(answer, "Return-Path"), "<>");
  assert.equal(header(answer, "In-Reply-To"), id);
  assert.equal(header(answer, "Subject"), "Auto: Where is 8841?");
  assert.match(body(answer), new RegExp(`^Dear Alice A\\.,\\s+your number is ${contact.id}; we answer by \\w+day, .* at \\d\\d:\\d\\d\\.`));
  const said = await centre.messages(contact.id);
  assert.deepEqual(said.map(({ author }) => author.side), ["SIDE_CUSTOMER", "SIDE_SYSTEM"]);

  // The thread goes on without another one.
  await write("alice@mail.test", ["Subject: Re: Auto: Where is 8841?", `In-Reply-To: ${header(answer, "Message-ID")}`], "Thank you.");
  await until("it is said", async () => (await centre.messages(contact.id)).length === 3);
  await taken();
  assert.equal(texts("alice").length, 1);
});

test("programs, lists and addresses that take no answers get none", async () => {
  await write("bob@mail.test", ["Subject: From a list", "List-Id: <news.example>"], "News.");
  await write("bob@mail.test", ["Subject: To unsubscribe", "List-Unsubscribe: <https://list.example/u>", "List-Unsubscribe-Post: List-Unsubscribe=One-Click"], "Offer.");
  await write("bob@mail.test", ["Subject: From a shop", "Auto-Submitted: auto-generated"], "Your order.");
  await write("noreply@mail.test", ["Subject: From nobody"], "Do not answer.");
  await write("bob@mail.test", ["Subject: Please silence", "X-Auto-Response-Suppress: All"], "Shh.");
  for (const subject of ["From a list", "To unsubscribe", "From a shop", "From nobody", "Please silence"]) await contactOf(subject);
  await taken();
  // What comes after all of them is answered, and nothing was before.
  await write("bob@mail.test", ["Subject: A person writes"], "Hello.");
  await until("it is answered", () => texts("bob").length > 0);
  assert.deepEqual(texts("bob").map((one) => header(one, "Subject")), ["Auto: A person writes"]);
  assert.deepEqual(texts("noreply"), []);
});

test("outside hours it is said so", async () => {
  await write("Bob <bob@mail.test>", ["Subject: Late at night"], "Are you there?");
  await until("it is answered", () => texts("bob").length === 2);
  const answer = texts("bob").find((one) => header(one, "Subject") === "Auto: Late at night");
  assert.match(body(answer), /^We are closed, Bob\./);
});

test("rules see the words, the addresses and the headers that the file names", async () => {
  await write("carol@mail.test", ["Subject: Question 1001"], "About the Invoice of May.");
  await write("carol@mail.test", ["Subject: Question 1002", "X-Priority: 1 (Highest)"], "At once.");
  assert.equal((await contactOf("Question 1001")).queue, "billing");
  assert.equal((await contactOf("Question 1002")).queue, "urgent");
  await write("carol@mail.test", ["Subject: Frage 1003", "Content-Type: text/plain; charset=utf-8"], "Wo bleibt mein Paket? Ich warte seit zwei Wochen.");
  const { attributes } = await contactOf("Frage 1003");
  assert.equal(attributes.language, "de");
  assert.equal(attributes.mail_to, "support@mail.test");
});

test("an answer that names no mail joins its sender's open contact of that subject, as a guess", async () => {
  await write("carol@mail.test", ["Subject: RE: question 1001"], "Here it is again.");
  const contact = await contactOf("Question 1001");
  await until("it has joined", async () => (await centre.messages(contact.id)).length === 2);
  const marked = await until("it is marked", async () => (await contactOf("Question 1001")).attributes.mail_marks);
  assert.match(marked, /\bguessed\b/);
  assert.equal((await centre.contacts()).filter(({ subject }) => /question 1001/i.test(subject)).length, 1);
});

test("a desk that answers every answer in a new thread stops within the budget", async () => {
  // It hides that it is a program, and begins a new matter each time.
  let sent = 0;
  const answered = () => texts("robot").length;
  await write("robot@mail.test", [`Subject: Automatic ticket ${9000 + sent}`], "Ticket opened.");
  for (let round = 1; round <= perSender + 2; ++round) {
    await contactOf(`Automatic ticket ${9000 + sent}`);
    await taken();
    await until("its answer or none", () => answered() >= Math.min(round, perSender));
    ++sent;
    await write("robot@mail.test", [`Subject: Automatic ticket ${9000 + sent}`], "Ticket opened.");
  }
  await contactOf(`Automatic ticket ${9000 + sent}`);
  await taken();
  assert.equal(answered(), perSender);
});

test("killed between its steps, an acknowledgement is sent once", async () => {
  await write("Dave <alice@mail.test>", ["Subject: Order 7001 is late"], "Where?");
  await contactOf("Order 7001 is late");
  await centre.killAndStart("adapter");
  await until("it is answered", () => texts("alice").some((one) => header(one, "Subject") === "Auto: Order 7001 is late"));
  await taken();
  const copies = texts("alice").filter((one) => header(one, "Subject") === "Auto: Order 7001 is late");
  assert.equal(new Set(copies.map((one) => header(one, "Message-ID"))).size, 1);
});
