// SPDX-License-Identifier: Apache-2.0
import { useEffect, useState } from "preact/hooks";
import { useApp } from "../app/context";
import { FormDialog } from "../parts/form_dialog";
import type { IconName } from "../parts/icon";
import type { Channel } from "../wire/usher/type/v1/channel";

const subjectMax = 120;

/** What is filled in, trimmed. */
export interface Begun {
  address: string;
  queue: string;
  subject: string;
}

interface Props {
  title: string;
  go: string;
  icon: IconName;
  /** By which it goes: one of the queues that take it is chosen. */
  channel: Channel;
  /** Whom it goes to, and what is known of it. */
  address: { label: string; type: "tel" | "email"; max: number; given: string; isGood(text: string): boolean };
  subjectLabel: string;
  /** True closes the dialog. */
  onBegin(begun: Begun): Promise<boolean>;
}

/** Begins a contact with somebody, for a queue. */
export function BeginDialog({ title, go, icon, channel, address: { label, type, max, given, isGood }, subjectLabel, onBegin }: Props) {
  const { state, desk, t } = useApp();
  const [typed, setTyped] = useState(given);
  const [chosen, setChosen] = useState("");
  const [subject, setSubject] = useState("");
  useEffect(() => void desk.readBoard().catch(() => undefined), []);
  const queues = state.board.queues.filter(({ channels = [] }) => channels.length === 0 || channels.includes(channel));
  const queue = chosen || queues[0]?.id || "";
  const offline = !state.desk.agent || state.desk.agent.presence === "PRESENCE_OFFLINE";
  const address = typed.trim();
  const good = isGood(address);
  return (
    <FormDialog title={title} go={go} icon={icon} ready={good && queue !== "" && !offline} onSubmit={() => onBegin({ address, queue, subject: subject.trim() })}>
      <label class="field">
        <span>{label}</span>
        <input class="input" type={type} data-first={given === "" || undefined} maxLength={max} autoComplete="off" value={typed} aria-invalid={address !== "" && !good} onInput={(event) => setTyped(event.currentTarget.value)} />
      </label>
      <label class="field">
        <span>{t("begin.queue")}</span>
        <select class="input" value={queue} onChange={(event) => setChosen(event.currentTarget.value)}>
          {queues.map((one) => <option key={one.id} value={one.id}>{t.word(one.id ?? "")}</option>)}
        </select>
      </label>
      <label class="field">
        <span>{subjectLabel}</span>
        <input class="input" data-first={given !== "" || undefined} maxLength={subjectMax} value={subject} onInput={(event) => setSubject(event.currentTarget.value)} />
      </label>
      {offline && <p class="soft" role="status">{t("begin.offline")}</p>}
      {state.board.loaded && queues.length === 0 && <p class="soft" role="status">{t("begin.queue.none")}</p>}
    </FormDialog>
  );
}
