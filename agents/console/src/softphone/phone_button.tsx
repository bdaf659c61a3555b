// SPDX-License-Identifier: Apache-2.0
import { useApp } from "../app/context";
import { Icon } from "../parts/icon";
import type { PhoneStatus } from "../state/phone";
import "./softphone.css";

const dots: Record<PhoneStatus, string> = {
  absent: "", "signed-out": "not-ready", connecting: "not-ready", registered: "available", elsewhere: "offline", failed: "lost",
};

/** How the telephone in this browser stands, and the way to it. */
export function PhoneButton() {
  const { state, desk, t } = useApp();
  const { status } = state.phone;
  if (status === "absent") return null;
  const label = `${t("phone.title")}: ${t(`phone.status.${status}`)}`;
  return (
    <button
      class={`button quiet icon phone-button ${status}`}
      type="button"
      aria-label={label}
      title={label}
      onClick={() => desk.store.dispatch({ kind: "dialog", dialog: { kind: "phone" } })}
    >
      <Icon name="headset" />
      <i class={`dot ${dots[status]}`} aria-hidden="true" />
    </button>
  );
}
