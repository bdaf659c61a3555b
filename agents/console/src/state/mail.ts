// SPDX-License-Identifier: Apache-2.0
// Mails: what an agent writes and its draft on the server, who it goes to, and what of a mail that
// came is shown.
import type { Attachment, Draft, MailAddress, MailHead, MailHeadKind, Message } from "../wire/usher/context/v1/conversation";
import { bytesOf } from "./bytes";
import type { Contact } from "../wire/usher/routing/v1/contact";

/** The proto's bounds. */
export const textBytesMax = 64 * 1024;
export const addressMax = 254;
export const recipientsMax = 100;
export const attachmentsMax = 20;
export const subjectBytesMax = 1024;

/** What the agent has written so far. */
export interface Written {
  kind: Exclude<MailHeadKind, "KIND_UNSPECIFIED">;
  /** Of an answer: to everybody who had the mail. */
  all: boolean;
  /** Empty in an answer: whom the mail that it answers asks for. */
  to: MailAddress[];
  cc: MailAddress[];
  bcc: MailAddress[];
  /** Empty in an answer: as the thread has it. */
  subject: string;
  text: string;
  /** Of a forward: the first message of the mail that is passed on. */
  about: string;
  withoutQuotation: boolean;
  attachments: Attachment[];
}

/** A file on its way to the server. */
export interface Upload {
  id: string;
  name: string;
  /** 0 to 1. */
  done: number;
  failed?: string;
}

export interface MailState {
  written: Written;
  /** The draft's on the server that `written` was changed from; 0: there is none. */
  version: string;
  /** When that was saved, as the server said. */
  savedAt: string;
  /** `failed`: the server did not take it; it is tried again with the next change. */
  saving: "clean" | "dirty" | "saving" | "failed";
  /** What somebody else saved meanwhile. */
  conflict?: Draft;
  loaded: boolean;
  uploads: Upload[];
  /** When it is sent, on this machine's clock, unless it is taken back before. */
  leaves?: number;
}

export const nothingWritten: Written = {
  kind: "KIND_ANSWER",
  all: false,
  to: [],
  cc: [],
  bcc: [],
  subject: "",
  text: "",
  about: "",
  withoutQuotation: false,
  attachments: [],
};

export const emptyMail: MailState = { written: nothingWritten, version: "0", savedAt: "", saving: "clean", loaded: false, uploads: [] };

export function isEmpty(written: Written): boolean {
  const { text, subject, to, cc, bcc, about, attachments } = written;
  return [text.trim(), subject, about].every((one) => one === "") && [to, cc, bcc, attachments].every((list) => list.length === 0);
}

/** When the draft that stands on the server was saved; undefined without one, and once it was sent off. */
export function draftSavedAt(mail: MailState | undefined): string | undefined {
  if (!mail || mail.version === "0" || mail.leaves !== undefined || isEmpty(mail.written)) return undefined;
  return mail.savedAt || undefined;
}

/** What the message will have as a mail. An answer with copies says whom it answers, for else it would go to the copies alone. */
export function headOf(written: Written, answersTo: MailAddress | undefined): MailHead {
  const { kind, cc, bcc, subject, about, withoutQuotation } = written;
  const copied = cc.length + bcc.length > 0;
  const to = written.to.length === 0 && kind === "KIND_ANSWER" && copied && answersTo ? [answersTo] : written.to;
  return {
    kind,
    to,
    cc,
    bcc,
    subject: subject.trim(),
    ...(kind === "KIND_FORWARD" ? { aboutMessage: about } : {}),
    ...(kind === "KIND_ANSWER" ? { withoutQuotation } : {}),
  };
}

/** As the server keeps it; without anything in it, it is removed there. */
export function toDraft(contactId: string, written: Written, version: string): Draft {
  if (isEmpty(written)) return { contactId, version, text: "" };
  const { text, attachments } = written;
  return { contactId, version, text, attachments, mail: headOf(written, undefined) };
}

