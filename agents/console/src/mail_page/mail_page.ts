// SPDX-License-Identifier: Apache-2.0
// The page in which the console shows the HTML of mails. It is served with a policy that gives it an
// origin of its own, so that even a fault in what makes HTML harmless reaches nothing of the console:
// no token, no storage, no session. The mail itself stands in a frame within, which runs no script.
import { safeMail } from "./safe_html";
import type { PageWord, ShowMail } from "./words";

interface Policy {
  createHTML(html: string): string;
}
interface Policies {
  createPolicy(name: string, rules: Policy): Policy;
}

/** What `safeMail` gave may be written; browsers that know no such policies ask for none. */
const policies = (window as { trustedTypes?: Policies }).trustedTypes;
const checked: Policy = policies?.createPolicy("usher-mail", { createHTML: (html) => html }) ?? { createHTML: (html) => html };

const say = (word: PageWord) => parent.postMessage(word, "*");

addEventListener("message", ({ source, data }: MessageEvent<unknown>) => {
  if (source !== parent || !isShowMail(data)) return;
  const safe = safeMail(data);
  const frame = document.createElement("iframe");
  frame.setAttribute("sandbox", "allow-popups allow-popups-to-escape-sandbox");
  frame.setAttribute("referrerpolicy", "no-referrer");
  frame.title = data.title;
  frame.srcdoc = checked.createHTML(safe.html);
  frame.onload = () => say({ usher: "mail-shown", blocked: safe.blocked, contentIds: safe.contentIds });
  document.body.replaceChildren(frame);
});
say({ usher: "mail-ready" });

function isShowMail(data: unknown): data is ShowMail {
  return typeof data === "object" && data !== null && (data as Partial<ShowMail>).usher === "show-mail";
}
