// SPDX-License-Identifier: Apache-2.0
import { useId } from "preact/hooks";
import { Icon, type IconName } from "../parts/icon";

interface Props {
  icon: IconName;
  label: string;
  /** For what is on or off. */
  pressed?: boolean;
  expanded?: boolean;
  tone?: "danger" | "primary";
  keys?: string;
  /** Why it cannot be done now; absent when it can. The button can still be reached, so that the reason is read. */
  why?: string | undefined;
  onPress(): void;
}

/** One thing that can be done with a call. */
export function CallButton({ icon, label, pressed, expanded, tone, keys, why, onPress }: Props) {
  const id = useId();
  return (
    <button
      class={`button call-button ${tone ?? ""}`}
      type="button"
      title={why ? `${label}: ${why}` : label}
      aria-pressed={pressed}
      aria-expanded={expanded}
      aria-keyshortcuts={keys}
      aria-disabled={why ? true : undefined}
      aria-describedby={why ? id : undefined}
      onClick={() => !why && onPress()}
    >
      <Icon name={icon} size={18} />
      <span class="call-button-word">{label}</span>
      {why && <span id={id} class="sr-only">{why}</span>}
    </button>
  );
}
