// SPDX-License-Identifier: Apache-2.0
import { useApp } from "../app/context";
import { Icon } from "../parts/icon";
import { presenceName } from "./presence_name";
import "./idle.css";

/** Nothing on the desk: says why, and what to do about it. */
export function Idle() {
  const { state, desk, t } = useApp();
  const { agent } = state.desk;
  const name = presenceName(agent?.presence);
  if (name === "available") {
    return (
      <div class="idle">
        <span class="idle-sign good"><Icon name="leaf" size={28} /></span>
        <h2>{t("idle.title")}</h2>
        <p>{t("idle.detail")}</p>
      </div>
    );
  }
  return (
    <div class="idle">
      <span class="idle-sign"><Icon name="pause" size={28} /></span>
      <h2>{t(`presence.${name}.title`)}</h2>
      <p>{agent?.reason === "missed" && name === "not-ready" ? t("presence.missed") : t(`presence.${name}.detail`)}</p>
      <button class="button primary large" type="button" onClick={() => void desk.goAvailable()}>
        {t("presence.go.available")}
      </button>
    </div>
  );
}
