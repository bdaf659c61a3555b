// SPDX-License-Identifier: Apache-2.0
import { useState } from "preact/hooks";
import { useApp } from "../app/context";
import { useFocus } from "../parts/use_focus";
import type { Customer } from "../wire/usher/context/v1/customer";
import "./name_edit.css";

export function NameEdit({ customer, onDone }: { customer: Customer; onDone(): void }) {
  const { desk, t } = useApp();
  const [name, setName] = useState(customer.name ?? "");
  const field = useFocus<HTMLInputElement>();
  const [busy, setBusy] = useState(false);
  const save = async (event: Event) => {
    event.preventDefault();
    if (name.trim() === (customer.name ?? "")) return onDone();
    setBusy(true);
    const saved = await desk.customers.update({ customerId: customer.id, version: customer.version, name: name.trim() });
    setBusy(false);
    if (!saved) return;
    desk.toast("good", t("customer.saved"));
    onDone();
  };
  return (
    <form class="name-edit" onSubmit={(event) => void save(event)}>
      <input
        class="input"
        ref={field}
        aria-label={t("customer.name")}
        maxLength={128}
        value={name}
        onInput={(event) => setName(event.currentTarget.value)}
        onKeyDown={(event) => event.key === "Escape" && !event.isComposing && onDone()}
      />
      <button class="button primary small" type="submit" disabled={busy}>{t("common.save")}</button>
      <button class="button quiet small" type="button" onClick={onDone}>{t("common.cancel")}</button>
    </form>
  );
}
