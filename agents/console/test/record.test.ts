// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { differences, profileChange, profileOf, rebased } from "../src/state/record";
import type { Customer } from "../src/wire/usher/context/v1/customer";

const customer: Customer = { id: "k1", version: "7", name: "Mei", tier: "gold", value: "100", fields: { plan: "Hill", account: "A1" } };

test("only what the form changed is sent, with the version that it was opened with", () => {
  const opened = profileOf(customer);
  assert.equal(profileChange(customer, opened), undefined);
  const change = profileChange(customer, { ...opened, tier: "", value: "", fields: { ...opened.fields, plan: "Summit" } });
  assert.deepEqual(change, { customerId: "k1", version: "7", tier: "", value: "0", fields: { plan: "Summit" } });
});

test("a form below which the record changed keeps what was typed and takes over the rest", () => {
  const from = profileOf(customer);
  const typed = { ...from, language: "en", fields: { ...from.fields, plan: "Summit" } };
  const latest = { ...customer, version: "8", tier: "platinum", fields: { plan: "Hill", account: "A2" } };
  const next = rebased(typed, from, profileOf(latest));
  assert.deepEqual(profileChange(latest, next), { customerId: "k1", version: "8", language: "en", fields: { plan: "Summit" } });
});

test("two versions of a record differ by field; versions and counts are no news", () => {
  const after = { ...customer, version: "8", contacts: 9, name: "Mrs. X", fields: { plan: "Hill" }, tags: ["vip"] };
  assert.deepEqual(differences(customer, after), [
    { field: "name", before: "Mei", after: "Mrs. X" },
    { field: "tags", before: "", after: "vip" },
    { field: "fields.account", before: "A1", after: "" },
  ]);
  assert.deepEqual(differences(undefined, { name: "Mei" }), [{ field: "name", before: "", after: "Mei" }]);
});
