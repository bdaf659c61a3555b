// SPDX-License-Identifier: Apache-2.0
import { useApp } from "../app/context";
import type { Theme } from "../app/preferences";
import { Avatar } from "../parts/avatar";
import { Menu, MenuItem } from "../parts/menu";
import { catalogues, type Language, languageNames } from "../text/catalogue";
import "./account_menu.css";

/** Who is signed in, language, appearance, sound, shortcuts, and the way out. */
export function AccountMenu() {
  const { state, desk, t, preferences, prefer } = useApp();
  const { me } = state;
  const name = state.desk.agent?.name || me?.subject || "";
  const themes: Theme[] = ["auto", "light", "dark"];
  return (
    <Menu button={<Avatar name={name} id={me?.subject ?? ""} />} label={t("menu.account")} buttonClass="account">
      {(close) => (
        <>
          <div class="account-who">
            <strong class="ellipsis">{name}</strong>
            <span class="faint">{me?.role === "supervisor" ? t("role.supervisor") : t("role.agent")}</span>
          </div>
          <hr class="menu-line" />
          <p class="label menu-label">{t("menu.language")}</p>
          {(Object.keys(catalogues) as Language[]).map((language) => (
            <MenuItem key={language} checked={preferences.language === language} onChoose={() => prefer({ language })}>
              {languageNames[language]}
            </MenuItem>
          ))}
          <p class="label menu-label">{t("menu.theme")}</p>
          {themes.map((theme) => (
            <MenuItem key={theme} checked={preferences.theme === theme} onChoose={() => prefer({ theme })}>
              {t(`menu.theme.${theme}`)}
            </MenuItem>
          ))}
          <p class="label menu-label">{t("menu.sound")}</p>
          {([true, false] as const).map((sound) => (
            <MenuItem key={String(sound)} checked={preferences.sound === sound} onChoose={() => prefer({ sound })}>
              {t(sound ? "menu.sound.on" : "menu.sound.off")}
            </MenuItem>
          ))}
          <hr class="menu-line" />
          <MenuItem
            onChoose={() => {
              close();
              desk.store.dispatch({ kind: "dialog", dialog: { kind: "shortcuts" } });
            }}
          >
            {t("menu.shortcuts")}
          </MenuItem>
          <MenuItem tone="bad" onChoose={() => void desk.signOut()}>{t("menu.signout")}</MenuItem>
        </>
      )}
    </Menu>
  );
}
