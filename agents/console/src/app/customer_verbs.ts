// SPDX-License-Identifier: Apache-2.0
// What can be asked and done about customers. Reads answer to who asks; changes go to the store.
import type { SessionError } from "../wire/usher/agents/v1/session_service";
import type { CustomerRead } from "../wire/usher/context/v1/privacy_service";
import type { Duplicate, ListTimelineResponse, MessageHit, SearchCustomersResponse, UpdateCustomerRequest } from "../wire/usher/context/v1/context_service";
import type { Customer, CustomerChange, Identity } from "../wire/usher/context/v1/customer";
import { type TimelineFilter, timelineGroups } from "../state/timeline";
import { newId } from "./id";
import type { Page } from "./use_pages";
import type { Ways } from "./ways";

const pageSize = 30;
const hitsMax = 20;

export class CustomerVerbs {
  constructor(
    private readonly ways: Ways,
    /** Reads the customer, the history and the cases again. */
    private readonly refresh: (customerId: string) => Promise<void>,
  ) {}

  /** Shows a customer who need not be on the desk. */
  look(customerId: string): void {
    this.ways.store.dispatch({ kind: "look", customerId });
  }

  async search(query: string): Promise<SearchCustomersResponse> {
    return (await this.ways.ask({ searchCustomers: { query, limit: hitsMax } })).search ?? {};
  }

  /** The id of the new customer; undefined where it was refused. */
  async create(customer: Customer): Promise<string | undefined> {
    try {
      const made = (await this.ways.ask({ createCustomer: { requestId: newId(), customer } })).customer;
      if (made) this.ways.store.dispatch({ kind: "customer", customer: made });
      return made?.id;
    } catch (error) {
      this.ways.tell(error as SessionError);
      return undefined;
    }
  }

  /** Reads everything of a customer who was looked up; a refusal is the caller's to show. */
  read(customerId: string): Promise<void> {
    return this.refresh(customerId);
  }

  async update(change: Omit<UpdateCustomerRequest, "requestId">): Promise<boolean> {
    const done = await this.ways.act({ updateCustomer: { ...change, requestId: newId() } });
    // Most refusals mean that somebody else was faster: what they wrote is shown.
    if (!done && change.customerId) await this.refresh(change.customerId).catch(() => undefined);
    return done;
  }

  addIdentity(customerId: string, identity: Identity): Promise<boolean> {
    return this.ways.act({ addIdentity: { requestId: newId(), customerId, identity } });
  }

  removeIdentity(customerId: string, identity: Identity): Promise<boolean> {
    return this.ways.act({ removeIdentity: { requestId: newId(), customerId, identity } });
  }

  async duplicates(customerId: string): Promise<Page<Duplicate>> {
    const { duplicates } = await this.ways.ask({ suggestDuplicates: { customerId } });
    return { items: duplicates?.duplicates ?? [], next: "" };
  }

  async merge(customerId: string, otherCustomerId: string, reason: string): Promise<boolean> {
    const done = await this.ways.act({ mergeCustomers: { requestId: newId(), customerId, otherCustomerId, reason } });
    if (done) await this.refresh(customerId).catch(() => undefined);
    return done;
  }

  async undoMerge(customerId: string, otherCustomerId: string, reason: string): Promise<boolean> {
    const done = await this.ways.act({ undoMerge: { requestId: newId(), customerId, otherCustomerId, reason } });
    if (done) await this.refresh(customerId).catch(() => undefined);
    return done;
  }

  async timeline(customerId: string, filter: TimelineFilter, pageToken: string): Promise<ListTimelineResponse> {
    const { group, channel } = filter;
    const page = { pageSize, pageToken };
    const { timeline } = await this.ways.ask({ listTimeline: { customerId, page, kinds: [...timelineGroups[group]], channel } });
    return timeline ?? {};
  }

  async searchMessages(customerId: string, query: string, pageToken: string): Promise<Page<MessageHit>> {
    const { foundMessages } = await this.ways.ask({ searchMessages: { customerId, query, page: { pageSize, pageToken } } });
    return { items: foundMessages?.hits ?? [], next: foundMessages?.page?.nextPageToken ?? "" };
  }

  async changes(customerId: string, pageToken: string): Promise<Page<CustomerChange>> {
    const { changes } = await this.ways.ask({ listChanges: { customerId, page: { pageSize, pageToken } } });
    return { items: changes?.changes ?? [], next: changes?.page?.nextPageToken ?? "" };
  }

  revert(customerId: string, changeId: string): Promise<boolean> {
    return this.ways.act({ revertChange: { requestId: newId(), customerId, changeId } });
  }

  async reads(customerId: string, pageToken: string): Promise<Page<CustomerRead>> {
    const { reads } = await this.ways.ask({ listReads: { customerId, page: { pageSize, pageToken } } });
    return { items: reads?.reads ?? [], next: reads?.page?.nextPageToken ?? "" };
  }
}
