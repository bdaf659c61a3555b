// SPDX-License-Identifier: Apache-2.0
// The visitor's chat: the socket, what is said on it, and what is kept.
import { type Memory, recall, remember } from "./memory";
import type { Options } from "./options";
import {
  type Action, type ChatState, durationMs, initialState, lastNumber, nextUnsent, reduce, retryDelayMs,
} from "./state";
import type { ClientFrame, ServerFrame } from "./wire/usher/chat/v1/chat";

const defaultHeartbeatMs = 20_000;
const helloWithinMs = 12_000;
/** The proto's bound of a name. */
const nameBytesMax = 64;
const typingAgainMs = 3000;
const typingStopsMs = 5000;
/** What was not sent on an earlier page is sent on this one, unless that was long ago. */
const unsentKeptMs = 3_600_000;
/** A socket that lasted this long was a good one: its loss is tried again at once. */
const steadyAfterMs = 5000;

export class Chat {
  state: ChatState;
  memory: Memory;
  private socket?: WebSocket;
  private attempt = 0;
  private retryTimer?: ReturnType<typeof setTimeout>;
  private beat?: ReturnType<typeof setInterval>;
  private openedAt = 0;
  private heardAt = 0;
  private heartbeatMs = defaultHeartbeatMs;
  /** The message that was said and is not answered yet. */
  private inFlight = "";
  private startSent = false;
  private quietTimer?: ReturnType<typeof setTimeout>;
  private typingToldAt = 0;
  private typingTimer?: ReturnType<typeof setTimeout>;
  private marked = "";
  private watching = false;

  constructor(
    private readonly options: Options,
    private readonly onChange: () => void,
  ) {
    this.memory = recall(options.site);
    const unsent = (this.memory.unsent ?? []).filter((one) => Date.now() - one.at < unsentKeptMs);
    this.state = { ...initialState, unsent, start: unsent.length > 0 ? this.memory.start : undefined };
    addEventListener("online", () => this.hurry());
    document.addEventListener("visibilitychange", () => this.hurry());
  }

  keep(change: Partial<Memory>): void {
    this.memory = { ...this.memory, ...change };
    remember(this.options.site, this.memory);
  }

  /** Opens the socket at once, unless it is open: a person is here, so the waits begin anew. */
  connect(): void {
    if (this.socket) return;
    this.attempt = 0;
    this.dial();
  }

  private dial(): void {
    clearTimeout(this.retryTimer);
    this.openedAt = Date.now();
    if (this.state.link !== "lost") this.dispatch({ kind: "link", link: "connecting" });
    const socket = new WebSocket(this.options.socketUrl);
    this.socket = socket;
    socket.onopen = () => this.hello();
    socket.onmessage = ({ data }) => socket === this.socket && this.hear(String(data));
    socket.onclose = () => socket === this.socket && this.lose();
    clearInterval(this.beat);
    this.beat = setInterval(() => this.tick(), 1000);
  }

  /** Whether the visitor has the messages before their eyes. */
  watch(watching: boolean): void {
    this.watching = watching;
    this.mark();
  }

  start(name: string, email: string): void {
    this.keep({ name, email });
    this.startSent = false;
    this.dispatch({ kind: "start", start: { name: clipped(name, nameBytesMax), email } });
    this.flush();
  }

  say(text: string): void {
    this.stopTyping();
    this.dispatch({ kind: "say", message: { clientId: newId(), text, at: Date.now() } });
    this.connect();
    this.flush();
  }

  sayAgain(clientId: string): void {
    this.dispatch({ kind: "say-again", clientId });
    this.flush();
  }

  end(): void {
    this.send({ end: {} });
  }

  fresh(): void {
    this.dispatch({ kind: "fresh" });
  }

  type(): void {
    clearTimeout(this.typingTimer);
    this.typingTimer = setTimeout(() => this.stopTyping(), typingStopsMs);
    if (this.state.phase !== "active" || Date.now() - this.typingToldAt < typingAgainMs) return;
    this.typingToldAt = Date.now();
    this.send({ typing: { active: true } });
  }

  stopTyping(): void {
    clearTimeout(this.typingTimer);
    if (this.typingToldAt !== 0) this.send({ typing: { active: false } });
    this.typingToldAt = 0;
  }

  private hello(): void {
    const { site, language } = this.options;
    this.send({
      hello: {
        site,
        token: this.memory.token,
        afterMessage: String(lastNumber(this.state)),
        page: location.href.split(/[?#]/)[0]?.slice(0, 500),
        language: language === "zh" ? "zh-CN" : "en",
      },
    });
  }

  private send(frame: ClientFrame): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(frame));
  }

  private hear(text: string): void {
    const frame = parsed(text);
    if (!frame) return this.lose();
    this.heardAt = Date.now();
    if (frame.welcome) this.onWelcome(frame);
    if (frame.status) this.dispatch({ kind: "status", status: frame.status });
    if (frame.message) this.onMessage(frame);
    if (frame.mark) this.dispatch({ kind: "mark", mark: frame.mark });
    if (frame.typing) this.dispatch({ kind: "typing", typing: frame.typing, now: Date.now() });
    if (frame.error) this.onError(frame);
    if (frame.closing) this.onClosing(frame.closing.reason ?? "", durationMs(frame.closing.retryAfter));
  }

