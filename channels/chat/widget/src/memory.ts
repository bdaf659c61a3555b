// SPDX-License-Identifier: Apache-2.0
// What the page keeps between visits, by site: the token of the chat and what was not sent yet.
import type { Unsent } from "./state";
import type { StartChat } from "./wire/usher/chat/v1/chat";

export interface Memory {
  token?: string;
  unsent?: Unsent[];
  start?: StartChat;
  open?: boolean;
  name?: string;
  email?: string;
}

const keyOf = (site: string) => `usher-chat:${site}`;

/** Pages may forbid storage; then nothing outlives the page. */
export function recall(site: string): Memory {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(keyOf(site)) ?? "{}");
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}

export function remember(site: string, memory: Memory): void {
  try {
    localStorage.setItem(keyOf(site), JSON.stringify(memory));
  } catch {
    // Storage is full or forbidden: the chat works, only not beyond this page.
  }
}
