// SPDX-License-Identifier: Apache-2.0
import type { ComponentChildren } from "preact";
import "./ring.css";

const radius = 21;
const around = 2 * Math.PI * radius;

/** A ring that empties: `share` goes from 1 to 0. What it means stands in words beside it. */
export function Ring({ share, urgent, children }: { share: number; urgent: boolean; children?: ComponentChildren }) {
  return (
    <span class={`ring ${urgent ? "urgent" : ""}`}>
      <svg viewBox="0 0 48 48" aria-hidden="true">
        <circle class="ring-track" cx="24" cy="24" r={radius} />
        <circle
          class="ring-left"
          cx="24"
          cy="24"
          r={radius}
          stroke-dasharray={`${around}`}
          stroke-dashoffset={`${around * (1 - share)}`}
          transform="rotate(-90 24 24)"
        />
      </svg>
      <span class="ring-text number">{children}</span>
    </span>
  );
}
