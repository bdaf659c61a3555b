// SPDX-License-Identifier: Apache-2.0
// What is said in conversations: sent one after the other, kept until it is recorded, and what else the
// customer is told of: that somebody types, and what was read.
import { lastMessageNumber, type UnsentMessage } from "../state/conversation";
import type { ToastTone } from "../state/state";
import type { SessionRequest, SessionResponse } from "../wire/usher/agents/v1/session_service";
import { signedOut } from "../session/session";
import type { Text } from "../text/catalogue";
import { newId } from "./id";
import type { MailVerbs } from "./mail_verbs";
import { Outbox } from "./outbox";
import type { Store } from "./store";
import { loadUnsent, saveUnsent } from "./unsent";

/** Typing is told again this often while it goes on, and as stopped after this long without a key. */
const typingAgainMs = 3000;
const typingStopsMs = 5000;
/** How long a contact waits, before it leaves, for what was said in it to be recorded. */
const saidWithinMs = 5000;

export interface TalkWays {
  store: Store;
  /** `patient`: waits for a connection. Fails with a SessionError. */
  ask(request: SessionRequest, patient: boolean): Promise<SessionResponse>;
  /** Is lost where there is no connection. */
  hint(request: SessionRequest): void;
  toast(tone: ToastTone, title: string, detail?: string): void;
  text(): Text;
  mails: MailVerbs;
}

export class TalkVerbs {
  private readonly outbox = this.makeOutbox();
  private typing?: { contactId: string; toldAt: number; stop: ReturnType<typeof setTimeout> };
  private unsentRestored = false;

  constructor(private readonly ways: TalkWays) {
    // Not before what an earlier page left was taken up: it would be overwritten.
    ways.store.subscribe(() => this.unsentRestored && saveUnsent(ways.store.state.conversations));
  }

  /** Somebody may be signed in whose unsent messages are others. */
  forgetUnsent(): void {
    this.unsentRestored = false;
  }

  /** To the customer, or with `internal` to colleagues only. */
  say(contactId: string, text: string, internal = false): void {
    if (!internal) this.stopTyping();
    this.put(contactId, { clientId: newId(), text, at: Date.now(), internal });
  }

  put(contactId: string, message: UnsentMessage): void {
    this.ways.store.dispatch({ kind: "say", contactId, message });
    this.outbox.put({ contactId, ...message });
  }

  sayAgain(contactId: string, clientId: string): void {
    const message = this.ways.store.state.conversations[contactId]?.unsent.find((one) => one.clientId === clientId);
    if (!message) return;
    this.ways.store.dispatch({ kind: "refused", contactId, clientId });
    this.outbox.put({ contactId, ...message });
  }

  /** A mail goes back to where it was written. */
  unsay(contactId: string, clientId: string): void {
    const message = this.ways.store.state.conversations[contactId]?.unsent.find((one) => one.clientId === clientId);
    const { mail, text = "", attachments = [] } = message ?? {};
    if (mail && !this.ways.mails.takeBack(contactId, text, mail, attachments)) {
      const t = this.ways.text();
      return this.ways.toast("bad", t("mail.back.busy"), t("mail.back.busy.next"));
    }
    this.ways.store.dispatch({ kind: "unsay", contactId, clientId });
  }

  private makeOutbox(): Outbox {
    return new Outbox({
      send: async ({ contactId, clientId, text, internal, mail, attachments }) => {
        const sendMessage = { contactId, clientId, text, internal, mail, attachments };
        const { sent } = await this.ways.ask({ sendMessage }, true);
        if (!sent) return;
        this.ways.store.dispatch({ kind: "sent", message: { ...sent, contactId, clientId } });
        if (mail) this.ways.mails.settle(contactId);
      },
      isWanted: ({ contactId, clientId }) =>
        this.ways.store.state.conversations[contactId]?.unsent.some((one) => one.clientId === clientId) ?? false,
      onRefused: ({ contactId, clientId }, { message, detail }) => {
        if (detail?.reason === signedOut.detail?.reason) return;
        const reason = message || detail?.reason || this.ways.text()("error.unknown");
        this.ways.store.dispatch({ kind: "refused", contactId, clientId, reason });
      },
      wait: (ms) => new Promise((done) => setTimeout(done, ms)),
    });
  }

  /** After a reload of the page: what was written and never recorded is sent with its old client id. */
  restoreUnsent(): void {
    if (this.unsentRestored) return;
    this.unsentRestored = true;
    const here = new Set(this.ways.store.state.desk.contacts.map((contact) => contact.id));
    for (const [contactId, messages] of Object.entries(loadUnsent())) {
      if (!here.has(contactId)) continue;
      for (const message of messages) {
        this.put(contactId, { ...message, refused: undefined });
      }
    }
  }

  /** A key was pressed in the composer. */
  type(contactId: string): void {
    const now = Date.now();
    const goesOn = this.typing?.contactId === contactId ? this.typing : undefined;
    if (this.typing && !goesOn) this.stopTyping();
    if (goesOn) clearTimeout(goesOn.stop);
    const tell = !goesOn || now - goesOn.toldAt >= typingAgainMs;
    if (tell) this.ways.hint({ sendTyping: { contactId, active: true } });
    const stop = setTimeout(() => this.stopTyping(), typingStopsMs);
    this.typing = { contactId, toldAt: tell ? now : (goesOn?.toldAt ?? now), stop };
  }

  stopTyping(): void {
    if (!this.typing) return;
    clearTimeout(this.typing.stop);
    this.ways.hint({ sendTyping: { contactId: this.typing.contactId, active: false } });
    this.typing = undefined;
  }

  /** The conversation is on the screen, down to its end. */
  seen(contactId: string): void {
    const before = this.ways.store.state.conversations[contactId];
    if (!before || lastMessageNumber(before) <= before.agent.read) return;
    this.ways.store.dispatch({ kind: "seen", contactId });
    this.ways.hint({ markRead: { contactId, readUpTo: String(lastMessageNumber(before)) } });
  }

  /** Until what was said is recorded, unless that takes too long: a contact that leaves waits for it. */
  async settled(contactId: string): Promise<void> {
    await this.ways.mails.leaving(contactId);
    await Promise.race([this.outbox.empty(contactId), new Promise((done) => setTimeout(done, saidWithinMs))]);
  }
}
