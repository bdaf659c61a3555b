// SPDX-License-Identifier: Apache-2.0
import { useEffect, useRef } from "preact/hooks";
import { useApp } from "../app/context";
import { MessageList } from "../conversation/message_list";
import { Avatar } from "../parts/avatar";
import { ChannelIcon } from "../parts/channel_icon";
import { dayName, shortDuration } from "../parts/dates";
import { Icon } from "../parts/icon";
import { emptyConversation } from "../state/conversation";
import { durationMs } from "../state/time";
import { contactBefore } from "../state/timeline";
import type { OfferedContact } from "../wire/usher/agents/v1/agent";
import type { Contact } from "../wire/usher/routing/v1/contact";
import { OfferActions } from "./offer_actions";
import { OfferClock } from "./offer_clock";
import { WholePicture } from "./whole_picture";
import "./offer_view.css";

/** An offer: who it is, what they want and what came before, before the agent says yes. */
export function OfferView({ offered }: { offered: OfferedContact }) {
  const { state, desk, t } = useApp();
  const contact = offered.contact ?? {};
  const offer = offered.offer ?? {};
  const customer = state.customers[contact.customerId ?? ""];
  const name = desk.nameOf(contact);
  const box = useRef<HTMLElement>(null);
  useEffect(() => {
    const { activeElement } = document;
    if (!activeElement || activeElement === document.body) box.current?.querySelector<HTMLElement>(".primary")?.focus();
  }, []);
  const waited = durationMs(contact.waited) ?? 0;
  return (
    <article class="offer" ref={box} aria-label={t("offer.label", { name })}>
      <header class="offer-head">
        <button class="button quiet icon only-phone" type="button" aria-label={t("pane.back")} onClick={() => desk.store.dispatch({ kind: "pane", pane: "list" })}>
          <Icon name="back" />
        </button>
        <Avatar name={customer?.name ?? ""} id={contact.customerId ?? contact.id ?? ""} size="large" />
        <div class="offer-who">
          <h2 class="ellipsis">{name}</h2>
          <p class="offer-facts">
            <span class="offer-channel">
              <ChannelIcon channel={contact.channel} size={16} />
              {t("offer.in", { channel: t(`channel.${contact.channel ?? "CHANNEL_UNSPECIFIED"}`), queue: t.word(contact.queue ?? "") })}
            </span>
            {waited > 0 && <span>{t("offer.waited", { time: shortDuration(waited, t.locale) })}</span>}
            {customer && <span>{t("offer.contacts", { count: customer.contacts ?? 1 })}</span>}
          </p>
        </div>
        <OfferClock offer={offer} />
      </header>
      <div class="offer-body" tabIndex={0} role="group" aria-label={t("offer.label", { name })}>
        {contact.subject && <p class="offer-subject">{contact.subject}</p>}
        <Written contact={contact} />
        <WholePicture contact={contact} />
        <Before contact={contact} />
      </div>
      <footer class="offer-foot">
        <OfferActions offer={offer} large />
        <button class="button quiet only-narrow" type="button" onClick={() => desk.store.dispatch({ kind: "pane", pane: "customer" })}>
          <Icon name="user" />
          {t("pane.show.customer")}
        </button>
      </footer>
    </article>
  );
}

/** What the customer has written while waiting. */
function Written({ contact }: { contact: Contact }) {
  const { state, t } = useApp();
  const conversation = state.conversations[contact.id ?? ""];
  if (!conversation || conversation.messages.length === 0) return null;
  return (
    <section class="offer-part">
      <h3 class="label">{t("offer.now")}</h3>
      <MessageList conversation={conversation} contact={contact} still />
    </section>
  );
}

/** The last conversation before this one. */
function Before({ contact }: { contact: Contact }) {
  const { state, desk, t } = useApp();
  const timeline = state.timelines[contact.customerId ?? ""];
  if (!timeline?.loaded) return null;
  const before = contactBefore(timeline.entries, contact.id ?? "");
  if (!before) return <p class="empty">{t("offer.before.none")}</p>;
  const conversation = state.conversations[before.contactId] ?? emptyConversation;
  const date = dayName(before.at, Date.now(), t.locale);
  return (
    <section class="offer-part before">
      <h3 class="label">
        {t("offer.before")} · {before.agents.length > 0 ? t("offer.before.with", { date, agent: before.agents.map((id) => desk.nameOfAgent(id)).join(", ") }) : date}
      </h3>
      <div class="offer-last">
        <p class="offer-last-head">
          <ChannelIcon channel={before.channel} size={16} />
          <strong class="ellipsis">{before.subject || t.word(before.queue)}</strong>
          {before.disposition && <span class="chip">{t.word(before.disposition)}</span>}
        </p>
        <MessageList conversation={conversation} contact={{ id: before.contactId, customerId: contact.customerId }} still />
      </div>
    </section>
  );
}
