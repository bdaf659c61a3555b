// SPDX-License-Identifier: Apache-2.0
// Texts that agents use again and again.
import type { QuickResponse } from "../wire/usher/agents/v1/agent";
import type { Contact } from "../wire/usher/routing/v1/contact";

/** Those for the contact's queue and channel that fit what was typed; those in the customer's language first. */
export function responsesFor(all: QuickResponse[], contact: Contact, { query = "", language = "" }): QuickResponse[] {
  const wanted = query.trim().toLowerCase();
  const rank = (one: QuickResponse) => (sameLanguage(one.language, language) ? 0 : one.language ? 2 : 1);
  return all
    .filter(({ queues = [], channels = [] }) => {
      const ofQueue = queues.length === 0 || queues.includes(contact.queue ?? "");
      return ofQueue && (channels.length === 0 || (contact.channel !== undefined && channels.includes(contact.channel)));
    })
    .filter(({ name = "", text = "" }) => wanted === "" || `${name}\n${text}`.toLowerCase().includes(wanted))
    .sort((a, b) => rank(a) - rank(b));
}

/** `de-AT` is German. */
function sameLanguage(a = "", b = ""): boolean {
  return a !== "" && a.toLowerCase().split("-")[0] === b.toLowerCase().split("-")[0];
}

/** With what is known filled in; what is not stays as it is, to be seen. */
export function filledResponse(text: string, known: Record<string, string>): string {
  return text.replace(/\{\{\s*([\w.]+)\s*\}\}/g, (whole, name: string) => known[name] || whole);
}

/** A place that was not filled in. */
export function openPlace(text: string): string | undefined {
  return /\{\{\s*[\w.]+\s*\}\}/.exec(text)?.[0];
}
