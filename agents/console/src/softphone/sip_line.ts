// SPDX-License-Identifier: Apache-2.0
// What the softphone needs of a SIP library. The library itself is loaded when it is needed.

export interface SipAccount {
  /** SIP over WebSocket. */
  server: string;
  domain: string;
  user: string;
  password: string;
  iceServers: RTCIceServer[];
}

export type LineProblem = "password-refused" | "unreachable" | "refused";

/** One call that came in. */
export interface SipCall {
  readonly from: string;
  /** The contact that the telephone system rings for, where it says so; empty: none. */
  readonly contact: string;
  /** Takes it with this sound of ours. */
  answer(sound: MediaStream): void;
  /** Ends it; while it rings: says so to the caller, `busy` or pressed away. */
  end(why?: "busy"): void;
  mute(muted: boolean): void;
  onUp(): void;
  /** Their sound. */
  onSound(sound: MediaStream): void;
  onOver(): void;
}

export interface LineListener {
  onRegistered(): void;
  onProblem(problem: LineProblem, detail?: string): void;
  onCall(call: SipCall): void;
}

export interface SipLine {
  /** Registers again, without a touch to the call that goes on. */
  register(): void;
  /** Ends calls, takes the registration back and closes the connection. */
  close(): void;
}

export type OpenLine = (account: SipAccount, listener: LineListener) => SipLine;
