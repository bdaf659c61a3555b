// SPDX-License-Identifier: Apache-2.0
import { elapsedText, instantMs } from "../state/time";
import { useServerNow } from "./use_now";

/** How long it has been so, by the server's clock and second by second; `unknown` where nobody knows since when. */
export function Elapsed({ since, unknown = "" }: { since: string | number | undefined; unknown?: string }) {
  const now = useServerNow();
  const from = typeof since === "number" ? since : instantMs(since);
  return <>{from === undefined ? unknown : elapsedText(now - from)}</>;
}
