// SPDX-License-Identifier: Apache-2.0
import { useApp } from "../app/context";
import { clockText } from "../state/time";
import { percent } from "./percent";
import { summaryOf } from "./summary";
import "./figures.css";

export function Figures() {
  const { state, t } = useApp();
  const { queues, agents, loaded } = state.board;
  const summary = summaryOf(queues, agents);
  const figures: [string, string, string?][] = [
    [t("board.waiting"), String(summary.waiting)],
    [t("board.longest"), clockText(summary.longestWaitMs)],
    [t("board.level"), summary.serviceLevel === undefined ? "–" : percent(summary.serviceLevel, t.locale)],
    [t("board.assigned"), String(summary.assigned)],
    [t("board.available"), String(summary.available), `/ ${summary.signedIn}`],
  ];
  return (
    <dl class="figures">
      {figures.map(([name, value, more]) => (
        <div key={name} class="figure">
          <dt>{name}</dt>
          <dd class="number">
            {loaded ? value : "–"} {loaded && more && <small>{more}</small>}
          </dd>
        </div>
      ))}
    </dl>
  );
}
