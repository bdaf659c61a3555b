// SPDX-License-Identifier: Apache-2.0
import { useState } from "preact/hooks";
import { useApp } from "../app/context";
import { isOpen } from "../state/case";
import type { Dialog } from "../state/state";
import type { Case } from "../wire/usher/context/v1/case";

type CaseDialog = Extract<Dialog, { caseId: string }>["kind"];

/** What can be done with a case as it stands; what the server refuses it says. */
export function CaseActions({ one, contactId, status }: { one: Case; contactId?: string; status: string }) {
  const { state, desk, t } = useApp();
  const [busy, setBusy] = useState(false);
  const ids = { customerId: one.customerId ?? "", caseId: one.id ?? "" };
  const ask = (kind: CaseDialog) => () => desk.store.dispatch({ kind: "dialog", dialog: { kind, ...ids } });
  const act = (verb: () => Promise<boolean>) => async () => {
    setBusy(true);
    await verb();
    setBusy(false);
  };
  const stays = one.escalated && state.me?.role !== "supervisor";
  const link = contactId !== undefined && !(one.contacts ?? []).includes(contactId);
  if (!isOpen(one)) {
    return (
      <div class="case-actions">
        <button class="button small" type="button" disabled={busy} onClick={() => void act(() => desk.cases.update(one, { status: "STATUS_OPEN" }))()}>
          {t("case.reopen")}
        </button>
        {status === "resolved" && (
          <button class="button small" type="button" disabled={busy} onClick={() => void act(() => desk.cases.update(one, { status: "STATUS_CLOSED" }))()}>
            {t("case.close")}
          </button>
        )}
      </div>
    );
  }
  return (
    <div class="case-actions">
      {one.promise && !one.promise.keptAt && (
        <button class="button small soft" type="button" disabled={busy} onClick={() => void act(() => desk.cases.keep(one))()}>
          {t("promise.keep")}
        </button>
      )}
      <button class="button small" type="button" onClick={ask("promise")}>{t("promise.make")}</button>
      <button class="button small" type="button" onClick={ask("resolve-case")}>{t("case.resolve")}</button>
      <button class="button small" type="button" disabled={stays} title={stays ? t("case.escalated.stays") : undefined} onClick={ask("transfer-case")}>
        {t("case.transfer")}
      </button>
      <button class="button small" type="button" onClick={ask("edit-case")}>{t("case.edit")}</button>
      {link && (
        <button class="button small" type="button" disabled={busy} onClick={() => void act(() => desk.cases.update(one, { linkContactId: contactId }))()}>
          {t("case.link")}
        </button>
      )}
    </div>
  );
}
