// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import * as mail from "../src/state/mail";
import { filledResponse, openPlace, responsesFor } from "../src/state/quick_response";
import type { Message } from "../src/wire/usher/context/v1/conversation";

const customer = (id: number, more: Partial<Message> = {}): Message => ({ id: String(id), clientId: `mail-k${id}-0`, author: { side: "SIDE_CUSTOMER" }, ...more });

test("addresses are taken out of what people type and paste; what is none stays", () => {
  const { addresses, rest } = mail.addressesIn('"Li, Ann" <ann@shop.example>; ken@example.com, nobody\nMei <mei@例子.中国>');
  assert.deepEqual(addresses, [{ name: "Li, Ann", address: "ann@shop.example" }, { address: "ken@example.com" }, { name: "Mei", address: "mei@例子.中国" }]);
  assert.equal(rest, "nobody");
  for (const bad of ["ann", "a b@c.example", "a@@c.example", "a@c..example", "<a@c.example", "a@c.example\r\nBcc: x@y.example", `${"a".repeat(250)}@c.example`]) {
    assert.equal(mail.isMailAddress(bad), false, bad);
  }
});

test("nobody gets a mail twice", () => {
  const list = mail.withAddresses([{ address: "Ann@shop.example" }], [{ address: "ann@SHOP.example" }, { address: "b@c.example" }, { address: "b@c.example" }]);
  assert.deepEqual(list.map((one) => one.address), ["Ann@shop.example", "b@c.example"]);
});

test("an answer goes where the mail asks, and says so once others get copies", () => {
  const asked = { address: "mei@example.com" };
  assert.deepEqual(mail.headOf(mail.nothingWritten, asked).to, []);
  const copied = { ...mail.nothingWritten, cc: [{ address: "b@c.example" }] };
  assert.deepEqual(mail.headOf(copied, asked).to, [asked]);
  assert.deepEqual(mail.headOf({ ...copied, kind: "KIND_NEW" }, asked).to, []);
  assert.equal(mail.headOf({ ...mail.nothingWritten, kind: "KIND_FORWARD", about: "7" }, asked).aboutMessage, "7");
});

test("answering all is for everybody who had it, without the one who is answered", () => {
  const head = { from: { address: "mei@example.com" }, to: [{ address: "support@shop.example" }], cc: [{ address: "MEI@example.com" }, { address: "ken@example.com" }] };
  const others = mail.othersOf({ first: customer(1, { mail: head }), text: "" }, { address: "mei@example.com" });
  assert.deepEqual(others.to.map((one) => one.address), ["mei@example.com"]);
  assert.deepEqual(others.cc.map((one) => one.address), ["support@shop.example", "ken@example.com"]);
});

test("answering all is never for a mailbox of ours, and for nobody twice", () => {
  const head = {
    from: { address: "mei@example.com" },
    to: [{ address: "Support@shop.example" }, { address: "ken@example.com" }],
    cc: [{ address: "sales@shop.example" }, { name: "Ken", address: "Ken@Example.com" }, { address: "ann@example.com" }],
  };
  const own = mail.ownAddresses({ attributes: { mail_own: "support@shop.example sales@shop.example" } });
  for (const answered of [undefined, { address: "mei@example.com" }, { address: "list@example.com" }]) {
    const { to, cc } = mail.othersOf({ first: customer(1, { mail: head }), text: "" }, answered, own);
    assert.deepEqual(to.map((one) => one.address), [answered?.address ?? "mei@example.com"]);
    assert.deepEqual(cc.map((one) => one.address), ["ken@example.com", "ann@example.com"]);
  }
  assert.deepEqual(mail.ownAddresses({}), []);
});

test("a draft comes back as it was saved, and an empty one removes it", () => {
  const written: mail.Written = { ...mail.nothingWritten, kind: "KIND_FORWARD", about: "3", to: [{ address: "a@b.example" }], subject: "Fwd: x", text: "see below", attachments: [{ url: "x-mail:s/1" }] };
  const draft = mail.toDraft("c1", written, "4");
  assert.deepEqual(mail.fromDraft(draft), written);
  assert.ok(mail.sameDraft(draft, { ...draft, version: "9", agentId: "bob", mail: { ...draft.mail, to: [{ name: "", address: "a@b.example" }] } }));
  assert.ok(!mail.sameDraft(draft, { ...draft, text: "other" }));
  assert.deepEqual(mail.toDraft("c1", { ...mail.nothingWritten, text: "  " }, "4"), { contactId: "c1", version: "4", text: "" });
});

