// SPDX-License-Identifier: Apache-2.0
import { useEffect, useMemo, useState } from "preact/hooks";
import type { Console } from "../app/console";
import { Context, useApp } from "../app/context";
import { loadPreferences, type Preferences, savePreferences } from "../app/preferences";
import { Board } from "../board/board";
import { CustomerView } from "../customer/customer_view";
import { DeskView } from "../desk/desk_view";
import { Alerts } from "../offer/alerts";
import { Toasts } from "../parts/toasts";
import { PhoneBar } from "../softphone/phone_bar";
import { textOf } from "../text/catalogue";
import { Banner } from "./banner";
import { Closed } from "./closed";
import { OpenDialog } from "./dialogs";
import { Shortcuts } from "./shortcuts";
import { SignIn } from "./sign_in";
import { TopBar } from "./top_bar";
import "./app.css";

export function App({ desk }: { desk: Console }) {
  const [state, setState] = useState(desk.store.state);
  const [preferences, setPreferences] = useState(loadPreferences);
  const t = useMemo(() => textOf(preferences.language), [preferences.language]);
  useEffect(() => {
    setState(desk.store.state);
    return desk.store.subscribe(() => setState(desk.store.state));
  }, [desk]);
  useEffect(() => {
    document.documentElement.lang = t.locale;
    document.documentElement.dataset.theme = preferences.theme;
  }, [t, preferences.theme]);
  const prefer = (change: Partial<Preferences>) => {
    const next = { ...preferences, ...change };
    savePreferences(next);
    setPreferences(next);
  };
  const app = { state, desk, t, preferences, prefer };
  return (
    <Context.Provider value={app}>
      <Screen />
    </Context.Provider>
  );
}

/** What fits the state of the session. */
function Screen() {
  const { state, t } = useApp();
  const { link, dialog } = state;
  if (link.kind === "closed") return <><Closed reason={link.reason} /><Toasts /></>;
  if (link.kind === "signed-out" || !state.me) return <><SignIn /><Toasts /></>;
  return (
    <div class="app">
      <a class="skip" href="#main">{t("app.skip")}</a>
      <TopBar />
      <Banner />
      <PhoneBar />
      <main id="main" class="app-main" tabIndex={-1}>
        <Page />
      </main>
      <Alerts />
      <Shortcuts />
      {/* Nothing is heard or pressed outside of a dialog while it is open. */}
      {dialog ? <OpenDialog dialog={dialog} /> : <Toasts />}
    </div>
  );
}

function Page() {
  const { state } = useApp();
  if (state.view === "customer" && state.looked) return <CustomerView customerId={state.looked.customerId} />;
  return state.view === "board" ? <Board /> : <DeskView />;
}
