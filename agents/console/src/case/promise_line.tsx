// SPDX-License-Identifier: Apache-2.0
import { useApp } from "../app/context";
import { dateAndTime, fullDate } from "../parts/dates";
import { Icon, type IconName } from "../parts/icon";
import { useServerNow } from "../parts/use_now";
import { promiseState, type PromiseState } from "../state/case";
import type { Promise as CasePromise } from "../wire/usher/context/v1/case";
import "./promise_line.css";

const icons: Record<PromiseState, IconName> = { open: "clock", "due-soon": "clock", overdue: "alert", kept: "check" };

/** What was promised, by when on the domain's clocks, and how it stands: in words, not by colour alone. */
export function PromiseLine({ promise }: { promise: CasePromise }) {
  const { state, t } = useApp();
  const stands = promiseState(promise, useServerNow(30_000));
  const due = dateAndTime(promise.due, t.locale, state.words.timezone);
  return (
    <p class={`promise ${stands}`}>
      <Icon name={icons[stands]} size={16} />
      <span>
        <strong>{t(`promise.${stands}`)}</strong>
        {": "}
        <span dir="auto">{promise.text}</span>
        {" · "}
        <time dateTime={promise.due} title={fullDate(promise.due, t.locale)}>{t("promise.by", { time: due })}</time>
      </span>
    </p>
  );
}