export function fromDraft(draft: Draft): Written {
  const { mail = {}, text = "", attachments = [] } = draft;
  const { to = [], cc = [], bcc = [] } = mail;
  const kind = mail.kind === "KIND_FORWARD" || mail.kind === "KIND_NEW" ? mail.kind : "KIND_ANSWER";
  const about = mail.aboutMessage === "0" ? "" : (mail.aboutMessage ?? "");
  const all = kind === "KIND_ANSWER" && to.length > 0;
  return { kind, all, to, cc, bcc, subject: mail.subject ?? "", text, about, withoutQuotation: mail.withoutQuotation ?? false, attachments };
}

/** Whether two drafts say the same, whoever saved them. */
export function sameDraft(a: Draft, b: Draft): boolean {
  const essence = (draft: Draft) => JSON.stringify(fromDraft(draft), (_, value: unknown) => (isAddress(value) ? [value.name ?? "", value.address] : value));
  return essence(a) === essence(b);
}

function isAddress(value: unknown): value is MailAddress {
  return typeof value === "object" && value !== null && "address" in value;
}

/** The message's own name: of one version of a draft there is one mail, however often it is sent. */
export function clientIdOf(mail: Pick<MailState, "version" | "savedAt">): string | undefined {
  return mail.version === "0" ? undefined : `draft-${mail.version}-${mail.savedAt}`;
}

// Addresses.

/** `Ann Li <ann@shop.example>` or `ann@shop.example`; undefined where it is no address. */
function addressIn(text: string): MailAddress | undefined {
  const named = /^\s*"?([^"<>]*?)"?\s*<\s*([^<>\s]+)\s*>\s*$/.exec(text);
  const name = named?.[1] ?? "";
  const address = named?.[2] ?? text.trim();
  if (!isMailAddress(address)) return undefined;
  return name === "" ? { address } : { name: name.slice(0, 200), address };
}

/** Whether mail can be sent there: one @, a name with a dot behind it or `localhost`, nothing that needs quoting. */
export function isMailAddress(address: string): boolean {
  if (bytesOf(address) > addressMax) return false;
  return /^[^\s@<>(),;:"[\]\\]+@(?:[^\s@<>(),;:"[\]\\.]+\.)*[^\s@<>(),;:"[\]\\.]{2,}$/.test(address) && !address.includes("..");
}

