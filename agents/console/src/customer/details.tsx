// SPDX-License-Identifier: Apache-2.0
import { useApp } from "../app/context";
import type { Customer } from "../wire/usher/context/v1/customer";
import type { Contact } from "../wire/usher/routing/v1/contact";
import "./details.css";

/** What is known besides: the customer's facts, and what came with this contact. */
export function Details({ contact, customer }: { contact: Contact; customer?: Customer }) {
  const { t } = useApp();
  const mine = Object.entries(customer?.attributes ?? {});
  const its = [["id", contact.id ?? ""], ...Object.entries(contact.attributes ?? {})] as [string, string][];
  return (
    <>
      <Facts title={t("customer.attributes")} facts={mine} />
      <Facts title={t("customer.contact")} facts={its} />
    </>
  );
}

function Facts({ title, facts }: { title: string; facts: [string, string][] }) {
  const { t } = useApp();
  return (
    <section class="details">
      <h3 class="label">{title}</h3>
      {facts.length === 0 && <p class="faint details-none">{t("common.none")}</p>}
      <dl>
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{t.word(name)}</dt>
            <dd dir="auto">{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
