// SPDX-License-Identifier: Apache-2.0
import { useApp } from "../app/context";
import { Icon } from "../parts/icon";
import { ringsFor } from "../state/phone";
import "./softphone.css";

/** What the agent has to know of her telephone now: that it does not ring, or who calls past the queues. */
export function PhoneBar() {
  const { state } = useApp();
  const { status, problem, call } = state.phone;
  if (call) return <OtherCall />;
  // Who never signed in here telephones elsewhere.
  return status === "failed" || problem === "password-refused" ? <Silent /> : null;
}

function Silent() {
  const { state, desk, t } = useApp();
  const { problem, detail = "" } = state.phone;
  return (
    <aside class="phone-bar silent" aria-label={t("phone.title")}>
      <Icon name="alert" />
      <span class="phone-bar-text" role="status">
        <strong>{t("phone.status.failed")}</strong>
        {problem && <span> {t(`phone.problem.${problem}`, { user: desk.phone.user, detail })}</span>}
      </span>
      <button class="button small" type="button" onClick={() => desk.store.dispatch({ kind: "dialog", dialog: { kind: "phone" } })}>{t("phone.title")}</button>
    </aside>
  );
}

/** A call in this browser behind which no contact stands: a colleague's, or one past the queues. */
function OtherCall() {
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
