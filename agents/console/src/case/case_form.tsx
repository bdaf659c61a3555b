// SPDX-License-Identifier: Apache-2.0
import { useEffect } from "preact/hooks";
import { useApp } from "../app/context";
import type { Case } from "../wire/usher/context/v1/case";

/** The case of a dialog, as it is now; a dialog whose case is gone closes. */
export function useCase(customerId: string, caseId: string): Case | undefined {
  const { state, desk } = useApp();
  const found = state.cases[customerId]?.cases.find((one) => one.id === caseId);
  const gone = found === undefined;
  useEffect(() => {
    if (gone) desk.store.dispatch({ kind: "dialog" });
  }, [gone]);
  return found;
}

export interface CaseFacts {
  subject: string;
  category: string;
  product: string;
  complaintLevel: number;
}

const levels = [0, 1, 2, 3, 4, 5];

/** What a case is about. */
export function CaseFields({ facts, onChange }: { facts: CaseFacts; onChange(facts: CaseFacts): void }) {
  const { state, t } = useApp();
  const categories = state.words.caseCategories ?? [];
  return (
    <>
      <label class="field">
        <span>{t("case.subject")}</span>
        <input class="input" data-first required maxLength={200} value={facts.subject} onInput={(event) => onChange({ ...facts, subject: event.currentTarget.value })} />
      </label>
      {categories.length > 0 && (
        <label class="field">
          <span>{t("case.category")}</span>
          <select class="input" value={facts.category} onChange={(event) => onChange({ ...facts, category: event.currentTarget.value })}>
            <option value="">{t("common.none")}</option>
            {categories.map((one) => <option key={one} value={one}>{t.word(one)}</option>)}
          </select>
        </label>
      )}
      <label class="field">
        <span>{t("case.product")}</span>
        <input class="input" maxLength={120} value={facts.product} onInput={(event) => onChange({ ...facts, product: event.currentTarget.value })} />
      </label>
      <label class="field">
        <span>{t("case.level")}</span>
        <select class="input" value={String(facts.complaintLevel)} onChange={(event) => onChange({ ...facts, complaintLevel: Number(event.currentTarget.value) })}>
          {levels.map((level) => <option key={level} value={String(level)}>{t(`case.level.${level as 0 | 1 | 2 | 3 | 4 | 5}`)}</option>)}
        </select>
      </label>
    </>
  );
}
