// SPDX-License-Identifier: Apache-2.0
import { useState } from "preact/hooks";
import { useApp } from "../app/context";
import { MessageList } from "../conversation/message_list";
import { ChannelIcon } from "../parts/channel_icon";
import { dayName, fullDate, shortDuration } from "../parts/dates";
import { Icon } from "../parts/icon";
import { emptyConversation } from "../state/conversation";
import { durationMs } from "../state/time";
import type { PastContact } from "../state/timeline";
import "./past_contact_card.css";

/** One earlier contact in a line or two; opens to its messages. */
export function PastContactCard({ past, customerId }: { past: PastContact; customerId?: string }) {
  const { state, desk, t } = useApp();
  const [open, setOpen] = useState(false);
  const conversation = state.conversations[past.contactId] ?? emptyConversation;
  const toggle = () => {
    setOpen(!open);
    if (!open && !conversation.loaded) void desk.readConversation(past.contactId);
  };
  const outcome = past.disposition || past.outcome;
  const waited = durationMs(past.waited) ?? 0;
  const facts = [
    past.agents.length > 0 && t("history.with", { agents: past.agents.map((id) => desk.nameOfAgent(id)).join(", ") }),
    waited > 0 && t("offer.waited", { time: shortDuration(waited, t.locale) }),
    past.transfers > 0 && t("history.transfers", { count: past.transfers }),
  ].filter(Boolean);
  return (
    <article class="past">
      <button class="past-head history-row" type="button" aria-expanded={open} title={t(open ? "history.shut" : "history.open")} onClick={toggle}>
        <span class="history-sign"><ChannelIcon channel={past.channel} size={16} /></span>
        <span class="past-text">
          <span class="past-line">
            <strong class="ellipsis">{past.subject || t.word(past.queue) || t(`channel.${past.channel ?? "CHANNEL_UNSPECIFIED"}`)}</strong>
            <span class="faint past-date" title={fullDate(past.at, t.locale)}>{dayName(past.at, Date.now(), t.locale)}</span>
          </span>
          <span class="past-line">
            <span class="faint ellipsis">{facts.join(" · ") || t(`channel.${past.channel ?? "CHANNEL_UNSPECIFIED"}`)}</span>
            {outcome ? (
              <span class={`chip ${past.outcome === "completed" ? "" : "warn"}`}>{t.word(outcome)}</span>
            ) : (
              <span class="chip accent">{t("history.now")}</span>
            )}
          </span>
        </span>
        <span class={`past-arrow ${open ? "open" : ""}`}><Icon name="right" size={16} /></span>
      </button>
      {past.notes.map((one) => (
        <p key={one.id} class="past-note" dir="auto">
          <Icon name="note" size={14} />
          <span>
            {one.note.text}
            <span class="faint"> — {desk.nameOfAgent(one.note.author ?? "")}</span>
          </span>
        </p>
      ))}
      {open && (
        <div class="past-messages">
          <MessageList conversation={conversation} contact={{ id: past.contactId, customerId }} still />
        </div>
      )}
    </article>
  );
}
