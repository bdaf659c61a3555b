// SPDX-License-Identifier: Apache-2.0
import { useState } from "preact/hooks";
import { useApp } from "../app/context";
import type { Customer, Identity } from "../wire/usher/context/v1/customer";

const kinds = ["phone", "email", "web", "wechat", "chat"] as const;

/** The customer's addresses: proven or claimed; given, marked as proven, and taken away. */
export function AddressEdit({ customer }: { customer: Customer }) {
  const { desk, t } = useApp();
  const id = customer.id ?? "";
  const [kind, setKind] = useState<string>("phone");
  const [value, setValue] = useState("");
  const [leaving, setLeaving] = useState("");
  const [busy, setBusy] = useState(false);
  const act = async (verb: () => Promise<boolean>) => {
    setBusy(true);
    const done = await verb();
    setBusy(false);
    return done;
  };
  const add = async (event: Event) => {
    event.preventDefault();
    if (value.trim() !== "" && (await act(() => desk.customers.addIdentity(id, { kind, value: value.trim() })))) setValue("");
  };
  const verify = (one: Identity) => act(() => desk.customers.addIdentity(id, { ...one, verified: true }));
  const remove = async (one: Identity) => {
    if (await act(() => desk.customers.removeIdentity(id, { kind: one.kind, value: one.value }))) setLeaving("");
  };
  return (
    <section class="part">
      <h3 class="label">{t("customer.identities")}</h3>
      <ul>
        {(customer.identities ?? []).map((one) => {
          const key = `${one.kind} ${one.value}`;
          return (
            <li key={key} class="part-row">
              <span>
                <span class="faint">{t.ifKnown(`channel.kind.${one.kind}`) ?? one.kind}</span> {one.value}
              </span>
              {one.verified ? (
                <span class="chip accent">{t("customer.verified")}</span>
              ) : (
                <button class="button small" type="button" disabled={busy} aria-label={t("identity.verify.of", { value: one.value ?? "" })} onClick={() => void verify(one)}>
                  {t("identity.verify")}
                </button>
              )}
              {leaving === key ? (
                <button class="button small danger" type="button" disabled={busy} onClick={() => void remove(one)}>{t("identity.remove.sure")}</button>
              ) : (
                <button class="button small quiet" type="button" aria-label={t("identity.remove.of", { value: one.value ?? "" })} onClick={() => setLeaving(key)}>
                  {t("identity.remove")}
                </button>
              )}
            </li>
          );
        })}
      </ul>
      <form class="part-form" onSubmit={(event) => void add(event)}>
        <select class="input" aria-label={t("identity.kind")} value={kind} onChange={(event) => setKind(event.currentTarget.value)}>
          {kinds.map((one) => <option key={one} value={one}>{t(`channel.kind.${one}`)}</option>)}
        </select>
        <input class="input" aria-label={t("identity.value")} placeholder={t("identity.value")} maxLength={256} value={value} onInput={(event) => setValue(event.currentTarget.value)} />
        <button class="button small" type="submit" disabled={busy || value.trim() === ""}>{t("identity.add")}</button>
      </form>
    </section>
  );
}
