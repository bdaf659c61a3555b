// SPDX-License-Identifier: Apache-2.0
// A telephone that a test holds in its hands: SIP and RTP over UDP, one socket for its signals and one
// for each call's sound. It says a tone of its own and tells which tones it hears, so that a test can
// ask who hears whom. It keeps to what Asterisk sends over loopback; it is no SIP stack.
import { createHash, randomBytes } from "node:crypto";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { hearsTone, toneFrame } from "./tones.mjs";

const word = () => randomBytes(6).toString("hex");
const retransmitMs = 500;
const retransmitsMax = 20;
const frameMs = 20;
const framesKept = 15;

function parse(text) {
  const [head, body = ""] = text.split("\r\n\r\n", 2);
  const [first, ...lines] = head.split("\r\n");
  const headers = new Map();
  for (const line of lines) {
    const at = line.indexOf(":");
    const name = line.slice(0, at).trim().toLowerCase();
    headers.set(name, [...(headers.get(name) ?? []), line.slice(at + 1).trim()]);
  }
  const message = { headers, body, text, get: (name) => headers.get(name)?.[0] ?? "" };
  const status = /^SIP\/2\.0 (\d+) ?(.*)$/.exec(first);
  if (status) return { ...message, status: Number(status[1]), reason: status[2] };
  const [method, uri] = first.split(" ");
  return { ...message, method, uri };
}

const tagOf = (header) => /;tag=([^;>\s]+)/.exec(header)?.[1] ?? "";
const uriOf = (header) => /<([^>]+)>/.exec(header)?.[1] ?? header.split(";")[0].trim();

export class Phone {
  /** `server`: {host, port} of Asterisk; may be given later. `address`: where this one is. */
  static async open({ name, address = "127.0.0.2", server, tone }) {
    const phone = new Phone(name, address, server, tone);
    phone.socket.bind(0, address);
    await once(phone.socket, "listening");
    phone.port = phone.socket.address().port;
    return phone;
  }

  constructor(name, address, server, tone) {
    Object.assign(this, { name, address, server, tone });
    /** What it does when it is called: `ring` (a test answers), `answer`, `busy`, or nothing: `dead`. */
    this.manner = "ring";
    /** How long it rings before it answers by itself. */
    this.answerAfterMs = 0;
    /** Every call that it had, oldest first. */
    this.calls = [];
    this.waiting = new Map();
    this.unheard = new Set();
    this.socket = createSocket("udp4");
    this.socket.on("message", (data, from) => this.receive(parse(data.toString()), from));
  }

  get contact() {
    return `<sip:${this.name}@${this.address}:${this.port}>`;
  }

  /** The newest call that it was given and that is not over, if any. */
  get incoming() {
    return this.calls.findLast((call) => call.isIncoming && call.state !== "ended");
  }

  /** Calls `number`: the call, at once. `from`: the caller's name and number. */
  call(number, { from = this.name, headers = {} } = {}) {
    const call = new Call(this, { callId: `${word()}@${this.address}`, isIncoming: false });
    call.local = `"${from}" <sip:${from}@${this.address}>;tag=${word()}`;
    call.remote = `<sip:${number}@${this.server.host}:${this.server.port}>`;
    call.target = uriOf(call.remote);
    this.calls.push(call);
    void call.invite(headers);
    return call;
  }

  send(lines, to = this.server, body = "") {
    const text = [...lines, `Content-Length: ${Buffer.byteLength(body)}`, "", body].join("\r\n");
    if (!this.closed) this.socket.send(text, to.port, to.host ?? to.address);
    return text;
  }

  /** Sends a request again and again until it is answered: the final answer, or undefined. */
  request(lines, { body, onProgress } = {}) {
    const branch = /branch=([^;\s]+)/.exec(lines[1])[1];
    const method = lines[0].split(" ")[0];
    return new Promise((done) => {
      let left = retransmitsMax;
      this.send(lines, this.server, body);
      const again = setInterval(() => {
        if (--left > 0) return void this.send(lines, this.server, body);
        this.waiting.delete(`${branch} ${method}`);
        clearInterval(again);
        done(undefined);
      }, retransmitMs);
      this.waiting.set(`${branch} ${method}`, (response) => {
        clearInterval(again);
        if (response.status < 200) return onProgress?.(response);
        this.waiting.delete(`${branch} ${method}`);
        done(response);
      });
    });
  }

