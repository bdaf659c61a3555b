// SPDX-License-Identifier: Apache-2.0
import { useApp } from "../app/context";
import { Icon } from "../parts/icon";
import { ringsFor } from "../state/phone";
import "./softphone.css";

/** A call in this browser behind which no contact stands: a colleague's, or one past the queues. */
export function PhoneBar() {
  const { state, desk, t } = useApp();
  const { phone, clock } = state;
  const { call } = phone;
  const offered = state.desk.offers.some(({ offer }) => ringsFor(phone, offer, clock.offsetMs));
  if (!call || call.ofDesk || offered) return null;
  const from = call.from || t("call.withheld");
  return (
    <aside class="phone-bar" aria-label={t("phone.call")}>
      <Icon name="voice" />
      <strong class="ellipsis" role="status">{t(`phone.call.${call.state}`, { from })}</strong>
      {call.state === "ringing" && (
        <button class="button small primary" type="button" onClick={() => void desk.phone.answer(false)}>{t("phone.answer")}</button>
      )}
      {call.state === "up" && (
        <button class="button small" type="button" aria-pressed={call.muted} onClick={() => desk.phone.mute(!call.muted)}>
          <Icon name={call.muted ? "mic-off" : "mic"} size={16} />
          {t("call.mute")}
        </button>
      )}
      <button class="button small danger" type="button" onClick={() => desk.phone.hangUp()}>
        {t(call.state === "ringing" ? "phone.decline" : "call.hang.up")}
      </button>
    </aside>
  );
}
