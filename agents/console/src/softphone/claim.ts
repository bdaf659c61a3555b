// SPDX-License-Identifier: Apache-2.0
// Which tab is the telephone: a lock of the browser's, which goes with its tab.
import type { Ports } from "./softphone";

export const claim: Ports["claim"] = (name, told) => {
  const lock = `usher.phone.${name}`;
  // The end of what is held or waited for now.
  let end = () => undefined as void;

  const request = (options: { steal?: true }) => {
    const abort = new AbortController();
    let release = () => undefined as void;
    let ended = false;
    end = () => {
      ended = true;
      release();
      abort.abort();
    };
    navigator.locks
      // A lock that is stolen is waited for by nobody.
      .request(lock, options.steal ? { steal: true } : { signal: abort.signal }, () => {
        if (ended) return undefined;
        told.had();
        return new Promise<void>((done) => (release = done));
      })
      .catch(() => {
        if (ended) return;
        told.lost();
        request({});
      });
  };

  // Browsers have locks where they have microphones; elsewhere the microphone says what is wrong.
  if (!navigator.locks) {
    queueMicrotask(() => told.had());
    return { release: () => undefined, take: () => undefined };
  }
  void navigator.locks.query().then(({ held }) => held?.some((one) => one.name === lock) && told.waits());
  request({});
  return {
    release: () => end(),
    take: () => {
      end();
      request({ steal: true });
    },
  };
};
