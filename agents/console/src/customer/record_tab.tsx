// SPDX-License-Identifier: Apache-2.0
import { useApp } from "../app/context";
import type { Customer } from "../wire/usher/context/v1/customer";
import { Changes } from "./changes";
import { Duplicates } from "./duplicates";
import { MergedRecords } from "./merged_records";
import { Reads } from "./reads";
import "./record_tab.css";

/** The record as such: whether there is another of the same customer, who changed it and who read it. */
export function RecordTab({ customer }: { customer: Customer }) {
  const { state } = useApp();
  const id = customer.id ?? "";
  const supervises = state.me?.role === "supervisor";
  return (
    <>
      <Duplicates customerId={id} mayMerge={supervises} />
      {(customer.merged ?? []).length > 0 && <MergedRecords customer={customer} mayUndo={supervises} />}
      <Changes customer={customer} mayRevert={supervises} />
      {supervises && <Reads customerId={id} />}
    </>
  );
}
