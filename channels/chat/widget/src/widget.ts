// SPDX-License-Identifier: Apache-2.0
// What the visitor sees: a launcher, and a panel with the chat. Lives in a shadow root, so that the
// page's styles stay out and ours stay in.
import { Chat } from "./chat";
import { type Composer, makeComposer } from "./composer";
import { fill, h, icon } from "./dom";
import { makeStartForm, type StartForm } from "./form";
import { messageView, unsentView } from "./message_view";
import { inkOn, type Options } from "./options";
import { type ChatState, numberOf, progressOf, unreadCount } from "./state";
import { statusLine } from "./status_line";
import css from "./widget.css";
import { catalogues, filled, type Words } from "./text";

export class Widget {
  private readonly words: Words;
  private readonly locale: string;
  private readonly chat: Chat;
  private opened = false;
  private endAsked = false;
  private rows = new Map<string, { sign: string; element: HTMLElement }>();
  private form?: StartForm;
  private typingTimer?: ReturnType<typeof setTimeout>;
  private lastFoot = "";

  private readonly badge = h("span", { class: "badge", hidden: true });
  private readonly launcher: HTMLButtonElement;
  private readonly title = h("h2", { id: "title" });
  private readonly subtitle = h("p", {});
  private readonly endButton: HTMLButtonElement;
  private readonly notice = h("p", { class: "notice", role: "status" });
  private readonly log: HTMLElement;
  private readonly list = h("ol");
  private readonly typing = h("p", { class: "typing", role: "status" });
  private readonly foot = h("div", { class: "foot" });
  private readonly panel: HTMLElement;
  private readonly composer: Composer;

  constructor(private readonly options: Options) {
    const words = catalogues[options.language];
    this.words = words;
    this.locale = navigator.language.startsWith(options.language) ? navigator.language : words.locale;
    this.chat = new Chat(options, () => this.draw());
    this.launcher = h("button", { type: "button", class: "launcher", "aria-expanded": "false", onclick: () => this.toggle() }, icon("chat"), icon("down"), this.badge);
    this.endButton = h("button", { type: "button", "aria-label": words.end, title: words.end, onclick: () => this.askEnd(true) }, icon("exit"));
    const closeButton = h("button", { type: "button", class: "close", "aria-label": words.close, onclick: () => this.close() }, icon("down"));
    this.log = h("div", { class: "log", role: "log", "aria-label": words.log, tabindex: 0 }, this.list);
    this.composer = makeComposer(words, { say: (text) => this.chat.say(text), type: () => this.chat.type() });
    this.panel = h(
      "div",
      { class: "panel", role: "dialog", "aria-labelledby": "title", hidden: true, onkeydown: (event: KeyboardEvent) => this.onKey(event) },
      h("div", { class: "head" }, h("div", {}, this.title, this.subtitle), this.endButton, closeButton),
      this.notice,
      this.log,
      this.typing,
      this.foot,
    );
    this.mount();
    this.draw();
    if (this.chat.memory.token) this.chat.connect();
    if (this.chat.memory.open && matchMedia("(min-width: 480px)").matches) this.open(false);
  }

  open(focus = true): void {
    if (this.opened) return;
    this.opened = true;
    this.panel.hidden = false;
    this.launcher.setAttribute("aria-expanded", "true");
    this.chat.keep({ open: true });
    const { link } = this.chat.state;
    if (link === "off" || link === "lost") this.chat.connect();
    this.draw();
    this.log.scrollTop = this.log.scrollHeight;
    this.chat.watch(true);
    if (focus) this.focus();
  }

  close(): void {
    if (!this.opened) return;
    this.opened = false;
    this.panel.hidden = true;
    this.launcher.setAttribute("aria-expanded", "false");
    this.chat.keep({ open: false });
    this.chat.watch(false);
    this.draw();
    this.launcher.focus();
  }

  private toggle(): void {
    if (this.opened) this.close();
    else this.open();
  }

  private mount(): void {
    const host = document.createElement("usher-chat");
    const root = host.attachShadow({ mode: "open" });
    const { accent } = this.options;
    const colour = accent ? `:host{--accent:${accent};--accent-ink:${inkOn(accent)}}` : "";
    if ("adoptedStyleSheets" in root && "replaceSync" in CSSStyleSheet.prototype) {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(css + colour);
      root.adoptedStyleSheets = [sheet];
    } else {
      root.append(h("style", {}, css + colour));
    }
    root.append(h("div", { class: "root", lang: this.locale }, this.panel, this.launcher));
    document.body.append(host);
  }

  private onKey(event: KeyboardEvent): void {
    if (event.key !== "Escape" || event.isComposing) return;
    event.stopPropagation();
    if (this.endAsked) this.askEnd(false);
    else this.close();
  }

  private focus(): void {
    if (this.form) this.form.focus();
    else if (this.composer.element.isConnected) this.composer.focus();
    else this.foot.querySelector("button")?.focus();
  }

  private askEnd(asked: boolean): void {
    this.endAsked = asked;
    this.draw();
    this.focus();
  }

  private draw(): void {
    const { state } = this.chat;
    this.drawLauncher(state);
    if (!this.opened) return;
    const atEnd = this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 60;
    const live = state.phase === "active" || state.phase === "waiting";
    this.title.textContent = state.title || this.words.title;
    this.subtitle.textContent = this.subtitleOf(state);
    this.endButton.hidden = !live;
    if (!live) this.endAsked = false;
    const notice = this.noticeOf(state);
    if (this.notice.textContent !== notice) this.notice.textContent = notice;
    this.composer.limit(state.textBytesMax);
    this.drawList(state);
    this.drawTyping(state);
    this.drawFoot(state);
    if (atEnd) this.log.scrollTop = this.log.scrollHeight;
  }

