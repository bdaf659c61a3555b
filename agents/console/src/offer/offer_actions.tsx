// SPDX-License-Identifier: Apache-2.0
import { useState } from "preact/hooks";
import { useApp } from "../app/context";
import type { Offer } from "../wire/usher/routing/v1/contact";

/** Accept and reject; while one is under way neither can be pressed again. */
export function OfferActions({ offer, large }: { offer: Offer; large?: boolean }) {
  const { desk, t } = useApp();
  const [busy, setBusy] = useState(false);
  const act = (verb: () => Promise<boolean>) => {
    setBusy(true);
    void verb().finally(() => setBusy(false));
  };
  const size = large ? "large" : "small";
  return (
    <>
      <button class={`button ${size} primary`} type="button" disabled={busy} aria-keyshortcuts="Alt+A" onClick={() => act(() => desk.accept(offer))}>
        {t("offer.accept")} {large && <kbd aria-hidden="true">Alt A</kbd>}
      </button>
      <button class={`button ${size}`} type="button" disabled={busy} aria-keyshortcuts="Alt+R" onClick={() => act(() => desk.reject(offer))}>
        {t("offer.reject")} {large && <kbd aria-hidden="true">Alt R</kbd>}
      </button>
    </>
  );
}
