// SPDX-License-Identifier: Apache-2.0
// How the chat stands, in a sentence or two.
import { type ChatState, durationMs } from "./state";
import { filled, type Words } from "./text";

const minuteMs = 60_000;

/** Empty when there is nothing to tell. */
export function statusLine(words: Words, state: ChatState): string {
  if (state.phase === "waiting") return [placeLine(words, state), waitLine(words, state)].filter(Boolean).join(" ");
  if (state.phase !== "ended" || state.unsent.length > 0) return "";
  if (state.outcome === "refused") return words.endedRefused;
  if (state.outcome === "timed-out") return words.endedTimedOut;
  return state.outcome === "lost" ? words.endedLost : words.ended;
}

function placeLine(words: Words, { position }: ChatState): string {
  if (position === 0) return words.waiting;
  return position === 1 ? words.next : filled(words.place, { position });
}

/** Whole minutes, the careful end rounded up: a promise that is kept more often than not. */
function waitLine(words: Words, { estimatedWait }: ChatState): string {
  const highMs = durationMs(estimatedWait?.high);
  if (highMs === undefined) return "";
  if (highMs < minuteMs) return words.waitSoon;
  const high = Math.ceil(highMs / minuteMs);
  const low = Math.max(1, Math.floor((durationMs(estimatedWait?.low) ?? 0) / minuteMs));
  return low < high ? filled(words.waitMinutes, { low, high }) : filled(words.waitMinute, { high });
}
