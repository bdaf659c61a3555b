// SPDX-License-Identifier: Apache-2.0
import { useApp } from "../app/context";
import { ConversationView } from "../conversation/conversation_view";
import { CustomerPane } from "../customer/customer_pane";
import { OfferBar } from "../offer/offer_bar";
import { OfferView } from "../offer/offer_view";
import { Idle } from "./idle";
import { WorkList } from "./work_list";
import "./desk_view.css";

/** The agent's desk: the list, what is shown of it, and the customer. */
export function DeskView() {
  const { state, t } = useApp();
  const { desk, shown, pane } = state;
  const offered = desk.offers.find((one) => one.contact?.id === shown?.id);
  const empty = desk.offers.length + desk.contacts.length === 0 && !shown;
  return (
    <div class={`desk pane-${empty ? "main" : pane}`}>
      <nav class="desk-list" aria-label={t("list.label")}>
        <WorkList />
      </nav>
      <section class="desk-main" aria-label={t("pane.main")}>
        {!offered && <OfferBar />}
        {offered ? (
          <OfferView key={offered.offer?.id} offered={offered} />
        ) : shown ? (
          <ConversationView key={shown.id} contact={shown} />
        ) : (
          <Idle />
        )}
      </section>
      {shown && (
        <aside class="desk-customer" aria-label={t("customer.label")}>
          <CustomerPane key={shown.id} customerId={shown.customerId ?? ""} contact={shown} />
        </aside>
      )}
    </div>
  );
}
