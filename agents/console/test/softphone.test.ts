// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import type { LineListener, SipAccount, SipCall } from "../src/softphone/sip_line";
import { type Ports, Softphone } from "../src/softphone/softphone";
import { type PhoneProblem, type PhoneState, noPhone, ringsFor } from "../src/state/phone";

const account: SipAccount = { server: "wss://pbx.example/ws", domain: "pbx.example", user: "ann", password: "secret", iceServers: [] };
/** What was begun by a promise is done. */
const settled = () => new Promise((done) => setImmediate(done));

class Call implements SipCall {
  heard: string[] = [];
  constructor(readonly from = "+15550100", readonly contact = "") {}
  answer(): void {
    this.heard.push("answer");
  }
  end(why?: "busy"): void {
    this.heard.push(why ?? "end");
    this.onOver();
  }
  mute(muted: boolean): void {
    this.heard.push(muted ? "mute" : "heard again");
  }
  onUp(): void {}
  onSound(): void {}
  onOver(): void {}
}

/** A softphone at a line, a microphone and a clock of the test's. */
class Rig {
  state: PhoneState = noPhone;
  line?: LineListener;
  heard: string[] = [];
  timers: { at: number; then(): void }[] = [];
  clock = 1_000;
  microphone?: PhoneProblem;
  claim?: Parameters<Ports["claim"]>[1];
  readonly phone = new Softphone({
    library: async () => (_account, listener) => {
      this.line = listener;
      this.heard.push("open");
      return { register: () => void this.heard.push("register"), close: () => void this.heard.push("close") };
    },
    microphone: async () => {
      if (this.microphone) throw this.microphone;
      return { getTracks: () => [{ stop: () => undefined }] } as unknown as MediaStream;
    },
    claim: (_name, told) => {
      this.claim = told;
      return { release: () => void this.heard.push("release"), take: () => told.had() };
    },
    play: () => undefined,
    ring: (on) => void this.heard.push(on ? "ring" : "quiet"),
    after: (ms, then) => {
      const timer = { at: this.clock + ms, then };
      this.timers.push(timer);
      return () => void (this.timers = this.timers.filter((one) => one !== timer));
    },
    now: () => this.clock,
    tell: (state) => (this.state = state),
  });

  async registered(): Promise<this> {
    this.phone.signIn(account);
    this.claim?.had();
    await settled();
    this.line?.onRegistered();
    this.heard = [];
    return this;
  }

  async pass(ms: number): Promise<void> {
    this.clock += ms;
    const due = this.timers.filter((one) => one.at <= this.clock);
    this.timers = this.timers.filter((one) => one.at > this.clock);
    for (const { then } of due) then();
    await settled();
  }

  comes(call = new Call()): Call {
    this.line?.onCall(call);
    return call;
  }
}

test("it registers once it is this browser's telephone and has a microphone", async () => {
  const rig = new Rig();
  rig.phone.offer();
  assert.equal(rig.state.status, "signed-out");
  rig.phone.signIn(account);
  rig.claim?.waits();
  assert.equal(rig.state.status, "elsewhere");
  assert.deepEqual(rig.heard, []);
  rig.claim?.had();
  await settled();
  assert.equal(rig.state.status, "connecting");
  rig.line?.onRegistered();
  assert.equal(rig.state.status, "registered");
});

test("without a microphone it does not register, says why, and does when it is tried again", async () => {
  const rig = new Rig();
  rig.microphone = "microphone-refused";
  rig.phone.signIn(account);
  rig.claim?.had();
  await settled();
  assert.deepEqual([rig.state.status, rig.state.problem], ["failed", "microphone-refused"]);
  assert.deepEqual(rig.heard, []);
  rig.microphone = undefined;
  rig.phone.hurry();
  await settled();
  assert.deepEqual(rig.heard, ["open"]);
});

test("another tab takes it over: the line is closed here, and opened again when it comes back", async () => {
  const rig = await new Rig().registered();
  rig.claim?.lost();
  assert.equal(rig.state.status, "elsewhere");
  assert.deepEqual(rig.heard, ["close"]);
  rig.phone.take();
  await settled();
  assert.deepEqual(rig.heard, ["close", "open"]);
});

test("a wrong password is asked for anew and never tried again by itself", async () => {
  const rig = await new Rig().registered();
  rig.line?.onProblem("password-refused");
  assert.deepEqual([rig.state.status, rig.state.problem], ["signed-out", "password-refused"]);
  await rig.pass(600_000);
  assert.deepEqual(rig.heard, ["close"]);
});

test("a lost line is opened again, later each time, within half a minute at most", async () => {
  const rig = await new Rig().registered();
  const waits: number[] = [];
  for (let attempt = 0; attempt < 8; ++attempt) {
    rig.line?.onProblem("unreachable");
    assert.equal(rig.state.status, "failed");
    assert.equal(rig.timers.length, 1);
    waits.push((rig.timers[0]?.at ?? 0) - rig.clock);
    await rig.pass(30_000);
  }
  assert.equal(rig.heard.filter((what) => what === "open").length, 8);
  assert.ok((waits[0] ?? 0) <= 1_000 && (waits[7] ?? 0) >= 15_000 && Math.max(...waits) <= 30_000, String(waits));
  rig.line?.onRegistered();
  assert.deepEqual([rig.state.status, rig.state.problem, rig.timers.length], ["registered", undefined, 0]);
});

