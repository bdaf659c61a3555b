// SPDX-License-Identifier: Apache-2.0
import { useState } from "preact/hooks";
import { useApp } from "../app/context";
import { dateAndTime, dayName, fullDate } from "../parts/dates";
import { Icon } from "../parts/icon";
import { isOpen, statusWord } from "../state/case";
import type { Case, Hop } from "../wire/usher/context/v1/case";
import { CaseActions } from "./case_actions";
import { PromiseLine } from "./promise_line";
import "./case_card.css";

/** One case in a line or two with its promise; opens to who had it and what can be done. */
export function CaseCard({ one, contactId }: { one: Case; contactId?: string }) {
  const { desk, t } = useApp();
  const [open, setOpen] = useState(false);
  const at = one.owner ? desk.nameOfAgent(one.owner) : t("case.waits", { queue: t.word(one.queue ?? "") });
  return (
    <article class={`case ${isOpen(one) ? "" : "ended"}`}>
      <button class="case-head" type="button" aria-expanded={open} onClick={() => setOpen(!open)}>
        <span class="case-text">
          <span class="case-line">
            <strong dir="auto">{one.subject}</strong>
            <StatusChip one={one} />
          </span>
          <span class="faint">
            {[one.category && t.word(one.category), one.product, at].filter(Boolean).join(" · ")}
          </span>
        </span>
        <span class={`past-arrow ${open ? "open" : ""}`}><Icon name="right" size={16} /></span>
      </button>
      {one.promise && (isOpen(one) || !one.promise.keptAt) && <PromiseLine promise={one.promise} />}
      {open && <Inside one={one} contactId={contactId} />}
    </article>
  );
}

export function StatusChip({ one }: { one: Case }) {
  const { t } = useApp();
  if (one.escalated && isOpen(one)) return <span class="chip bad">{t("case.escalated")}</span>;
  const tone = one.status === "STATUS_OPEN" ? "accent" : one.status === "STATUS_PENDING" ? "warn" : "";
  return <span class={`chip ${tone}`}>{t(`case.status.${one.status ?? "STATUS_UNSPECIFIED"}`)}</span>;
}

function Inside({ one, contactId }: { one: Case; contactId?: string }) {
  const { state, desk, t } = useApp();
  const opened = t("case.opened.by", {
    date: dayName(one.openedAt, Date.now(), t.locale),
    agent: desk.nameOfAgent(one.openedBy ?? ""),
  });
  const { promise } = one;
  const level = one.complaintLevel ?? 0;
  return (
    <div class="case-inside">
      <p class="faint" title={fullDate(one.openedAt, t.locale)}>{opened}</p>
      {level > 0 && <p class="case-complaint"><Icon name="flag" size={14} /> {t("case.complaint", { level })}</p>}
      {one.resolution && <p dir="auto" class="case-resolution">{t("case.resolution")}: {one.resolution}</p>}
      {promise?.keptAt && <p class="faint">{t("promise.kept.at", { date: dateAndTime(promise.keptAt, t.locale, state.words.timezone) })}</p>}
      <Hops hops={one.hops ?? []} />
      <CaseActions one={one} contactId={contactId} status={statusWord(one.status)} />
    </div>
  );
}

/** Everybody who had the case, with the reason that each was given. */
function Hops({ hops }: { hops: Hop[] }) {
  const { desk, t } = useApp();
  if (hops.length === 0) return null;
  return (
    <section>
      <h3 class="label">{t("case.hops")}</h3>
      <ol class="hops">
        {hops.map((hop, index) => (
          <li key={index}>
            <span>
              <strong>{hop.owner ? desk.nameOfAgent(hop.owner) : t("case.waits", { queue: t.word(hop.queue ?? "") })}</strong>
              <span class="faint" title={fullDate(hop.at, t.locale)}>
                {" "}
                {dayName(hop.at, Date.now(), t.locale)}
                {hop.by && hop.by !== hop.owner && ` · ${t("case.hop.by", { agent: desk.nameOfAgent(hop.by) })}`}
              </span>
            </span>
            {hop.reason && <span dir="auto">{hop.reason}</span>}
          </li>
        ))}
      </ol>
    </section>
  );
}
