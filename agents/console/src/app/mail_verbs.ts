// SPDX-License-Identifier: Apache-2.0
// What can be done with mails. What is written is saved on the server as a draft while it is written.
// Sending waits a little, so that it can be taken back; the draft stays until the mail is recorded, and the
// mail is named for its draft: a browser that dies on the way has lost nothing and sends nothing twice.
import { type Draft, type MailHead, type Attachment } from "../wire/usher/context/v1/conversation";
import type { SessionError } from "../wire/usher/agents/v1/session_service";
import type { StartMail } from "../wire/usher/routing/v1/call";
import type { UnsentMessage } from "../state/conversation";
import { bytesOf } from "../state/bytes";
import { findContact } from "../state/desk";
import {
  answersTo,
  attachmentsMax,
  clientIdOf,
  emptyMail,
  fromDraft,
  headOf,
  isEmpty,
  type MailState,
  newestMail,
  nothingWritten,
  sameDraft,
  textBytesMax,
  toDraft,
  type Upload,
  type Written,
} from "../state/mail";
import { errorText } from "./error_text";
import { Files } from "./files";
import { newId } from "./id";
import type { Text } from "../text/catalogue";
import type { Ways } from "./ways";

/** How long a mail that was sent can be taken back. */
export const undoMs = 10_000;
const saveAfterMs = 1_000;
/** A contact that was begun and comes later than this is in the list only. */
const showWithinMs = 10_000;
/** The largest file that is tried; the server's own bound may be lower, and says so. */
const fileBytesMax = 15 * 1024 * 1024;

export interface MailWays extends Ways {
  token(): string;
  text(): Text;
  /** Puts a message on its way, which survives losses of the connection and reloads of the page. */
  say(contactId: string, message: UnsentMessage): void;
}

/** What is under way for one contact. */
interface Desk {
  save?: ReturnType<typeof setTimeout>;
  saving?: Promise<void>;
  departure?: ReturnType<typeof setTimeout>;
  uploads: Map<string, AbortController>;
}

export class MailVerbs {
  readonly files: Files;
  private readonly desks = new Map<string, Desk>();

  constructor(private readonly ways: MailWays) {
    this.files = new Files(() => ways.token());
  }

  // Writing.

  change(contactId: string, change: Partial<Written>): void {
    const before = this.of(contactId);
    this.put(contactId, { written: { ...before.written, ...change }, saving: "dirty" });
    const desk = this.desk(contactId);
    clearTimeout(desk.save);
    desk.save = setTimeout(() => void this.save(contactId), saveAfterMs);
  }

  /** Reads the draft, unless what is here is newer. */
  async load(contactId: string): Promise<void> {
    const before = this.of(contactId);
    if (before.saving !== "clean" || before.leaves !== undefined) return;
    const draft = await this.read(contactId);
    const now = this.of(contactId);
    if (!draft) return this.put(contactId, { loaded: true });
    if (now.saving !== "clean" || now.leaves !== undefined) {
      // Somebody typed while it came: the save tells whether the two differ.
      return this.put(contactId, { loaded: true });
    }
    this.take(contactId, draft);
    const name = clientIdOf(this.of(contactId));
    const leaving = this.ways.store.state.conversations[contactId]?.unsent.some((one) => one.clientId === name && one.refused === undefined);
    // On its way already, it is not to be written again.
    if (leaving) this.put(contactId, { written: nothingWritten });
    this.settle(contactId);
  }

  /** Saves what is not saved yet; when it is done, the server has it, or `saving` tells that it has not. */
  async save(contactId: string): Promise<void> {
    const desk = this.desk(contactId);
    clearTimeout(desk.save);
    // One after the other: each names the version that it changes.
    while (desk.saving) await desk.saving;
    if (this.of(contactId).saving === "clean" || this.of(contactId).conflict) return;
    desk.saving = this.saveNow(contactId).finally(() => (desk.saving = undefined));
    await desk.saving;
  }

