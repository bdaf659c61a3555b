// SPDX-License-Identifier: Apache-2.0
import type { ComponentChildren } from "preact";
import { useId, useState } from "preact/hooks";
import { Icon } from "./icon";
import { useFocus } from "./use_focus";
import "./finder.css";

interface Props<Item> {
  /** What is typed, and what is found by it. */
  label: string;
  listLabel: string;
  query: string;
  found: Item[];
  /** Characters. */
  queryMax?: number;
  /** False while what is found is not yet what was typed: Enter does nothing then. */
  settled?: boolean;
  keyOf(item: Item): string;
  row(item: Item): ComponentChildren;
  onQuery(query: string): void;
  onChoose(item: Item): void;
}

/** A field and below it what is found by typing there: the arrows go through it, Enter or a click takes one. */
export function Finder<Item>({ label, listLabel, query, found, queryMax, settled = true, keyOf, row, onQuery, onChoose }: Props<Item>) {
  const [chosen, setChosen] = useState(0);
  const field = useFocus<HTMLInputElement>();
  const id = useId();
  const at = Math.min(chosen, found.length - 1);
  const step = (by: number) => setChosen((at + by + found.length) % Math.max(1, found.length));
  const onKeyDown = (event: KeyboardEvent) => {
    // 229: what browsers report while an input method composes, also where isComposing is late.
    if (event.isComposing || event.keyCode === 229) return;
    const item = found[at];
    if (event.key === "ArrowDown") step(1);
    else if (event.key === "ArrowUp") step(-1);
    else if (event.key === "Enter") item !== undefined && settled && onChoose(item);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <>
      <div class="finder-field">
        <Icon name="search" />
        <input
          ref={field}
          class="input"
          type="search"
          data-first
          role="combobox"
          aria-expanded={found.length > 0}
          aria-controls={`${id}-list`}
          aria-activedescendant={at >= 0 ? `${id}-${at}` : undefined}
          aria-label={label}
          placeholder={label}
          maxLength={queryMax}
          value={query}
          onInput={(event) => {
            onQuery(event.currentTarget.value);
            setChosen(0);
          }}
          onKeyDown={onKeyDown}
        />
      </div>
      <ul class="finder-list" id={`${id}-list`} role="listbox" aria-label={listLabel}>
        {found.map((item, index) => (
          <li
            key={keyOf(item)}
            id={`${id}-${index}`}
            role="option"
            aria-selected={index === at}
            class="finder-one"
            ref={(one) => {
              if (index === at) one?.scrollIntoView({ block: "nearest" });
            }}
            onMouseMove={() => setChosen(index)}
            onClick={() => onChoose(item)}
          >
            {row(item)}
          </li>
        ))}
      </ul>
    </>
  );
}
