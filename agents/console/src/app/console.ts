// SPDX-License-Identifier: Apache-2.0
// The console's verbs: what an agent or supervisor can do, and what happens with the answers. Joins
// the session (network) to the store (state).
import type { AgentPresence } from "../wire/usher/agents/v1/agent";
import type { SessionError, SessionRequest, SessionResponse, TimelineNews } from "../wire/usher/agents/v1/session_service";
import type { Event } from "../wire/usher/routing/v1/event";
import type { Contact, Offer } from "../wire/usher/routing/v1/contact";
import type { Action } from "../state/action";
import { newsOf } from "../state/desk";
import { durationText } from "../state/time";
import type { Dialog, ToastTone } from "../state/state";
import { Session, type SessionListener, signedOut } from "../session/session";
import { takesCalls } from "../call/takes_calls";
import type { Telephone } from "../softphone/telephone";
import type { Text } from "../text/catalogue";
import { isCall } from "../call/is_call";
import { CallVerbs } from "./call_verbs";
import { Caretaker } from "./caretaker";
import { CaseVerbs } from "./case_verbs";
import { CustomerVerbs } from "./customer_verbs";
import { errorText } from "./error_text";
import type { Piece } from "./files";
import { newId } from "./id";
import { MailVerbs } from "./mail_verbs";
import type { Store } from "./store";
import { TalkVerbs } from "./talk_verbs";
import { forgetToken, keepToken } from "./token";
import type { Ways } from "./ways";

export class Console implements SessionListener {
  private session?: Session;
  private token = "";
  private toasts = 0;
  /** The dialog that waits for an answer. */
  private asking?: Dialog;
  readonly customers: CustomerVerbs;
  readonly cases: CaseVerbs;
  readonly calls: CallVerbs;
  readonly mails: MailVerbs;
  readonly talk: TalkVerbs;
  private readonly caretaker: Caretaker;

  constructor(
    readonly store: Store,
    private readonly url: string,
    private readonly text: () => Text,
    readonly phone: Telephone,
  ) {
    this.caretaker = new Caretaker(store, (request) => this.request(request), (contactId) => this.mails.load(contactId));
    const ways: Ways = {
      store,
      ask: (request) => this.request(request),
      act: (request) => this.act(request),
      tell: (error) => this.tell(error),
    };
    this.customers = new CustomerVerbs(ways, (customerId) => this.caretaker.refresh(customerId));
    this.cases = new CaseVerbs(ways);
    this.calls = new CallVerbs(ways, (comes) => phone.expect(comes));
    this.mails = new MailVerbs({ ...ways, token: () => this.token, text, say: (contactId, message) => this.talk.put(contactId, message) });
    this.talk = new TalkVerbs({
      store,
      text,
      ask: (request, patient) => this.request(request, patient),
      hint: (request) => this.session?.hint(request),
      toast: (tone, title, detail) => this.toast(tone, title, detail),
      mails: this.mails,
    });
    store.subscribe(() => this.caretaker.follow());
  }

  // The session.

  signIn(token: string): void {
    this.session?.end();
    this.talk.forgetUnsent();
    if (token !== this.token) this.mails.end();
    // Another person's desk and place in the events are not this one's.
    if (token !== this.token) this.store.dispatch({ kind: "link", link: { kind: "signed-out" } });
    this.token = token;
    keepToken(token);
    this.session = new Session(this.url, token, this);
    this.session.open();
  }

  /** Goes offline and forgets the token. */
  async signOut(): Promise<void> {
    if (this.store.state.desk.agent) {
      await this.request({ signOut: { requestId: newId() } }).catch(() => undefined);
    }
    this.leave({ kind: "signed-out" });
  }

  /** Forgets the token without a word to the server, for a session that has ended already. */
  forget(): void {
    this.leave({ kind: "signed-out" });
  }

  /** Opens the session again after the server ended it, for instance for another window. */
  reopen(): void {
    this.signIn(this.token);
  }

  hurry(): void {
    this.session?.hurry();
  }

  tick(): void {
    this.session?.tick();
  }

  afterSequence(): string | undefined {
    return this.store.state.sequence;
  }

  onConnecting(): void {
    if (this.store.state.link.kind !== "reconnecting") {
      this.store.dispatch({ kind: "link", link: { kind: "connecting" } });
    }
  }

  onLost(retryAt: number): void {
    this.store.dispatch({ kind: "link", link: { kind: "reconnecting", retryAt } });
  }

  onTokenRefused(why: "TOKEN_EXPIRED" | "TOKEN_REFUSED"): void {
    this.leave({ kind: "signed-out", why });
  }

  onClosed(reason: string): void {
    this.phone.end();
    this.store.dispatch({ kind: "link", link: { kind: "closed", reason } });
  }

  onClock(sample: { sentAt: number; receivedAt: number; serverTime?: string }): void {
    this.store.dispatch({ kind: "clock", ...sample });
  }

