// SPDX-License-Identifier: Apache-2.0
// Who may see a customer, that it is on record who did, and that nothing is left of one who was
// erased: marks are planted wherever something personal can stand, and looked for in every byte of
// the data folder.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Server, binary, until } from "./server.mjs";

let server;
before(async () => (server = await Server.start()));
after(() => server?.stop());

const ask = (method, request, token) => server.call(`context.v1.${method}`, request, token);
const route = (method, request) => server.call(`routing.v1.RoutingService/${method}`, request);

function filesIn(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesIn(path);
    return statSync(path).isFile() ? [path] : [];
  });
}

/** The files in which a mark stands. */
function filesWith(mark) {
  return filesIn(server.data).filter((file) => readFileSync(file).includes(mark));
}

/** A customer with a mark in every place, and all contacts over. */
async function plant(name) {
  const mark = (what) => `${name}${what}`;
  const phone = `+861380013800${["Lizi", "Zhao", "Wangwu"].indexOf(name) + 1}`;
  const email = `${name}mail@example.com`.toLowerCase();
  const { customer } = await ask("ContextService/ResolveCustomer", {
    identity: { kind: "phone", value: phone },
    also: [{ kind: "email", value: email }],
    name: mark("name"),
  });
  const customerId = customer.id;
  await ask("ContextService/UpdateCustomer", { requestId: mark("update"), customerId, addTags: [mark("tag")], attributes: { [mark("key")]: mark("fact") } });
  await ask("ContextService/AddNote", { requestId: mark("noted"), customerId, text: mark("note") });
  const { contact } = await route("SubmitContact", {
    channel: "CHANNEL_EMAIL",
    queue: "support",
    customerId,
    externalId: mark("external"),
    subject: mark("subject"),
    attributes: { hint: mark("attribute") },
  });
  await ask("ContextService/AppendMessages", {
    messages: [{ contactId: contact.id, clientId: mark("client"), text: mark("message"), author: { side: "SIDE_CUSTOMER", id: customerId, name: mark("author") } }],
  });
  await ask("ContextService/RecordEvents", {
    events: [{ customerId, event: { source: "shop", eventId: mark("event"), type: "order.delivered", summary: mark("summary"), reference: mark("order") } }],
  });
  const opened = await ask("CaseService/OpenCase", { requestId: mark("open"), customerId, subject: mark("case"), owner: "ann" });
  await ask("CaseService/MakePromise", { requestId: mark("promised"), caseId: opened.case.id, text: mark("promise"), due: new Date(Date.now() + 30 * 86_400_000).toISOString() });
  await ask("PrivacyService/ListReads", { customerId }, server.token("supervisor", mark("reader")));
  const marks = ["name", "tag", "key", "fact", "note", "external", "subject", "attribute", "message", "author", "event", "summary", "order", "case", "promise", "reader"].map(mark);
  return { customerId, contactId: contact.id, caseId: opened.case.id, marks: [...marks, phone, email] };
}

test("an agent reads a customer as an owner of an open case, another one does not, and the read is on record", async () => {
  const { customerId, contactId } = await plant("Wangwu");
  const ann = server.token("agent", "ann");
  const bob = server.token("agent", "bob");
  assert.ok((await ask("ContextService/GetCustomer", { customerId }, ann)).customer.name);
  for (const [method, request] of [
    ["GetCustomer", { customerId }],
    ["ListTimeline", { customerId }],
    ["AddNote", { customerId, text: "x" }],
    ["UpdateCustomer", { customerId, name: "x" }],
    ["ListMessages", { contactId }],
  ]) {
    await assert.rejects(ask(`ContextService/${method}`, request, bob), /NOT_CONCERNED/, method);
  }
  const { reads } = await ask("PrivacyService/ListReads", { customerId });
  const read = reads.find(({ by }) => by === "ann");
  assert.deepEqual([read.role, read.method], ["agent", "GetCustomer"]);
  assert.match(read.right, /^case /);
  assert.ok(!reads.some(({ by }) => by === "bob"));
  await route("CancelContact", { contactId });
});

test("nothing is left of a customer who was erased, and all of another", async () => {
  // A file that is written anew is compressed otherwise, and would hide what is still in it.
  execFileSync("redis-cli", ["-s", join(server.data, "redis", "redis.sock"), "CONFIG", "SET", "aof-use-rdb-preamble", "no"]);
  const gone = await plant("Lizi");
  const kept = await plant("Zhao");
  const erase = { requestId: "e1", customerId: gone.customerId, reason: "asked for" };
  await assert.rejects(ask("PrivacyService/EraseCustomer", erase), /CONTACTS_OPEN/);
  await route("CancelContact", { contactId: gone.contactId });
  await until("the end is in the timeline", async () => {
    const { entries } = await ask("ContextService/ListTimeline", { customerId: gone.customerId });
    return entries.some(({ closed }) => closed);
  });
  // The task that offers the case is a contact of the customer as well.
  for (const { id, customerId } of (await route("ListContacts", {})).contacts) {
    if (customerId === gone.customerId) await route("CancelContact", { contactId: id });
  }
  for (const mark of gone.marks) assert.notDeepEqual(filesWith(mark), [], `${mark} was never stored`);

  const { keys } = await ask("PrivacyService/EraseCustomer", erase);
  assert.ok(Number(keys) > 0);
  for (const mark of gone.marks) assert.deepEqual(filesWith(mark), [], `${mark} is still there`);
  await assert.rejects(ask("ContextService/GetCustomer", { customerId: gone.customerId }), /UNKNOWN_CUSTOMER/);
  // Sent again, it says the same.
  assert.equal((await ask("PrivacyService/EraseCustomer", erase)).keys, keys);

  for (const mark of kept.marks) assert.notDeepEqual(filesWith(mark), [], `${mark} is gone`);
  await server.kill();
  await server.run();
  const { customer } = await ask("ContextService/GetCustomer", { customerId: kept.customerId });
  assert.equal(customer.name, "Zhaoname");
  assert.equal((await server.messages(kept.contactId)).length, 1);
  assert.equal((await server.contact(kept.contactId)).subject, "Zhaosubject");
  // Fails when anything is wrong.
  execFileSync(binary, ["verify", "--data", server.data]);
});
