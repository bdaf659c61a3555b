// SPDX-License-Identifier: Apache-2.0
import { useState } from "preact/hooks";
import { useApp } from "../app/context";
import { Icon } from "../parts/icon";
import type { Customer } from "../wire/usher/context/v1/customer";
import "./tags.css";

/** Free marks: shown, added, removed. */
export function Tags({ customer }: { customer: Customer }) {
  const { desk, t } = useApp();
  const [adding, setAdding] = useState(false);
  const [tag, setTag] = useState("");
  const tags = customer.tags ?? [];
  const { id: customerId, version } = customer;
  const add = async (event: Event) => {
    event.preventDefault();
    const added = tag.trim();
    setTag("");
    setAdding(false);
    if (added !== "" && !tags.includes(added)) await desk.updateCustomer({ customerId, version, addTags: [added] });
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
            onClick={() => void desk.updateCustomer({ customerId, version, removeTags: [one] })}
          >
            <Icon name="close" size={12} />
          </button>
        </li>
      ))}
      <li>
        {adding ? (
          <form onSubmit={(event) => void add(event)}>
            <input
              class="input tags-input"
              autoFocus
              maxLength={64}
              aria-label={t("customer.tag.add")}
              value={tag}
              onInput={(event) => setTag(event.currentTarget.value)}
              onBlur={(event) => void add(event)}
              onKeyDown={(event) => event.key === "Escape" && setAdding(false)}
            />
          </form>
        ) : (
          <button class="chip outline tags-add" type="button" onClick={() => setAdding(true)}>+ {t("customer.tag.add")}</button>
        )}
      </li>
    </ul>
  );
}
