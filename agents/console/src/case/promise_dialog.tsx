// SPDX-License-Identifier: Apache-2.0
import { useState } from "preact/hooks";
import { useApp } from "../app/context";
import type { PromiseBy } from "../app/case_verbs";
import { clockOf } from "../parts/dates";
import { FormDialog } from "../parts/form_dialog";
import { useServerNow } from "../parts/use_now";
import { useCase } from "./case_form";

const dayMs = 86_400_000;
const hoursMax = 500;

/** Promises something by a time on the domain's clocks, or within so many working hours. */
export function PromiseDialog({ customerId, caseId }: { customerId: string; caseId: string }) {
  const { state, desk, t } = useApp();
  const one = useCase(customerId, caseId);
  const zone = state.words.timezone;
  const now = useServerNow(60_000);
  const [text, setText] = useState("");
  const [kind, setKind] = useState<"at" | "within">("at");
  const [at, setAt] = useState(() => `${clockOf(now + dayMs, zone).slice(0, 10)}T18:00`);
  const [hours, setHours] = useState(4);
  if (!one) return null;
  const by: PromiseBy = kind === "at" ? { localTime: at } : { businessHours: hours };
  const good = kind === "at" ? at !== "" : hours > 0 && hours <= hoursMax;
  return (
    <FormDialog title={t("promise.title", { subject: one.subject ?? "" })} go={t("promise.make")} ready={text.trim() !== "" && good} onSubmit={() => desk.cases.promise(one, text.trim(), by)}>
      <label class="field">
        <span>{t("promise.what")}</span>
        <textarea class="input" data-first rows={2} maxLength={1000} value={text} onInput={(event) => setText(event.currentTarget.value)} />
      </label>
      <fieldset>
        <legend class="label">{t("promise.when")}</legend>
        <label class="form-choice">
          <input type="radio" name="when" checked={kind === "at"} onChange={() => setKind("at")} />
          {zone ? t("promise.at.zone", { zone }) : t("promise.at")}
        </label>
        {kind === "at" && (
          <input class="input" type="datetime-local" aria-label={t("promise.at")} min={clockOf(now, zone)} value={at} onInput={(event) => setAt(event.currentTarget.value)} />
        )}
        <label class="form-choice">
          <input type="radio" name="when" checked={kind === "within"} onChange={() => setKind("within")} />
          {t("promise.within")}
        </label>
        {kind === "within" && (
          <input class="input" type="number" min={1} max={hoursMax} step={1} aria-label={t("promise.hours")} value={hours} onInput={(event) => setHours(Number(event.currentTarget.value))} />
        )}
      </fieldset>
      {one.promise && !one.promise.keptAt && <p class="faint">{t("promise.replaces")}</p>}
    </FormDialog>
  );
}