  private async saveNow(contactId: string): Promise<void> {
    const { written, version } = this.of(contactId);
    if (isEmpty(written) && version === "0") return this.put(contactId, { saving: "clean" });
    // The server would refuse it; what it has stays.
    if (bytesOf(written.text) > textBytesMax) return this.put(contactId, { saving: "failed" });
    const mine = toDraft(contactId, written, version);
    this.put(contactId, { saving: "saving" });
    try {
      const { draft } = await this.ways.ask({ saveDraft: { draft: mine } });
      this.saved(contactId, written, draft);
    } catch (error) {
      const changed = (error as SessionError).detail?.reason === "DRAFT_CHANGED";
      const theirs = changed ? await this.read(contactId) : undefined;
      // An answer that was lost on the way makes the second try look like somebody else's change.
      if (theirs && sameDraft(theirs, mine)) this.saved(contactId, written, theirs);
      else this.put(contactId, { saving: "failed", conflict: theirs });
    }
  }

  private saved(contactId: string, written: Written, draft: Draft | undefined): void {
    const now = this.of(contactId).written;
    this.put(contactId, { version: draft?.version ?? "0", savedAt: draft?.savedAt ?? "", saving: now === written ? "clean" : "dirty" });
    if (now !== written) void Promise.resolve().then(() => this.save(contactId));
  }

  /** Goes on with what somebody else saved, or with what is here instead of that. */
  resolve(contactId: string, keep: "mine" | "theirs"): void {
    const { conflict } = this.of(contactId);
    if (!conflict) return;
    if (keep === "theirs") return this.take(contactId, conflict);
    this.put(contactId, { conflict: undefined, version: conflict.version ?? "0", saving: "dirty" });
    void this.save(contactId);
  }

  discard(contactId: string): void {
    this.change(contactId, nothingWritten);
    void this.save(contactId);
  }

  private take(contactId: string, draft: Draft): void {
    const { version = "0", savedAt = "" } = draft;
    this.put(contactId, { written: fromDraft(draft), version, savedAt, saving: "clean", conflict: undefined, loaded: true });
  }

  private async read(contactId: string): Promise<Draft | undefined> {
    try {
      return (await this.ways.ask({ getDraft: { contactId } })).draft;
    } catch {
      return undefined; // The next save says what is wrong.
    }
  }

  // Sending.

  /** Sends it, after the time in which it can be taken back. */
  async send(contactId: string): Promise<void> {
    if (this.of(contactId).leaves !== undefined) return;
    const desk = this.desk(contactId);
    this.put(contactId, { leaves: Date.now() + undoMs });
    desk.departure = setTimeout(() => void this.depart(contactId), undoMs);
    await this.save(contactId);
  }

  undo(contactId: string): void {
    clearTimeout(this.desk(contactId).departure);
    this.put(contactId, { leaves: undefined });
  }

  /** What waits to be taken back goes now, because its contact is about to leave or go on hold. */
  async leaving(contactId: string): Promise<void> {
    if (this.of(contactId).leaves === undefined) return this.save(contactId);
    await this.depart(contactId);
  }

  async depart(contactId: string): Promise<void> {
    clearTimeout(this.desk(contactId).departure);
    await this.save(contactId);
    const mail = this.of(contactId);
    const { store } = this.ways;
    const contact = findContact(store.state.desk, contactId);
    // Taken back, or somebody else's by now: the draft is where it was.
    if (mail.leaves === undefined || mail.conflict || !contact) return this.put(contactId, { leaves: undefined });
    const newest = newestMail(store.state.conversations[contactId]?.messages ?? []);
    const { text, attachments } = mail.written;
    const head = headOf(mail.written, answersTo(contact, newest));
    this.ways.say(contactId, { clientId: clientIdOf(mail) ?? newId(), text: text.trim(), at: Date.now(), mail: head, attachments });
    this.put(contactId, { written: nothingWritten, leaves: undefined, saving: "clean" });
  }

  /** A draft whose mail is recorded is done with. */
  settle(contactId: string): void {
    const mail = this.of(contactId);
    const name = clientIdOf(mail);
    const messages = this.ways.store.state.conversations[contactId]?.messages ?? [];
    if (!name || !messages.some((one) => one.clientId === name)) return;
    const again = mail.saving === "clean";
    this.put(contactId, { ...(again ? { written: nothingWritten } : {}), saving: "dirty" });
    void this.save(contactId);
  }

