// SPDX-License-Identifier: Apache-2.0
import { useApp } from "../app/context";
import { usePages } from "../app/use_pages";
import { Dialog } from "../parts/dialog";
import { PagesFoot } from "../parts/pages_foot";
import { noCases, withPage } from "../state/case";
import type { Case } from "../wire/usher/context/v1/case";
import { StatusChip } from "./case_card";
import { PromiseLine } from "./promise_line";
import "./open_cases_dialog.css";

/** What waits for the agent, for supervisors for anybody: the most urgent promise first. */
export function OpenCasesDialog() {
  const { state, desk, t } = useApp();
  const all = state.me?.role === "supervisor";
  const owner = all ? "" : (state.me?.subject ?? "");
  const pages = usePages(owner, (token) => desk.cases.ofOwner(owner, token));
  const { cases } = withPage(noCases, { cases: pages.items }, false);
  return (
    <Dialog title={t(all ? "cases.all" : "cases.mine")} onClose={() => desk.store.dispatch({ kind: "dialog" })}>
      <ul class="open-cases">
        {cases.map((one) => <li key={one.id}><Row one={one} withOwner={all} /></li>)}
      </ul>
      <PagesFoot pages={pages} empty={t("case.none")} />
    </Dialog>
  );
}

function Row({ one, withOwner }: { one: Case; withOwner: boolean }) {
  const { desk, t } = useApp();
  const at = one.owner ? desk.nameOfAgent(one.owner) : t("case.waits", { queue: t.word(one.queue ?? "") });
  const facts = [desk.nameOf({ customerId: one.customerId }), withOwner && at, one.category && t.word(one.category)];
  return (
    <>
      <button class="open-case" type="button" onClick={() => desk.customers.look(one.customerId ?? "")}>
        <span class="case-line">
          <strong dir="auto">{one.subject}</strong>
          <StatusChip one={one} />
        </span>
        <span class="faint">{facts.filter(Boolean).join(" · ")}</span>
      </button>
      {one.promise && !one.promise.keptAt && <PromiseLine promise={one.promise} />}
    </>
  );
}
