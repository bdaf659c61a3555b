// SPDX-License-Identifier: Apache-2.0
import { useApp } from "../app/context";
import { Icon } from "./icon";
import "./refusal.css";

/** Why what a dialog asked for was not done: read out as it comes, and there until it is asked for again. */
export function Refusal() {
  const { state } = useApp();
  const { refusal } = state;
  if (!refusal) return null;
  return (
    <div class="refusal" role="alert">
      <Icon name="alert" size={18} />
      <p>
        <strong>{refusal.title}</strong>
        {refusal.next && <span>{refusal.next}</span>}
      </p>
    </div>
  );
}
