// SPDX-License-Identifier: Apache-2.0
import { useApp } from "../app/context";
import { takesCalls } from "../call/takes_calls";
import { Icon } from "../parts/icon";
import { takesMail } from "../mail/takes_mail";
import { PhoneButton } from "../softphone/phone_button";
import type { View } from "../state/state";
import { AccountMenu } from "./account_menu";
import { PresenceMenu } from "./presence_menu";
import { Wordmark } from "./wordmark";
import "./top_bar.css";

export function TopBar() {
  const { state, desk, t } = useApp();
  return (
    <header class="top-bar">
      <h1 class="sr-only">
        {t("app.name")}: {t(`view.${state.view}`)}
      </h1>
      <div class="top-bar-start">
        <Wordmark />
        <span class="top-bar-domain ellipsis">{state.me?.domain}</span>
      </div>
      {state.me?.role === "supervisor" && state.desk.agent && <Views />}
      <div class="top-bar-end">
        {takesCalls(state.desk.agent) && (
          <button
            class="button quiet search-button"
            type="button"
            aria-keyshortcuts="Alt+D"
            title={t("dial.title")}
            onClick={() => desk.store.dispatch({ kind: "dialog", dialog: { kind: "dial" } })}
          >
            <Icon name="voice" size={18} />
            <span class="search-button-word">{t("dial.title")}</span>
          </button>
        )}
        {takesMail(state.desk.agent) && (
          <button
            class="button quiet search-button"
            type="button"
            aria-keyshortcuts="Alt+E"
            title={t("write.title")}
            onClick={() => desk.store.dispatch({ kind: "dialog", dialog: { kind: "write" } })}
          >
            <Icon name="email" size={18} />
            <span class="search-button-word">{t("write.title")}</span>
          </button>
        )}
        <button
          class="button quiet search-button"
          type="button"
          aria-keyshortcuts="Alt+O"
          title={t(state.me?.role === "supervisor" ? "cases.all" : "cases.mine")}
          onClick={() => desk.store.dispatch({ kind: "dialog", dialog: { kind: "open-cases" } })}
        >
          <Icon name="case" size={18} />
          <span class="search-button-word">{t(state.me?.role === "supervisor" ? "cases.all" : "cases.mine")}</span>
        </button>
        <button
          class="button quiet search-button"
          type="button"
          aria-keyshortcuts="Alt+K"
          title={t("search.title")}
          onClick={() => desk.store.dispatch({ kind: "dialog", dialog: { kind: "search" } })}
        >
          <Icon name="search" size={18} />
          <span class="search-button-word">{t("search.title")}</span>
        </button>
        <PhoneButton />
        {state.desk.agent && <PresenceMenu />}
        <AccountMenu />
      </div>
      <span class="sr-only" role="status">{state.link.kind === "open" ? t("link.open") : ""}</span>
    </header>
  );
}

function Views() {
  const { state, desk, t } = useApp();
  const views: Exclude<View, "customer">[] = ["desk", "board"];
  return (
    <nav class="views" aria-label={t("board.title")}>
      {views.map((view) => (
        <button
          key={view}
          type="button"
          class="views-one"
          aria-current={state.view === view ? "page" : undefined}
          onClick={() => desk.store.dispatch({ kind: "view", view })}
        >
          {t(`view.${view}`)}
        </button>
      ))}
    </nav>
  );
}
