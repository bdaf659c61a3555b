// SPDX-License-Identifier: Apache-2.0
// Mail through the whole program, with Dovecot and Exim on both sides: a customer writes, an agent
// answers, the thread goes on; whatever is killed meanwhile, nothing is lost or said twice.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Place, usher } from "../integration/e2e/processes.mjs";
import { until } from "../integration/e2e/server.mjs";
import { guard } from "./servers.mjs";

const path = `${process.env.PATH}:/usr/sbin:/sbin`;
const missing = ["dovecot", "exim4", "openssl", "setpriv", "curl"].find(
  (program) => spawnSync("sh", ["-c", `command -v ${program}`], { env: { PATH: path } }).status !== 0,
);
if (missing) {
  console.log(`NOT TESTED against real mail servers: this machine has no ${missing}; see deploy/packages.txt, [test]`);
  process.exit(77);
}

const mailkit = join(dirname(fileURLToPath(import.meta.url)), "mailkit");
const mail = mkdtempSync(join(tmpdir(), "usher-mail-"));
chmodSync(mail, 0o711);
const kit = (verb, settings = {}) =>
  Object.fromEntries(
    execFileSync(mailkit, [verb, mail], { encoding: "utf8", env: { ...process.env, PATH: path, ...settings } })
      .split("\n").filter((line) => line.includes("=")).map((line) => line.split(/=(.*)/s).slice(0, 2)),
  );
const place = new Place("usher-email-");
const file = (name) => join(place.data, name);
let servers, server;

const serve = async () => {
  server = await place.serve("all", "--domain", "acme", "--redis", redis, "--email", file("email.yaml"));
};
let redis;

before(async () => {
  guard(mail);
  servers = kit("start");
  redis = await place.redis();
  writeFileSync(file("secret"), servers.MAIL_PASSWORD, { mode: 0o600 });
  writeFileSync(file("reply.keys"), execFileSync("openssl", ["rand", "-base64", "32"]), { mode: 0o600 });
  const at = (port, security) =>
    `{host: localhost, port: ${servers[port]}, security: ${security}, user: support@mail.test, secret_file: secret, ca_file: ${servers.MAIL_CA}}`;
  writeFileSync(file("email.yaml"), `reply_keys_file: reply.keys
mailboxes:
  desk:
    address: support@mail.test
    name: Acme 客服
    queue: support
    since: 2020-01-01
    done_folder: Done
    signature: Acme Ltd
    sent_folder: Sent
    imap: ${at("IMAPS_PORT", "tls")}
    smtp: ${at("SUBMISSION_PORT", "starttls")}
`);
  await serve();
  writeFileSync(file("acme.yaml"), `domain: acme
queues: {support: {channels: [email], wrap_up: 1s, offer_timeout: 60s}}
profiles: {desk: {email: {max: 9}}}
agents: {ann: {name: Ann, profile: desk, queues: [support]}}
`);
  usher("apply", "-f", file("acme.yaml"), "--server", server.grpc, "--keys", place.keys, "--domain", "acme");
});

after(async () => {
  await place.end();
  kit("stop");
  rmSync(mail, { recursive: true, force: true });
});

