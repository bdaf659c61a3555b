// SPDX-License-Identifier: Apache-2.0
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { useApp } from "../app/context";
import { Dialog } from "../parts/dialog";
import type { Case } from "../wire/usher/context/v1/case";
import "./case_form.css";

interface Props {
  title: string;
  /** What the button says. */
  go: string;
  /** Whether what is filled in can be sent. */
  ready?: boolean;
  /** Sends it; true closes the dialog. */
  onSubmit(): Promise<boolean>;
  children: ComponentChildren;
}

/** A dialog with a form that is sent once and stays open when it was refused. */
export function FormDialog({ title, go, ready = true, onSubmit, children }: Props) {
  const { desk, t } = useApp();
  const [busy, setBusy] = useState(false);
  const close = () => desk.store.dispatch({ kind: "dialog" });
  const submit = async (event: Event) => {
    event.preventDefault();
    if (busy || !ready) return;
    setBusy(true);
    const done = await onSubmit();
    setBusy(false);
    if (done) close();
  };
  return (
    <Dialog title={title} onClose={close}>
      <form class="form" onSubmit={(event) => void submit(event)}>
        {children}
        <footer class="dialog-foot">
          <button class="button" type="button" onClick={close}>{t("common.cancel")}</button>
          <button class="button primary" type="submit" disabled={busy || !ready}>{go}</button>
        </footer>
      </form>
    </Dialog>
  );
}

/** The case of a dialog, as it is now. */
export function useCase(customerId: string, caseId: string): Case | undefined {
  const { state } = useApp();
  return state.cases[customerId]?.cases.find((one) => one.id === caseId);
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
