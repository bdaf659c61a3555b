// SPDX-License-Identifier: Apache-2.0
// How the telephone in this browser stands.
import type { Offer } from "../wire/usher/routing/v1/contact";
import { instantMs } from "./time";

export type PhoneStatus =
  /** The operator set up none, or the agent takes no calls. */
  | "absent"
  /** The telephone's password is not known here. */
  | "signed-out"
  /** On the way: the microphone, the library, the telephone system. */
  | "connecting"
  | "registered"
  /** Another tab of this browser has it. */
  | "elsewhere"
  | "failed";

export type PhoneProblem =
  | "no-microphone" | "microphone-refused" | "insecure"
  | "password-refused" | "unreachable" | "refused" | "library";

export interface PhoneCall {
  /** Who calls, as the telephone system shows it; empty: withheld. */
  from: string;
  /** The contact that it rings for, where the telephone system says so; empty: not said. */
  contact: string;
  state: "ringing" | "answering" | "up";
  /** When it began to ring, by this machine's clock. */
  startedAt: number;
  /** Whether a contact of the desk stands behind it; others are answered and ended in their own bar. */
  ofDesk: boolean;
  muted: boolean;
}

export interface PhoneState {
  status: PhoneStatus;
  problem?: PhoneProblem;
  /** What the telephone system said to it. */
  detail?: string;
  call?: PhoneCall;
}

export const noPhone: PhoneState = { status: "absent" };

/** An offer and its ringing reach the browser by different ways: so far may they be apart. */
const apartMs = 2_000;

/** Whether the call that rings here is the offer's: it says so, or it began with the offer, not long before. */
export function ringsFor(phone: PhoneState, offer: Offer | undefined, clockOffsetMs: number): boolean {
  const { call } = phone;
  const offeredAt = instantMs(offer?.offeredAt);
  if (!offer || call?.state !== "ringing") return false;
  if (call.contact) return call.contact === offer.contactId;
  return offeredAt === undefined || call.startedAt + clockOffsetMs >= offeredAt - apartMs;
}
