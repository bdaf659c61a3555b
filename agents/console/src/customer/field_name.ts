// SPDX-License-Identifier: Apache-2.0
import type { Text } from "../text/catalogue";
import type { CustomerField } from "../wire/usher/agents/v1/agent";

/** What people call a field of a record, such as `name` or `fields.account`. */
export function fieldName(field: string, declared: CustomerField[], t: Text): string {
  const [group = "", ...rest] = field.split(".");
  const id = rest.join(".");
  if (id === "") return t.ifKnown(`record.${field}`) ?? t.word(field);
  const known = group === "fields" ? declared.find((one) => one.id === id)?.name : undefined;
  return known ?? t.word(id);
}
