// SPDX-License-Identifier: Apache-2.0
import { useApp } from "../app/context";
import { Icon } from "../parts/icon";
import { Elapsed } from "../parts/elapsed";
import { Menu, MenuItem } from "../parts/menu";
import { presenceName } from "../desk/presence_name";
import "./presence_menu.css";

/** Whether the agent wants work, since when, and the ways to change it. */
export function PresenceMenu() {
  const { state, desk, t } = useApp();
  const agent = state.desk.agent ?? {};
  const name = presenceName(agent.presence);
  const reason = name === "not-ready" && agent.reason ? t.word(agent.reason) : "";
  const words = reason || t(`presence.${name}`);
  const reasons = state.words.notReadyReasons ?? [];
  const button = (
    <>
      <span class={`dot ${name}`} aria-hidden="true" />
      <span class="presence-words ellipsis" aria-hidden="true">{words}</span>
      <span class="presence-since number" aria-hidden="true"><Elapsed since={agent.presenceSince} /></span>
      <Icon name="down" size={16} />
    </>
  );
  return (
    <Menu button={button} label={`${t("presence.label")}: ${words}`} buttonClass={`button presence ${name}`} buttonId="presence-button">
      {(close) => {
        const choose = (act: () => void) => () => {
          close();
          act();
        };
        return (
          <>
            <MenuItem checked={name === "available"} onChoose={choose(() => void desk.goAvailable())}>
              <span class="dot available" aria-hidden="true" />
              {t("presence.available")}
            </MenuItem>
            <hr class="menu-line" />
            <p class="label menu-label">{t("presence.not-ready")}</p>
            {(reasons.length > 0 ? reasons : [""]).map((one) => (
              <MenuItem
                key={one}
                checked={name === "not-ready" && agent.reason === one}
                onChoose={choose(() => void desk.goNotReady(one))}
              >
                <span class="dot not-ready" aria-hidden="true" />
                {one ? t.word(one) : t("presence.not-ready")}
              </MenuItem>
            ))}
            <hr class="menu-line" />
            <MenuItem checked={name === "offline"} onChoose={choose(() => void desk.goOffline())}>
              <span class="dot offline" aria-hidden="true" />
              {t("presence.offline")}
            </MenuItem>
          </>
        );
      }}
    </Menu>
  );
}
