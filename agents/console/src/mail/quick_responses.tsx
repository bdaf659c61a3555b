// SPDX-License-Identifier: Apache-2.0
import { useEffect, useRef, useState } from "preact/hooks";
import { useApp } from "../app/context";
import { languageName } from "../customer/language_name";
import { Finder } from "../parts/finder";
import { Icon } from "../parts/icon";
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
  const language = state.customers[contact.customerId ?? ""]?.language ?? contact.attributes?.["language"] ?? "";
  const found = responsesFor(all, contact, { query, language });
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Escape" || event.isComposing) return;
    event.preventDefault();
    event.stopPropagation();
    onClose();
  };
  return (
    <div class="quick-box" role="dialog" aria-label={t("quick.title")} onKeyDown={onKeyDown}>
      <Finder
        label={t("quick.search")}
        listLabel={t("quick.title")}
        query={query}
        found={found}
        keyOf={(one) => one.id ?? ""}
        row={(one) => <Row one={one} />}
        onQuery={setQuery}
        onChoose={onChoose}
      />
      {found.length === 0 && <p class="empty" role="status">{t("quick.none")}</p>}
    </div>
  );
}

function Row({ one }: { one: QuickResponse }) {
  const { t } = useApp();
  return (
    <div class="quick-one">
      <span class="quick-name">
        <strong class="ellipsis">{one.name}</strong>
        {one.language && <span class="chip">{languageName(one.language, t.locale)}</span>}
      </span>
      <span class="quick-text">{one.text}</span>
    </div>
  );
}