  private drawLauncher(state: ChatState): void {
    const count = this.opened ? 0 : unreadCount(state);
    this.badge.hidden = count === 0;
    this.badge.textContent = count > 9 ? "9+" : String(count);
    const { close, open, openUnread } = this.words;
    this.launcher.setAttribute("aria-label", this.opened ? close : count > 0 ? filled(openUnread, { count }) : open);
  }

  private subtitleOf(state: ChatState): string {
    if (state.phase !== "active") return "";
    return filled(this.words.agent, { name: state.agentName || this.words.someone });
  }

  private noticeOf(state: ChatState): string {
    const { words } = this;
    if (state.link === "lost") return words.lost;
    if (state.link === "connecting" && !state.known) return words.connecting;
    if (state.link === "refused") return words.unavailable;
    const quiet = Math.ceil((state.quietUntil - Date.now()) / 1000);
    return quiet > 0 && state.unsent.length > 0 ? filled(words.tooFast, { seconds: quiet }) : "";
  }

  private drawList(state: ChatState): void {
    const fresh = state.fresh && state.phase === "ended";
    const shown: HTMLElement[] = [];
    const seen = new Set<string>();
    const row = (key: string, sign: string, make: () => HTMLElement) => {
      const known = this.rows.get(key);
      const element = known && known.sign === sign ? known.element : make();
      this.rows.set(key, { sign, element });
      seen.add(key);
      shown.push(element);
    };
    const greeting = state.greeting || (state.known ? this.words.greeting : "");
    if (greeting) row("greeting", greeting, () => h("li", { class: "theirs greeting" }, h("p", { dir: "auto" }, greeting)));
    for (const message of state.earlier) {
      row(`${message.contactId} ${message.id}`, "earlier", () => messageView(this.words, this.locale, message));
    }
    if (state.earlier.length > 0 && state.messages.length > 0) row("line", "", () => h("li", { class: "line", "aria-hidden": "true" }));
    for (const message of state.messages) {
      const own = message.author?.side === "SIDE_CUSTOMER";
      const progress = own ? progressOf(state, message) : undefined;
      row(`${message.contactId} ${numberOf(message)}`, progress ?? "", () => messageView(this.words, this.locale, message, progress));
    }
    for (const message of state.unsent) {
      row(message.clientId, message.refused ?? "sending", () =>
        unsentView(this.words, message, () => this.chat.sayAgain(message.clientId)),
      );
    }
    const status = fresh ? "" : statusLine(this.words, state);
    if (status) row("status", status, () => h("li", { class: `status ${state.phase}` }, status));
    for (const key of [...this.rows.keys()]) if (!seen.has(key)) this.rows.delete(key);
    fill(this.list, shown);
  }

  private drawTyping(state: ChatState): void {
    clearTimeout(this.typingTimer);
    const left = (state.typing?.until ?? 0) - Date.now();
    const name = state.typing?.name || state.agentName || this.words.someone;
    this.typing.textContent = left > 0 ? filled(this.words.typing, { name }) : "";
    if (left > 0) this.typingTimer = setTimeout(() => this.draw(), left);
  }

  private drawFoot(state: ChatState): void {
    const kind = this.footKind(state);
    if (kind === this.lastFoot) return;
    const focused = this.foot.contains((this.foot.getRootNode() as ShadowRoot).activeElement);
    this.lastFoot = kind;
    this.form = undefined;
    const { words, chat } = this;
    if (kind === "taken-over") {
      this.ask(words.takenOver, [[words.useHere, () => chat.connect()]]);
    } else if (kind === "end") {
      this.ask(words.endAsk, [
        [words.no, () => this.askEnd(false)],
        [words.yes, () => this.endNow()],
      ]);
    } else if (kind === "again") {
      this.ask("", [[words.again, () => this.freshNow()]]);
    } else if (kind === "form") {
      this.form = makeStartForm(words, this.options.ask, chat.memory, ({ name, email, question }) => {
        chat.start(name, email);
        chat.say(question);
        this.focus();
      });
      fill(this.foot, [this.form.element]);
    } else {
      fill(this.foot, [this.composer.element]);
    }
    if (focused) this.focus();
  }

  private footKind(state: ChatState): "taken-over" | "end" | "again" | "form" | "write" {
    if (state.link === "taken-over") return "taken-over";
    if (this.endAsked) return "end";
    const empty = state.unsent.length === 0 && !state.start;
    if (state.phase === "ended" && !state.fresh && empty) return "again";
    const over = state.phase === "idle" || state.phase === "ended";
    return over && empty && this.options.ask.length > 0 ? "form" : "write";
  }

  private ask(question: string, answers: [string, () => void][]): void {
    const last = answers.length - 1;
    fill(this.foot, [
      h(
        "div",
        { class: "ask" },
        question && h("p", {}, question),
        ...answers.map(([text, act], at) => h("button", { type: "button", class: at === last ? "primary" : "plain", onclick: act }, text)),
      ),
    ]);
  }

  private endNow(): void {
    this.chat.end();
    this.askEnd(false);
  }

  private freshNow(): void {
    this.chat.fresh();
    this.focus();
  }
}