test("a draft shows from when it is saved until it goes", () => {
  const saved: mail.MailState = { ...mail.emptyMail, version: "3", savedAt: "2026-11-22T12:00:00Z", written: { ...mail.nothingWritten, text: "x" } };
  assert.equal(mail.draftSavedAt(saved), "2026-11-22T12:00:00Z");
  for (const none of [undefined, mail.emptyMail, { ...saved, version: "0" }, { ...saved, leaves: 1 }, { ...saved, written: mail.nothingWritten }]) {
    assert.equal(mail.draftSavedAt(none), undefined);
  }
});

test("of one version of a draft there is one mail, and of another another one", () => {
  const name = mail.clientIdOf({ version: "3", savedAt: "2026-11-22T12:00:00Z" });
  assert.equal(name, mail.clientIdOf({ version: "3", savedAt: "2026-11-22T12:00:00Z" }));
  // Versions may begin anew when a draft was removed.
  assert.notEqual(name, mail.clientIdOf({ version: "3", savedAt: "2026-11-22T12:00:05Z" }));
  assert.equal(mail.clientIdOf({ version: "0", savedAt: "" }), undefined);
});

test("the pieces of a long mail are one mail, whoever else writes the next", () => {
  const messages = [customer(1, { text: "a", mail: { subject: "s" } }), customer(2, { clientId: "mail-k1-1", text: "b" }), customer(3, { text: "c" })];
  assert.deepEqual(mail.mailsOf(messages).map((one) => one.text), ["a\nb", "c"]);
  assert.equal(mail.newestMail([...messages, { id: "4", author: { side: "SIDE_AGENT" } }])?.text, "c");
  assert.equal(mail.newestMail([{ id: "1", author: { side: "SIDE_AGENT" } }]), undefined);
});

test("signatures and history at the end are folded, and nothing of them is lost", () => {
  const text = "Yes please.\n\n-- \nMei\nLarkfield 14\n\nOn Tuesday Ann wrote:\n> Shall we?\n> A.\n";
  assert.deepEqual(mail.folded(text), { words: "Yes please.", signature: "Mei\nLarkfield 14", history: "On Tuesday Ann wrote:\n> Shall we?\n> A." });
  const inline = "> Shall we?\nYes.";
  assert.deepEqual(mail.folded(inline), { words: inline, signature: "", history: "" });
});

test("what the adapter says of a mail is told of that mail, and of nobody else's word", () => {
  const note = (clientId: string, side: "SIDE_SYSTEM" | "SIDE_CUSTOMER" = "SIDE_SYSTEM"): Message => ({ clientId, author: { side } });
  const fates = mail.fatesOf([note("mail-late-4"), note("mail-fate-4"), note("mail-late-6"), note("mail-fate-9", "SIDE_CUSTOMER")]);
  assert.deepEqual([...fates], [[4, "failed"], [6, "late"]]);
});

test("quick responses are those of queue and channel, the customer's language first, and places without an answer stay", () => {
  const all = [
    { id: "1", name: "Bill", queues: ["billing"] },
    { id: "2", name: "Hello", language: "en" },
    { id: "3", name: "Hallo", language: "de" },
    { id: "4", name: "Chat", channels: ["CHANNEL_CHAT" as const] },
    { id: "5", name: "Any" },
  ];
  const contact = { queue: "support", channel: "CHANNEL_EMAIL" as const };
  assert.deepEqual(responsesFor(all, contact, { language: "de-AT" }).map((one) => one.id), ["3", "5", "2"]);
  assert.deepEqual(responsesFor(all, contact, { query: "HEL" }).map((one) => one.id), ["2"]);
  const text = filledResponse("Dear {{ customer.name }}, {{visit.day}}", { "customer.name": "Mei" });
  assert.equal(text, "Dear Mei, {{visit.day}}");
  assert.equal(openPlace(text), "{{visit.day}}");
});
