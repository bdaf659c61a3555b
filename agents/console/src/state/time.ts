// SPDX-License-Identifier: Apache-2.0
// Instants and durations as protobuf JSON writes them, and the server's clock.

/** Milliseconds of an RFC 3339 instant; undefined when it is absent or not one. */
export function instantMs(text: string | undefined): number | undefined {
  if (!text) return undefined;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}

/** Milliseconds of a duration such as "1.5s"; undefined when it is absent or not one. */
export function durationMs(text: string | undefined): number | undefined {
  const match = /^(-?\d+(?:\.\d+)?)s$/.exec(text ?? "");
  return match ? Math.round(Number(match[1]) * 1000) : undefined;
}

/** A duration as protobuf JSON writes it. */
export function durationText(ms: number): string {
  return `${ms / 1000}s`;
}

/** How the server's clock stands to this machine's; wrong by at most half of `roundTripMs`. */
export interface ServerClock {
  offsetMs: number;
  roundTripMs: number;
}

/** Nothing known yet: this machine's clock is taken as right. */
export const unknownClock: ServerClock = { offsetMs: 0, roundTripMs: Number.POSITIVE_INFINITY };

/** Takes a new sample when it is more exact than what is known, or clearly another clock. */
export function withSample(
  clock: ServerClock,
  sample: { sentAt: number; receivedAt: number; serverTime: string | undefined },
): ServerClock {
  const server = instantMs(sample.serverTime);
  if (server === undefined) return clock;
  const roundTripMs = Math.max(0, sample.receivedAt - sample.sentAt);
  const offsetMs = server - (sample.sentAt + roundTripMs / 2);
  const jumped = Math.abs(offsetMs - clock.offsetMs) > 1000 + roundTripMs / 2 + clock.roundTripMs / 2;
  return roundTripMs <= clock.roundTripMs || jumped ? { offsetMs, roundTripMs } : clock;
}

/** What is left until an instant of the server, never below zero. */
export function remainingMs(deadline: string | undefined, serverNowMs: number): number {
  const end = instantMs(deadline);
  return end === undefined ? 0 : Math.max(0, end - serverNowMs);
}

/** The share of an interval that is left, from 1 to 0. */
export function remainingShare(
  interval: { from: string | undefined; until: string | undefined },
  serverNowMs: number,
): number {
  const from = instantMs(interval.from);
  const until = instantMs(interval.until);
  if (from === undefined || until === undefined || until <= from) return 0;
  return Math.min(1, Math.max(0, (until - serverNowMs) / (until - from)));
}

/** What is left: `m:ss`, or `h:mm:ss` from an hour on; whole seconds, rounded up so that 0:00 means over. */
export function clockText(ms: number): string {
  return secondsText(Math.ceil(ms / 1000));
}

/** What has gone by, likewise; rounded down, and never less than nothing where clocks differ. */
export function elapsedText(ms: number): string {
  return secondsText(Math.floor(ms / 1000));
}

function secondsText(count: number): string {
  const seconds = Math.max(0, count);
  const two = (n: number) => String(n).padStart(2, "0");
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}