  /** Registers, with the password that Asterisk asks for: the last status. */
  async register(password, expires = 300) {
    const callId = word();
    const uri = `sip:${this.server.host}:${this.server.port}`;
    const from = `<sip:${this.name}@${this.server.host}>`;
    let status, authorization;
    for (let cseq = 1; cseq <= 2; ++cseq) {
      const response = await this.request([
        `REGISTER ${uri} SIP/2.0`, `Via: SIP/2.0/UDP ${this.address}:${this.port};rport;branch=z9hG4bK${word()}`,
        "Max-Forwards: 70", `From: ${from};tag=${word()}`, `To: ${from}`, `Call-ID: ${callId}`, `CSeq: ${cseq} REGISTER`,
        `Contact: ${this.contact}`, `Expires: ${expires}`, ...(authorization ? [`Authorization: ${authorization}`] : []),
      ]);
      status = response?.status;
      if (status !== 401) break;
      authorization = digest(response.get("www-authenticate"), { method: "REGISTER", uri, user: this.name, password });
    }
    return status;
  }

  receive(message, from) {
    if (message.status) {
      const branch = /branch=([^;\s]+)/.exec(message.get("via"))?.[1];
      const method = message.get("cseq").split(" ")[1];
      const heard = this.waiting.get(`${branch} ${method}`);
      if (heard) heard(message);
      else if (method === "INVITE" && message.status < 300) this.callOf(message)?.acknowledge(message);
      return;
    }
    const call = this.callOf(message);
    if (message.method === "INVITE" && !call) this.ring(message, from);
    else if (call) call.receive(message);
    else if (message.method !== "ACK") this.answer(message, message.method === "OPTIONS" ? "200 OK" : "481 No Such Call");
  }

  callOf(message) {
    return this.calls.find(({ callId }) => callId === message.get("call-id"));
  }

  ring(invite) {
    // What it did not hear it never heard: Asterisk says it again for half a minute, and the phone may
    // have come to life since.
    if (this.manner === "dead") this.unheard.add(invite.get("call-id"));
    if (this.unheard.has(invite.get("call-id"))) return;
    const call = new Call(this, { callId: invite.get("call-id"), isIncoming: true });
    call.take(invite);
    this.calls.push(call);
    if (this.manner === "busy") return call.reject("486 Busy Here");
    this.answer(invite, "180 Ringing", { tag: tagOf(call.local) });
    if (this.manner === "answer") setTimeout(() => call.state === "ringing" && call.answer(), this.answerAfterMs);
  }

  answer(request, status, { tag, body, more = [] } = {}) {
    const to = request.get("to");
    this.send([
      `SIP/2.0 ${status}`, ...request.headers.get("via").map((via) => `Via: ${via}`),
      ...(request.headers.get("record-route") ?? []).map((route) => `Record-Route: ${route}`),
      `From: ${request.get("from")}`, `To: ${to}${tag && !tagOf(to) ? `;tag=${tag}` : ""}`,
      `Call-ID: ${request.get("call-id")}`, `CSeq: ${request.get("cseq")}`, `Contact: ${this.contact}`, ...more,
    ], this.server, body);
  }

  /** Hangs everything up and leaves the network. */
  async close() {
    for (const call of this.calls) if (call.state !== "ended") await call.hangUp();
    this.unplug();
  }

  /** Leaves the network without a word, like a phone whose cable is pulled. */
  unplug() {
    for (const call of this.calls) call.silence();
    if (!this.closed) this.socket.close();
    this.closed = true;
  }
}

/** A call of a phone: `ringing`, `up`, then `ended`. `how` says how it ended, in SIP's words. */
class Call {
  constructor(phone, { callId, isIncoming }) {
    Object.assign(this, { phone, callId, isIncoming, state: "ringing", how: undefined, cseq: 0 });
    /** When it came to each state, and what came with it, for a test to look at. */
    this.at = { ringing: performance.now() };
    this.frames = [];
    /** What the other side pressed. */
    this.keys = "";
    this.sound = createSocket("udp4");
    this.sound.on("message", (packet) => this.hear(packet));
    this.sound.bind(0, phone.address);
    this.soundReady = once(this.sound, "listening");
    this.sequence = Math.floor(Math.random() * 30_000);
    this.timestamp = 0;
    this.source = randomBytes(4);
  }

  // --- what a test does -------------------------------------------------------------------------

  /** Picks up. */
  async answer() {
    await this.soundReady;
    const body = this.description();
    const say = () => this.phone.answer(this.invitation, "200 OK", { tag: tagOf(this.local), body, more: ["Content-Type: application/sdp"] });
    this.acknowledged = false;
    say();
    const again = setInterval(() => (this.acknowledged || this.state === "ended" ? clearInterval(again) : say()), retransmitMs);
    this.come("up");
    this.speak();
  }

