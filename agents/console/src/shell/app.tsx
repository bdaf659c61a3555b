// SPDX-License-Identifier: Apache-2.0
import { useEffect, useMemo, useState } from "preact/hooks";
import type { Console } from "../app/console";
import { Context, useApp } from "../app/context";
import { loadPreferences, type Preferences, savePreferences } from "../app/preferences";
import { Board } from "../board/board";
import { EditCaseDialog } from "../case/edit_case_dialog";
import { OpenCaseDialog } from "../case/open_case_dialog";
import { OpenCasesDialog } from "../case/open_cases_dialog";
import { PromiseDialog } from "../case/promise_dialog";
import { ResolveCaseDialog } from "../case/resolve_case_dialog";
import { TransferCaseDialog } from "../case/transfer_case_dialog";
import { DialDialog } from "../call/dial_dialog";
import { CustomerView } from "../customer/customer_view";
import { DeskView } from "../desk/desk_view";
import { CompleteDialog } from "../conversation/complete_dialog";
import { TransferDialog } from "../conversation/transfer_dialog";
import { WriteDialog } from "../mail/write_dialog";
import { Alerts } from "../offer/alerts";
import { Toasts } from "../parts/toasts";
import { PhoneBar } from "../softphone/phone_bar";
import { PhoneDialog } from "../softphone/phone_dialog";
import { SearchDialog } from "../search/search_dialog";
import { textOf } from "../text/catalogue";
import { Banner } from "./banner";
import { Closed } from "./closed";
import { Shortcuts } from "./shortcuts";
import { ShortcutsDialog } from "./shortcuts_dialog";
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
      <Toasts />
    </Context.Provider>
  );
}

/** What fits the state of the session. */
function Screen() {
  const { state, t } = useApp();
  if (state.link.kind === "closed") return <Closed reason={state.link.reason} />;
  if (state.link.kind === "signed-out" || !state.me) return <SignIn />;
  const { dialog } = state;
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
      {dialog?.kind === "transfer" && <TransferDialog contactId={dialog.contactId} />}
      {dialog?.kind === "consult" && <TransferDialog contactId={dialog.contactId} purpose="consult" />}
      {dialog?.kind === "dial" && <DialDialog number={dialog.number} customerId={dialog.customerId} />}
      {dialog?.kind === "write" && <WriteDialog to={dialog.to} customerId={dialog.customerId} />}
      {dialog?.kind === "complete" && <CompleteDialog contactId={dialog.contactId} />}
      {dialog?.kind === "phone" && <PhoneDialog />}
      {dialog?.kind === "shortcuts" && <ShortcutsDialog />}
      {dialog?.kind === "search" && <SearchDialog />}
      {dialog?.kind === "open-cases" && <OpenCasesDialog />}
      {dialog?.kind === "open-case" && <OpenCaseDialog customerId={dialog.customerId} contactId={dialog.contactId} />}
      {dialog?.kind === "edit-case" && <EditCaseDialog customerId={dialog.customerId} caseId={dialog.caseId} />}
      {dialog?.kind === "resolve-case" && <ResolveCaseDialog customerId={dialog.customerId} caseId={dialog.caseId} />}
      {dialog?.kind === "transfer-case" && <TransferCaseDialog customerId={dialog.customerId} caseId={dialog.caseId} />}
      {dialog?.kind === "promise" && <PromiseDialog customerId={dialog.customerId} caseId={dialog.caseId} />}
    </div>
  );
}

function Page() {
  const { state } = useApp();
  if (state.view === "customer" && state.looked) return <CustomerView customerId={state.looked.customerId} />;
  return state.view === "board" ? <Board /> : <DeskView />;
}