  private onWelcome({ welcome = {} }: ServerFrame): void {
    this.heartbeatMs = Math.max(1000, durationMs(welcome.heartbeat) ?? defaultHeartbeatMs);
    this.keep({ token: welcome.token });
    this.inFlight = "";
    this.startSent = false;
    this.marked = "";
    this.dispatch({ kind: "welcome", welcome });
    this.flush();
  }

  private onMessage({ message = {} }: ServerFrame): void {
    this.dispatch({ kind: "message", message });
    if (message.clientId === this.inFlight) this.inFlight = "";
    this.mark();
    this.flush();
  }

  private onError({ error = {} }: ServerFrame): void {
    const wait = durationMs(error.retryAfter);
    if (error.reason === "UNKNOWN_SITE") return this.stop("refused");
    if (error.reason === "BAD_TOKEN") {
      // The old chat is over for good: begin as a new visitor.
      this.keep({ token: undefined });
      return this.lose();
    }
    if (!this.state.known && wait === undefined) return this.lose();
    const retryAt = wait === undefined ? undefined : Date.now() + wait;
    this.dispatch({ kind: "error", error, retryAt });
    if (!error.clientId || error.clientId === this.inFlight) this.inFlight = "";
    if (!error.clientId) this.startSent = false;
    this.flush();
  }

  private onClosing(reason: string, retryAfterMs: number | undefined): void {
    if (reason === "TAKEN_OVER") this.stop("taken-over");
    else if (reason === "BAD_FRAME" && retryAfterMs === undefined) this.stop("refused");
    else this.lose(retryAfterMs);
  }

  /** Says what waits to be said, one message at a time: the next goes when this one is recorded. */
  private flush(): void {
    const { state } = this;
    clearTimeout(this.quietTimer);
    if (state.link !== "open") return;
    const quiet = state.quietUntil - Date.now();
    if (quiet > 0) {
      this.quietTimer = setTimeout(() => this.flush(), quiet);
      return;
    }
    if (state.start && !this.startSent && (state.phase === "idle" || state.phase === "ended")) {
      this.startSent = true;
      this.send({ start: state.start });
    }
    const next = nextUnsent(state);
    if (!next || this.inFlight === next.clientId) return;
    this.inFlight = next.clientId;
    this.send({ say: { clientId: next.clientId, text: next.text } });
  }

  /** Tells how far the page has got, when that is news. */
  private mark(): void {
    if (this.watching && document.visibilityState === "visible") this.dispatch({ kind: "seen" });
    const { contactId, seen } = this.state;
    const delivered = lastNumber(this.state);
    const mark = `${contactId} ${delivered} ${seen}`;
    if (delivered === 0 || mark === this.marked || this.state.link !== "open") return;
    this.marked = mark;
    this.send({ mark: { deliveredUpTo: String(delivered), readUpTo: String(seen) } });
  }

  private tick(): void {
    const now = Date.now();
    if (!this.socket) return;
    if (this.state.link !== "open") {
      if (now - this.openedAt > helloWithinMs) this.lose();
      return;
    }
    if (now - this.heardAt > this.heartbeatMs * 2.5) return this.lose();
    if (now - this.heardAt >= this.heartbeatMs * 0.7) this.send({ ping: {} });
  }

  private hurry(): void {
    if (document.visibilityState !== "visible") return;
    this.mark();
    if (this.state.link === "lost") this.connect();
  }

  private lose(atLeastMs = 0): void {
    if (this.state.link === "open" && Date.now() - this.openedAt > steadyAfterMs) this.attempt = 0;
    this.drop("lost");
    const delay = Math.max(atLeastMs, retryDelayMs(this.attempt++, Math.random()));
    this.retryTimer = setTimeout(() => this.dial(), delay);
  }

  private stop(link: "taken-over" | "refused"): void {
    this.drop(link);
  }

  private drop(link: ChatState["link"]): void {
    const socket = this.socket;
    this.socket = undefined;
    clearInterval(this.beat);
    socket?.close();
    this.dispatch({ kind: "link", link });
  }

  private dispatch(action: Action): void {
    const before = this.state;
    this.state = reduce(before, action);
    if (this.state === before) return;
    const { unsent, start } = this.state;
    if (unsent !== before.unsent || start !== before.start) this.keep({ unsent, start });
    this.onChange();
  }
}

/** As much of a text as fits, without half a character at its end. */
export function clipped(text: string, bytesMax: number): string {
  let kept = "";
  let bytes = 0;
  for (const letter of text) {
    bytes += new TextEncoder().encode(letter).length;
    if (bytes > bytesMax) break;
    kept += letter;
  }
  return kept;
}

/** 96 random bits. */
function newId(): string {
  return [...crypto.getRandomValues(new Uint32Array(3))].map((word) => word.toString(36)).join("");
}

/** A frame as an object; undefined when it is none, which a server never sends. */
function parsed(text: string): ServerFrame | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
