// SPDX-License-Identifier: Apache-2.0
import { useState } from "preact/hooks";
import { useApp } from "../app/context";
import { dayName, fullDate } from "../parts/dates";
import { Icon } from "../parts/icon";
import { itemsOf, type LooseNote, type TimelineState } from "../state/timeline";
import type { Contact } from "../wire/usher/routing/v1/contact";
import { PastContactCard } from "./past_contact_card";
import "./history.css";

/** Every contact that the customer had, newest first, and the notes between them. */
export function History({ timeline, contact }: { timeline: TimelineState; contact: Contact }) {
  const { desk, t } = useApp();
  const [busy, setBusy] = useState(false);
  const items = itemsOf(timeline.entries).filter((item) => item.kind === "note" || item.contactId !== contact.id);
  if (items.length === 0) return <p class="empty">{t(timeline.loaded ? "history.empty" : "common.loading")}</p>;
  const older = async () => {
    setBusy(true);
    await desk.readOlder(contact.customerId ?? "", timeline.nextPage);
    setBusy(false);
  };
  return (
    <>
      <ol class="history">
        {items.map((item) => (
          <li key={item.kind === "note" ? item.id : item.contactId} class="history-item">
            {item.kind === "note" ? <LooseNoteCard note={item} /> : <PastContactCard past={item} customerId={contact.customerId} />}
          </li>
        ))}
      </ol>
      {timeline.nextPage && (
        <button class="button small history-older" type="button" disabled={busy} onClick={() => void older()}>{t("history.older")}</button>
      )}
    </>
  );
}

function LooseNoteCard({ note }: { note: LooseNote }) {
  const { desk, t } = useApp();
  return (
    <div class="history-row">
      <span class="history-sign note"><Icon name="note" size={16} /></span>
      <div class="history-note">
        <p dir="auto">{note.note.text}</p>
        <p class="faint" title={fullDate(note.at, t.locale)}>
          {t("notes.by", { author: desk.nameOfAgent(note.note.author ?? ""), date: dayName(note.at, Date.now(), t.locale) })}
        </p>
      </div>
    </div>
  );
}
