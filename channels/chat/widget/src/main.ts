// SPDX-License-Identifier: Apache-2.0
// Embedded by one tag:
//   <script src="https://host/chat/v1/usher-chat.js" data-site="KEY" async></script>
// and, where wanted: data-lang="zh", data-accent="#0b6b57", data-ask="name,email".
// A page may open and close the chat itself: UsherChat.open(), UsherChat.close().
import { readOptions } from "./options";
import { Widget } from "./widget";

interface UsherChat {
  open(): void;
  close(): void;
}

const tag = document.currentScript;
const page = window as Window & { UsherChat?: UsherChat };

function begin(script: HTMLScriptElement): void {
  const options = readOptions({ src: script.src, dataset: script.dataset }, navigator.language);
  if (!options.site) return console.error("usher-chat: the script tag lacks data-site; add the site's key");
  const widget = new Widget(options);
  page.UsherChat = { open: () => widget.open(), close: () => widget.close() };
}

if (tag instanceof HTMLScriptElement && !page.UsherChat) {
  if (document.body) begin(tag);
  else document.addEventListener("DOMContentLoaded", () => begin(tag));
}
