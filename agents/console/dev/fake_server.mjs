// SPDX-License-Identifier: Apache-2.0
// A gateway for development and pictures: serves dist/ and plays one agent's session from memory. It
// keeps no promise that the real one keeps; it only speaks the same frames.
import { createReadStream, existsSync } from "node:fs";
import { createServer } from "node:http";
import { dirname, extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { WebSocketServer } from "ws";
import * as world from "./world.mjs";

const dist = join(dirname(fileURLToPath(import.meta.url)), "..", "dist");
const types = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; frame-src 'self'; connect-src 'self'; " +
  "frame-ancestors 'none'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'";
const mailPolicy =
  "sandbox allow-scripts allow-popups allow-popups-to-escape-sandbox; default-src 'none'; script-src 'self'; " +
  "style-src 'unsafe-inline'; img-src data: https:; frame-ancestors 'self'; base-uri 'none'; form-action 'none'; " +
  "require-trusted-types-for 'script'";
const now = () => new Date().toISOString();
const inMs = (ms) => new Date(Date.now() + ms).toISOString();

export async function startFakeServer({ port = 0, replies = true } = {}) {
  const server = new FakeServer(replies);
  await new Promise((ready) => server.http.listen(port, "127.0.0.1", ready));
  server.url = `http://127.0.0.1:${server.http.address().port}/console/`;
  return server;
}

/** A token as the sign-in link carries it; the fake server reads the subject and trusts it. */
export function tokenFor(subject) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part({ alg: "none" })}.${part({ sub: subject })}.x`;
}

class FakeServer {
  constructor(replies) {
    this.replies = replies;
    /** What /agents/v1/softphone answers: no telephone. */
    this.softphone = {};
    this.files = new Map();
    this.uploaded = [];
    this.drafts = new Map();
    this.customers = world.customers();
    this.timelines = world.timelines();
    this.conversations = world.conversations();
    this.agents = world.agents();
    this.cases = world.cases();
    this.changes = world.changes();
    this.duplicates = world.duplicates();
    this.contacts = new Map();
    this.calls = new Map();
    this.controls = [];
    this.offers = new Map();
    this.sequence = 100;
    this.next = 300;
    this.sockets = new Map();
    this.http = createServer((request, response) => this.serve(request, response));
    new WebSocketServer({ server: this.http, path: "/agents/v1/session" }).on("connection", (socket) => {
      socket.on("message", (data) => this.hear(socket, JSON.parse(String(data))));
      socket.on("close", () => this.sockets.delete(socket));
    });
  }

  close() {
    this.drop();
    this.http.close();
  }

  drop() {
    for (const socket of this.sockets.keys()) socket.terminate();
  }

  serve(request, response) {
    if (request.url === "/agents/v1/softphone") {
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(this.softphone));
      return;
    }
    if (request.url.startsWith("/agents/v1/files/")) return void this.file(request, response);
    const path = normalize(new URL(request.url, "http://x").pathname.replace(/^\/console\//, "/"));
    const file = join(dist, path.endsWith("/") ? `${path}index.html` : path);
    const ofMail = path.startsWith("/mail/");
    if (!file.startsWith(dist) || !existsSync(file)) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { "content-type": types[extname(file)] ?? "text/plain", "content-security-policy": ofMail ? mailPolicy : policy });
    createReadStream(file).pipe(response);
  }

  /** Files by `contact/message/what`, and those that an agent attaches. */
  async file(request, response) {
    const url = new URL(request.url, "http://x");
    const key = decodeURIComponent(url.pathname.slice("/agents/v1/files/".length));
    const json = (status, body) => response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    if (!/^Bearer .+\..+\./.test(request.headers.authorization ?? "")) return json(401, { reason: "NO_TOKEN", message: "There is no token.", next_step: "Sign in." });
    if (request.method === "GET") {
      const file = this.files.get(key);
      if (!file) return json(404, { reason: "UNKNOWN_FILE", message: "There is no such file.", next_step: "Look at the mail in its mailbox." });
      return response.writeHead(200, { "content-type": file.type, "content-disposition": "attachment", "x-content-type-options": "nosniff" }).end(file.bytes);
    }
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const bytes = Buffer.concat(chunks);
    const name = url.searchParams.get("name");
    if (name === "refused.exe") return json(413, { reason: "FILE_TOO_LARGE", message: "The file is too large.", next_step: "Send a link instead." });
    const attachment = { name, mediaType: request.headers["content-type"], sizeBytes: String(bytes.length), url: `x-mail:support/file-${++this.next}/1` };
    this.uploaded.push({ contactId: key, name, bytes: bytes.toString() });
    return json(200, attachment);
  }

  // What a test or a picture makes happen.

  /** A mail instead of a chat; `mails` are messages without ids. */
  mail(customerId, { queue = "support", subject = "", mails = [], forMs = 20_000 } = {}) {
    const from = mails[0]?.mail?.from;
    const attributes = { mail_box: "support", mail_answer_to: from?.address ?? "", mail_name: from?.name ?? "", mail_own: "support@larkfield.example" };
    return this.offer(customerId, { queue, subject, forMs, channel: "CHANNEL_EMAIL", attributes, mails });
  }

  receive(contactId, { text, files = {}, side = "SIDE_CUSTOMER", clientId, ...rest }, quiet = false) {
    const conversation = this.conversations.get(contactId);
    const number = String(conversation.length + 1);
    const author = side === "SIDE_SYSTEM" ? { side } : { side, name: rest.mail?.from?.name };
    const message = { id: number, clientId: clientId ?? `mail-k${++this.next}-0`, contactId, author, at: now(), text, ...rest };
    for (const [what, file] of Object.entries(files)) this.files.set(`${contactId}/${number}/${what}`, file);
    conversation.push(message);
    if (!quiet) this.tell({ conversation: { contactId, message } });
    return message;
  }

  offer(customerId, { queue = "support", subject = "", said = [], forMs = 20_000, waited = "38s", channel = "CHANNEL_CHAT", attributes = { page: "/plans" }, mails = [] } = {}) {
    const id = `c${++this.next}`;
    const contact = { id, state: "STATE_OFFERED", channel, queue, subject, customerId, waited, attributes };
    this.contacts.set(id, contact);
    this.conversations.set(id, []);
    this.timelines.get(customerId)?.unshift({ id: `t${this.next}`, at: now(), contactId: id, channel, opened: { queue, subject } });
    for (const text of said) this.say(id, text, true);
    for (const one of mails) this.receive(id, one, true);
    const offer = { id: `o${id}`, contactId: id, agentId: "ann", offeredAt: now(), deadline: inMs(forMs) };
    this.offers.set(offer.id, offer);
    this.event({ contactId: id, agentId: "ann", queue, offered: { offer, contact } });
    setTimeout(() => this.miss(offer.id), forMs).unref();
    return id;
  }

  /** A call instead of a chat: who is in it, as the telephone side tells. */
  ring(customerId, { queue = "support", subject = "", forMs = 20_000 } = {}) {
    const id = this.offer(customerId, { queue, subject, forMs });
    this.contacts.get(id).channel = "CHANNEL_VOICE";
    return id;
  }

  /** How a call stands; what is not named stays. A leg that changes does so now, unless it says since when. */
  call(contactId, change) {
    const known = this.calls.get(contactId) ?? { contactId, legs: [], recording: "RECORDING_STATE_ON", cannot: [] };
    const call = { ...known, ...change };
    call.legs = call.legs.map((leg) => {
      const before = known.legs.find((one) => one.id === leg.id);
      return before && before.state !== leg.state ? { ...leg, since: now() } : { since: now(), ...leg };
    });
    this.calls.set(contactId, call);
    this.tell({ event: { at: now(), contactId, agentId: "ann", call } });
    return call;
  }

  legs(contactId) {
    return this.calls.get(contactId)?.legs ?? [];
  }

  say(contactId, text, quiet = false) {
    const name = this.customers.get(this.contacts.get(contactId)?.customerId)?.name;
    this.append(contactId, { side: "SIDE_CUSTOMER", name }, text, `x${++this.next}`, quiet);
  }

  typing(contactId) {
    const name = this.customers.get(this.contacts.get(contactId)?.customerId)?.name;
    this.tell({ conversation: { contactId, typing: { author: { side: "SIDE_CUSTOMER", name }, active: true } } });
  }

  mark(contactId, readUpTo) {
    this.tell({ conversation: { contactId, mark: { side: "SIDE_CUSTOMER", deliveredUpTo: String(readUpTo), readUpTo: String(readUpTo) } } });
  }

  tell(response) {
    for (const [socket, subject] of this.sockets) if (subject === "ann") socket.send(JSON.stringify(response));
  }

  event(event) {
    const sequence = String(++this.sequence);
    this.tell({ sequence, event: { sequence, at: now(), ...event } });
  }

  /** Something new in a customer's history, told to whoever follows it. */
  happen(customerId, entry) {
    const added = { id: `t${++this.next}`, at: now(), ...entry };
    this.timelines.get(customerId)?.unshift(added);
    for (const [socket] of this.sockets) {
      if (socket.follows === customerId) socket.send(JSON.stringify({ timelineNews: { customerId, news: { entries: [added] } } }));
    }
  }

  append(contactId, author, text, clientId, quiet = false, internal = false, rest = {}) {
    const conversation = this.conversations.get(contactId) ?? [];
    const known = conversation.find((message) => message.clientId === clientId);
    if (known) return known;
    const message = { id: String(conversation.length + 1), clientId, contactId, author, at: now(), text, internal, ...rest };
    conversation.push(message);
    this.conversations.set(contactId, conversation);
    if (!quiet) this.tell({ conversation: { contactId, message } });
    return message;
  }

  miss(offerId) {
    const offer = this.offers.get(offerId);
    if (!offer) return;
    this.offers.delete(offerId);
    this.event({ contactId: offer.contactId, agentId: "ann", offerEnded: { offerId, outcome: "OUTCOME_MISSED" } });
    this.present("not-ready", "missed");
  }

  present(presence, reason = "") {
    const ann = this.agents[0];
    ann.presence = `PRESENCE_${presence.toUpperCase().replace("-", "_")}`;
    ann.reason = reason;
    ann.presenceSince = now();
    this.event({ agentId: "ann", presenceChanged: { presence, reason } });
  }

  // What a console says.

  hear(socket, request) {
    if (request.watchTimeline) socket.follows = request.watchTimeline.customerId;
    const answer = (response) => socket.send(JSON.stringify({ tag: request.tag, ...response }));
    if (request.hello) return this.hello(socket, request.hello, answer);
    if (request.ping) return answer({ pong: { serverTime: now() } });
    for (const [verb, body] of Object.entries(request)) {
      if (verb !== "tag" && this[`on_${verb}`]) return answer(this[`on_${verb}`](body) ?? { done: {} });
    }
    answer({ error: { code: 12, message: "The development server does not know this verb.", detail: { reason: "UNIMPLEMENTED" } } });
  }

  hello(socket, hello, answer) {
    let subject;
    try {
      subject = JSON.parse(Buffer.from(hello.token.split(".")[1], "base64url").toString()).sub;
    } catch {
      return answer({ error: { code: 16, message: "The token is not valid.", detail: { reason: "BAD_TOKEN" } } });
    }
    this.sockets.set(socket, subject);
    const supervisor = subject === "sam";
    answer({
      welcome: {
        subject,
        role: supervisor ? "supervisor" : "agent",
        domain: "larkfield",
        sessionId: "s1",
        heartbeat: "10s",
        grace: "30s",
        serverTime: now(),
        vocabulary: world.vocabulary,
      },
    });
    if (supervisor) return;
    const offers = [...this.offers.values()].map((offer) => ({ offer, contact: this.contacts.get(offer.contactId) }));
    const contacts = [...this.contacts.values()].filter((contact) => contact.agent === "ann");
    socket.send(JSON.stringify({ sequence: String(this.sequence), desk: { agent: this.agents[0], offers, contacts, sequence: String(this.sequence) } }));
  }

  on_signIn() {
    this.present("available");
  }
  on_signOut() {
    this.present("offline");
  }
  on_setPresence({ presence, reason, agentId }) {
    const agent = this.agents.find((one) => one.id === agentId);
    if (agent && agentId !== "ann") {
      Object.assign(agent, { presence, reason, presenceSince: now() });
      return;
    }
    this.present(presence === "PRESENCE_AVAILABLE" ? "available" : "not-ready", reason);
  }
  on_accept({ contactId, offerId }) {
    if (!this.offers.delete(offerId)) return this.error(9, "The offer was answered too late.", "OFFER_MISSED", "Wait for the next offer.");
    const contact = this.contacts.get(contactId);
    Object.assign(contact, { state: "STATE_ASSIGNED", agent: "ann" });
    this.agents[0].load[0].used += 1;
    this.event({ contactId, agentId: "ann", assigned: { offerId, contact } });
    if (contact.channel === "CHANNEL_EMAIL") return;
    if (contact.channel === "CHANNEL_VOICE") {
      this.call(contactId, {
        legs: [
          { id: "l1", party: "PARTY_CUSTOMER", address: "+81 90 5550 0142", state: "STATE_UP" },
          { id: "l2", party: "PARTY_AGENT", agentId: "ann", state: "STATE_UP" },
        ],
      });
      return;
    }
    this.append(contactId, { side: "SIDE_SYSTEM" }, "Ann Li has joined", `j${contactId}`);
  }
  on_reject({ contactId, offerId }) {
    this.offers.delete(offerId);
    const contact = this.contacts.get(contactId);
    contact.state = "STATE_WAITING";
    this.event({ contactId, agentId: "ann", offerEnded: { offerId, outcome: "OUTCOME_REJECTED" } });
  }
  on_complete({ contactId, disposition }) {
    const contact = this.contacts.get(contactId);
    Object.assign(contact, { state: "STATE_WRAPPING", disposition, wrapUpEndsAt: inMs(90_000) });
    this.append(contactId, { side: "SIDE_SYSTEM" }, "Ann Li has ended the chat", `e${contactId}`);
    this.event({ contactId, agentId: "ann", wrapUpStarted: { endsAt: contact.wrapUpEndsAt, disposition } });
  }
  on_endWrapUp({ contactId }) {
    const contact = this.contacts.get(contactId);
    Object.assign(contact, { state: "STATE_CLOSED", agent: "" });
    this.event({ contactId, agentId: "ann", wrapUpEnded: {} });
    this.event({ contactId, closed: { outcome: "OUTCOME_COMPLETED", disposition: contact.disposition } });
  }
  on_extendWrapUp({ contactId, extendBy }) {
    const contact = this.contacts.get(contactId);
    contact.wrapUpEndsAt = new Date(Date.parse(contact.wrapUpEndsAt) + parseFloat(extendBy) * 1000).toISOString();
    this.event({ contactId, agentId: "ann", wrapUpExtended: { endsAt: contact.wrapUpEndsAt } });
  }
  on_consult({ contactId, toAgent = "bob" }) {
    this.call(contactId, { legs: [...this.legs(contactId), { id: "l3", party: "PARTY_COLLEAGUE", agentId: toAgent, state: "STATE_RINGING" }] });
    return { contact: { id: `c${++this.next}` } };
  }
  on_placeCall({ call }) {
    this.placed = call;
    const id = this.ring(call.customerId ?? "k17", { queue: call.queue, subject: call.subject });
    this.on_accept({ contactId: id, offerId: `o${id}` });
    return { contact: { id } };
  }
  on_controlCall({ contactId, control }) {
    this.controls.push(control);
    const legs = this.legs(contactId);
    const change = (id, how) => legs.map((leg) => (leg.id === id ? { ...leg, ...how } : leg));
    if (control.mute) this.call(contactId, { legs: change("l2", { muted: control.mute.muted }) });
    if (control.pauseRecording) this.call(contactId, { recording: control.pauseRecording.paused ? "RECORDING_STATE_PAUSED" : "RECORDING_STATE_ON" });
    if (control.dialOut) {
      const held = change("l1", { state: "STATE_HELD" });
      this.call(contactId, { legs: [...held, { id: "l4", party: "PARTY_OUTSIDE", address: control.dialOut.number, state: "STATE_UP" }] });
    }
    if (control.join) this.call(contactId, { legs: change("l1", { state: "STATE_UP" }) });
    if (control.drop) this.call(contactId, { legs: legs.filter((leg) => leg.id !== control.drop.legId) });
    if (control.digits?.digits === "#") return this.error(9, "The call does not take keys.", "NO_KEYS", "Say it.");
    if (control.supervise) return this.supervise(contactId, control.supervise.mode);
  }
  /** The supervisor's own session is told, whoever has the contact. */
  supervise(contactId, mode) {
    const others = [{ id: "l1", party: "PARTY_CUSTOMER", address: "+81 90 5550 0142", state: "STATE_UP" }];
    const mine = { id: "l9", party: "PARTY_SUPERVISOR", agentId: "sam", state: "STATE_UP", mode };
    const legs = mode && mode !== "SUPERVISION_MODE_UNSPECIFIED" ? [...others, mine] : [];
    const event = { at: now(), contactId, agentId: "sam", call: { contactId, legs } };
    for (const [socket, subject] of this.sockets) if (subject === "sam") socket.send(JSON.stringify({ event }));
  }
  on_hold({ contactId }) {
    return this.move(contactId, "STATE_HELD", { held: {} });
  }
  on_resume({ contactId }) {
    return this.move(contactId, "STATE_ASSIGNED", { resumed: {} });
  }
  on_transfer({ contactId, toQueue, toAgent }) {
    if (toAgent === "dora") return this.error(9, "Dora Nowak has no room for another chat.", "NO_ROOM", "Choose another agent or a queue.");
    const contact = this.contacts.get(contactId);
    Object.assign(contact, { state: "STATE_WAITING", agent: "", queue: toQueue ?? contact.queue });
    this.event({ contactId, transferred: { fromAgent: "ann", toQueue, toAgent } });
  }
  on_getDraft({ contactId }) {
    return { draft: this.drafts.get(contactId) ?? { contactId, version: "0" } };
  }
  on_saveDraft({ draft }, by = "ann") {
    const known = this.drafts.get(draft.contactId)?.version ?? "0";
    if (draft.version !== known) return this.error(10, "Somebody else changed this draft meanwhile.", "DRAFT_CHANGED", "Read it and try again.");
    const empty = !draft.text && !draft.mail && !(draft.attachments?.length > 0);
    const kept = { ...draft, version: empty ? "0" : String(++this.next), agentId: by, savedAt: now() };
    if (empty) this.drafts.delete(draft.contactId);
    else this.drafts.set(draft.contactId, kept);
    return { draft: kept };
  }
  on_startMail({ mail }) {
    this.started = mail;
    const id = this.mail(mail.customerId ?? "k17", { queue: mail.queue, subject: mail.subject });
    this.contacts.get(id).attributes.mail_answer_to = mail.to;
    this.receive(id, { side: "SIDE_SYSTEM", clientId: "mail-new", text: `A new mail to ${mail.to}.` }, true);
    this.on_accept({ contactId: id, offerId: `o${id}` });
    return { contact: { id } };
  }
  on_sendMessage({ contactId, clientId, text, internal, mail, attachments }) {
    if (text === "!fail") return this.error(8, "This conversation is full.", "FULL", "Open a new contact.");
    const sent = this.append(contactId, { side: "SIDE_AGENT", id: "ann", name: "Ann Li" }, text, clientId, false, internal, { mail, attachments });
    if (this.replies && !internal) {
      setTimeout(() => this.mark(contactId, sent.id), 600).unref();
      setTimeout(() => this.typing(contactId), 1200).unref();
      setTimeout(() => this.say(contactId, "Thanks, that helps."), 3500).unref();
    }
    return { sent };
  }
  on_sendTyping() {}
  on_markRead() {}
  on_listMessages({ contactId, afterMessage }) {
    const messages = (this.conversations.get(contactId) ?? []).filter((message) => Number(message.id) > Number(afterMessage ?? 0));
    return { messages: { messages } };
  }
  on_getCustomer({ customerId }) {
    if (!this.customers.has(customerId)) return this.error(7, "Nothing of this customer is on your desk.", "NOT_CONCERNED", "");
    return { customer: this.customers.get(customerId) };
  }
  on_updateCustomer({ customerId, name, addTags = [], removeTags = [], requestId: _, version, fields, consents, ...facts }) {
    const customer = this.customers.get(customerId);
    if (version && version !== customer.version) return this.error(10, "Somebody else changed this customer meanwhile.", "VERSION_CHANGED", "Look at it and try again.");
    Object.assign(customer, facts);
    customer.fields = { ...customer.fields, ...fields };
    for (const one of consents ?? []) customer.consents = [...(customer.consents ?? []).filter((other) => other.purpose !== one.purpose), { at: now(), ...one }];
    if (name !== undefined) customer.name = name;
    customer.tags = [...customer.tags.filter((tag) => !removeTags.includes(tag)), ...addTags];
    customer.version = String(Number(customer.version) + 1);
    return { customer };
  }
  on_listTimeline({ customerId, kinds = [], channel = "CHANNEL_UNSPECIFIED" }) {
    const camel = (kind) => kind.replace(/_(.)/g, (_, letter) => letter.toUpperCase());
    const fits = (entry) =>
      (kinds.length === 0 || kinds.some((kind) => entry[camel(kind)])) && (channel === "CHANNEL_UNSPECIFIED" || entry.channel === channel);
    return { timeline: { entries: (this.timelines.get(customerId) ?? []).filter(fits) } };
  }
  on_watchTimeline() {}
  on_searchCustomers({ query }) {
    const wanted = query.toLowerCase();
    const hits = [...this.customers.values()]
      .filter((one) => [one.name, one.fields?.account, ...(one.identities ?? []).map((identity) => identity.value)].some((text) => text?.toLowerCase().includes(wanted)))
      .map((customer) => ({ customer, matched: [customer.fields?.account?.toLowerCase().includes(wanted) ? "fields.account" : "name"] }));
    if ("hidden person".startsWith(wanted)) hits.push({ customer: { id: "k77", name: "Hidden Person" }, matched: ["name"] });
    return { search: { hits } };
  }
  on_createCustomer({ customer }) {
    const made = { ...customer, id: `k${++this.next}`, version: "1", createdAt: now() };
    this.customers.set(made.id, made);
    this.timelines.set(made.id, []);
    return { customer: made };
  }
  on_addIdentity({ customerId, identity }) {
    const customer = this.customers.get(customerId);
    customer.identities = [...customer.identities.filter((one) => one.value !== identity.value), identity];
    return { customer: this.grown(customer) };
  }
  on_removeIdentity({ customerId, identity }) {
    const customer = this.customers.get(customerId);
    customer.identities = customer.identities.filter((one) => one.value !== identity.value);
    return { customer: this.grown(customer) };
  }
  grown(customer) {
    customer.version = String(Number(customer.version) + 1);
    return customer;
  }
  on_suggestDuplicates({ customerId }) {
    return { duplicates: { duplicates: customerId === "k17" ? this.duplicates : [] } };
  }
  on_mergeCustomers({ customerId, otherCustomerId, reason }) {
    const customer = this.customers.get(customerId);
    customer.merged = [...(customer.merged ?? []), otherCustomerId];
    this.duplicates = [];
    this.happen(customerId, { merged: { otherCustomerId, by: "sam", reason } });
    return { customer: this.grown(customer) };
  }
  on_undoMerge({ customerId, otherCustomerId }) {
    const customer = this.customers.get(customerId);
    customer.merged = customer.merged.filter((one) => one !== otherCustomerId);
    return { unmerged: { customer: this.grown(customer), other: { id: otherCustomerId, version: "9" } } };
  }
  on_searchMessages({ customerId, query }) {
    const contacts = new Set((this.timelines.get(customerId) ?? []).map((entry) => entry.contactId));
    const hits = [...this.conversations.values()].flat().filter((one) => contacts.has(one.contactId) && one.text.toLowerCase().includes(query.toLowerCase()));
    return { foundMessages: { hits: hits.map((message) => ({ message })) } };
  }
  on_listChanges({ customerId }) {
    return { changes: { changes: this.changes.get(customerId) ?? [] } };
  }
  on_revertChange({ customerId, changeId }) {
    const change = this.changes.get(customerId).find((one) => one.id === changeId);
    const customer = this.customers.get(customerId);
    this.changes.get(customerId).unshift({ id: `h${++this.next}`, by: "sam", role: "supervisor", at: now(), reverts: changeId, before: change.after, after: change.before });
    Object.assign(customer, { name: change.before.name, tier: change.before.tier });
    return { customer: this.grown(customer) };
  }
  on_listReads() {
    return { reads: { reads: world.reads() } };
  }
  on_listCases({ customerId, owner }) {
    const all = customerId ? (this.cases.get(customerId) ?? []) : [...this.cases.values()].flat().filter((one) => one.status === "STATUS_OPEN" || one.status === "STATUS_PENDING");
    return { cases: { cases: all.filter((one) => !owner || one.owner === owner) } };
  }
  on_openCase({ customerId, requestId: _, contactId, ...facts }) {
    const made = { ...facts, id: `s${++this.next}`, customerId, status: "STATUS_OPEN", owner: "ann", openedBy: "ann", openedAt: now(), contacts: [contactId], version: "1", hops: [{ owner: "ann", at: now(), by: "ann" }] };
    this.cases.set(customerId, [...(this.cases.get(customerId) ?? []), made]);
    return { case: made };
  }
  changeCase(caseId, change) {
    const one = [...this.cases.values()].flat().find((each) => each.id === caseId);
    Object.assign(one, change(one), { version: String(Number(one.version) + 1) });
    return { case: one };
  }
  on_updateCase({ caseId, requestId: _, version: __, linkContactId, ...facts }) {
    return this.changeCase(caseId, (one) => ({ ...facts, contacts: linkContactId ? [...(one.contacts ?? []), linkContactId] : one.contacts }));
  }
  on_transferCase({ caseId, agentId = "", queue = "", reason }) {
    return this.changeCase(caseId, (one) => ({
      owner: agentId,
      queue,
      transfers: (one.transfers ?? 0) + 1,
      hops: [...one.hops, { owner: agentId, queue, at: now(), by: "ann", reason }],
    }));
  }
  on_makePromise({ caseId, text, localTime, businessTime }) {
    const due = localTime ? new Date(`${localTime}:00+09:00`).toISOString() : inMs(parseFloat(businessTime) * 1000);
    return this.changeCase(caseId, () => ({ promise: { text, due, by: "ann", madeAt: now(), number: 1 } }));
  }
  on_keepPromise({ caseId }) {
    return this.changeCase(caseId, (one) => ({ promise: { ...one.promise, keptAt: now() } }));
  }
  on_addNote({ customerId, contactId, text }) {
    const note = { id: `t${++this.next}`, at: now(), contactId, channel: contactId ? "CHANNEL_CHAT" : undefined, note: { author: "ann", text } };
    this.timelines.get(customerId).unshift(note);
    return { note };
  }
  on_listQueues() {
    return { queues: { queues: world.queues() } };
  }
  on_listAgents() {
    return { agents: { agents: this.agents } };
  }
  on_listContacts() {
    return { contacts: { contacts: [...world.waitingContacts(), ...world.runningCalls()] } };
  }

  move(contactId, state, kind) {
    const contact = this.contacts.get(contactId);
    contact.state = state;
    this.event({ contactId, agentId: "ann", ...kind });
  }
  error(code, message, reason, nextStep) {
    return { error: { code, message, detail: { reason, nextStep } } };
  }
}