  /** Refuses, with a status such as `486 Busy Here`. */
  reject(status) {
    this.phone.answer(this.invitation, status, { tag: tagOf(this.local) });
    this.end(status);
  }

  /** Hangs up, or gives up while it still rings. */
  async hangUp() {
    if (this.state === "ended") return;
    if (this.state === "ringing" && this.isIncoming) return this.reject("480 Temporarily Unavailable");
    if (this.state === "up") {
      this.end("BYE sent");
      return void (await this.request("BYE"));
    }
    await this.phone.request(this.lines("CANCEL", { cseq: this.inviteCseq, branch: this.inviteBranch, uri: this.inviteUri }));
  }

  /** Puts the other side on hold, or takes it back. */
  async hold(isHeld = true) {
    return (await this.request("INVITE", { body: this.description(isHeld ? "sendonly" : "sendrecv"), more: ["Content-Type: application/sdp"] }))?.status;
  }

  /** Sends the other side on to a number by REFER: the status. */
  async transfer(number) {
    const { host, port } = this.phone.server;
    const more = [`Refer-To: <sip:${number}@${host}:${port}>`, `Referred-By: ${this.phone.contact}`];
    return (await this.request("REFER", { more }))?.status;
  }

  /** Presses keys, as telephone events in the sound (RFC 4733), 100 ms each. */
  async press(keys) {
    for (const key of keys) {
      const event = "0123456789*#ABCD".indexOf(key);
      const at = this.timestamp;
      for (let step = 1; step <= 8; ++step) {
        const isEnd = step > 5;
        const duration = Math.min(step, 5) * 160;
        this.packet(101, Buffer.from([event, (isEnd ? 0x80 : 0) | 10, duration >> 8, duration & 255]), { at, marker: step === 1 });
        await new Promise((done) => setTimeout(done, frameMs));
      }
    }
  }

  /** Whether a tone of so many hertz was in what it heard in the last 300 ms. */
  hears(hertz) {
    const since = performance.now() - framesKept * frameMs;
    return hearsTone(this.frames.filter(({ at }) => at >= since).map(({ frame }) => frame), hertz);
  }

  /** A header of the INVITE that it was called by. */
  header(name) {
    return this.invitation?.get(name.toLowerCase());
  }

  /** The number that called, as the phone shows it. */
  get caller() {
    return /sip:([^@]*)@/.exec(this.invitation.get("from"))?.[1];
  }

  // --- SIP --------------------------------------------------------------------------------------

  come(state) {
    this.state = state;
    this.at[state] = performance.now();
  }

  end(how) {
    if (this.state === "ended") return;
    this.how = how;
    this.come("ended");
    this.silence();
  }

  take(invite) {
    this.invitation = invite;
    this.remote = invite.get("from");
    this.local = `${invite.get("to")};tag=${word()}`;
    this.target = uriOf(invite.get("contact"));
    this.learn(invite.body);
  }

  lines(method, { cseq = ++this.cseq, branch = `z9hG4bK${word()}`, uri = this.target, more = [] } = {}) {
    const { address, port } = this.phone;
    return [
      `${method} ${uri} SIP/2.0`, `Via: SIP/2.0/UDP ${address}:${port};rport;branch=${branch}`, "Max-Forwards: 70",
      `From: ${this.local}`, `To: ${this.remote}`, `Call-ID: ${this.callId}`, `CSeq: ${cseq} ${method}`, `Contact: ${this.phone.contact}`,
      "Allow: INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, UPDATE, REFER, NOTIFY", ...more,
    ];
  }

  async request(method, { body, more } = {}) {
    const lines = this.lines(method, { more });
    const cseq = this.cseq;
    const response = await this.phone.request(lines, { body });
    if (method === "INVITE" && response) this.phone.send(this.lines("ACK", { cseq }));
    return response;
  }

