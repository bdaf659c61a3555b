// SPDX-License-Identifier: Apache-2.0
import { useApp } from "../app/context";
import { Avatar } from "../parts/avatar";
import { ChannelIcon } from "../parts/channel_icon";
import { dayName } from "../parts/dates";
import { Ring } from "../parts/ring";
import { useNow, useServerNow } from "../parts/use_now";
import { emptyConversation, isTyping, unreadCount } from "../state/conversation";
import { draftSavedAt } from "../state/mail";
import { clockText, remainingMs, remainingShare } from "../state/time";
import type { Contact, Offer } from "../wire/usher/routing/v1/contact";
import "./work_item.css";

/** One contact of the list; with `offer` it is only asked for yet. */
export function WorkItem({ contact, offer }: { contact: Contact; offer?: Offer }) {
  const { state, desk, t } = useApp();
  const name = desk.nameOf(contact);
  const conversation = state.conversations[contact.id ?? ""] ?? emptyConversation;
  const unread = offer ? 0 : unreadCount(conversation);
  const selected = state.selected === contact.id;
  return (
    <li>
      <button
        type="button"
        class={`work-item ${offer ? "offered" : ""} ${unread > 0 ? "unread" : ""}`}
        aria-current={selected ? "true" : undefined}
        onClick={() => desk.store.dispatch({ kind: "select", contactId: contact.id })}
      >
        <span class="work-face">
          <Avatar name={state.customers[contact.customerId ?? ""]?.name ?? ""} id={contact.customerId ?? contact.id ?? ""} />
          <span class="work-channel"><ChannelIcon channel={contact.channel} size={12} /></span>
        </span>
        <span class="work-text">
          <span class="work-name ellipsis">{name}</span>
          <Line contact={contact} />
        </span>
        {offer && <OfferLeft offer={offer} />}
        {contact.state === "STATE_WRAPPING" && <WrapLeft endsAt={contact.wrapUpEndsAt} />}
        {unread > 0 && (
          <span class="work-badge number">
            <span aria-hidden="true">{unread > 99 ? "99+" : unread}</span>
            <span class="sr-only">{t("list.unread", { count: unread })}</span>
          </span>
        )}
      </button>
    </li>
  );
}

/** What was said last, or what it is about. */
function Line({ contact }: { contact: Contact }) {
  const { state, t } = useApp();
  const now = useNow(2000);
  const conversation = state.conversations[contact.id ?? ""] ?? emptyConversation;
  if (isTyping(conversation, now)) {
    return <span class="work-line typing ellipsis">{t("talk.typing", { name: conversation.typing?.name ?? "" }).trim()}</span>;
  }
  const unsent = [...conversation.unsent].reverse().find((message) => !message.internal);
  const last = [...conversation.messages].reverse().find((message) => message.author?.side !== "SIDE_SYSTEM" && !message.internal);
  const own = unsent !== undefined || last?.author?.side === "SIDE_AGENT";
  const text = unsent?.text ?? last?.text ?? contact.subject ?? "";
  const draft = draftSavedAt(state.mails[contact.id ?? ""]);
  return (
    <span class="work-line ellipsis">
      {draft && <span class="work-draft">{t("list.draft", { time: dayName(draft, now, t.locale) })}</span>}
      {own && `${t("talk.you")}: `}
      {text || t.word(contact.queue ?? "")}
    </span>
  );
}

function OfferLeft({ offer }: { offer: Offer }) {
  const now = useServerNow(250);
  const left = remainingMs(offer.deadline, now);
  const share = remainingShare({ from: offer.offeredAt, until: offer.deadline }, now);
  return <Ring share={share} urgent={left < 5000}>{Math.ceil(left / 1000)}</Ring>;
}

function WrapLeft({ endsAt }: { endsAt?: string }) {
  const now = useServerNow();
  return <span class="chip warn number">{clockText(remainingMs(endsAt, now))}</span>;
}
