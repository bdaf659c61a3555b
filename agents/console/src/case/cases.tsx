// SPDX-License-Identifier: Apache-2.0
import { useState } from "preact/hooks";
import { useApp } from "../app/context";
import { Icon } from "../parts/icon";
import { isOpen, noCases } from "../state/case";
import { CaseCard } from "./case_card";
import "./cases.css";

/** The customer's cases, those that wait for something first. */
export function Cases({ customerId, contactId }: { customerId: string; contactId?: string }) {
  const { state, desk, t } = useApp();
  const [ended, setEnded] = useState(false);
  const list = state.cases[customerId] ?? noCases;
  const open = list.cases.filter(isOpen);
  const over = list.cases.filter((one) => !isOpen(one));
  return (
    <>
      <button
        class="button small soft cases-open"
        type="button"
        onClick={() => desk.store.dispatch({ kind: "dialog", dialog: { kind: "open-case", customerId, contactId } })}
      >
        <Icon name="case" size={16} />
        {t("case.open")}
      </button>
      {open.length === 0 && <p class="empty">{t(list.loaded ? "case.none" : "case.unread")}</p>}
      <ul class="cases">
        {open.map((one) => (
          <li key={one.id}><CaseCard one={one} contactId={contactId} /></li>
        ))}
      </ul>
      {over.length > 0 && (
        <button class="button small quiet" type="button" aria-expanded={ended} onClick={() => setEnded(!ended)}>
          {t("case.ended", { count: over.length })}
        </button>
      )}
      {ended && (
        <ul class="cases">
          {over.map((one) => (
            <li key={one.id}><CaseCard one={one} contactId={contactId} /></li>
          ))}
        </ul>
      )}
      {ended && list.nextPage && (
        <button class="button small pages-older" type="button" onClick={() => void desk.readCases(customerId, list.nextPage)}>
          {t("history.older")}
        </button>
      )}
    </>
  );
}