  async invite(headers) {
    await this.soundReady;
    const lines = this.lines("INVITE", { more: ["Content-Type: application/sdp", ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`)] });
    this.inviteCseq = this.cseq;
    this.inviteBranch = /branch=([^;\s]+)/.exec(lines[1])[1];
    this.inviteUri = this.target;
    const response = await this.phone.request(lines, {
      body: this.description(),
      onProgress: ({ status }) => (this.progress = Math.max(this.progress ?? 0, status)),
    });
    if (!response) return this.end("no answer at all");
    this.remote = response.get("to");
    if (response.status >= 300) {
      this.phone.send(this.lines("ACK", { cseq: this.inviteCseq, branch: this.inviteBranch, uri: this.inviteUri }));
      return this.end(`${response.status} ${response.reason}`);
    }
    this.target = uriOf(response.get("contact"));
    this.acknowledge();
    this.learn(response.body);
    this.come("up");
    this.speak();
  }

  acknowledge() {
    this.phone.send(this.lines("ACK", { cseq: this.inviteCseq }));
  }

  receive(request) {
    const answer = (status, more) => this.phone.answer(request, status, { tag: tagOf(this.local), ...more });
    switch (request.method) {
      case "ACK":
        this.acknowledged = true;
        return;
      case "INVITE":
        if (request.get("cseq") === this.invitation?.get("cseq")) return; // sent again; the answer is on its way
        if (this.state !== "up") return answer("481 No Such Call");
        this.learn(request.body);
        return answer("200 OK", { body: this.description(), more: ["Content-Type: application/sdp"] });
      case "CANCEL":
        answer("200 OK");
        if (this.state === "ringing") {
          this.phone.answer(this.invitation, "487 Request Terminated", { tag: tagOf(this.local) });
          this.reason = request.get("reason");
          this.end("CANCEL");
        }
        return;
      case "BYE":
        answer("200 OK");
        return this.end("BYE");
      default:
        return answer("200 OK");
    }
  }

  // --- sound ------------------------------------------------------------------------------------

  description(direction = "sendrecv") {
    const { address } = this.phone;
    return [
      "v=0", `o=- 1 ${++this.version || (this.version = 1)} IN IP4 ${address}`, "s=-", `c=IN IP4 ${address}`, "t=0 0",
      `m=audio ${this.sound.address().port} RTP/AVP 0 101`, "a=rtpmap:0 PCMU/8000", "a=rtpmap:101 telephone-event/8000",
      "a=fmtp:101 0-16", "a=ptime:20", `a=${direction}`, "",
    ].join("\r\n");
  }

  learn(sdp) {
    const port = /^m=audio (\d+)/m.exec(sdp)?.[1];
    if (port) this.there = { port: Number(port), host: /^c=IN IP4 (\S+)/m.exec(sdp)[1] };
  }

  /** Says another tone from now on. */
  say(hertz) {
    this.frame = toneFrame(hertz);
  }

  speak() {
    this.say(this.phone.tone);
    let at = 0;
    const began = performance.now();
    this.speaking = setInterval(() => {
      // As many frames as the time that passed holds: a busy machine wakes this late.
      for (; at * frameMs <= performance.now() - began; ++at) {
        this.timestamp += 160;
        this.packet(0, this.frame(at));
      }
    }, frameMs);
  }

  packet(type, payload, { at = this.timestamp, marker = false } = {}) {
    if (!this.there || this.state !== "up") return;
    const head = Buffer.alloc(12);
    head[0] = 0x80;
    head[1] = type | (marker ? 0x80 : 0);
    head.writeUInt16BE((this.sequence = (this.sequence + 1) & 0xffff), 2);
    head.writeUInt32BE(at >>> 0, 4);
    this.source.copy(head, 8);
    this.sound.send(Buffer.concat([head, payload]), this.there.port, this.there.host);
  }

  hear(packet) {
    const type = packet[1] & 127;
    // Each key comes in several packets of one timestamp, the last of them with the end's bit.
    if (type === 101 && packet[13] & 0x80 && packet.readUInt32BE(4) !== this.lastKeyAt) {
      this.lastKeyAt = packet.readUInt32BE(4);
      this.keys += "0123456789*#ABCD"[packet[12]];
    }
    if (type !== 0) return;
    this.frames.push({ at: performance.now(), frame: packet.subarray(12) });
    if (this.frames.length > framesKept) this.frames.shift();
  }

  silence() {
    clearInterval(this.speaking);
    if (!this.isSilent) this.sound.close();
    this.isSilent = true;
  }
}

function digest(challenge, { method, uri, user, password }) {
  const part = (name) => new RegExp(`\\b${name}="?([^",]+)`).exec(challenge)?.[1] ?? "";
  const hash = (text) => createHash(/sha-256/i.test(part("algorithm")) ? "sha256" : "md5").update(text).digest("hex");
  const cnonce = word();
  const secret = `${hash(`${user}:${part("realm")}:${password}`)}:${part("nonce")}`;
  const response = hash(`${secret}:00000001:${cnonce}:auth:${hash(`${method}:${uri}`)}`);
  const algorithm = part("algorithm") || "MD5";
  const opaque = part("opaque");
  return `Digest username="${user}", realm="${part("realm")}", nonce="${part("nonce")}", uri="${uri}", response="${response}", algorithm=${algorithm}, cnonce="${cnonce}", qop=auth, nc=00000001${opaque ? `, opaque="${opaque}"` : ""}`;
}
