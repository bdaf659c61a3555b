// SPDX-License-Identifier: Apache-2.0
// Keeps what was written and not yet recorded over a reload of the page.
import type { UnsentMessage } from "../state/conversation";
import type { State } from "../state/state";

const key = "usher.unsent";

type Unsent = Record<string, UnsentMessage[]>;

export function saveUnsent(conversations: State["conversations"]): void {
  const unsent: Unsent = {};
  for (const [contactId, conversation] of Object.entries(conversations)) {
    if (conversation.unsent.length > 0) unsent[contactId] = conversation.unsent;
  }
  if (Object.keys(unsent).length > 0) sessionStorage.setItem(key, JSON.stringify(unsent));
  else sessionStorage.removeItem(key);
}

/** By contact, in the order of writing. */
export function loadUnsent(): Unsent {
  try {
    const value: unknown = JSON.parse(sessionStorage.getItem(key) ?? "{}");
    return typeof value === "object" && value !== null ? (value as Unsent) : {};
  } catch {
    return {};
  }
}
