// SPDX-License-Identifier: Apache-2.0
import { useState } from "preact/hooks";
import { useApp } from "../app/context";
import { usePages } from "../app/use_pages";
import { MessageList } from "../conversation/message_list";
import { dayName, fullDate } from "../parts/dates";
import { Icon } from "../parts/icon";
import { PagesFoot } from "../parts/pages_foot";
import { emptyConversation } from "../state/conversation";
import type { MessageHit } from "../wire/usher/context/v1/context_service";
import type { Message } from "../wire/usher/context/v1/conversation";
import { OccurrenceRow } from "./occurrence_row";
import "./said_search.css";

/** Where something was said or written, newest conversation first; each opens to its conversation. */
export function SaidSearch({ customerId, query }: { customerId: string; query: string }) {
  const { desk, t } = useApp();
  const pages = usePages(`${customerId} ${query}`, (token) => desk.customers.searchMessages(customerId, query, token));
  return (
    <>
      <ol class="said" aria-label={t("said.results")}>
        {pages.items.map((hit) => (
          <li key={keyOf(hit)}>
            {hit.message && <SaidMessage message={hit.message} query={query} customerId={customerId} />}
            {hit.entry?.note ? <Written text={hit.entry.note.text ?? ""} author={hit.entry.note.author ?? ""} at={hit.entry.at} query={query} /> : hit.entry && <OccurrenceRow entry={hit.entry} />}
          </li>
        ))}
      </ol>
      <PagesFoot pages={pages} empty={t("said.none", { query })} />
    </>
  );
}

function keyOf({ message, entry }: MessageHit): string {
  return message ? `m ${message.contactId} ${message.id}` : `e ${entry?.customerId} ${entry?.id}`;
}

function SaidMessage({ message, query, customerId }: { message: Message; query: string; customerId: string }) {
  const { state, desk, t } = useApp();
  const [open, setOpen] = useState(false);
  const contactId = message.contactId ?? "";
  const conversation = state.conversations[contactId] ?? emptyConversation;
  const toggle = () => {
    setOpen(!open);
    if (!open && !conversation.loaded) void desk.readConversation(contactId);
  };
  const who = message.author?.name || (message.author?.side === "SIDE_AGENT" ? desk.nameOfAgent(message.author.id ?? "") : t("customer.label"));
  return (
    <>
      <button class="said-one" type="button" aria-expanded={open} onClick={toggle}>
        <Line who={who} at={message.at} text={message.text ?? ""} query={query} internal={message.internal} />
      </button>
      {open && (
        <div class="past-messages">
          <MessageList conversation={conversation} contact={{ id: contactId, customerId }} still />
        </div>
      )}
    </>
  );
}

function Written({ text, author, at, query }: { text: string; author: string; at?: string; query: string }) {
  const { desk } = useApp();
  return (
    <div class="said-one">
      <Line who={desk.nameOfAgent(author)} at={at} text={text} query={query} internal />
    </div>
  );
}

interface LineProps {
  who: string;
  at?: string;
  text: string;
  query: string;
  internal?: boolean;
}

function Line({ who, at, text, query, internal }: LineProps) {
  const { t } = useApp();
  return (
    <>
      <span class="said-head">
        {internal && <Icon name="note" size={14} />}
        <strong>{who}</strong>
        <span class="faint" title={fullDate(at, t.locale)}>{dayName(at, Date.now(), t.locale)}</span>
      </span>
      <span dir="auto"><Marked text={text} query={query} /></span>
    </>
  );
}

/** The text with what was looked for marked in it. */
function Marked({ text, query }: { text: string; query: string }) {
  const at = text.toLocaleLowerCase().indexOf(query.toLocaleLowerCase());
  if (at < 0) return <>{text}</>;
  const end = at + query.length;
  return <>{text.slice(0, at)}<mark>{text.slice(at, end)}</mark>{text.slice(end)}</>;
}