  onResponse(response: SessionResponse): void {
    const dispatch = (action: Action) => this.store.dispatch(action);
    if (response.welcome) {
      this.caretaker.restart();
      dispatch({ kind: "welcome", welcome: response.welcome });
      // The names of colleagues; without them, ids are shown.
      void this.readBoard().catch(() => undefined);
    }
    if (response.desk) {
      dispatch({ kind: "desk", desk: response.desk });
      this.talk.restoreUnsent();
      if (takesCalls(response.desk.agent)) this.phone.begin(this.token);
    }
    if (response.event) this.onEvent(response.event);
    if (response.conversation) {
      dispatch({ kind: "conversation", event: response.conversation, now: Date.now() });
    }
    if (response.timelineNews) this.onNews(response.timelineNews);
    const sequence = dealtWith(response);
    if (sequence !== undefined) dispatch({ kind: "sequence", sequence });
    if (response.welcome || response.desk || response.event) this.caretaker.tend();
  }

  private onNews({ customerId = "", news = {} }: TimelineNews): void {
    this.store.dispatch({ kind: "news", customerId, news });
    this.caretaker.onNews(customerId, news.entries ?? []);
  }

  private onEvent(event: Event): void {
    const me = this.store.state.me?.subject ?? "";
    const news = newsOf(this.store.state.desk, event, me);
    this.store.dispatch({ kind: "event", event });
    if (!news) return;
    const t = this.text();
    const name = this.nameOf(news.contact);
    if (news.kind === "missed") this.toast("bad", t("news.missed", { name }), t("news.missed.next"));
    if (news.kind === "withdrawn") this.toast("info", t("news.withdrawn", { name }));
    const aside = event.queued?.cause === "hold-limit";
    if (news.kind === "taken-away" && aside) this.toast("info", t("news.put-back", { name }), t("news.put-back.next"));
    else if (news.kind === "taken-away") this.toast("info", t("news.taken-away", { name }));
  }

  private leave(link: { kind: "signed-out"; why?: "TOKEN_EXPIRED" | "TOKEN_REFUSED" }): void {
    this.session?.end();
    this.session = undefined;
    this.mails.end();
    forgetToken();
    if (link.why) this.phone.end();
    else this.phone.leave();
    this.store.dispatch({ kind: "link", link });
  }

  private request(request: SessionRequest, patient = false): Promise<SessionResponse> {
    return this.session?.request(request, patient) ?? Promise.reject(signedOut);
  }

  /** Does a verb: true when it was done; a refusal is told and answers false. */
  private async act(request: SessionRequest): Promise<boolean> {
    try {
      const { contact, customer, case: changed, unmerged } = await this.request(request);
      if (changed) this.store.dispatch({ kind: "case", changed });
      if (unmerged?.other) this.store.dispatch({ kind: "customer", customer: unmerged.other });
      if (unmerged?.customer) this.store.dispatch({ kind: "customer", customer: unmerged.customer });
      if (contact) this.store.dispatch({ kind: "contact", contact });
      if (customer) this.store.dispatch({ kind: "customer", customer });
      this.caretaker.tend();
      return true;
    } catch (error) {
      this.tell(error as SessionError);
      return false;
    }
  }

  /** What a dialog asks for: done, it closes the dialog; what is refused is said in it. Where the dialog is gone by then, nothing is closed and a toast says it. */
  async fromDialog(verb: () => Promise<boolean>): Promise<void> {
    const { dialog } = this.store.state;
    if (!dialog || this.asking === dialog) return;
    this.store.dispatch({ kind: "refusal" });
    this.asking = dialog;
    const done = await verb().finally(() => {
      if (this.asking === dialog) this.asking = undefined;
    });
    if (done && this.store.state.dialog === dialog) this.store.dispatch({ kind: "dialog" });
  }

  // Presence.

  goAvailable(): Promise<boolean> {
    const offline = this.isOffline();
    return offline
      ? this.act({ signIn: { requestId: newId() } })
      : this.act({ setPresence: { requestId: newId(), presence: "PRESENCE_AVAILABLE" } });
  }

  async goNotReady(reason: string): Promise<boolean> {
    if (this.isOffline() && !(await this.act({ signIn: { requestId: newId() } }))) return false;
    return this.act({ setPresence: { requestId: newId(), presence: "PRESENCE_NOT_READY", reason } });
  }

  goOffline(): Promise<boolean> {
    return this.act({ signOut: { requestId: newId() } });
  }

  private isOffline(): boolean {
    const presence = this.store.state.desk.agent?.presence ?? "PRESENCE_OFFLINE";
    return presence === "PRESENCE_OFFLINE" || presence === "PRESENCE_UNSPECIFIED";
  }

  // Offers and contacts.

  /** A call that rings in this browser is answered, and so accepted; one that rings later, by itself. */
  async accept(offer: Offer): Promise<boolean> {
    const { contactId, id: offerId } = offer;
    if (this.phone.ringsFor(offer)) return this.answer(contactId);
    const { desk } = this.store.state;
    const spoken = desk.offers.some(({ contact }) => contact && contact.id === contactId && isCall(contact, undefined));
    if (spoken) this.phone.expect(true);
    const done = await this.act({ accept: { requestId: newId(), contactId, offerId } });
    if (done) this.store.dispatch({ kind: "select", contactId });
    else if (spoken) this.phone.expect(false);
    return done;
  }

