// SPDX-License-Identifier: Apache-2.0
import { useRef, useState } from "preact/hooks";
import { useApp } from "../app/context";
import { Icon } from "../parts/icon";
import { useFocus } from "../parts/use_focus";
import type { Customer } from "../wire/usher/context/v1/customer";
import "./tags.css";

/** Free marks: shown, added, removed. */
export function Tags({ customer }: { customer: Customer }) {
  const { desk, t } = useApp();
  const [adding, setAdding] = useState(false);
  const tags = customer.tags ?? [];
  const { id: customerId, version } = customer;
  const add = async (tag: string) => {
    if (tag !== "" && !tags.includes(tag)) await desk.customers.update({ customerId, version, addTags: [tag] });
  };
  return (
    <ul class="tags" aria-label={t("customer.tags")}>
      {tags.map((one) => (
        <li key={one} class="chip">
          {one}
          <button
            class="tags-remove"
            type="button"
            aria-label={t("customer.tag.remove", { tag: one })}
            onClick={() => void desk.customers.update({ customerId, version, removeTags: [one] })}
          >
            <Icon name="close" size={12} />
          </button>
        </li>
      ))}
      <li>
        {adding ? (
          <TagField
            onDone={(added) => {
              setAdding(false);
              void add(added);
            }}
          />
        ) : (
          <button class="chip outline tags-add" type="button" onClick={() => setAdding(true)}>+ {t("customer.tag.add")}</button>
        )}
      </li>
    </ul>
  );
}

/** Enter or leaving the field adds what was typed, Escape nothing. */
function TagField({ onDone }: { onDone(tag: string): void }) {
  const { t } = useApp();
  const field = useFocus<HTMLInputElement>();
  const done = useRef(false);
  const finish = (tag: string) => {
    if (done.current) return;
    done.current = true;
    onDone(tag.trim());
  };
  return (
    <input
      ref={field}
      class="input tags-input"
      maxLength={64}
      aria-label={t("customer.tag.add")}
      onBlur={(event) => finish(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.isComposing || event.keyCode === 229) return;
        if (event.key === "Enter") finish(event.currentTarget.value);
        if (event.key === "Escape") finish("");
      }}
    />
  );
}