  /** What was refused goes back to where it was written; false where something else stands there by now. */
  takeBack(contactId: string, text: string, head: MailHead, attachments: Attachment[]): boolean {
    if (!isEmpty(this.of(contactId).written)) return false;
    this.change(contactId, { ...fromDraft({ text, mail: head, attachments }) });
    return true;
  }

  // Files.

  attach(contactId: string, files: File[]): void {
    const mail = this.of(contactId);
    const t = this.ways.text();
    const room = attachmentsMax - mail.written.attachments.length - mail.uploads.length;
    const uploads: Upload[] = [];
    files.forEach((file, at) => {
      const upload: Upload = { id: newId(), name: file.name || t("mail.pasted"), done: 0 };
      if (at >= room) upload.failed = t("mail.files.many", { count: attachmentsMax });
      else if (file.size > fileBytesMax) upload.failed = t("mail.files.large", { count: fileBytesMax / 1024 / 1024 });
      else void this.upload(contactId, upload.id, new File([file], upload.name, { type: file.type }));
      uploads.push(upload);
    });
    this.put(contactId, { uploads: [...mail.uploads, ...uploads] });
  }

  private async upload(contactId: string, id: string, file: File): Promise<void> {
    const abort = new AbortController();
    this.desk(contactId).uploads.set(id, abort);
    const change = (how: Partial<Upload>) => {
      const uploads = this.of(contactId).uploads.map((one) => (one.id === id ? { ...one, ...how } : one));
      this.put(contactId, { uploads });
    };
    try {
      const kept = await this.files.keep(contactId, file, (done) => change({ done }), abort.signal);
      if (abort.signal.aborted) return;
      this.drop(contactId, id);
      this.change(contactId, { attachments: [...this.of(contactId).written.attachments, kept] });
    } catch (error) {
      const { title, next } = errorText(error as SessionError, this.ways.text());
      if (!abort.signal.aborted) change({ failed: next ? `${title} ${next}` : title });
    }
  }

  /** Forgets a file that is on its way, or that did not get there. */
  drop(contactId: string, id: string): void {
    const { uploads } = this.desk(contactId);
    uploads.get(id)?.abort();
    uploads.delete(id);
    this.put(contactId, { uploads: this.of(contactId).uploads.filter((one) => one.id !== id) });
  }

  detach(contactId: string, at: number): void {
    const { attachments } = this.of(contactId).written;
    this.change(contactId, { attachments: attachments.filter((_, index) => index !== at) });
  }

  // New conversations.

  /** Begins a conversation; its contact is shown with the mail begun. */
  async start(mail: StartMail): Promise<boolean> {
    try {
      const { contact } = await this.ways.ask({ startMail: { requestId: newId(), mail } });
      const id = contact?.id;
      if (!id) return true;
      this.change(id, { kind: "KIND_NEW", to: [{ address: mail.to ?? "" }], subject: mail.subject ?? "" });
      this.show(id);
      return true;
    } catch (error) {
      this.ways.tell(error as SessionError);
      return false;
    }
  }

  /** Now, or when it comes: the answer may be here before the contact is. */
  private show(contactId: string): void {
    const { store } = this.ways;
    const shown = () => {
      if (!findContact(store.state.desk, contactId)) return false;
      end();
      store.dispatch({ kind: "select", contactId });
      return true;
    };
    let end = () => {};
    if (!shown()) {
      end = store.subscribe(shown);
      setTimeout(end, showWithinMs);
    }
  }

  /** Another person's, or nobody's, desk: nothing of this one goes on. */
  end(): void {
    for (const desk of this.desks.values()) {
      clearTimeout(desk.save);
      clearTimeout(desk.departure);
      for (const upload of desk.uploads.values()) upload.abort();
    }
    this.desks.clear();
  }

  private of(contactId: string): MailState {
    return this.ways.store.state.mails[contactId] ?? emptyMail;
  }

  private put(contactId: string, change: Partial<MailState>): void {
    this.ways.store.dispatch({ kind: "mail", contactId, change });
  }

  private desk(contactId: string): Desk {
    const known = this.desks.get(contactId) ?? { uploads: new Map<string, AbortController>() };
    this.desks.set(contactId, known);
    return known;
  }
}
