// SPDX-License-Identifier: Apache-2.0
import { useApp } from "../app/context";
import { usePages } from "../app/use_pages";
import { dateAndTime, fullDate } from "../parts/dates";
import { PagesFoot } from "../parts/pages_foot";

/** Who read the customer, and by what right. */
export function Reads({ customerId }: { customerId: string }) {
  const { desk, t } = useApp();
  const pages = usePages(customerId, (token) => desk.customers.reads(customerId, token));
  return (
    <section class="part">
      <h3 class="label">{t("reads.title")}</h3>
      <ol>
        {pages.items.map((one, index) => (
          <li key={index} class="part-row">
            <span>
              <strong>{desk.nameOfAgent(one.by ?? "")}</strong>{" "}
              <span class="faint">{[one.role && t.ifKnown(`role.${one.role}`), t.ifKnown(`reads.${one.method}`) ?? one.method, one.right].filter(Boolean).join(" · ")}</span>
            </span>
            <span class="faint" title={fullDate(one.at, t.locale)}>{dateAndTime(one.at, t.locale, "")}</span>
          </li>
        ))}
      </ol>
      <PagesFoot pages={pages} empty={t("reads.none")} />
    </section>
  );
}
