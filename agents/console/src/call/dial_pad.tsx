// SPDX-License-Identifier: Apache-2.0
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { useApp } from "../app/context";

const keys = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"];
const shownMax = 24;

/** The keys of a telephone: pressed here, or typed while the focus is within. */
export function DialPad({ onKey, onClose }: { onKey(key: string): void; onClose(): void }) {
  const { t } = useApp();
  const [sent, setSent] = useState("");
  const first = useRef<HTMLButtonElement>(null);
  // Before the next key can come.
  useLayoutEffect(() => first.current?.focus(), []);
  const press = (key: string) => {
    setSent((before) => (before + key).slice(-shownMax));
    onKey(key);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const key = event.key.toUpperCase();
    if (event.key === "Escape") onClose();
    else if (keys.includes(key) || "ABCD".includes(key)) press(key);
    else return;
    event.preventDefault();
  };
  return (
    <div class="dial-pad" role="group" aria-label={t("call.keys")} onKeyDown={onKeyDown}>
      <output class="dial-pad-sent number" aria-live="off">{sent || t("call.keys.hint")}</output>
      <div class="dial-pad-keys">
        {keys.map((key, at) => (
          <button key={key} class="button" type="button" ref={at === 0 ? first : undefined} onClick={() => press(key)}>{key}</button>
        ))}
      </div>
    </div>
  );
}
