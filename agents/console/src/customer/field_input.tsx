// SPDX-License-Identifier: Apache-2.0
import { useApp } from "../app/context";
import type { CustomerField } from "../wire/usher/agents/v1/agent";

/** A declared fact, asked for as it is written: a line, a number, yes or no, a date, one of several. */
export function FieldInput({ field, value, onChange }: { field: CustomerField; value: string; onChange(value: string): void }) {
  const { t } = useApp();
  const told = (event: { currentTarget: { value: string } }) => onChange(event.currentTarget.value);
  const choices = choicesOf(field, { yes: t("common.yes"), no: t("common.no") });
  return (
    <label class="field">
      <span>{field.name || field.id}</span>
      {choices ? (
        <select class="input" value={value} onChange={told}>
          <option value="">{t("common.none")}</option>
          {value && !choices.some(([id]) => id === value) && <option value={value}>{value}</option>}
          {choices.map(([id, name]) => <option key={id} value={id}>{name}</option>)}
        </select>
      ) : field.type === "TYPE_DATE" ? (
        <input class="input" type="date" value={value} onInput={told} />
      ) : field.type === "TYPE_NUMBER" ? (
        <input class="input" inputMode="decimal" pattern="-?[0-9]+([.][0-9]+)?" maxLength={32} value={value} onInput={told} />
      ) : (
        <input class="input" maxLength={256} value={value} onInput={told} />
      )}
    </label>
  );
}

function choicesOf(field: CustomerField, words: { yes: string; no: string }): [string, string][] | undefined {
  if (field.type === "TYPE_BOOLEAN") return [["true", words.yes], ["false", words.no]];
  return field.type === "TYPE_CHOICE" ? (field.choices ?? []).map((one): [string, string] => [one, one]) : undefined;
}
