// SPDX-License-Identifier: Apache-2.0
import { useApp } from "../app/context";
import "./facts.css";

/** Facts by name. */
export function Facts({ title, facts }: { title: string; facts: [string, string][] }) {
  const { t } = useApp();
  return (
    <section class="facts">
      <h3 class="label">{title}</h3>
      {facts.length === 0 && <p class="faint facts-none">{t("common.none")}</p>}
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
