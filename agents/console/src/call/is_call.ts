// SPDX-License-Identifier: Apache-2.0
import type { Call } from "../state/call";
import type { Contact } from "../wire/usher/routing/v1/contact";

/** Whether the contact is spoken: a telephone call, or one that is to be called back. */
export function isCall(contact: Contact, call: Call | undefined): boolean {
  return call !== undefined || contact.channel === "CHANNEL_VOICE" || contact.channel === "CHANNEL_CALLBACK";
}

/** Whether the customer reads what is written to her here: on the telephone, and of a task, nobody does. */
export function isWritten(contact: Contact): boolean {
  return !["CHANNEL_VOICE", "CHANNEL_CALLBACK", "CHANNEL_TASK"].includes(contact.channel ?? "");
}