async function call(method, request, [role, subject] = ["admin", "root"]) {
  const response = await fetch(`http://${server.http}/usher.${method}`, {
    method: "POST", body: JSON.stringify(request),
    headers: { "content-type": "application/json", authorization: `Bearer ${place.token(role, subject, "acme")}` },
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(`${method}: ${JSON.stringify(answer)}`);
  return answer;
}
const ann = ["agent", "ann"];

/** As the customer's server would: straight to Exim. */
function post(from, headers, text, to = "support@mail.test") {
  const lines = [`From: ${from}`, `To: ${to}`, ...headers, "", text, ""];
  execFileSync("curl", ["-sS", "--url", `smtp://127.0.0.1:${servers.SMTP_PORT}`, "--mail-from", from, "--mail-rcpt", to, "-T", "-"],
    { input: lines.join("\r\n") });
}

/** The mails in a mailbox, as text. */
function inbox(user) {
  const box = join(mail, "mail", `${user}@mail.test`, "Maildir");
  return ["new", "cur"].flatMap((one) => (existsSync(join(box, one)) ? readdirSync(join(box, one)).map((name) => readFileSync(join(box, one, name), "utf8")) : []));
}
const header = (text, name) => new RegExp(`^${name}: *((?:.*\\r?\\n[ \\t])*.*)`, "im").exec(text)?.[1].replace(/\r?\n\s+/g, " ").trim();

/** What a mail says, decoded. */
function body(text) {
  const content = text.slice(text.search(/\r?\n\r?\n/)).trim();
  const encoding = header(text, "Content-Transfer-Encoding");
  if (encoding === "base64") return Buffer.from(content, "base64").toString();
  if (encoding !== "quoted-printable") return content;
  const bytes = content.replace(/=\r?\n/g, "").replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(bytes, "latin1").toString();
}

const contacts = async () => (await call("routing.v1.RoutingService/ListContacts", {})).contacts ?? [];
const messages = async (contactId) => (await call("context.v1.ContextService/ListMessages", { contactId })).messages ?? [];
const said = (list) => list.map(({ author, text }) => `${author.side.replace("SIDE_", "")}: ${text.trim()}`);

let contact;

test("a mail becomes a contact with its words in the conversation", async () => {
  post("alice@mail.test", ["Subject: Where is 8841?", "Message-ID: <q1@alice.test>", "Content-Type: text/plain; charset=gb18030", "Content-Transfer-Encoding: base64"],
    "xOO6w6OsztK1xLapu/fD0w==");
  contact = await until("the contact is there", async () => (await contacts())[0]);
  assert.equal(contact.channel, "CHANNEL_EMAIL");
  assert.equal(contact.subject, "Where is 8841?");
  assert.equal(contact.attributes.mail_from, "alice@mail.test");
  assert.ok(contact.customerId);
  const [first, ...more] = await until("it is said", async () => {
    const all = await messages(contact.id);
    return all.length > 0 && all;
  });
  assert.deepEqual(more, []);
  assert.ok(first.text.startsWith("你好"), first.text);
});

test("an agent's answer reaches the customer in the thread", async () => {
  await call("agents.v1.AgentService/SignIn", { requestId: "in" }, ann);
  await until("the offer is taken", () =>
    call("agents.v1.AgentService/AcceptOffer", { requestId: "take", contactId: contact.id }, ann).then(() => true, () => false));
  await call("context.v1.ContextService/AppendMessages", { messages: [{ contactId: contact.id, clientId: "a1", text: "It is on its way.\n.dot" }] }, ann);
  const [answer] = await until("it arrives", () => inbox("alice").length > 0 && inbox("alice"));
  assert.equal(header(answer, "Subject"), "Re: Where is 8841?");
  assert.equal(header(answer, "In-Reply-To"), "<q1@alice.test>");
  assert.match(header(answer, "From"), /<support@mail\.test>/);
  assert.equal(header(answer, "References"), "<q1@alice.test>");
  assert.match(body(answer), /^It is on its way\.\n\.dot\n\n-- \nAcme Ltd\n\n在 [0-9: -]+ UTC，alice@mail\.test 写道：\n> 你好，.*$/m);
});

test("the customer's reply joins the contact, without what it quotes", async () => {
  const [answer] = inbox("alice");
  post("alice@mail.test", ["Subject: Re: Where is 8841?", "Message-ID: <q2@alice.test>", `In-Reply-To: ${header(answer, "Message-ID")}`],
    "Thank you!\r\n\r\nOn Monday Acme wrote:\r\n> It is on its way.");
  const all = await until("it is said", async () => {
    const list = await messages(contact.id);
    return list.length === 3 && list;
  });
  assert.deepEqual(said(all).slice(1), ["AGENT: It is on its way.\n.dot", "CUSTOMER: Thank you!"]);
  assert.equal((await contacts()).length, 1);
});

const files = (query, options = {}, who = ["adapter", "gateway@test"]) =>
  fetch(`http://${server.http}/channels/v1/files?${new URLSearchParams(query)}`,
    { ...options, headers: { authorization: `Bearer ${place.token(...who, "acme")}`, ...options.headers } });

test("the files of a mail are fetched out of its mailbox, wherever it was moved to", async () => {
  const lines = ["Subject: Broken lamp", "Message-ID: <f1/+&@bob.test>", "MIME-Version: 1.0", 'Content-Type: multipart/mixed; boundary="b"'];
  post("bob@mail.test", lines, ["--b", "Content-Type: text/html", "", "<p>See <b>this</b></p>", "--b",
    "Content-Type: image/png", 'Content-Disposition: attachment; filename="lamp.png"', "Content-Transfer-Encoding: base64", "", "iVBORw0KGgo=", "--b--"].join("\r\n"));
  const lamp = await until("it is there", async () => (await contacts()).find(({ subject }) => subject === "Broken lamp"));
  const [message] = await until("it is said", async () => {
    const all = await messages(lamp.id);
    return all.length > 0 && all;
  });
  await until("it is moved", () => inbox("support").length === 0);
  await until("the offer is taken", () =>
    call("agents.v1.AgentService/AcceptOffer", { requestId: "take lamp", contactId: lamp.id }, ann).then(() => true, () => false));
  const [attachment] = message.attachments;
  assert.deepEqual([attachment.name, attachment.mediaType, attachment.sizeBytes], ["lamp.png", "image/png", "8"]);
  const response = await files({ url: attachment.url });
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("content-type"), "image/png");
  assert.equal(response.headers.get("content-disposition"), "attachment; filename*=UTF-8''lamp.png");
  assert.equal(response.headers.get("x-content-type-options"), "nosniff");
  assert.equal(Buffer.from(await response.arrayBuffer()).toString("base64"), "iVBORw0KGgo=");
  const part = (name) => attachment.url.replace(/\/[0-9.]+\?/, `/${name}?`);
  const html = await files({ url: part("html") });
  assert.match(await html.text(), /<b>this<\/b>/);
  assert.equal(html.headers.get("content-security-policy"), "sandbox; default-src 'none'");
  assert.match(await (await files({ url: part("source") })).text(), /^Subject: Broken lamp/m);

  const why = async (answer) => [answer.status, (await answer.json()).reason];
  assert.deepEqual(await why(await files({ url: part("9.9") })), [404, "PART_UNKNOWN"]);
  assert.deepEqual(await why(await files({ url: attachment.url.replace(/[0-9a-f]{32}/, "0".repeat(32)) })), [404, "FILE_GONE"]);
  assert.deepEqual(await why(await files({ url: "x-mail:other/k/1?size=1" })), [404, "MAILBOX_UNKNOWN"]);
  assert.deepEqual(await why(await files({ url: "https://elsewhere.test/" })), [400, "FILE_ADDRESS_INVALID"]);
  assert.deepEqual(await why(await files({ url: attachment.url }, {}, ann)), [403, "ROLE_FORBIDDEN"]);
});

test("a file that an agent attaches is kept in the mailbox, once", async () => {
  const keep = (body, name = "../手册.pdf") =>
    files({ contact_id: contact.id, name }, { method: "POST", body, headers: { "content-type": "application/pdf" } });
  const kept = await (await keep("%PDF-1")).json();
  assert.match(kept.url, /^x-mail:desk\/file-[0-9a-f]{64}\/1$/);
  assert.deepEqual([kept.mediaType, kept.sizeBytes], ["application/pdf", "6"]);
  assert.doesNotMatch(kept.name, /\//);
  assert.equal((await (await keep("%PDF-1", "other.pdf")).json()).url, kept.url);
  const folder = join(mail, "mail", "support@mail.test", "Maildir", ".Usher files");
  assert.equal(["new", "cur"].flatMap((one) => readdirSync(join(folder, one))).length, 1);
  assert.equal(await (await files({ url: kept.url })).text(), "%PDF-1");
  assert.equal((await (await keep("")).json()).reason, "FILE_EMPTY");
  assert.equal((await (await files({ contact_id: "c999999", name: "a" }, { method: "POST", body: "a" })).json()).reason, "NO_MAIL_CONTACT");
});

const say = (message) => call("context.v1.ContextService/AppendMessages", { messages: [message] }, ann);
const settled = (contactId, clientId) => until(`${clientId} is dealt with`, async () => {
  const { messages: all, marks = [] } = await call("context.v1.ContextService/ListMessages", { contactId });
  const mark = marks.find(({ side }) => side === "SIDE_CUSTOMER");
  return Number(mark?.deliveredUpTo) >= Number(all.find((one) => one.clientId === clientId)?.id);
});
/** The mails in one folder of a mailbox. */
const folder = (user, name) => {
  const box = join(mail, "mail", `${user}@mail.test`, "Maildir", `.${name}`);
  return ["new", "cur"].flatMap((one) => (existsSync(join(box, one)) ? readdirSync(join(box, one)).map((file) => [file, readFileSync(join(box, one, file), "utf8")]) : []));
};

test("an answer has copies, a subject and files, and the Sent folder keeps it", async () => {
  const file = await (await files({ contact_id: contact.id, name: "plan.txt" }, { method: "POST", body: "the plan", headers: { "content-type": "text/plain" } })).json();
  const before = inbox("alice").length;
  await say({ contactId: contact.id, clientId: "m1", text: "With copies", attachments: [file],
    mail: { subject: "The plan", cc: [{ address: "bob@mail.test" }], bcc: [{ address: "carol@mail.test" }], withoutQuotation: true } });
  const got = await until("all three have it", () => ["alice", "bob", "carol"].every((user) => inbox(user).some((one) => /The plan/.test(one))) && inbox("alice")[before]);
  assert.equal(header(got, "Subject"), "The plan");
  assert.match(header(got, "Cc"), /bob@mail\.test/);
  assert.doesNotMatch(got, /carol@/);
  assert.match(got, /filename="?plan\.txt/);
  assert.ok(got.includes(Buffer.from("the plan").toString("base64")));
  await settled(contact.id, "m1");
  await until("the Sent folder has it", () => folder("support", "Sent").some(([, text]) => /The plan/.test(text)));
  assert.equal(folder("support", "Usher outbox").length, 0);
});

test("a mail is passed on whole, and the answer to that comes to the same contact", async () => {
  const [first] = await messages(contact.id);
  await say({ contactId: contact.id, clientId: "f1", text: "Please look at this.", mail: { kind: "KIND_FORWARD", aboutMessage: first.id, to: [{ address: "sales@mail.test" }] } });
  const forwarded = await until("it arrives", () => inbox("sales").find((one) => /message\/rfc822/.test(one)));
  assert.match(header(forwarded, "Subject"), /^Fwd: Where is 8841\?/);
  assert.match(forwarded, /^Message-ID: <q1@alice\.test>/im);
  await settled(contact.id, "f1");
});

test("an agent begins a conversation, and what comes back joins it", async () => {
  const begin = () => call("agents.v1.AgentService/StartMail", { requestId: "new-1", mail: { to: "bob@mail.test", queue: "support", subject: "Your order" } }, ann);
  const { contactId } = await begin();
  assert.equal((await begin()).contactId, contactId);
  await until("it is hers", async () => (await contacts()).some(({ id, agent, state }) => id === contactId && agent === "ann" && state === "STATE_ASSIGNED"));
  await say({ contactId, clientId: "n1", text: "It is ready." });
  const mailed = await until("it arrives", () => inbox("bob").find((one) => /^It is ready/m.test(body(one))));
  assert.equal(header(mailed, "Subject"), "Your order");
  assert.equal(header(mailed, "In-Reply-To"), undefined);
  await settled(contactId, "n1");
  post("bob@mail.test", ["Subject: Re: Your order", "Message-ID: <n2@bob.test>", `In-Reply-To: ${header(mailed, "Message-ID")}`], "Thanks");
  await until("it joins", async () => said(await messages(contactId)).includes("CUSTOMER: Thanks"));
});

test("what no agent needs to see opens nothing", async () => {
  const before = (await contacts()).length;
  post("alice@mail.test", ["Subject: Out of office", "Message-ID: <ooo@alice.test>", "Auto-Submitted: auto-replied"], "I am away.");
  post("alice@mail.test", ["Subject: Win", "Message-ID: <spam@alice.test>", "X-Spam-Flag: YES"], "Buy.");
  post("bob@mail.test", ["Subject: Another question", "Message-ID: <b1@bob.test>"], "Hello?");
  await until("the other mail is there", async () => (await contacts()).length === before + 1);
  await until("all are marked and moved", () => inbox("support").length === 0);
  assert.equal((await contacts()).length, before + 1);
});

test("an address that is refused is told to the agent", async () => {
  post("alice@mail.test", ["Subject: Answer elsewhere", "Message-ID: <r1@alice.test>", "Reply-To: reject-me@mail.test"], "Please.");
  const other = await until("it is there", async () => (await contacts()).find(({ subject }) => subject === "Answer elsewhere"));
  await until("the offer is taken", () =>
    call("agents.v1.AgentService/AcceptOffer", { requestId: `take ${other.id}`, contactId: other.id }, ann).then(() => true, () => false));
  await call("context.v1.ContextService/AppendMessages", { messages: [{ contactId: other.id, clientId: "r1", text: "Here." }] }, ann);
  const note = await until("the note is there", async () => (await messages(other.id)).find(({ author }) => author.side === "SIDE_SYSTEM"));
  assert.match(note.text, /not delivered.*550/s);
});

test("killed at any time, nothing is lost or sent twice", async () => {
  const before = inbox("alice").length;
  await call("context.v1.ContextService/AppendMessages", { messages: [{ contactId: contact.id, clientId: "k1", text: "First of two" }] }, ann);
  await until("the first is there", () => inbox("alice").length === before + 1);
  await until("the first is marked", async () => {
    const { messages: all, marks = [] } = await call("context.v1.ContextService/ListMessages", { contactId: contact.id });
    const mark = marks.find(({ side }) => side === "SIDE_CUSTOMER");
    return Number(mark?.deliveredUpTo) === Number(all.find(({ clientId }) => clientId === "k1").id);
  });
  await server.kill();
  for (let i = 0; i < 5; ++i) post("carol@mail.test", [`Subject: Night ${i}`, `Message-ID: <n${i}@carol.test>`], `Mail ${i}`);
  await serve();
  await until("the mail of the night is there", async () =>
    (await contacts().catch(() => [])).filter(({ subject }) => subject.startsWith("Night")).length === 5);
  await server.kill();
  kit("stop");
  kit("start", { MAILKIT_PORT_BASE: servers.IMAP_PORT });
  await serve();
  await until("the router leads", () => contacts().then(() => true, () => false));
  await call("context.v1.ContextService/AppendMessages", { messages: [{ contactId: contact.id, clientId: "k2", text: "Second of two" }] }, ann);
  await until("the second is there", () => inbox("alice").length >= before + 2);
  await until("all are marked and moved", () => inbox("support").length === 0);
  assert.equal(inbox("alice").filter((one) => /^First of two/m.test(body(one))).length, 1);
  assert.equal(inbox("alice").length, before + 2);
  const nights = (await contacts()).filter(({ subject }) => subject.startsWith("Night"));
  assert.equal(nights.length, 5);
  for (const { id } of nights) assert.equal((await messages(id)).length, 1);
});
