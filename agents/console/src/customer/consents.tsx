// SPDX-License-Identifier: Apache-2.0
import { useState } from "preact/hooks";
import { useApp } from "../app/context";
import { dayName, fullDate } from "../parts/dates";
import type { Consent, Customer } from "../wire/usher/context/v1/customer";

/** What the customer has agreed to or refused, one for each purpose. */
export function Consents({ customer }: { customer: Customer }) {
  const { desk, t } = useApp();
  const [purpose, setPurpose] = useState("");
  const [source, setSource] = useState("");
  const [busy, setBusy] = useState(false);
  const { id: customerId, version, consents = [] } = customer;
  const say = async (consent: Consent) => {
    setBusy(true);
    const done = await desk.customers.update({ customerId, version, consents: [consent] });
    setBusy(false);
    return done;
  };
  const add = async (granted: boolean) => {
    if (purpose.trim() === "") return;
    if (await say({ purpose: purpose.trim(), granted, source: source.trim() })) {
      setPurpose("");
      setSource("");
    }
  };
  return (
    <section class="part">
      <h3 class="label">{t("consent.title")}</h3>
      {consents.length === 0 && <p class="faint">{t("consent.none")}</p>}
      <ul>
        {consents.map((one) => (
          <li key={one.purpose} class="part-row">
            <span>
              {t.word(one.purpose ?? "")}{" "}
              <span class="faint" title={fullDate(one.at, t.locale)}>
                {[dayName(one.at, Date.now(), t.locale), one.source].filter(Boolean).join(" · ")}
              </span>
            </span>
            <span class={`chip ${one.granted ? "accent" : "warn"}`}>{t(one.granted ? "consent.granted" : "consent.refused")}</span>
            <button class="button small quiet" type="button" disabled={busy} onClick={() => void say({ purpose: one.purpose, granted: !one.granted })}>
              {t(one.granted ? "consent.withdraw" : "consent.grant")}
            </button>
          </li>
        ))}
      </ul>
      <form
        class="part-form"
        onSubmit={(event) => {
          event.preventDefault();
          void add(true);
        }}
      >
        <input class="input" aria-label={t("consent.purpose")} placeholder={t("consent.purpose")} maxLength={64} value={purpose} onInput={(event) => setPurpose(event.currentTarget.value)} />
        <input class="input" aria-label={t("consent.source")} placeholder={t("consent.source")} maxLength={128} value={source} onInput={(event) => setSource(event.currentTarget.value)} />
        <button class="button small" type="submit" disabled={busy || purpose.trim() === ""}>{t("consent.grant")}</button>
        <button class="button small" type="button" disabled={busy || purpose.trim() === ""} onClick={() => void add(false)}>{t("consent.refuse")}</button>
      </form>
    </section>
  );
}
