// SPDX-License-Identifier: Apache-2.0
// Makes a mail's HTML harmless, three times over: what can act is taken out of it; the document that
// holds it forbids itself everything but its own styles and images; and the frame around that
// runs no script.
import DOMPurify from "dompurify";
import type { ShowMail } from "./words";

interface SafeMail {
  /** A whole document. */
  html: string;
  /** Images that would be loaded from elsewhere and are not. */
  blocked: number;
  /** The mail's own images that it shows, by content id. */
  contentIds: string[];
}

const contentIdsMax = 50;
/** Anything that loads by itself, in attributes that are kept and in styles. */
const remoteInStyle = /url\s*\(\s*["']?\s*(?:https?:|\/\/)/gi;

const rules = {
  USE_PROFILES: { html: true },
  FORCE_BODY: true,
  ADD_TAGS: ["center"],
  FORBID_TAGS: [
    "audio", "base", "button", "dialog", "embed", "fieldset", "form", "frame", "iframe", "input", "link", "meta", "object",
    "optgroup", "option", "picture", "select", "source", "template", "textarea", "track", "video",
  ],
  FORBID_ATTR: ["accesskey", "autofocus", "form", "id", "name", "ping", "popover", "popovertarget", "srcset", "sizes", "tabindex", "usemap"],
  ALLOW_DATA_ATTR: false,
  RETURN_TRUSTED_TYPE: false,
} as const;

export function safeMail({ html, images, remote }: Pick<ShowMail, "html" | "images" | "remote">): SafeMail {
  const contentIds = new Set<string>();
  let blocked = 0;
  const visit = (node: Element) => {
    if (node instanceof HTMLAnchorElement || node instanceof HTMLAreaElement) return openOutside(node);
    blocked += node instanceof HTMLStyleElement && !remote ? remoteStyles(node.textContent) : 0;
    if (!remote) blocked += remoteStyles(node.getAttribute("style"));
    for (const attribute of ["src", "background"]) {
      const value = node.getAttribute(attribute)?.trim();
      if (value === undefined) continue;
      const shown = imageAddress(value);
      if (shown === undefined) node.removeAttribute(attribute);
      else node.setAttribute(attribute, shown);
    }
  };
  /** Where an image is taken from; undefined: from nowhere. */
  const imageAddress = (value: string): string | undefined => {
    if (/^data:image\/(?:png|jpe?g|gif|webp|bmp);/i.test(value)) return value;
    if (/^cid:/i.test(value)) {
      const id = contentIdOf(value);
      if (contentIds.size < contentIdsMax) contentIds.add(id);
      return images[id];
    }
    if (!/^(?:https?:|\/\/)/i.test(value)) return undefined;
    if (remote) return value.replace(/^(?:http:)?\/\//i, "https://");
    blocked += 1;
    return undefined;
  };
  const purifier = DOMPurify(window);
  purifier.addHook("afterSanitizeAttributes", visit);
  const body = purifier.sanitize(html, { ...rules, FORBID_TAGS: [...rules.FORBID_TAGS], FORBID_ATTR: [...rules.FORBID_ATTR], ADD_TAGS: [...rules.ADD_TAGS] });
  return { html: documentAround(body, remote), blocked, contentIds: [...contentIds] };
}

function openOutside(link: HTMLAnchorElement | HTMLAreaElement): void {
  const address = link.getAttribute("href")?.trim() ?? "";
  if (!/^https?:\/\//i.test(address)) return link.removeAttribute("href");
  link.setAttribute("target", "_blank");
  link.setAttribute("rel", "noopener noreferrer nofollow");
  // Where it leads can be read before it is pressed, whatever its text claims.
  link.setAttribute("title", address);
}

function remoteStyles(css: string | null): number {
  return css?.match(remoteInStyle)?.length ?? 0;
}

function contentIdOf(address: string): string {
  const id = address.slice("cid:".length);
  try {
    return decodeURIComponent(id);
  } catch {
    return id;
  }
}

function documentAround(body: string, remote: boolean): string {
  const images = remote ? "data: https:" : "data:";
  const policy = `default-src 'none'; img-src ${images}; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'`;
  return `<!doctype html><html><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}">
<meta http-equiv="x-dns-prefetch-control" content="off"><meta name="referrer" content="no-referrer"><style>
html { color-scheme: light; background: #fff; color: #15201b; font: 15px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
body { margin: 12px 16px; } img { max-width: 100%; height: auto; } pre { white-space: pre-wrap; }
blockquote { margin: 8px 0 8px 4px; padding-left: 12px; border-left: 2px solid #cbd5cf; }
</style></head><body>${body}</body></html>`;
}
