// SPDX-License-Identifier: Apache-2.0
// How telephone calls stand, as their adapters tell.
import type { CallLeg, CallState, RecordingState, SupervisionMode } from "../wire/usher/routing/v1/call";

export interface Call {
  legs: CallLeg[];
  recording: RecordingState;
  /** What the call's adapter cannot do. */
  cannot: string[];
}

/** As its adapter tells; undefined when the call is gone. */
export function callOf(told: CallState): Call | undefined {
  const legs = told.legs ?? [];
  if (legs.length === 0) return undefined;
  return { legs, recording: told.recording ?? "RECORDING_STATE_UNSPECIFIED", cannot: told.cannot ?? [] };
}

export function legOf(call: Call | undefined, agentId: string): CallLeg | undefined {
  return call?.legs.find((leg) => leg.agentId === agentId);
}

/** How a supervisor is in the call; undefined when not at all. */
export function supervision(call: Call | undefined, me: string): SupervisionMode | undefined {
  const leg = call?.legs.find((one) => one.agentId === me && one.party === "PARTY_SUPERVISOR");
  return leg && (leg.mode ?? "SUPERVISION_MODE_LISTEN");
}

/** True when somebody beside customer and agent is in the call, and not all hear each other. */
export function canJoin(call: Call): boolean {
  const others = call.legs.some((leg) => (leg.party === "PARTY_OUTSIDE" || leg.party === "PARTY_COLLEAGUE") && leg.state !== "STATE_RINGING");
  return others && call.legs.some((leg) => leg.state === "STATE_HELD");
}

const numberLike = /^[0-9 +*#./()-]{2,64}$/;

/** Whether a text can be dialled; the router looks again. */
export function isNumber(text: string): boolean {
  return numberLike.test(text.trim()) && /[0-9]/.test(text);
}
