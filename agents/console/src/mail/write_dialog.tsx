// SPDX-License-Identifier: Apache-2.0
import { useEffect, useState } from "preact/hooks";
import { useApp } from "../app/context";
import { Dialog } from "../parts/dialog";
import { Icon } from "../parts/icon";
import { isMailAddress } from "../state/mail";
import type { Queue } from "../wire/usher/routing/v1/contact";

const subjectMax = 120;

/** Begins a conversation by mail; the mail itself is written where all are. */
export function WriteDialog({ to: given = "", customerId }: { to?: string; customerId?: string }) {
  const { state, desk, t } = useApp();
  const [to, setTo] = useState(given);
  const [queue, setQueue] = useState("");
  const [subject, setSubject] = useState("");
  const [busy, setBusy] = useState(false);
  useEffect(() => void desk.readBoard().catch(() => undefined), []);
  const close = () => desk.store.dispatch({ kind: "dialog" });
  const queues = state.board.queues.filter(takesMail);
  const chosen = queue || queues[0]?.id || "";
  const offline = !state.desk.agent || state.desk.agent.presence === "PRESENCE_OFFLINE";
  const address = to.trim();
  const ready = isMailAddress(address) && !offline && !busy;
  const submit = async (event: Event) => {
    event.preventDefault();
    if (!ready) return;
    setBusy(true);
    const done = await desk.mails.start({ to: address, queue: chosen, customerId, subject: subject.trim() });
    setBusy(false);
    if (done) close();
  };
  return (
    <Dialog title={t("write.title")} onClose={close}>
      <form class="dial" onSubmit={(event) => void submit(event)}>
        <label class="field">
          <span>{t("write.to")}</span>
          <input class="input" type="email" data-first={given === "" || undefined} maxLength={254} autoComplete="off" value={to} aria-invalid={address !== "" && !isMailAddress(address)} onInput={(event) => setTo(event.currentTarget.value)} />
        </label>
        <label class="field">
          <span>{t("dial.queue")}</span>
          <select class="input" value={chosen} onChange={(event) => setQueue(event.currentTarget.value)}>
            {queues.map((one) => <option key={one.id} value={one.id}>{t.word(one.id ?? "")}</option>)}
          </select>
        </label>
        <label class="field">
          <span>{t("mail.subject")}</span>
          <input class="input" data-first={given !== "" || undefined} maxLength={subjectMax} value={subject} onInput={(event) => setSubject(event.currentTarget.value)} />
        </label>
        {offline && <p class="soft" role="status">{t("dial.offline")}</p>}
        <div class="dialog-foot">
          <button class="button" type="button" onClick={close}>{t("common.cancel")}</button>
          <button class="button primary" type="submit" disabled={!ready}>
            <Icon name="email" size={18} />
            {t("write.go")}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function takesMail(queue: Queue): boolean {
  const channels = queue.channels ?? [];
  return channels.length === 0 || channels.includes("CHANNEL_EMAIL");
}