  private async answer(contactId: string | undefined): Promise<boolean> {
    const up = await this.phone.answer(true);
    const t = this.text();
    if (up) this.store.dispatch({ kind: "select", contactId });
    else this.toast("bad", t("phone.unanswered"), t("phone.unanswered.next"));
    return up;
  }

  reject(offer: Offer): Promise<boolean> {
    return this.act({ reject: { requestId: newId(), contactId: offer.contactId, offerId: offer.id } });
  }

  async complete(contactId: string, disposition: string): Promise<boolean> {
    this.talk.stopTyping();
    await this.talk.settled(contactId);
    return this.act({ complete: { requestId: newId(), contactId, disposition } });
  }

  endWrapUp(contactId: string): Promise<boolean> {
    return this.act({ endWrapUp: { requestId: newId(), contactId } });
  }

  extendWrapUp(contactId: string, byMs: number): Promise<boolean> {
    return this.act({ extendWrapUp: { requestId: newId(), contactId, extendBy: durationText(byMs) } });
  }

  async hold(contactId: string): Promise<boolean> {
    await this.mails.leaving(contactId);
    return this.act({ hold: { requestId: newId(), contactId } });
  }

  resume(contactId: string): Promise<boolean> {
    return this.act({ resume: { requestId: newId(), contactId } });
  }

  async transfer(contactId: string, target: { toQueue: string } | { toAgent: string }): Promise<boolean> {
    this.talk.stopTyping();
    await this.talk.settled(contactId);
    return this.act({ transfer: { requestId: newId(), contactId, ...target } });
  }

  // The customer.

  readConversation(contactId: string): Promise<void> {
    return this.caretaker.readMessages(contactId).catch((error: SessionError) => this.tell(error));
  }

  readOlder(customerId: string, pageToken: string): Promise<void> {
    return this.caretaker.readTimeline(customerId, pageToken).catch((error: SessionError) => this.tell(error));
  }

  readCases(customerId: string, pageToken = ""): Promise<void> {
    return this.caretaker.readCases(customerId, pageToken).catch((error: SessionError) => this.tell(error));
  }

  async addNote(customerId: string, contactId: string, text: string): Promise<boolean> {
    try {
      const { note } = await this.request({ addNote: { requestId: newId(), customerId, contactId, text } });
      if (note) this.store.dispatch({ kind: "note", customerId, entry: note });
      return true;
    } catch (error) {
      this.tell(error as SessionError);
      return false;
    }
  }

  // Boards and lists.

  /** Reads queues and agents, and for supervisors the open contacts. Failures are the caller's. */
  async readBoard(): Promise<void> {
    const page = { pageSize: 500 };
    const supervises = this.store.state.me?.role === "supervisor";
    const [queues, agents, contacts] = await Promise.all([
      this.request({ listQueues: { page } }),
      this.request({ listAgents: { page } }),
      supervises ? this.request({ listContacts: { page } }) : undefined,
    ]);
    this.store.dispatch({
      kind: "board",
      queues: queues.queues?.queues ?? [],
      agents: agents.agents?.agents ?? [],
      contacts: contacts?.contacts?.contacts ?? [],
    });
  }

  setAgentPresence(agentId: string, presence: AgentPresence, reason = ""): Promise<boolean> {
    return this.act({ setPresence: { requestId: newId(), agentId, presence, reason } });
  }

  /** Reads a file of a message; what is wrong is told, and answers false. */
  async withFile(contactId: string, messageId: string, what: Piece, then: (bytes: Blob) => void | Promise<void>): Promise<boolean> {
    try {
      await then(await this.mails.files.read(contactId, messageId, what));
      return true;
    } catch (error) {
      this.tell(error as SessionError);
      return false;
    }
  }

  // Words.

  nameOf(contact: Contact): string {
    const customer = this.store.state.customers[contact.customerId ?? ""];
    if (customer?.name) return customer.name;
    const { customerId } = contact;
    const t = this.text();
    return customerId ? t("customer.nameless", { id: customerId.slice(-4) }) : t("customer.unknown");
  }

  /** An agent's name where the directory has it, else the id as a word. */
  nameOfAgent(agentId: string): string {
    const agent = this.store.state.board.agents.find((one) => one.id === agentId);
    return agent?.name || this.text().word(agentId);
  }

  toast(tone: ToastTone, title: string, detail?: string): void {
    this.store.dispatch({ kind: "toast", toast: { id: ++this.toasts, tone, title, detail } });
  }

  private tell(error: SessionError): void {
    if (error.detail?.reason === signedOut.detail?.reason) return;
    const refusal = errorText(error, this.text());
    const { dialog } = this.store.state;
    if (dialog && dialog === this.asking) this.store.dispatch({ kind: "refusal", refusal });
    else this.toast("bad", refusal.title, refusal.next);
  }
}

/** The commit up to which everything was heard: desks and recorded events say it, answers do not. */
function dealtWith(response: SessionResponse): string | undefined {
  const at = response.desk?.sequence || response.sequence;
  const recorded = response.desk !== undefined || response.event?.sequence !== undefined;
  return recorded && at && at !== "0" ? at : undefined;
}
