// SPDX-License-Identifier: Apache-2.0
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { useApp } from "../app/context";
import { languageName } from "../customer/language_name";
import { Icon } from "../parts/icon";
import { useFocus } from "../parts/use_focus";
import { filledResponse, responsesFor } from "../state/quick_response";
import type { QuickResponse } from "../wire/usher/agents/v1/agent";
import type { Contact } from "../wire/usher/routing/v1/contact";
import "./quick_responses.css";

interface Props {
  contact: Contact;
  disabled?: boolean;
  /** The text, with what is known filled in. */
  onChoose(text: string): void;
}

/** A button with the texts that are used again and again: found by typing, taken with Enter. Absent where there are none. */
export function QuickResponses({ contact, disabled, onChoose }: Props) {
  const { state, desk, t } = useApp();
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const all = state.words.quickResponses ?? [];
  useEffect(() => {
    if (!open) return;
    const onPointer = (event: Event) => {
      if (!root.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener("pointerdown", onPointer);
    return () => document.removeEventListener("pointerdown", onPointer);
  }, [open]);
  if (all.length === 0) return null;
  const choose = ({ text = "" }: QuickResponse) => {
    setOpen(false);
    const customer = state.customers[contact.customerId ?? ""];
    const agent = state.desk.agent?.name || desk.nameOfAgent(state.me?.subject ?? "");
    onChoose(filledResponse(text, { "customer.name": customer?.name ?? "", "agent.name": agent, "contact.id": contact.id ?? "" }));
  };
  return (
    <div class="quick" ref={root}>
      <button
        id="quick-responses"
        class="button quiet icon"
        type="button"
        disabled={disabled}
        aria-haspopup="dialog"
        aria-expanded={open}
        aria-keyshortcuts="Alt+Q"
        aria-label={t("quick.title")}
        title={t("quick.title")}
        onClick={() => setOpen(!open)}
      >
        <Icon name="bolt" size={18} />
      </button>
      {open && <Picker all={all} contact={contact} onChoose={choose} onClose={() => { setOpen(false); document.getElementById("quick-responses")?.focus(); }} />}
    </div>
  );
}

function Picker({ all, contact, onChoose, onClose }: { all: QuickResponse[]; contact: Contact; onChoose(one: QuickResponse): void; onClose(): void }) {
  const { state, t } = useApp();
  const [query, setQuery] = useState("");
  const [at, setAt] = useState(0);
  const field = useFocus<HTMLInputElement>();
  const id = useId();
  const language = state.customers[contact.customerId ?? ""]?.language ?? contact.attributes?.["language"] ?? "";
  const found = responsesFor(all, contact, { query, language });
  const active = Math.min(at, found.length - 1);
  useEffect(() => document.getElementById(`${id}-${active}`)?.scrollIntoView({ block: "nearest" }), [active]);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.isComposing) return;
    const one = found[active];
    if (event.key === "ArrowDown") setAt((active + 1) % Math.max(1, found.length));
    else if (event.key === "ArrowUp") setAt((active + found.length - 1) % Math.max(1, found.length));
    else if (event.key === "Enter") one && onChoose(one);
    else if (event.key === "Escape") onClose();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div class="quick-box" role="dialog" aria-label={t("quick.title")} onKeyDown={onKeyDown}>
      <input
        ref={field}
        class="input"
        role="combobox"
        aria-expanded="true"
        aria-controls={`${id}-list`}
        aria-activedescendant={found.length > 0 ? `${id}-${active}` : undefined}
        aria-label={t("quick.search")}
        placeholder={t("quick.search")}
        value={query}
        onInput={(event) => { setQuery(event.currentTarget.value); setAt(0); }}
      />
      <ul id={`${id}-list`} class="quick-list" role="listbox" aria-label={t("quick.title")}>
        {found.map((one, index) => (
          <li
            key={one.id}
            id={`${id}-${index}`}
            class="quick-one"
            role="option"
            aria-selected={index === active}
            onMouseMove={() => setAt(index)}
            onClick={() => onChoose(one)}
          >
            <span class="quick-name">
              <strong class="ellipsis">{one.name}</strong>
              {one.language && <span class="chip">{languageName(one.language, t.locale)}</span>}
            </span>
            <span class="quick-text">{one.text}</span>
          </li>
        ))}
      </ul>
      {found.length === 0 && <p class="empty" role="status">{t("quick.none")}</p>}
    </div>
  );
}
