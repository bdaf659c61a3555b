// SPDX-License-Identifier: Apache-2.0
import { useState } from "preact/hooks";
import { useApp } from "../app/context";
import { usePages } from "../app/use_pages";
import { dayName, fullDate } from "../parts/dates";
import { Icon } from "../parts/icon";
import { PagesFoot } from "../parts/pages_foot";
import { emptyTimeline, everything, fits, itemsOf, type LooseNote, type TimelineFilter, type TimelineItem, type TimelineState, withEntries } from "../state/timeline";
import { HistoryFilter } from "./history_filter";
import { OccurrenceRow } from "./occurrence_row";
import { PastContactCard } from "./past_contact_card";
import { SaidSearch } from "./said_search";
import "./history.css";

interface Props {
  timeline: TimelineState;
  customerId: string;
  /** The contact that is on show, which is no past one. */
  contactId?: string;
}

/** Everything that happened with the customer, newest first and as it happens; narrowed down or searched. */
export function History({ timeline, customerId, contactId }: Props) {
  const [filter, setFilter] = useState<TimelineFilter>(everything);
  const [said, setSaid] = useState("");
  const narrowed = filter.group !== "all" || filter.channel !== "CHANNEL_UNSPECIFIED";
  return (
    <>
      <HistoryFilter filter={filter} onChange={setFilter} said={said} onSearch={setSaid} />
      {said !== "" ? (
        <SaidSearch customerId={customerId} query={said} />
      ) : narrowed ? (
        <Narrowed key={`${customerId} ${filter.group} ${filter.channel}`} filter={filter} timeline={timeline} customerId={customerId} contactId={contactId} />
      ) : (
        <All timeline={timeline} customerId={customerId} contactId={contactId} />
      )}
    </>
  );
}

function All({ timeline, customerId, contactId }: Props) {
  const { desk, t } = useApp();
  const [busy, setBusy] = useState(false);
  const items = pastOf(itemsOf(timeline.entries), contactId);
  if (items.length === 0) return <p class="empty">{t(timeline.loaded ? "history.empty" : "common.loading")}</p>;
  const older = async () => {
    setBusy(true);
    await desk.readOlder(customerId, timeline.nextPage);
    setBusy(false);
  };
  return (
    <>
      <Items items={items} customerId={customerId} />
      {timeline.nextPage && (
        <button class="button small pages-older" type="button" disabled={busy} onClick={() => void older()}>{t("history.older")}</button>
      )}
    </>
  );
}

/** What the server finds of some kinds and a channel, with what comes in meanwhile. */
function Narrowed({ filter, timeline, customerId, contactId }: Props & { filter: TimelineFilter }) {
  const { desk, t } = useApp();
  const pages = usePages(`${customerId} ${filter.group} ${filter.channel}`, async (token) => {
    const { entries = [], page } = await desk.customers.timeline(customerId, filter, token);
    return { items: entries, next: page?.nextPageToken ?? "" };
  });
  const known = timeline.entries.filter((entry) => fits(entry, filter));
  const { entries } = withEntries(withEntries(emptyTimeline, pages.items), known);
  const items = pastOf(itemsOf(entries), contactId);
  return (
    <>
      <Items items={items} customerId={customerId} />
      {(items.length === 0 || pages.more || pages.error) && <PagesFoot pages={pages} empty={t("history.none")} />}
    </>
  );
}

function pastOf(items: TimelineItem[], contactId: string | undefined): TimelineItem[] {
  return items.filter((item) => item.kind !== "contact" || item.contactId !== contactId);
}

function Items({ items, customerId }: { items: TimelineItem[]; customerId: string }) {
  return (
    <ol class="history">
      {items.map((item) => (
        <li key={item.kind === "contact" ? item.contactId : item.id} class="history-item">
          {item.kind === "note" && <LooseNoteCard note={item} />}
          {item.kind === "contact" && <PastContactCard past={item} customerId={customerId} />}
          {item.kind === "occurrence" && <OccurrenceRow entry={item.entry} />}
        </li>
      ))}
    </ol>
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
