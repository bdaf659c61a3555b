// SPDX-License-Identifier: Apache-2.0
// How long to wait before the next try: doubling, bounded, spread so that a restarted server is not
// met by everybody at once.

export interface Backoff {
  firstMs: number;
  maxMs: number;
}

export const sessionBackoff: Backoff = { firstMs: 400, maxMs: 15000 };

/** The wait before try number `attempt` (0 is the first); `chance` is in [0, 1). */
export function retryDelayMs(backoff: Backoff, attempt: number, chance: number): number {
  const full = Math.min(backoff.maxMs, backoff.firstMs * 2 ** Math.min(attempt, 30));
  return Math.round(full / 2 + (full / 2) * chance);
}
