// SPDX-License-Identifier: Apache-2.0
import { AgentBrain } from "./agent_brain.mjs";
import { grpc, Routers } from "./rpc.mjs";
import { toFact } from "./events.mjs";
import { Random } from "./random.mjs";

const reopenMs = 60;
const requestOf = { signIn: "signIn", accept: "accept", reject: "reject", complete: "complete", message: "sendMessage" };
const uncertain = new Set([grpc.status.UNAVAILABLE, grpc.status.DEADLINE_EXCEEDED, grpc.status.ABORTED, grpc.status.UNKNOWN, grpc.status.RESOURCE_EXHAUSTED]);

/** An agent's console: a session with a gateway (SessionService), which reaches the routers for it. */
export class SessionAgent {
  constructor({ id, address, token, history, seed, progress }) {
    Object.assign(this, { id, history });
    this.name = `console-${id}`;
    this.routers = new Routers([address], token);
    this.pending = new Map();
    this.tag = 0;
    this.streams = 0;
    this.running = true;
    this.brain = new AgentBrain({
      id, progress, random: Random.of(seed, id),
      act: (op, request, body, more) => this.send(op, request, { requestId: request, ...body }, more),
      say: (contact, clientId) => this.send("message", clientId, { contactId: contact, clientId, text: `said ${clientId}` }, { contact, agent: id }),
    });
    this.open();
    void this.send("signIn", `sign-in-${id}`, { requestId: `sign-in-${id}` }, { agent: id });
  }

  send(op, request, body, more) {
    return new Promise((done) => this.put({ op, request, body, more, done }));
  }

  put(entry) {
    entry.tag = ++this.tag;
    this.pending.set(entry.tag, entry);
    if (this.ready) this.write(entry);
  }

  write(entry) {
    entry.call = this.history.invoke(this.name, entry.op, entry.request, entry.more);
    this.stream.write({ tag: entry.tag, [requestOf[entry.op]]: entry.body });
  }

  open() {
    if (!this.running) return;
    const id = `${this.name}/${++this.streams}`;
    this.history.add(this.name, "opened", { stream: id, router: this.routers.address, after: null });
    const stream = this.routers.open("agents.v1.SessionService", "Session");
    this.stream = stream;
    this.ready = false;
    stream.write({ tag: 0, hello: { client: "chaos" } });
    let over = false;
    let beat;
    const lost = (reason) => {
      if (over) return;
      over = true;
      clearInterval(beat);
      stream.cancel();
      this.ready = false;
      for (const entry of this.pending.values()) {
        if (!entry.call) continue;
        this.history.add(this.name, "unknown", { call: entry.call, op: entry.op, request: entry.request, ...entry.more, reason });
        entry.call = 0;
      }
      if (this.running) this.timer = setTimeout(() => this.open(), reopenMs);
    };
    this.kill = lost;
    beat = setInterval(() => !over && stream.write({ tag: 0, ping: {} }), 2_000);
    stream.on("data", (message) => !over && this.heard(id, message, lost));
    stream.on("error", (error) => lost(error.message));
    stream.on("end", () => lost("ended"));
  }

  heard(stream, message, lost) {
    if (message.welcome) {
      this.ready = true;
      const waiting = [...this.pending.values()];
      this.pending.clear();
      for (const entry of waiting) this.put(entry);
    }
    if (message.closing) return lost(message.closing.reason);
    if (message.desk) {
      this.history.add(this.name, "told", { stream, router: this.routers.address, sequence: 0, events: [], desks: [[this.id, Number(message.desk.sequence ?? 0)]] });
      this.brain.onDesk(message.desk);
    }
    if (message.event) {
      const fact = toFact(message.event);
      if (fact) this.history.add(this.name, "told", { stream, router: this.routers.address, sequence: 0, events: [fact] });
      this.brain.onEvent(message.event);
    }
    const tag = Number(message.tag ?? 0);
    if (tag !== 0) this.answered(tag, message);
  }

  answered(tag, message) {
    const entry = this.pending.get(tag);
    if (!entry) return;
    this.pending.delete(tag);
    const about = { call: entry.call, op: entry.op, request: entry.request, ...entry.more };
    if (!message.error) {
      const sent = message.sent ? { message: Number(message.sent.id) } : {};
      this.history.add(this.name, "ok", { ...about, ...sent });
      return entry.done({ ok: true });
    }
    const reason = message.error.detail?.reason ?? message.error.message;
    if (uncertain.has(message.error.code)) {
      this.history.add(this.name, "unknown", { ...about, reason });
      return void setTimeout(() => this.put(entry), reopenMs);
    }
    this.history.add(this.name, "fail", { ...about, reason });
    entry.done({ ok: false, reason });
  }

  get idle() {
    return this.pending.size === 0 && this.brain.idle;
  }

  cut() {
    this.kill?.("cut by the rig");
  }

  close() {
    this.running = false;
    clearTimeout(this.timer);
    this.kill?.("closed by the rig");
    this.routers.close();
  }
}
