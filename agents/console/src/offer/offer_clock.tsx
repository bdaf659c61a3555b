// SPDX-License-Identifier: Apache-2.0
import { useApp } from "../app/context";
import { Ring } from "../parts/ring";
import { useServerNow } from "../parts/use_now";
import { clockText, remainingMs, remainingShare } from "../state/time";
import type { Offer } from "../wire/usher/routing/v1/contact";

const urgentMs = 5000;

/** What is left to answer, by the server's clock. */
export function OfferClock({ offer }: { offer: Offer }) {
  const { t } = useApp();
  const now = useServerNow(250);
  const left = remainingMs(offer.deadline, now);
  const share = remainingShare({ from: offer.offeredAt, until: offer.deadline }, now);
  return (
    <span role="timer" aria-label={t("offer.left", { time: clockText(left) })}>
      <Ring share={share} urgent={left < urgentMs}>{Math.ceil(left / 1000)}</Ring>
    </span>
  );
}
