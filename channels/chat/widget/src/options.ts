// SPDX-License-Identifier: Apache-2.0
// What the embedding tag says.
import { type Language, languageOf } from "./text";

export type AskedField = "name" | "email";

export interface Options {
  /** The site's public key. */
  site: string;
  /** Where the chat socket is. */
  socketUrl: string;
  language: Language;
  /** A hex colour; absent: the widget's own. */
  accent?: string;
  /** What the visitor is asked for before the first message; never required. */
  ask: AskedField[];
}

export function readOptions(tag: { src: string; dataset: Record<string, string | undefined> }, browserLanguage: string): Options {
  const { site, lang, accent, ask } = tag.dataset;
  const asked = (ask ?? "").split(",").map((field) => field.trim());
  return {
    site: site ?? "",
    socketUrl: socketUrlOf(tag.src),
    language: languageOf(lang || browserLanguage),
    accent: accent && /^#([0-9a-f]{3}|[0-9a-f]{6})$/i.test(accent) ? accent : undefined,
    ask: (["name", "email"] as const).filter((field) => asked.includes(field)),
  };
}

/** `https://host/chat/v1/usher-chat.js` is served beside `wss://host/chat/v1/socket`. */
export function socketUrlOf(src: string): string {
  const url = new URL("socket", src);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  url.search = "";
  url.hash = "";
  return url.href;
}

/** White or near-black, whichever reads better on a hex colour. */
export function inkOn(hex: string): string {
  const full = hex.length === 4 ? hex.replace(/[0-9a-f]/gi, "$&$&") : hex;
  const channel = (at: number) => {
    const value = parseInt(full.slice(at, at + 2), 16) / 255;
    return value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  const light = 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
  return light > 0.36 ? "#10201a" : "#fff";
}
