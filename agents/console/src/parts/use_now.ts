// SPDX-License-Identifier: Apache-2.0
import { useEffect, useState } from "preact/hooks";
import { useApp } from "../app/context";

/** This machine's clock, again and again; only the component that asks is drawn again. */
export function useNow(everyMs = 1000): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return Math.max(now, Date.now() - everyMs);
}

/** The server's clock. */
export function useServerNow(everyMs = 1000): number {
  const { state } = useApp();
  return useNow(everyMs) + state.clock.offsetMs;
}
