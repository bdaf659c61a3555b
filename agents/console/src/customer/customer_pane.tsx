// SPDX-License-Identifier: Apache-2.0
import { useId, useState } from "preact/hooks";
import { useApp } from "../app/context";
import { Cases } from "../case/cases";
import { Icon } from "../parts/icon";
import { openCases, promiseState } from "../state/case";
import { emptyTimeline, notesOf } from "../state/timeline";
import { useServerNow } from "../parts/use_now";
import type { Contact } from "../wire/usher/routing/v1/contact";
import { CustomerCard } from "./customer_card";
import { History } from "./history";
import { Notes } from "./notes";
import { ProfileTab } from "./profile_tab";
import { RecordTab } from "./record_tab";
import "./customer_pane.css";

const tabs = ["history", "cases", "notes", "profile", "record"] as const;
type Tab = (typeof tabs)[number];

/** Who the customer is and everything that came before; with a contact, what it is about as well. */
export function CustomerPane({ customerId, contact }: { customerId: string; contact?: Contact }) {
  const { state, desk, t } = useApp();
  const [tab, setTab] = useState<Tab>("history");
  const base = useId();
  const customer = state.customers[customerId];
  const timeline = state.timelines[customerId] ?? emptyTimeline;

  const onKeyDown = (event: KeyboardEvent) => {
    const by = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (by === 0) return;
    event.preventDefault();
    const next = tabs[(tabs.indexOf(tab) + by + tabs.length) % tabs.length] ?? "history";
    setTab(next);
    document.getElementById(`${base}-${next}`)?.focus();
  };

  return (
    <div class="customer">
      {contact && (
        <div class="customer-back only-narrow">
          <button class="button quiet small" type="button" onClick={() => desk.store.dispatch({ kind: "pane", pane: "main" })}>
            <Icon name="back" size={18} />
            {t("common.back")}
          </button>
        </div>
      )}
      {customer ? <CustomerCard customer={customer} /> : <p class="empty">{t(customerId ? "common.loading" : "customer.none")}</p>}
      {customerId && (
        <>
          <div class="tabs" role="tablist" aria-label={t("customer.label")} onKeyDown={onKeyDown}>
            {tabs.map((one) => (
              <button
                key={one}
                id={`${base}-${one}`}
                type="button"
                class="tab"
                role="tab"
                aria-selected={tab === one}
                aria-controls={`${base}-panel`}
                tabIndex={tab === one ? 0 : -1}
                onClick={() => setTab(one)}
              >
                {t(`tab.${one}`)}
                <TabCount tab={one} customerId={customerId} />
              </button>
            ))}
          </div>
          <div class="customer-panel" id={`${base}-panel`} role="tabpanel" aria-labelledby={`${base}-${tab}`} tabIndex={-1}>
            {tab === "history" && <History timeline={timeline} customerId={customerId} contactId={contact?.id} />}
            {tab === "cases" && <Cases customerId={customerId} contactId={contact?.id} />}
            {tab === "notes" && <Notes timeline={timeline} customerId={customerId} contactId={contact?.id} />}
            {tab === "profile" && <ProfileTab customer={customer} contact={contact} />}
            {tab === "record" && customer && <RecordTab customer={customer} />}
          </div>
        </>
      )}
    </div>
  );
}

/** How much there is behind a tab; red where a promise is overdue. */
function TabCount({ tab, customerId }: { tab: Tab; customerId: string }) {
  const { state, t } = useApp();
  const now = useServerNow(30_000);
  if (tab === "cases") {
    const open = openCases(state.cases[customerId]);
    const late = open.some((one) => one.promise && promiseState(one.promise, now) === "overdue");
    if (open.length === 0) return null;
    return (
      <span class={`tab-count number ${late ? "bad" : ""}`}>
        {open.length}
        {late && <span class="sr-only"> {t("promise.overdue")}</span>}
      </span>
    );
  }
  const notes = tab === "notes" ? notesOf(state.timelines[customerId]?.entries ?? []).length : 0;
  return notes > 0 ? <span class="tab-count number">{notes}</span> : null;
}
