// SPDX-License-Identifier: Apache-2.0
/** An address that other systems gave, where a click on it can only open a page; anything else is not a link. */
export function safeLink(url: string | undefined): string | undefined {
  try {
    const parsed = new URL(url ?? "");
    return parsed.protocol === "https:" ? parsed.href : undefined;
  } catch {
    return undefined;
  }
}
