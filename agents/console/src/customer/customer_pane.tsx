// SPDX-License-Identifier: Apache-2.0
import { useId, useState } from "preact/hooks";
import { useApp } from "../app/context";
import { Icon } from "../parts/icon";
import { emptyTimeline, notesOf } from "../state/timeline";
import type { Contact } from "../wire/usher/routing/v1/contact";
import { CustomerCard } from "./customer_card";
import { Details } from "./details";
import { History } from "./history";
import { Notes } from "./notes";
import "./customer_pane.css";

const tabs = ["history", "notes", "details"] as const;
type Tab = (typeof tabs)[number];

/** Who the customer is and everything that came before. */
export function CustomerPane({ contact }: { contact: Contact }) {
  const { state, desk, t } = useApp();
  const [tab, setTab] = useState<Tab>("history");
  const base = useId();
  const customer = state.customers[contact.customerId ?? ""];
  const timeline = state.timelines[contact.customerId ?? ""] ?? emptyTimeline;
  const noteCount = notesOf(timeline.entries).length;

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
      <div class="customer-back only-narrow">
        <button class="button quiet small" type="button" onClick={() => desk.store.dispatch({ kind: "pane", pane: "main" })}>
          <Icon name="back" size={18} />
          {t("common.back")}
        </button>
      </div>
      {customer ? (
        <CustomerCard customer={customer} />
      ) : (
        <p class="empty">{contact.customerId ? t("common.loading") : t("customer.none")}</p>
      )}
      {contact.customerId && (
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
                {one === "notes" && noteCount > 0 && <span class="tab-count number">{noteCount}</span>}
              </button>
            ))}
          </div>
          <div class="customer-panel" id={`${base}-panel`} role="tabpanel" aria-labelledby={`${base}-${tab}`} tabIndex={-1}>
            {tab === "history" && <History timeline={timeline} contact={contact} />}
            {tab === "notes" && <Notes timeline={timeline} contact={contact} />}
            {tab === "details" && <Details contact={contact} customer={customer} />}
          </div>
        </>
      )}
    </div>
  );
}
