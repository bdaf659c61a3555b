// SPDX-License-Identifier: Apache-2.0
// A customer's record: what a form changed in it, and what one version has that another has not.
import type { UpdateCustomerRequest } from "../wire/usher/context/v1/context_service";
import type { Customer, CustomerType, SaleStage } from "../wire/usher/context/v1/customer";

export const customerTypes: CustomerType[] = [
  "CUSTOMER_TYPE_UNSPECIFIED",
  "CUSTOMER_TYPE_POTENTIAL",
  "CUSTOMER_TYPE_LEAD",
  "CUSTOMER_TYPE_CONTRACTED",
  "CUSTOMER_TYPE_MEMBER",
  "CUSTOMER_TYPE_PARTNER",
  "CUSTOMER_TYPE_INTERNAL",
];
export const saleStages: SaleStage[] = ["SALE_STAGE_UNSPECIFIED", "SALE_STAGE_BEFORE", "SALE_STAGE_DURING", "SALE_STAGE_AFTER"];

/** What the form of a profile holds. */
export interface Profile {
  type: CustomerType;
  tier: string;
  value: string;
  language: string;
  stage: SaleStage;
  owner: string;
  fields: Record<string, string>;
}

export function profileOf(customer: Customer): Profile {
  return {
    type: customer.type ?? "CUSTOMER_TYPE_UNSPECIFIED",
    tier: customer.tier ?? "",
    value: customer.value && customer.value !== "0" ? customer.value : "",
    language: customer.language ?? "",
    stage: customer.stage ?? "SALE_STAGE_UNSPECIFIED",
    owner: customer.relationshipOwner ?? "",
    fields: { ...customer.fields },
  };
}

/** Only what the form changed, based on the version that it was opened with; undefined: nothing. */
export function profileChange(customer: Customer, to: Profile): Omit<UpdateCustomerRequest, "requestId"> | undefined {
  const from = profileOf(customer);
  const change: Omit<UpdateCustomerRequest, "requestId"> = {};
  if (to.type !== from.type) change.type = to.type;
  if (to.tier !== from.tier) change.tier = to.tier;
  if (to.value !== from.value) change.value = to.value || "0";
  if (to.language !== from.language) change.language = to.language;
  if (to.stage !== from.stage) change.stage = to.stage;
  if (to.owner !== from.owner) change.relationshipOwner = to.owner;
  const fields = Object.entries(to.fields).filter(([id, value]) => value !== (from.fields[id] ?? ""));
  if (fields.length > 0) change.fields = Object.fromEntries(fields);
  if (Object.keys(change).length === 0) return undefined;
  return { ...change, customerId: customer.id, version: customer.version };
}

/** The form after the record changed below it: what was not touched in it is as the others left it. */
export function rebased(profile: Profile, from: Profile, onto: Profile): Profile {
  const pick = <Value>(mine: Value, old: Value, theirs: Value) => (mine === old ? theirs : mine);
  const ids = new Set([...Object.keys(profile.fields), ...Object.keys(onto.fields)]);
  return {
    type: pick(profile.type, from.type, onto.type),
    tier: pick(profile.tier, from.tier, onto.tier),
    value: pick(profile.value, from.value, onto.value),
    language: pick(profile.language, from.language, onto.language),
    stage: pick(profile.stage, from.stage, onto.stage),
    owner: pick(profile.owner, from.owner, onto.owner),
    fields: Object.fromEntries(
      [...ids].map((id) => [id, pick(profile.fields[id] ?? "", from.fields[id] ?? "", onto.fields[id] ?? "")]),
    ),
  };
}

export interface RecordDifference {
  /** As the contract names it, such as `name`, `fields.account` or `identities`. */
  field: string;
  before: string;
  after: string;
}

/** What one record says otherwise than another, for people; ids, versions and counts are no news. */
export function differences(before: Customer | undefined, after: Customer | undefined): RecordDifference[] {
  const [old, now] = [flat(before ?? {}), flat(after ?? {})];
  return [...new Set([...Object.keys(old), ...Object.keys(now)])]
    .map((field) => ({ field, before: old[field] ?? "", after: now[field] ?? "" }))
    .filter((one) => one.before !== one.after);
}

function flat(customer: Customer): Record<string, string> {
  const said = (given: string | undefined, none: string) => (given && given !== none ? given : "");
  const all: Record<string, string> = {
    name: customer.name ?? "",
    type: said(customer.type, "CUSTOMER_TYPE_UNSPECIFIED"),
    tier: customer.tier ?? "",
    value: said(customer.value, "0"),
    stage: said(customer.stage, "SALE_STAGE_UNSPECIFIED"),
    language: customer.language ?? "",
    relationship_owner: customer.relationshipOwner ?? "",
    tags: (customer.tags ?? []).join(", "),
    identities: (customer.identities ?? []).map((one) => `${one.value}${one.verified ? " ✓" : ""}`).join(", "),
    consents: (customer.consents ?? []).map((one) => `${one.purpose} ${one.granted ? "+" : "−"}`).join(", "),
  };
  for (const [id, value] of Object.entries(customer.fields ?? {})) all[`fields.${id}`] = value;
  for (const [id, value] of Object.entries(customer.attributes ?? {})) all[`attributes.${id}`] = value;
  return all;
}
