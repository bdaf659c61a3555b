// SPDX-License-Identifier: Apache-2.0
import { answerMsMax, grpc } from "./rpc.mjs";
import { toFact } from "./events.mjs";

const reopenMs = 40;
const silentMsMax = 15_000;

// Codes of a result that leave open whether the command was applied.
const uncertain = new Set([grpc.status.UNAVAILABLE, grpc.status.DEADLINE_EXCEEDED, grpc.status.ABORTED, grpc.status.UNKNOWN, grpc.status.RESOURCE_EXHAUSTED]);

/**
 * One batched stream to whichever router leads, as adapters and gateways hold it. Commands that
 * were not answered are sent again on the next stream with the same request id, until they are
 * answered for certain. Everything goes into the history.
 */
export class CommandStream {
  /**
   * `service`, `method`; `hello()` the first message; `heard(message)` what the peer said;
   * `reopened()` commands that each new stream begins with.
   */
  constructor({ name, routers, history, service, method, hello, heard, reopened = () => [] }) {
    Object.assign(this, { name, routers, history, service, method, hello, heard, reopened });
    this.pending = new Map();
    this.tag = 0;
    this.streams = 0;
    this.running = true;
    this.open();
  }

  /** `command` is one of the contract's, such as `{submit: {...}}`; its request id is its identity. */
  send(op, request, command, more = {}) {
    return new Promise((done) => {
      this.enqueue({ op, request, command, more, done });
    });
  }

  enqueue(entry) {
    entry.tag = ++this.tag;
    entry.call = 0;
    this.pending.set(entry.tag, entry);
    this.unsent.push(entry);
    this.flushSoon();
  }

  get idle() {
    return this.pending.size === 0;
  }

  open() {
    if (!this.running) return;
    const address = this.routers.address;
    const id = `${this.name}/${++this.streams}`;
    this.stream_id = id;
    this.opened = false;
    const first = this.hello();
    this.history.add(this.name, "opened", { stream: id, router: address, after: first.hello?.afterSequence ?? null });
    const stream = this.routers.open(this.service, this.method);
    this.stream = stream;
    // Everything unanswered is sent again, behind what each stream begins with.
    const again = [...this.pending.values()];
    this.pending = new Map();
    this.unsent = [];
    stream.write(first);
    for (const command of this.reopened()) this.enqueue({ op: "attach", request: "", command, more: {}, done: () => {}, once: true });
    for (const entry of again) if (!entry.once) this.enqueue(entry);
    let over = false;
    const lost = (reason) => {
      if (over) return;
      over = true;
      clearInterval(watch);
      stream.cancel();
      this.lost(address, reason);
    };
    let heardAt = performance.now();
    const watch = setInterval(() => {
      // A stream that owes an answer for long is given up, as a client with a deadline would.
      if (this.pending.size === 0) heardAt = performance.now();
      if (performance.now() - heardAt > silentMsMax) lost("silent");
    }, 500);
    this.kill = lost;
    stream.on("data", (message) => {
      if (over) return;
      heardAt = performance.now();
      this.received(id, address, message);
    });
    stream.on("error", (error) => lost(error.metadata?.get("usher-reason")?.[0] ?? error.message));
    stream.on("end", () => lost("ended"));
  }

  flushSoon() {
    if (this.flushing || !this.stream) return;
    this.flushing = true;
    setImmediate(() => {
      this.flushing = false;
      if (!this.stream || this.unsent.length === 0) return;
      const entries = this.unsent.splice(0, 200);
      for (const entry of entries) {
        if (!entry.once) entry.call = this.history.invoke(this.name, entry.op, entry.request, entry.more);
      }
      this.stream.write({ commands: entries.map((entry) => ({ tag: entry.tag, ...entry.command })) });
      if (this.unsent.length > 0) this.flushSoon();
    });
  }

  received(id, router, message) {
    for (const result of message.results ?? []) this.answered(result);
    const facts = (message.events ?? []).map(toFact).filter(Boolean);
    const snapshot = message.welcome && !message.welcome.resumed;
    if (facts.length > 0 || snapshot || message.desks) {
      this.history.add(this.name, "told", {
        stream: id, router, sequence: Number(message.sequence ?? 0), events: facts,
        ...(snapshot ? { snapshot: true } : {}),
        ...(message.desks ? { desks: message.desks.map((desk) => [desk.agent.id, Number(desk.sequence ?? 0)]) } : {}),
      });
    }
    this.heard(message, facts);
  }

  answered(result) {
    const entry = this.pending.get(Number(result.tag));
    if (!entry) return;
    this.pending.delete(entry.tag);
    if (entry.once) return;
    const code = result.code ?? 0;
    const about = { call: entry.call, op: entry.op, request: entry.request, ...entry.more };
    if (code === 0) {
      const repeated = result.repeatedCommand ? { repeated: true } : {};
      this.history.add(this.name, "ok", { ...about, ...repeated, ...(result.contactId ? { contact: result.contactId } : {}) });
      return entry.done({ ok: true, contact: result.contactId, repeated: !!result.repeatedCommand });
    }
    if (uncertain.has(code)) {
      this.history.add(this.name, "unknown", { ...about, reason: result.reason });
      setTimeout(() => this.enqueue(entry), reopenMs);
      return;
    }
    this.history.add(this.name, "fail", { ...about, reason: result.reason });
    entry.done({ ok: false, reason: result.reason });
  }

  lost(address, reason) {
    this.stream = null;
    for (const entry of this.pending.values()) {
      if (entry.call === 0 || entry.once) continue;
      this.history.add(this.name, "unknown", { call: entry.call, op: entry.op, request: entry.request, ...entry.more, reason });
      entry.call = 0;
    }
    this.routers.turnFrom(address);
    if (this.running) this.timer = setTimeout(() => this.open(), reopenMs);
  }

  close() {
    this.running = false;
    clearTimeout(this.timer);
    if (this.stream) this.kill("closed by the rig");
    this.routers.close();
  }
}

/** A unary call that is tried until it is answered for certain, with all its tries in the history. */
export async function callUntilSure({ name, routers, history, service, method, op, requestId, request, more = {}, running = () => true }) {
  while (running()) {
    const address = routers.address;
    const call = history.invoke(name, op, requestId, more);
    try {
      const answer = await routers.ask(service, method, request, { msMax: answerMsMax });
      const contact = answer.contact?.id;
      history.add(name, "ok", {
        call, op, request: requestId, ...more,
        ...(contact ? { contact } : {}),
        ...(answer.repeatedSubmit ? { repeated: true } : {}),
        ...(op === "message" ? { message: Number(answer.messages[0].id) } : {}),
        ...(op === "note" ? { entry: answer.entry.id } : {}),
        ...(op === "event" ? { entry: answer.events[0].entry.id } : {}),
      });
      return { ok: true, contact, answer };
    } catch (error) {
      const [reason] = error.metadata?.get("usher-reason") ?? [];
      if (reason && !uncertain.has(error.code) && error.code !== grpc.status.CANCELLED) {
        history.add(name, "fail", { call, op, request: requestId, ...more, reason });
        return { ok: false, reason };
      }
      history.add(name, "unknown", { call, op, request: requestId, ...more, reason: reason ?? error.details ?? error.message });
      routers.turnFrom(address);
      await new Promise((done) => setTimeout(done, reopenMs));
    }
  }
  return { ok: false, reason: "STOPPED" };
}
