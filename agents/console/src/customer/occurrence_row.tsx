// SPDX-License-Identifier: Apache-2.0
import type { ComponentChildren } from "preact";
import { type AppContext, useApp } from "../app/context";
import { dateAndTime, dayName, fullDate } from "../parts/dates";
import { Icon, type IconName } from "../parts/icon";
import { safeLink } from "../parts/safe_link";
import { clockText } from "../state/time";
import type { TimelineEntry } from "../wire/usher/context/v1/customer";
import { fieldName } from "./field_name";
import "./occurrence_row.css";

interface Told {
  icon: IconName;
  tone?: "good" | "warn" | "bad";
  title: string;
  /** More of it, in the words of who did it. */
  detail?: string;
  by?: string;
  more?: ComponentChildren;
}

/** Of what became of a mail. */
const fateTones: Record<string, Told["tone"]> = { "mail.deferred": "warn", "mail.failed": "bad", "mail.unknown": "warn" };

/** Something in the history that is neither a contact nor a note. */
export function OccurrenceRow({ entry }: { entry: TimelineEntry }) {
  const app = useApp();
  const { desk, t } = app;
  const told = tell(entry, app);
  return (
    <div class="history-row">
      <span class={`history-sign ${told.tone ?? ""}`}><Icon name={told.icon} size={16} /></span>
      <div class="occurrence">
        <p class="past-line">
          <strong dir="auto">{told.title}</strong>
          <span class="faint past-date" title={fullDate(entry.at, t.locale)}>{dayName(entry.at, Date.now(), t.locale)}</span>
        </p>
        {(told.detail || told.by) && (
          <p class="faint" dir="auto">{[told.detail, told.by && desk.nameOfAgent(told.by)].filter(Boolean).join(" · ")}</p>
        )}
        {told.more}
      </div>
    </div>
  );
}

function tell(entry: TimelineEntry, app: AppContext): Told {
  const { caseChanged, promise, profile, outside, merged } = entry;
  const { state, t } = app;
  if (caseChanged) {
    const change = t.ifKnown(`case.change.${caseChanged.change}`) ?? t.word(caseChanged.change ?? "");
    const tone = caseChanged.change === "escalated" ? "bad" : caseChanged.change === "resolved" ? "good" : undefined;
    return { icon: "case", tone, title: `${change}: ${caseChanged.subject ?? ""}`, detail: caseChanged.reason, by: caseChanged.by };
  }
  if (promise) {
    const change = t.ifKnown(`promise.change.${promise.change}`) ?? t.word(promise.change ?? "");
    const tones: Record<string, Told["tone"]> = { missed: "bad", "due-soon": "warn", kept: "good" };
    const due = t("promise.by", { time: dateAndTime(promise.due, t.locale, state.words.timezone) });
    return { icon: "clock", tone: tones[promise.change ?? ""], title: `${change}: ${promise.text ?? ""}`, detail: due, by: promise.by };
  }
  if (profile) {
    const names = (profile.fields ?? []).map((field) => fieldName(field, state.words.customerFields ?? [], t));
    return { icon: "edit", title: t("history.changed"), detail: names.join(", "), by: profile.by };
  }
  if (merged) {
    return { icon: "merge", title: t(merged.undone ? "history.unmerged" : "history.merged", { id: merged.otherCustomerId ?? "" }), detail: merged.reason, by: merged.by };
  }
  const { source, type, summary, reference, url, data } = outside ?? {};
  if (type === "call.recorded") {
    const seconds = Number(data?.seconds ?? 0);
    return { icon: "voice", title: t("history.recorded"), detail: seconds > 0 ? clockText(seconds * 1_000) : undefined, more: <Outside url={url} data={data} /> };
  }
  const fate = source === "email" ? t.ifKnown(`history.${type}`) : undefined;
  if (fate) {
    const since = data?.since && t("history.mail.since", { time: dateAndTime(data.since, t.locale, state.words.timezone) });
    return { icon: "email", tone: fateTones[type ?? ""], title: fate, detail: [data?.words, since].filter(Boolean).join(" · ") };
  }
  return {
    icon: "globe",
    title: summary || t.word(type ?? ""),
    detail: [source, type, reference].filter(Boolean).join(" · "),
    more: <Outside url={url} data={data} />,
  };
}

function Outside({ url, data }: { url?: string; data?: Record<string, string> }) {
  const { t } = useApp();
  const link = safeLink(url);
  const facts = Object.entries(data ?? {});
  return (
    <>
      {link && <a class="occurrence-link" href={link} target="_blank" rel="noopener noreferrer">{t("history.outside.open")}</a>}
      {facts.length > 0 && (
        <details>
          <summary>{t("customer.attributes")}</summary>
          <dl>
            {facts.map(([name, value]) => (
              <div key={name}>
                <dt>{t.word(name)}</dt>
                <dd dir="auto">{value}</dd>
              </div>
            ))}
          </dl>
        </details>
      )}
    </>
  );
}
