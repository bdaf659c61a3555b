// SPDX-License-Identifier: Apache-2.0
// The telephone in the browser: when it registers, which call it takes, what it says of itself. It
// touches no device, network or clock but by its ports.
import { type Backoff, retryDelayMs } from "../session/backoff";
import { noPhone, type PhoneCall, type PhoneProblem, type PhoneState, type PhoneStatus } from "../state/phone";
import type { OpenLine, SipAccount, SipCall, SipLine } from "./sip_line";

export interface Ports {
  /** Loads the library; fails when it cannot be had. */
  library(): Promise<OpenLine>;
  /** Our sound. Fails with a PhoneProblem. */
  microphone(): Promise<MediaStream>;
  /** The right to be this browser's only telephone: told when it is had, or lost to another tab. */
  claim(name: string, told: { had(): void; waits(): void; lost(): void }): { release(): void; take(): void };
  /** Their sound; undefined ends it. */
  play(sound: MediaStream | undefined): void;
  ring(on: boolean): void;
  /** Calls back once; what is returned calls it off. */
  after(ms: number, then: () => void): () => void;
  now(): number;
  tell(state: PhoneState): void;
}

const retries: Backoff = { firstMs: 1_000, maxMs: 30_000 };
/** So long after the agent asked for a call, the one that comes is it. */
const expectedForMs = 20_000;
const answeredWithinMs = 15_000;

export class Softphone {
  private state: PhoneState = noPhone;
  private account?: SipAccount;
  private line?: SipLine;
  private call?: SipCall;
  private claimed?: ReturnType<Ports["claim"]>;
  private attempt = 0;
  private expectedUntil = 0;
  private callOffRetry = () => undefined as void;
  /** Counts openings, so that what an earlier one still awaits comes to nothing. */
  private opening = 0;
  private waitsForUp?: (up: boolean) => void;

  constructor(private readonly ports: Ports) {}

  /** There is a telephone, and no password for it yet. */
  offer(): void {
    this.set({ status: "signed-out" });
  }

  signIn(account: SipAccount): void {
    this.stop();
    this.account = account;
    this.set({ status: "connecting" });
    this.claimed = this.ports.claim(account.user, {
      had: () => void this.open(),
      waits: () => this.set({ status: "elsewhere" }),
      lost: () => {
        this.closeLine();
        this.set({ status: "elsewhere" });
      },
    });
  }

  /** Ends everything and forgets the account. */
  signOut(to: PhoneStatus = "signed-out"): void {
    this.stop();
    this.set({ status: to });
  }

  /** Takes the telephone over from another tab. */
  take(): void {
    this.claimed?.take();
  }

  /** Tries again at once, where nothing works. */
  hurry(): void {
    if (!this.account || this.state.status === "registered" || this.state.status === "elsewhere") return;
    this.attempt = 0;
    this.again();
  }

  /** The agent asked for a call that the telephone system puts through to her: answer it by itself. */
  expect(comes = true): void {
    this.expectedUntil = 0;
    if (comes && this.state.status === "registered" && !this.call) this.expectedUntil = this.ports.now() + expectedForMs;
  }

  /** Answers what rings, for a contact of the desk or not; true once both can speak. */
  async answer(ofDesk: boolean): Promise<boolean> {
    const { call } = this;
    if (!call || this.state.call?.state !== "ringing") return false;
    this.change({ state: "answering", ofDesk });
    this.ports.ring(false);
    let sound: MediaStream;
    try {
      sound = await this.ports.microphone();
    } catch (problem) {
      if (call === this.call) call.end();
      this.set({ ...this.state, problem: problem as PhoneProblem });
      return false;
    }
    if (call !== this.call) {
      // The caller gave up meanwhile.
      sound.getTracks().forEach((track) => track.stop());
      return false;
    }
    const up = new Promise<boolean>((done) => (this.waitsForUp = done));
    const callOff = this.ports.after(answeredWithinMs, () => call.end());
    call.answer(sound);
    const itIs = await up;
    callOff();
    return itIs;
  }

  /** Presses the call away, or ends it. */
  end(): void {
    this.call?.end();
  }

  mute(muted: boolean): void {
    if (this.state.call?.state !== "up" || this.state.call.muted === muted) return;
    this.call?.mute(muted);
    this.change({ muted });
  }

  private async open(): Promise<void> {
    const { account } = this;
    if (!account) return;
    const opening = ++this.opening;
    this.set({ status: "connecting" });
    try {
      // Asked for now, so that the browser's question does not come while a caller waits.
      const sound = await this.ports.microphone();
      sound.getTracks().forEach((track) => track.stop());
    } catch (problem) {
      if (opening === this.opening) this.set({ status: "failed", problem: problem as PhoneProblem });
      return;
    }
    let openLine: OpenLine;
    try {
      openLine = await this.ports.library();
    } catch {
      if (opening === this.opening) this.fail("library");
      return;
    }
    if (opening !== this.opening) return;
    this.line = openLine(account, {
      onRegistered: () => {
        this.attempt = 0;
        this.callOffRetry();
        this.set({ ...this.state, status: "registered", problem: undefined, detail: undefined });
      },
      onProblem: (problem, detail) => this.fail(problem, detail),
      onCall: (call) => this.onCall(call),
    });
  }

  /** A wrong password is not tried again: telephone systems lock out who does. */
  private fail(problem: PhoneProblem, detail?: string): void {
    if (problem === "password-refused") {
      this.closeLine();
      this.set({ status: "signed-out", problem });
      return;
    }
    this.set({ ...this.state, status: "failed", problem, detail });
    this.callOffRetry();
    this.callOffRetry = this.ports.after(retryDelayMs(retries, this.attempt++, Math.random()), () => this.again());
  }

  /** A new line; beside a call that goes on, only a new registration. */
  private again(): void {
    if (!this.account) return;
    if (this.call && this.line) return this.line.register();
    this.closeLine();
    void this.open();
  }

  private onCall(call: SipCall): void {
    if (this.call) return call.end("busy");
    this.call = call;
    const expected = this.ports.now() < this.expectedUntil;
    this.expectedUntil = 0;
    call.onUp = () => {
      this.change({ state: "up" });
      this.upIs(true);
    };
    call.onSound = (sound) => this.ports.play(sound);
    call.onOver = () => this.onOver(call);
    const rings: PhoneCall = { from: call.from, contact: call.contact, state: "ringing", startedAt: this.ports.now(), ofDesk: expected, muted: false };
    this.set({ ...this.state, call: rings });
    if (expected) void this.answer(true);
    else this.ports.ring(true);
  }

  private onOver(call: SipCall): void {
    if (call !== this.call) return;
    this.call = undefined;
    this.ports.ring(false);
    this.ports.play(undefined);
    this.set({ ...this.state, call: undefined });
    this.upIs(false);
  }

  private upIs(up: boolean): void {
    this.waitsForUp?.(up);
    this.waitsForUp = undefined;
  }

  private change(change: Partial<PhoneCall>): void {
    if (this.state.call) this.set({ ...this.state, call: { ...this.state.call, ...change } });
  }

  private stop(): void {
    this.closeLine();
    this.claimed?.release();
    this.claimed = undefined;
    this.account = undefined;
    this.attempt = 0;
  }

  private closeLine(): void {
    ++this.opening;
    this.callOffRetry();
    this.expectedUntil = 0;
    const { call, line } = this;
    this.line = undefined;
    call?.end();
    if (call) this.onOver(call);
    line?.close();
  }

  private set(state: PhoneState): void {
    this.state = state;
    this.ports.tell(state);
  }
}
