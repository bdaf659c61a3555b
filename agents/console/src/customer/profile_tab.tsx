// SPDX-License-Identifier: Apache-2.0
import { useState } from "preact/hooks";
import { useApp } from "../app/context";
import type { Customer } from "../wire/usher/context/v1/customer";
import type { Contact } from "../wire/usher/routing/v1/contact";
import { AddressEdit } from "./address_edit";
import { Consents } from "./consents";
import { Facts } from "./facts";
import { languageName } from "./language_name";
import { ProfileForm } from "./profile_form";
import "./profile_tab.css";

/** What is known of the customer besides the history, and what came with this contact. */
export function ProfileTab({ customer, contact }: { customer?: Customer; contact?: Contact }) {
  const { t } = useApp();
  const [editing, setEditing] = useState(false);
  const its = [["id", contact?.id ?? ""], ...Object.entries(contact?.attributes ?? {})] as [string, string][];
  return (
    <>
      {customer && !editing && <Known customer={customer} onEdit={() => setEditing(true)} />}
      {customer && editing && <ProfileForm customer={customer} onDone={() => setEditing(false)} />}
      {customer && <AddressEdit customer={customer} />}
      {customer && <Consents customer={customer} />}
      {customer && Object.keys(customer.attributes ?? {}).length > 0 && (
        <Facts title={t("customer.attributes")} facts={Object.entries(customer.attributes ?? {})} />
      )}
      {contact && <Facts title={t("customer.contact")} facts={its} />}
    </>
  );
}

function Known({ customer, onEdit }: { customer: Customer; onEdit(): void }) {
  const { state, desk, t } = useApp();
  const { type, stage, tier, value, language, relationshipOwner } = customer;
  const declared = (state.words.customerFields ?? []).map(
    (field): [string, string] => [field.name || field.id || "", shown(customer.fields?.[field.id ?? ""], t("common.yes"), t("common.no"))],
  );
  const all: [string, string][] = [
    [t("profile.type"), type && type !== "CUSTOMER_TYPE_UNSPECIFIED" ? t(`customer.type.${type}`) : ""],
    [t("profile.tier"), tier ? t.word(tier) : ""],
    [t("profile.value"), value && value !== "0" ? Number(value).toLocaleString(t.locale) : ""],
    [t("profile.stage"), stage && stage !== "SALE_STAGE_UNSPECIFIED" ? t(`customer.stage.${stage}`) : ""],
    [t("profile.language"), languageName(language, t.locale)],
    [t("profile.owner"), relationshipOwner ? desk.nameOfAgent(relationshipOwner) : ""],
    ...declared,
  ];
  return (
    <section class="profile">
      <Facts title={t("profile.title")} facts={all.map(([name, text]) => [name, text || "–"])} />
      <button class="button small" type="button" onClick={onEdit}>{t("profile.edit")}</button>
    </section>
  );
}

function shown(value: string | undefined, yes: string, no: string): string {
  if (value === "true") return yes;
  return value === "false" ? no : (value ?? "");
}
