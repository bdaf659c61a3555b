// SPDX-License-Identifier: Apache-2.0
// One message of the log.
import { h, icon, type IconName } from "./dom";
import type { MessageProgress, Unsent } from "./state";
import { filled, type Words } from "./text";
import type { Attachment, Message } from "./wire/usher/context/v1/conversation";

const progressIcons: Record<MessageProgress, IconName> = { sent: "check", delivered: "checks", read: "checks" };

export function messageView(words: Words, locale: string, message: Message, progress?: MessageProgress): HTMLElement {
  const side = message.author?.side;
  const text = message.text ?? "";
  const time = timeOf(Date.parse(message.at ?? ""), locale);
  if (side === "SIDE_SYSTEM") return h("li", { class: "system" }, text);
  const own = side === "SIDE_CUSTOMER";
  const name = own ? words.you : message.author?.name || words.someone;
  return h(
    "li",
    { class: own ? "own" : "theirs" },
    h("span", { class: "sr" }, filled(words.said, { name, time })),
    text !== "" && h("p", { dir: "auto" }, ...(own ? [text] : linked(text))),
    ...(message.attachments ?? []).map((attachment) => h("p", { dir: "auto" }, attachmentLink(attachment))),
    h(
      "span",
      { class: `meta ${progress ?? ""}` },
      h("span", { "aria-hidden": "true" }, time),
      progress && icon(progressIcons[progress]),
      progress && h("span", { class: "sr" }, words[progress]),
    ),
  );
}

export function unsentView(words: Words, message: Unsent, retry: () => void): HTMLElement {
  const refused = message.refused !== undefined;
  return h(
    "li",
    { class: `own ${refused ? "refused" : "sending"}` },
    h("p", { dir: "auto" }, message.text),
    h(
      "span",
      { class: "meta" },
      refused ? `${words.refused} ${message.refused} ` : h("span", { class: "sr" }, words.sending),
      icon(refused ? "alert" : "clock"),
      refused && h("button", { type: "button", class: "link", onclick: retry }, words.retry),
    ),
  );
}

function timeOf(ms: number, locale: string): string {
  return Number.isNaN(ms) ? "" : new Intl.DateTimeFormat(locale, { timeStyle: "short" }).format(ms);
}

/** Only an https address can be followed; an adapter's own is a name to the page. */
function attachmentLink({ name = "", url = "" }: Attachment): Node | string {
  return url.startsWith("https://") ? h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, name) : name;
}

/** Web addresses in what an agent writes can be followed. */
export function linked(text: string): (Node | string)[] {
  return text.split(/(https?:\/\/[^\s<>"']*[^\s<>"'.,;:!?)\]，。；：！？）])/).map((part, at) =>
    at % 2 === 1 ? h("a", { href: part, target: "_blank", rel: "noopener noreferrer" }, part) : part,
  );
}
