// SPDX-License-Identifier: Apache-2.0
import { useState } from "preact/hooks";
import { useApp } from "../app/context";
import { usePages } from "../app/use_pages";
import { PagesFoot } from "../parts/pages_foot";
import type { Duplicate } from "../wire/usher/context/v1/context_service";
import { ReasonForm } from "./reason_form";

/** Records that may be the same customer's, with what speaks for it. Nothing is merged by guess. */
export function Duplicates({ customerId, mayMerge }: { customerId: string; mayMerge: boolean }) {
  const { desk, t } = useApp();
  const pages = usePages(customerId, () => desk.customers.duplicates(customerId));
  return (
    <section class="part">
      <h3 class="label">{t("duplicates.title")}</h3>
      <ul class="duplicate-list">
        {pages.items.map((one) => (
          <li key={one.customer?.id} class="duplicate">
            <DuplicateRow one={one} customerId={customerId} mayMerge={mayMerge} onMerged={pages.again} />
          </li>
        ))}
      </ul>
      <PagesFoot pages={pages} empty={t("duplicates.none")} />
    </section>
  );
}

interface RowProps {
  one: Duplicate;
  customerId: string;
  mayMerge: boolean;
  onMerged(): void;
}

function DuplicateRow({ one, customerId, mayMerge, onMerged }: RowProps) {
  const { desk, t } = useApp();
  const [merging, setMerging] = useState(false);
  const other = one.customer ?? {};
  const merge = async (reason: string) => {
    const done = await desk.customers.merge(customerId, other.id ?? "", reason);
    if (!done) return;
    desk.toast("good", t("duplicates.merged"));
    onMerged();
  };
  return (
    <>
      <strong>{other.name || desk.nameOf({ customerId: other.id })}</strong>
      <ul aria-label={t("duplicates.evidence")}>
        {(one.evidence ?? []).map((evidence) => <li key={evidence.text}>{evidence.text}</li>)}
      </ul>
      {merging ? (
        <ReasonForm label={t("duplicates.reason")} go={t("duplicates.merge")} onGo={merge} onCancel={() => setMerging(false)} />
      ) : (
        <div class="duplicate-actions">
          <button class="button small" type="button" onClick={() => desk.customers.look(other.id ?? "")}>{t("duplicates.look")}</button>
          {mayMerge && <button class="button small" type="button" onClick={() => setMerging(true)}>{t("duplicates.merge")}</button>}
        </div>
      )}
    </>
  );
}
