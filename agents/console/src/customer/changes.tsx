// SPDX-License-Identifier: Apache-2.0
import { useState } from "preact/hooks";
import { useApp } from "../app/context";
import { usePages } from "../app/use_pages";
import { dateAndTime, fullDate } from "../parts/dates";
import { Icon } from "../parts/icon";
import { PagesFoot } from "../parts/pages_foot";
import { differences } from "../state/record";
import type { Customer, CustomerChange } from "../wire/usher/context/v1/customer";
import { fieldName } from "./field_name";

/** Who changed what, before and after; each can be taken back with one press where that is allowed. */
export function Changes({ customer, mayRevert }: { customer: Customer; mayRevert: boolean }) {
  const { desk, t } = useApp();
  const id = customer.id ?? "";
  // A change that comes in while one looks is in the list at once.
  const pages = usePages(`${id} ${customer.version}`, (token) => desk.customers.changes(id, token));
  return (
    <section class="part">
      <h3 class="label">{t("changes.title")}</h3>
      <ol class="changes">
        {pages.items.map((one) => <ChangeRow key={one.id} change={one} customerId={id} mayRevert={mayRevert} />)}
      </ol>
      <PagesFoot pages={pages} empty={t("changes.none")} />
    </section>
  );
}

function ChangeRow({ change, customerId, mayRevert }: { change: CustomerChange; customerId: string; mayRevert: boolean }) {
  const { state, desk, t } = useApp();
  const [busy, setBusy] = useState(false);
  const rows = differences(change.before, change.after);
  const created = !change.before?.id;
  const revert = async () => {
    setBusy(true);
    if (await desk.customers.revert(customerId, change.id ?? "")) desk.toast("good", t("changes.reverted"));
    setBusy(false);
  };
  const role = change.role && t.ifKnown(`role.${change.role}`);
  return (
    <li class="change">
      <div class="change-head">
        <span>
          <strong>{change.by ? desk.nameOfAgent(change.by) : t("common.system")}</strong>
          {role && <span class="faint"> · {role}</span>}
          <br />
          <span class="faint" title={fullDate(change.at, t.locale)}>{dateAndTime(change.at, t.locale, "")}</span>
        </span>
        {mayRevert && !created && (
          <button class="button small" type="button" disabled={busy} onClick={() => void revert()}>
            <Icon name="undo" size={16} />
            {t("changes.revert")}
          </button>
        )}
      </div>
      {created && <p>{t("changes.created")}</p>}
      {change.reverts && <p class="chip outline">{t("changes.takes.back")}</p>}
      <dl class="change-rows">
        {rows.map((row) => (
          <div key={row.field}>
            <dt>{fieldName(row.field, state.words.customerFields ?? [], t)}</dt>
            <dd dir="auto">
              {row.before && <del><span class="sr-only">{t("changes.before")} </span>{row.before}</del>}
              {row.before && row.after && " → "}
              {row.after && <ins><span class="sr-only">{t("changes.after")} </span>{row.after}</ins>}
            </dd>
          </div>
        ))}
      </dl>
    </li>
  );
}
