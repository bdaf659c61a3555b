// SPDX-License-Identifier: Apache-2.0
// Reads what the desk shows: for everything that is offered or here, the customer, the history, the
// conversation and the last one before it, so that the agent knows who it is before accepting.
import type { SessionRequest, SessionResponse } from "../wire/usher/agents/v1/session_service";
import type { TimelineEntry } from "../wire/usher/context/v1/customer";
import type { Contact } from "../wire/usher/routing/v1/contact";
import { lastMessageNumber } from "../state/conversation";
import { contactBefore, newestEntry } from "../state/timeline";
import type { Store } from "./store";

type Ask = (request: SessionRequest) => Promise<SessionResponse>;

const timelinePageSize = 60;
const casesPageSize = 100;
/** Of an agent's newest mails; who has put more aside sees of the others when they are opened. */
const draftsMax = 30;
/** 20 pages of 200: more than a person reads of one conversation. */
const messagePagesMax = 20;

export class Caretaker {
  /** What was asked for on this session already. */
  private readonly asked = new Set<string>();
  /** The customer whose history comes by itself. */
  private followed = "";

  constructor(
    private readonly store: Store,
    private readonly ask: Ask,
    private readonly readDraft: (contactId: string) => Promise<void>,
  ) {}

  /** A session began: what is here may be old, so it is read again. */
  restart(): void {
    this.asked.clear();
    this.followed = "";
  }

  /** Reads what is missing for the desk as it is now. */
  tend(): void {
    const { desk, shown, looked } = this.store.state;
    const offered = desk.offers.flatMap((one) => (one.contact ? [one.contact] : []));
    for (const contact of [...offered, ...desk.contacts]) this.tendContact(contact);
    for (const contact of desk.contacts.filter(isWrittenMail).slice(-draftsMax)) this.tendDraft(contact);
    if (shown) this.tendContact(shown);
    if (looked) this.once(`look ${looked.customerId}`, () => this.refresh(looked.customerId));
    this.follow();
  }

  /** The customer on the screen is followed, from the newest entry that is known. */
  follow(): void {
    const { link, view, looked, shown } = this.store.state;
    if (link.kind !== "open") return;
    const customerId = (view === "customer" ? looked?.customerId : shown?.customerId) ?? "";
    const timeline = this.store.state.timelines[customerId];
    if (customerId === "" || customerId === this.followed || !timeline?.loaded) return;
    this.followed = customerId;
    const afterEntry = newestEntry(timeline, customerId);
    // A server that refuses leaves the history as it was read; it is read again with the next contact.
    this.ask({ watchTimeline: { customerId, afterEntry } }).catch(() => undefined);
  }

  /** What is known of a customer, all at once. */
  async refresh(customerId: string): Promise<void> {
    await Promise.all([this.readCustomer(customerId), this.readTimeline(customerId), this.readCases(customerId).catch(() => undefined)]);
    this.follow();
  }

  /** Something new came by itself; cases are told as entries and read as they are. */
  onNews(customerId: string, entries: TimelineEntry[]): void {
    if (entries.some((entry) => entry.caseChanged || entry.promise)) void this.readCases(customerId).catch(() => undefined);
  }

  private tendContact(contact: Contact): void {
    const { id, customerId } = contact;
    if (id) this.once(`messages ${id} ${contact.state}`, () => this.readMessages(id));
    if (!customerId || !id) return;
    // Known from an earlier contact, the customer may have changed since.
    this.once(`customer ${customerId} ${id} ${contact.state}`, () => this.readCustomer(customerId));
    this.once(`cases ${customerId} ${id} ${contact.state}`, () => this.readCases(customerId));
    this.once(`history ${id} ${contact.state}`, async () => {
      await this.readTimeline(customerId);
      this.follow();
      const before = contactBefore(this.store.state.timelines[customerId]?.entries ?? [], id);
      if (before) this.once(`messages ${before.contactId}`, () => this.readMessages(before.contactId));
    });
  }

  /** Behind the messages: a draft that is among them is done with. */
  private tendDraft({ id = "", state }: Contact): void {
    this.once(`draft ${id} ${state}`, async () => {
      await this.readMessages(id);
      await this.readDraft(id);
    });
  }

  /** Failures are told by what stays empty; a contact that is only offered may not be read yet. */
  private once(key: string, read: () => Promise<void>): void {
    if (this.asked.has(key)) return;
    this.asked.add(key);
    read().catch(() => this.asked.delete(key));
  }

  async readCustomer(customerId: string): Promise<void> {
    const { customer } = await this.ask({ getCustomer: { customerId } });
    if (customer) this.store.dispatch({ kind: "customer", customer, askedFor: customerId });
  }

  async readCases(customerId: string, pageToken = ""): Promise<void> {
    const page = { pageSize: casesPageSize, pageToken };
    const { cases } = await this.ask({ listCases: { customerId, withEnded: true, page } });
    if (cases) this.store.dispatch({ kind: "cases", customerId, page: cases, more: pageToken !== "" });
  }

  async readTimeline(customerId: string, pageToken = ""): Promise<void> {
    const page = { pageSize: timelinePageSize, pageToken };
    const { timeline } = await this.ask({ listTimeline: { customerId, page } });
    if (!timeline) return;
    this.store.dispatch({ kind: "timeline", customerId, page: timeline, older: pageToken !== "" });
  }

  /** Reads what came after the last message that is known. */
  async readMessages(contactId: string): Promise<void> {
    for (let pages = 0; pages < messagePagesMax; ++pages) {
      const known = this.store.state.conversations[contactId];
      const afterMessage = String(known ? lastMessageNumber(known) : 0);
      const { messages } = await this.ask({ listMessages: { contactId, afterMessage } });
      if (!messages) return;
      this.store.dispatch({ kind: "messages", contactId, page: messages });
      if (!messages.more) return;
    }
  }
}

/** A mail that its agent may be writing. */
function isWrittenMail({ channel, state }: Contact): boolean {
  return channel === "CHANNEL_EMAIL" && (state === "STATE_ASSIGNED" || state === "STATE_HELD");
}
