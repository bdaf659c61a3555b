// SPDX-License-Identifier: Apache-2.0
import { useApp } from "../app/context";
import { usePages } from "../app/use_pages";
import { OfferBar } from "../offer/offer_bar";
import { Failure } from "../parts/failure";
import { Icon } from "../parts/icon";
import { CustomerPane } from "./customer_pane";
import "./customer_view.css";

/** A customer who was looked up, on a page of its own; offers still come in above. */
export function CustomerView({ customerId }: { customerId: string }) {
  const { state, desk, t } = useApp();
  const read = usePages(customerId, async () => {
    await desk.customers.read(customerId);
    return { items: [], next: "" };
  });
  return (
    <section class="lookup" aria-label={t("view.customer")}>
      <OfferBar />
      <div class="lookup-page">
        <button class="button quiet small lookup-back" type="button" onClick={() => desk.store.dispatch({ kind: "look-away" })}>
          <Icon name="back" size={18} />
          {t("lookup.back")}
        </button>
        {read.error && <Failure error={read.error} onRetry={read.again} />}
        {(!read.error || state.customers[customerId]) && <CustomerPane key={customerId} customerId={customerId} />}
      </div>
    </section>
  );
}