/** Addresses out of what was typed or pasted, and what of it is none. */
export function addressesIn(text: string): { addresses: MailAddress[]; rest: string } {
  const addresses: MailAddress[] = [];
  const rest: string[] = [];
  // Commas within quotation marks are part of a name.
  for (const piece of text.match(/(?:"[^"]*"|[^,;\n])+/g) ?? []) {
    if (piece.trim() === "") continue;
    const one = addressIn(piece);
    if (one) addresses.push(one);
    else rest.push(piece.trim());
  }
  return { addresses, rest: rest.join(", ") };
}

export function withAddresses(list: MailAddress[], added: MailAddress[]): MailAddress[] {
  const known = new Set(list.map(keyOf));
  const fresh = added.filter((one) => !known.has(keyOf(one)) && known.add(keyOf(one)));
  return [...list, ...fresh];
}

function keyOf(one: MailAddress): string {
  return (one.address ?? "").toLowerCase();
}

export function addressText({ name, address = "" }: MailAddress): string {
  return name ? `${name} <${address}>` : address;
}

// The mails of a conversation.

/** One mail as it is read: a long one is several messages, the first of which has the head. */
export interface Mail {
  first: Message;
  text: string;
}

/** The name that the pieces of one mail share. */
function mailKeyOf(message: Message): string | undefined {
  return /^(mail-.+)-\d+$/.exec(message.clientId ?? "")?.[1];
}

/** Whether a message goes on with the mail before it. */
export function continues(before: Message | undefined, message: Message): boolean {
  if (!before || message.mail || before.author?.side !== message.author?.side || message.author?.side !== "SIDE_CUSTOMER") return false;
  const key = mailKeyOf(message);
  return key !== undefined && key === mailKeyOf(before);
}

/** The mail that an answer answers: the newest that came. */
export function newestMail(messages: Message[]): Mail | undefined {
  return mailsOf(messages).reverse().find(({ first }) => first.author?.side === "SIDE_CUSTOMER");
}

/** All of them, oldest first, without notes. */
export function mailsOf(messages: Message[]): Mail[] {
  const mails: Mail[] = [];
  let before: Message | undefined;
  for (const message of messages) {
    if (message.internal || message.author?.side === "SIDE_SYSTEM") continue;
    const open = mails[mails.length - 1];
    if (open && continues(before, message)) open.text += `\n${message.text ?? ""}`;
    else mails.push({ first: message, text: message.text ?? "" });
    before = message;
  }
  return mails;
}

/** Whom the newest mail asks to be answered, as the adapter found out. */
export function answersTo(contact: Contact, mail: Mail | undefined): MailAddress | undefined {
  const address = contact.attributes?.["mail_answer_to"];
  if (address && isMailAddress(address)) return { name: contact.attributes?.["mail_name"] ?? "", address };
  return mail?.first.mail?.from;
}

/** The mailboxes' own addresses among those who had the newest mail, as the adapter found out: nothing is answered to them. */
export function ownAddresses(contact: Contact): string[] {
  return (contact.attributes?.["mail_own"] ?? "").split(" ").filter((one) => one !== "");
}

/** Everybody who had the mail, each once, without who is answered and without our own. */
export function othersOf(mail: Mail | undefined, answered: MailAddress | undefined, own: string[] = []): { to: MailAddress[]; cc: MailAddress[] } {
  const head = mail?.first.mail ?? {};
  const asked = answered ?? head.from;
  const to = asked ? [asked] : [];
  const before = new Set([...to.map(keyOf), ...own.map((address) => keyOf({ address }))]);
  const cc = withAddresses([], [...(head.to ?? []), ...(head.cc ?? [])]).filter((one) => !before.has(keyOf(one)));
  return { to, cc };
}

/** What is shown at once, and what is folded: a signature, and history that stands at the end. */
export interface Folded {
  words: string;
  signature: string;
  history: string;
}

export function folded(text: string): Folded {
  const lines = text.split("\n");
  let end = lines.length;
  while (end > 0 && /^\s*(>.*)?$/.test(lines[end - 1] ?? "")) end -= 1;
  const quoted = lines.slice(end).some((line) => line.startsWith(">"));
  if (!quoted) end = lines.length;
  // "On Tuesday Ann wrote:" belongs to what it introduces.
  if (quoted && /[:：]\s*$/.test(lines[end - 1] ?? "")) end -= 1;
  const words = lines.slice(0, end);
  const dashes = words.findIndex((line) => line === "-- " || line === "--");
  const at = dashes < 0 ? words.length : dashes;
  return { words: words.slice(0, at).join("\n").trimEnd(), signature: words.slice(at + 1).join("\n").trim(), history: lines.slice(end).join("\n").trim() };
}

/** What became of the agent's mail, where the adapter has said that it went wrong. */
export type Fate = "failed" | "late";

/** A note of the adapter about a mail of the agent: which, and what. */
export function fateIn(message: Message): { message: number; fate: Fate } | undefined {
  const told = /^mail-(fate|late)-(\d+)$/.exec(message.clientId ?? "");
  if (!told || message.author?.side !== "SIDE_SYSTEM") return undefined;
  return { message: Number(told[2]), fate: told[1] === "fate" ? "failed" : "late" };
}

/** What the mailbox answered by itself when a mail came. */
export function isAcknowledgement(message: Message): boolean {
  return message.author?.side === "SIDE_SYSTEM" && (message.clientId?.startsWith("mail-ack-") ?? false);
}

/** By the number of the agent's mail. */
export function fatesOf(messages: Message[]): Map<number, Fate> {
  const fates = new Map<number, Fate>();
  for (const one of messages) {
    const told = fateIn(one);
    if (told) fates.set(told.message, told.fate);
  }
  return fates;
}

/** The adapters' words for what is odd about a mail, written one way. */
export function marksOf(head: MailHead | undefined): string[] {
  return [...new Set((head?.marks ?? []).map((mark) => mark.toLowerCase().replace(/_/g, "-")))];
}
