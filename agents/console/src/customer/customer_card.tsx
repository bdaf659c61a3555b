// SPDX-License-Identifier: Apache-2.0
import { useState } from "preact/hooks";
import { useApp } from "../app/context";
import { Avatar } from "../parts/avatar";
import { dayName } from "../parts/dates";
import { Icon } from "../parts/icon";
import type { Customer } from "../wire/usher/context/v1/customer";
import { Identities } from "./identities";
import { languageName } from "./language_name";
import { NameEdit } from "./name_edit";
import { Tags } from "./tags";
import "./customer_card.css";

export function CustomerCard({ customer }: { customer: Customer }) {
  const { desk, t } = useApp();
  const [editing, setEditing] = useState(false);
  const name = customer.name || desk.nameOf({ customerId: customer.id });
  const language = languageName(customer.language, t.locale);
  return (
    <section class="card">
      <div class="card-head">
        <Avatar name={customer.name ?? ""} id={customer.id ?? ""} size="large" />
        <div class="card-who">
          {editing ? (
            <NameEdit customer={customer} onDone={() => setEditing(false)} />
          ) : (
            <h2 class="card-name">
              <span>{name}</span>
              <button class="button quiet icon small" type="button" aria-label={t("customer.edit")} onClick={() => setEditing(true)}>
                <Icon name="edit" size={16} />
              </button>
            </h2>
          )}
          <p class="card-facts">
            {customer.tier && <span class={`chip tier ${customer.tier}`} aria-label={t("customer.tier", { tier: t.word(customer.tier) })}>{t.word(customer.tier)}</span>}
            {customer.type && customer.type !== "CUSTOMER_TYPE_UNSPECIFIED" && <span class="chip outline">{t(`customer.type.${customer.type}`)}</span>}
            {customer.stage && customer.stage !== "SALE_STAGE_UNSPECIFIED" && <span class="chip outline">{t(`customer.stage.${customer.stage}`)}</span>}
            {language && <span class="chip outline" title={t("customer.language", { language })}>{language}</span>}
            {(customer.contacts ?? 0) > 0 && <span class="faint">{t("offer.contacts", { count: customer.contacts ?? 0 })}</span>}
          </p>
        </div>
      </div>
      <Identities identities={customer.identities ?? []} customerId={customer.id} />
      <Tags customer={customer} />
      <p class="card-since faint">
        {customer.value && customer.value !== "0" && `${t("customer.value", { value: Number(customer.value).toLocaleString(t.locale) })} · `}
        {customer.createdAt && t("customer.since", { date: dayName(customer.createdAt, Date.now(), t.locale) })}
        {customer.relationshipOwner && ` · ${t("customer.owner", { agent: desk.nameOfAgent(customer.relationshipOwner) })}`}
      </p>
    </section>
  );
}
