// SPDX-License-Identifier: Apache-2.0
import { useApp } from "../app/context";
import { clockText, durationMs } from "../state/time";
import type { Queue } from "../wire/usher/routing/v1/contact";
import { percent } from "./percent";
import "./queue_table.css";

export function QueueTable() {
  const { state, t } = useApp();
  const { queues, loaded } = state.board;
  return (
    <section class="panel">
      <header class="panel-head"><h2>{t("board.queues")}</h2></header>
      <div class="table-scroll">
        <table class="table">
          <thead>
            <tr>
              <th scope="col">{t("board.queue")}</th>
              <th scope="col" class="end">{t("board.waiting")}</th>
              <th scope="col" class="end">{t("board.longest")}</th>
              <th scope="col" class="level-head">{t("board.level")}</th>
              <th scope="col" class="end hide-phone">{t("board.assigned")}</th>
              <th scope="col" class="end hide-phone">{t("board.available")}</th>
            </tr>
          </thead>
          <tbody>{queues.map((queue) => <QueueRow key={queue.id} queue={queue} />)}</tbody>
        </table>
      </div>
      {queues.length === 0 && <p class="empty">{t(loaded ? "board.empty.queues" : "common.loading")}</p>}
    </section>
  );
}

function QueueRow({ queue }: { queue: Queue }) {
  const { t } = useApp();
  const waiting = queue.waiting ?? 0;
  const longest = durationMs(queue.longestWait);
  const nobody = waiting > 0 && (queue.agentsAvailable ?? 0) === 0;
  return (
    <tr>
      <td><strong>{t.word(queue.id ?? "")}</strong></td>
      <td class={`end ${waiting === 0 ? "zero" : nobody ? "late" : ""}`}>{waiting}</td>
      <td class={`end ${longest === undefined ? "zero" : ""}`}>{longest === undefined ? "–" : clockText(longest)}</td>
      <td><Level queue={queue} /></td>
      <td class="end hide-phone">{queue.assigned ?? 0}</td>
      <td class={`end hide-phone ${nobody ? "late" : ""}`}>
        {queue.agentsAvailable ?? 0} / {queue.agentsSignedIn ?? 0}
      </td>
    </tr>
  );
}

const goodLevel = 8000;
const fairLevel = 6000;

function Level({ queue }: { queue: Queue }) {
  const { t } = useApp();
  const accepted = Number(queue.accepted ?? 0);
  if (accepted === 0) return <span class="faint">{t("board.no-data")}</span>;
  const points = queue.serviceLevelBasisPoints ?? 0;
  const tone = points >= goodLevel ? "good" : points >= fairLevel ? "fair" : "poor";
  const text = percent(points, t.locale);
  return (
    <span class={`level ${tone}`} title={t("board.level.of", { percent: text, count: accepted })}>
      <svg viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
        <rect class="level-track" width="100" height="6" rx="3" />
        <rect class="level-fill" width={points / 100} height="6" rx="3" />
      </svg>
      <span class="number">{text}</span>
    </span>
  );
}
