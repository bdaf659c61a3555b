// SPDX-License-Identifier: Apache-2.0
import { useApp } from "../app/context";
import { Avatar } from "../parts/avatar";
import { OfferActions } from "./offer_actions";
import { OfferClock } from "./offer_clock";
import "./offer_bar.css";

/** The first offer above a conversation that goes on: it does not take the screen away. */
export function OfferBar() {
  const { state, desk, t } = useApp();
  const first = state.desk.offers[0];
  if (!first?.offer || !first.contact) return null;
  const { contact, offer } = first;
  const name = desk.nameOf(contact);
  return (
    <aside class="offer-bar" aria-label={t("offer.label", { name })}>
      <OfferClock offer={offer} />
      <Avatar name={state.customers[contact.customerId ?? ""]?.name ?? ""} id={contact.customerId ?? contact.id ?? ""} />
      <div class="offer-bar-text">
        <strong class="ellipsis">{name}</strong>
        <span class="ellipsis">
          {contact.subject || t("offer.in", { channel: t(`channel.${contact.channel ?? "CHANNEL_UNSPECIFIED"}`), queue: t.word(contact.queue ?? "") })}
        </span>
      </div>
      <button class="button small quiet" type="button" onClick={() => desk.store.dispatch({ kind: "select", contactId: contact.id })}>
        {t("offer.look")}
      </button>
      <OfferActions key={offer.id} offer={offer} />
    </aside>
  );
}