test("beside a call that goes on, a lost registration is made again without a touch to the call", async () => {
  const rig = await new Rig().registered();
  const call = rig.comes();
  void rig.phone.answer(true);
  await settled();
  call.onUp();
  await settled();
  rig.line?.onProblem("unreachable");
  await rig.pass(30_000);
  assert.equal(rig.heard.at(-1), "register");
  assert.deepEqual([call.heard, rig.state.call?.state], [["answer"], "up"]);
});

test("a call rings until it is answered; answering is done when both can speak", async () => {
  const rig = await new Rig().registered();
  const call = rig.comes();
  assert.deepEqual([rig.heard, rig.state.call?.state, rig.state.call?.ofDesk], [["ring"], "ringing", false]);
  const answered = rig.phone.answer(true);
  assert.deepEqual([rig.heard.at(-1), rig.state.call?.state], ["quiet", "answering"]);
  await settled();
  call.onUp();
  assert.equal(await answered, true);
  assert.deepEqual([rig.state.call?.state, rig.state.call?.ofDesk], ["up", true]);
  call.onOver();
  assert.equal(rig.state.call, undefined);
  assert.equal(rig.state.status, "registered");
});

test("an answer comes to nothing when the caller has gone, when there is no microphone, and when nothing follows", async () => {
  const rig = await new Rig().registered();
  const gone = rig.comes();
  const tooLate = rig.phone.answer(true);
  gone.onOver();
  assert.equal(await tooLate, false);
  assert.deepEqual(gone.heard, []);

  rig.microphone = "no-microphone";
  const mute = rig.comes();
  assert.equal(await rig.phone.answer(true), false);
  assert.deepEqual([mute.heard, rig.state.problem, rig.state.call], [["end"], "no-microphone", undefined]);

  rig.microphone = undefined;
  const silent = rig.comes();
  const never = rig.phone.answer(true);
  await settled();
  await rig.pass(15_000);
  assert.equal(await never, false);
  assert.deepEqual(silent.heard, ["answer", "end"]);
});

test("a call that was asked for is answered by itself, once, and not long after", async () => {
  const rig = await new Rig().registered();
  rig.phone.expect();
  const asked = rig.comes();
  await settled();
  assert.deepEqual([asked.heard, rig.state.call?.ofDesk], [["answer"], true]);
  assert.ok(!rig.heard.includes("ring"));
  asked.onOver();

  for (const before of [async () => undefined, async () => (rig.phone.expect(), rig.phone.expect(false)), async () => (rig.phone.expect(), await rig.pass(20_000))]) {
    await before();
    const other = rig.comes();
    await settled();
    assert.deepEqual([other.heard, rig.state.call?.state], [[], "ringing"]);
    other.onOver();
  }
});

test("a second call is told busy, and the first goes on", async () => {
  const rig = await new Rig().registered();
  const first = rig.comes();
  const second = rig.comes(new Call("+15550199"));
  assert.deepEqual([first.heard, second.heard, rig.state.call?.from], [[], ["busy"], "+15550100"]);
});

test("mute reaches the microphone once, and only in a call", async () => {
  const rig = await new Rig().registered();
  rig.phone.mute(true);
  const call = rig.comes();
  rig.phone.mute(true);
  void rig.phone.answer(true);
  await settled();
  call.onUp();
  for (const muted of [true, true, false, false]) rig.phone.mute(muted);
  assert.deepEqual(call.heard, ["answer", "mute", "heard again"]);
});

test("signing out ends the call and gives the telephone back; what comes after is not heard", async () => {
  const rig = await new Rig().registered();
  const call = rig.comes();
  rig.phone.signOut();
  assert.deepEqual([call.heard, rig.state], [["end"], { status: "signed-out" }]);
  assert.ok(rig.heard.includes("close") && rig.heard.includes("release"));
  await rig.pass(600_000);
  assert.ok(!rig.heard.includes("open"));
});

test("what rings with an offer is its call; what rang long before is not", () => {
  const offer = { id: "o1", offeredAt: "2026-01-01T00:00:10Z" };
  const ringing = (at: string, state: "ringing" | "up" = "ringing", contact = ""): PhoneState => ({
    status: "registered", call: { from: "", contact, state, startedAt: Date.parse(at), ofDesk: false, muted: false },
  });
  assert.equal(ringsFor(ringing("2026-01-01T00:00:10.200Z"), offer, 0), true);
  assert.equal(ringsFor(ringing("2026-01-01T00:00:09Z"), offer, 0), true);
  assert.equal(ringsFor(ringing("2026-01-01T00:00:02Z"), offer, 0), false);
  assert.equal(ringsFor(ringing("2026-01-01T00:00:02Z"), offer, 8_000), true);
  assert.equal(ringsFor(ringing("2026-01-01T00:00:10Z", "up"), offer, 0), false);
  assert.equal(ringsFor(ringing("2026-01-01T00:00:10Z"), undefined, 0), false);
  assert.equal(ringsFor(noPhone, offer, 0), false);
  // A telephone system that says for which contact it rings is believed, whatever the clocks say.
  assert.equal(ringsFor(ringing("2026-01-01T00:00:02Z", "ringing", "c7"), { ...offer, contactId: "c7" }, 0), true);
  assert.equal(ringsFor(ringing("2026-01-01T00:00:10.200Z", "ringing", "c8"), { ...offer, contactId: "c7" }, 0), false);
});
