// SPDX-License-Identifier: Apache-2.0
import { useState } from "preact/hooks";
import { useApp } from "../app/context";
import { Icon } from "../parts/icon";
import { useServerNow } from "../parts/use_now";
import { clockText, remainingMs } from "../state/time";
import type { Contact } from "../wire/usher/routing/v1/contact";
import "./wrap_up_bar.css";

const extendMs = 60_000;
const urgentMs = 10_000;

/** After-contact work: what is left of it, a note, more time, or the end. */
export function WrapUpBar({ contact }: { contact: Contact }) {
  const { state, desk, t } = useApp();
  const id = contact.id ?? "";
  const draftKey = `wrap ${id}`;
  const note = state.drafts[draftKey] ?? "";
  const [busy, setBusy] = useState(false);
  const setNote = (text: string) => desk.store.dispatch({ kind: "draft", contactId: draftKey, text });
  const saveNote = async () => {
    if (note.trim() === "" || !contact.customerId) return true;
    const saved = await desk.addNote(contact.customerId, id, note.trim());
    if (saved) setNote("");
    return saved;
  };
  const finish = async () => {
    setBusy(true);
    if (await saveNote()) await desk.endWrapUp(id);
    setBusy(false);
  };
  return (
    <section class="wrap" aria-label={t("wrap.title")}>
      <header class="wrap-head">
        <span class="wrap-title">
          <strong>{t("wrap.title")}</strong>
          <span class="soft">{t("wrap.detail")}</span>
        </span>
        <Left endsAt={contact.wrapUpEndsAt} />
      </header>
      {contact.customerId && (
        <textarea
          class="input"
          data-home
          rows={3}
          value={note}
          placeholder={t("wrap.note")}
          aria-label={t("notes.label")}
          onInput={(event) => setNote(event.currentTarget.value)}
        />
      )}
      <footer class="wrap-foot">
        {contact.disposition && <span class="chip accent">{t.word(contact.disposition)}</span>}
        <button class="button" type="button" onClick={() => void desk.extendWrapUp(id, extendMs)}>
          <Icon name="clock" size={18} />
          {t("wrap.extend")}
        </button>
        <button class="button primary" type="button" disabled={busy} aria-keyshortcuts="Alt+C" onClick={() => void finish()}>
          {t("wrap.finish")}
        </button>
      </footer>
    </section>
  );
}

function Left({ endsAt }: { endsAt?: string }) {
  const { t } = useApp();
  const left = remainingMs(endsAt, useServerNow(500));
  return (
    <span class={`chip number ${left < urgentMs ? "bad" : "warn"}`} role="timer">
      {t("wrap.left", { time: clockText(left) })}
    </span>
  );
}
