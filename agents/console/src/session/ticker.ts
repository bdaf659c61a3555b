// SPDX-License-Identifier: Apache-2.0
// One tick a second, also while the page is hidden.

declare const TICKER_URL: string;

interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createScriptURL(url: string): string },
  ): { createScriptURL(url: string): string };
}

export function startTicker(onTick: () => void): void {
  try {
    const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
    const policy = trustedTypes?.createPolicy("usher-ticker", { createScriptURL: () => `./${TICKER_URL}` });
    const worker = new Worker(policy?.createScriptURL("") ?? `./${TICKER_URL}`);
    worker.onmessage = onTick;
    worker.onerror = () => setInterval(onTick, 1000);
  } catch {
    setInterval(onTick, 1000);
  }
}
