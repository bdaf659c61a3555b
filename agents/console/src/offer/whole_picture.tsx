// SPDX-License-Identifier: Apache-2.0
import { useApp } from "../app/context";
import { StatusChip } from "../case/case_card";
import { PromiseLine } from "../case/promise_line";
import { languageName } from "../customer/language_name";
import { ChannelIcon } from "../parts/channel_icon";
import { dayName } from "../parts/dates";
import { Icon } from "../parts/icon";
import { openCases } from "../state/case";
import { contactsBefore, notesOf, type PastContact } from "../state/timeline";
import type { Customer } from "../wire/usher/context/v1/customer";
import type { Contact } from "../wire/usher/routing/v1/contact";
import "./whole_picture.css";

const contactsShown = 4;
const notesShown = 3;

/** Who the customer is to us, what is open and promised, and what came last: everything that one must
 * know before saying yes. */
export function WholePicture({ contact }: { contact: Contact }) {
  const { state } = useApp();
  const customer = state.customers[contact.customerId ?? ""];
  const entries = state.timelines[contact.customerId ?? ""]?.entries ?? [];
  const before = contactsBefore(entries, contact.id ?? "").slice(0, contactsShown);
  const notes = notesOf(entries).slice(0, notesShown);
  return (
    <>
      {customer && <Standing customer={customer} />}
      <OpenCases customerId={contact.customerId ?? ""} />
      {(before.length > 0 || notes.length > 0) && (
        <div class="picture-two">
          <LastContacts contacts={before} />
          <LastNotes notes={notes} />
        </div>
      )}
    </>
  );
}

function Standing({ customer }: { customer: Customer }) {
  const { desk, t } = useApp();
  const { tier, type, stage, value, language, relationshipOwner, tags = [] } = customer;
  return (
    <p class="picture-standing">
      {tier && <span class={`chip tier ${tier}`}>{t.word(tier)}</span>}
      {type && type !== "CUSTOMER_TYPE_UNSPECIFIED" && <span class="chip">{t(`customer.type.${type}`)}</span>}
      {stage && stage !== "SALE_STAGE_UNSPECIFIED" && <span class="chip">{t(`customer.stage.${stage}`)}</span>}
      {value && value !== "0" && <span class="chip">{t("customer.value", { value: Number(value).toLocaleString(t.locale) })}</span>}
      {language && <span class="chip">{languageName(language, t.locale)}</span>}
      {relationshipOwner && <span class="chip accent">{t("customer.owner", { agent: desk.nameOfAgent(relationshipOwner) })}</span>}
      {tags.map((tag) => <span key={tag} class="chip outline">{tag}</span>)}
    </p>
  );
}

function OpenCases({ customerId }: { customerId: string }) {
  const { state, desk, t } = useApp();
  const open = openCases(state.cases[customerId]);
  if (open.length === 0) return null;
  return (
    <section class="offer-part">
      <h3 class="label">{t("picture.cases")}</h3>
      <ul class="picture-cases">
        {open.map((one) => (
          <li key={one.id}>
            <p class="case-line">
              <strong dir="auto">{one.subject}</strong>
              <span class="faint">{one.owner ? desk.nameOfAgent(one.owner) : t("case.waits", { queue: t.word(one.queue ?? "") })}</span>
              <StatusChip one={one} />
            </p>
            {one.promise && !one.promise.keptAt && <PromiseLine promise={one.promise} />}
          </li>
        ))}
      </ul>
    </section>
  );
}

function LastContacts({ contacts }: { contacts: PastContact[] }) {
  const { desk, t } = useApp();
  if (contacts.length === 0) return null;
  return (
    <section class="offer-part">
      <h3 class="label">{t("picture.contacts")}</h3>
      <ul class="picture-contacts">
        {contacts.map((one) => (
          <li key={one.contactId}>
            <ChannelIcon channel={one.channel} size={16} />
            <span class="picture-text">
              <span class="ellipsis">{one.subject || t.word(one.queue) || t(`channel.${one.channel ?? "CHANNEL_UNSPECIFIED"}`)}</span>
              <span class="faint ellipsis">{[dayName(one.at, Date.now(), t.locale), ...one.agents.map((id) => desk.nameOfAgent(id))].join(" · ")}</span>
            </span>
            {(one.disposition || one.outcome) && (
              <span class={`chip ${one.outcome === "completed" ? "" : "warn"}`}>{t.word(one.disposition || one.outcome)}</span>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

function LastNotes({ notes }: { notes: ReturnType<typeof notesOf> }) {
  const { desk, t } = useApp();
  if (notes.length === 0) return null;
  return (
    <section class="offer-part">
      <h3 class="label">{t("tab.notes")}</h3>
      <ul class="picture-notes">
        {notes.map((one) => (
          <li key={one.id} class="offer-note">
            <Icon name="note" size={16} />
            <span>
              <span dir="auto">{one.note?.text}</span>
              <span class="soft"> — {desk.nameOfAgent(one.note?.author ?? "")}, {dayName(one.at, Date.now(), t.locale)}</span>
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
