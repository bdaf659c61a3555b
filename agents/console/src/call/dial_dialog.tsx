// SPDX-License-Identifier: Apache-2.0
import { useEffect, useState } from "preact/hooks";
import { useApp } from "../app/context";
import { Dialog } from "../parts/dialog";
import { Icon } from "../parts/icon";
import { isNumber } from "../state/call";
import type { Queue } from "../wire/usher/routing/v1/contact";

const subjectMax = 120;

/** Calls a number for a queue; of a customer where it comes from one. */
export function DialDialog({ number: given = "", customerId }: { number?: string; customerId?: string }) {
  const { state, desk, t } = useApp();
  const [number, setNumber] = useState(given);
  const [queue, setQueue] = useState("");
  const [subject, setSubject] = useState("");
  const [busy, setBusy] = useState(false);
  useEffect(() => void desk.readBoard().catch(() => undefined), []);
  const close = () => desk.store.dispatch({ kind: "dialog" });
  const queues = state.board.queues.filter(takesCalls);
  const chosen = queue || queues[0]?.id || "";
  const offline = !state.desk.agent || state.desk.agent.presence === "PRESENCE_OFFLINE";
  const ready = isNumber(number) && !offline && !busy;

  const submit = async (event: Event) => {
    event.preventDefault();
    if (!ready) return;
    setBusy(true);
    const done = await desk.calls.place({ number: number.trim(), queue: chosen, customerId, subject: subject.trim() });
    setBusy(false);
    if (done) close();
  };
  return (
    <Dialog title={t("dial.title")} onClose={close}>
      <form class="dial" onSubmit={(event) => void submit(event)}>
        <label class="field">
          <span>{t("dial.number")}</span>
          <input class="input" type="tel" data-first maxLength={64} autoComplete="off" value={number} aria-invalid={number !== "" && !isNumber(number)} onInput={(event) => setNumber(event.currentTarget.value)} />
        </label>
        <label class="field">
          <span>{t("dial.queue")}</span>
          <select class="input" value={chosen} onChange={(event) => setQueue(event.currentTarget.value)}>
            {queues.map((one) => <option key={one.id} value={one.id}>{t.word(one.id ?? "")}</option>)}
          </select>
        </label>
        <label class="field">
          <span>{t("dial.subject")}</span>
          <input class="input" maxLength={subjectMax} value={subject} onInput={(event) => setSubject(event.currentTarget.value)} />
        </label>
        {offline && <p class="soft" role="status">{t("dial.offline")}</p>}
        <div class="dialog-foot">
          <button class="button" type="button" onClick={close}>{t("common.cancel")}</button>
          <button class="button primary" type="submit" disabled={!ready}>
            <Icon name="voice" size={18} />
            {t("dial.go")}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function takesCalls(queue: Queue): boolean {
  const channels = queue.channels ?? [];
  return channels.length === 0 || channels.includes("CHANNEL_VOICE");
}
