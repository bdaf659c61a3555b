// SPDX-License-Identifier: Apache-2.0
import { useState } from "preact/hooks";
import { useApp } from "../app/context";
import { dayName, fullDate } from "../parts/dates";
import { notesOf, type TimelineState } from "../state/timeline";
import "./notes.css";

const noteLengthMax = 4000;

/** Notes for whoever comes next, newest first, and the field for a new one. */
export function Notes({ timeline, customerId, contactId = "" }: { timeline: TimelineState; customerId: string; contactId?: string }) {
  const { state, desk, t } = useApp();
  const [busy, setBusy] = useState(false);
  const draftKey = `note ${customerId}`;
  const text = state.drafts[draftKey] ?? "";
  const setText = (value: string) => desk.store.dispatch({ kind: "draft", contactId: draftKey, text: value });
  const add = async (event: Event) => {
    event.preventDefault();
    if (text.trim() === "") return;
    setBusy(true);
    if (await desk.addNote(customerId, contactId, text.trim())) setText("");
    setBusy(false);
  };
  const notes = notesOf(timeline.entries);
  return (
    <>
      <form class="notes-form" onSubmit={(event) => void add(event)}>
        <textarea
          id="note"
          class="input"
          rows={3}
          maxLength={noteLengthMax}
          placeholder={t("notes.placeholder")}
          aria-label={t("notes.label")}
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void add(event);
          }}
        />
        <button class="button small primary" type="submit" disabled={busy || text.trim() === ""}>{t("notes.add")}</button>
      </form>
      {notes.length === 0 && <p class="empty">{t("notes.empty")}</p>}
      <ul class="notes">
        {notes.map((entry) => (
          <li key={entry.id} class="notes-one">
            <p dir="auto">{entry.note?.text}</p>
            <p class="faint" title={fullDate(entry.at, t.locale)}>
              {t("notes.by", { author: desk.nameOfAgent(entry.note?.author ?? ""), date: dayName(entry.at, Date.now(), t.locale) })}
            </p>
          </li>
        ))}
      </ul>
    </>
  );
}
