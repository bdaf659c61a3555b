// SPDX-License-Identifier: Apache-2.0
// The console's session with the gateway: opens the WebSocket, says hello, keeps it alive, and opens
// it again when it is lost. It knows nothing of desks; what it hears it hands on.
import type { SessionError, SessionRequest, SessionResponse } from "../wire/usher/agents/v1/session_service";
import { durationMs } from "../state/time";
import { retryDelayMs, sessionBackoff } from "./backoff";
import { PendingRequests } from "./pending";

export interface SessionListener {
  /** The last commit that was dealt with, for the hello. */
  afterSequence(): string | undefined;
  /** A welcome or anything that comes by itself. */
  onResponse(response: SessionResponse): void;
  onClock(sample: { sentAt: number; receivedAt: number; serverTime?: string }): void;
  onConnecting(): void;
  onLost(retryAt: number): void;
  /** The server refused the token, or it has expired. */
  onTokenRefused(why: "TOKEN_EXPIRED" | "TOKEN_REFUSED"): void;
  /** The server ended the session for good. */
  onClosed(reason: string): void;
}

const answerWithinMs = 20_000;
const helloWithinMs = 10_000;
const defaultHeartbeatMs = 10_000;
/** A session that lasted this long was a good one: the next loss is tried again at once. */
const steadyAfterMs = 5_000;
const unauthenticated = 16;
const permissionDenied = 7;

const noAnswer: SessionError = { code: 14, detail: { reason: "NO_ANSWER" } };
export const signedOut: SessionError = { code: 1, detail: { reason: "SIGNED_OUT" } };

export class Session {
  private socket?: WebSocket;
  private welcomed = false;
  private attempt = 0;
  private retryTimer?: ReturnType<typeof setTimeout>;
  private heartbeatMs = defaultHeartbeatMs;
  private openedAt = 0;
  private welcomedAt = 0;
  private saidAt = 0;
  private heardAt = 0;
  private pingSentAt = 0;
  private ended = false;
  private readonly pending = new PendingRequests();

  constructor(
    private readonly url: string,
    private readonly token: string,
    private readonly listener: SessionListener,
  ) {}

  open(): void {
    this.ended = false;
    this.connect();
  }

  /** Ends the session; nothing is told to the listener after. */
  end(): void {
    this.ended = true;
    this.drop();
    this.pending.rejectAll(signedOut);
  }

  /** Asks, and asks again after a loss, until there is an answer or, unless `patient`, time is up. */
  request(request: SessionRequest, patient = false): Promise<SessionResponse> {
    const expiresAt = patient ? Number.POSITIVE_INFINITY : Date.now() + answerWithinMs;
    const { tag, answer } = this.pending.add(request, expiresAt);
    if (this.welcomed) this.say({ ...request, tag });
    return answer;
  }

  /** Says something that needs no answer and is worth nothing later. */
  hint(request: SessionRequest): void {
    if (this.welcomed) this.say(request);
  }

  /** The network may be back: try now. */
  hurry(): void {
    if (this.ended || this.socket) return;
    this.attempt = 0;
    this.connect();
  }

  /** Once a second. */
  tick(): void {
    const now = Date.now();
    this.pending.expire(now, noAnswer);
    if (!this.socket) return;
    if (!this.welcomed) {
      if (now - this.openedAt > helloWithinMs) this.lose();
      return;
    }
    if (now - this.heardAt > this.heartbeatMs * 2.5) return this.lose();
    if (now - this.saidAt >= this.heartbeatMs * 0.6 || now - this.heardAt >= this.heartbeatMs) this.ping(now);
  }

  private ping(now: number): void {
    if (this.pingSentAt !== 0 && now - this.pingSentAt < this.heartbeatMs * 0.5) return;
    this.pingSentAt = now;
    this.say({ ping: {} });
  }

  private connect(): void {
    clearTimeout(this.retryTimer);
    this.listener.onConnecting();
    this.openedAt = Date.now();
    const socket = new WebSocket(this.url);
    this.socket = socket;
    socket.onopen = () => this.hello();
    socket.onmessage = (message) => {
      if (socket === this.socket && typeof message.data === "string") this.hear(message.data);
    };
    socket.onclose = () => {
      if (socket === this.socket) this.lose();
    };
  }

  private hello(): void {
    this.pingSentAt = Date.now();
    this.say({
      tag: "0",
      hello: { token: this.token, afterSequence: this.listener.afterSequence(), client: "console/0.1" },
    });
  }

  private say(request: SessionRequest): void {
    if (this.socket?.readyState !== WebSocket.OPEN) return;
    this.saidAt = Date.now();
    this.socket.send(JSON.stringify(request));
  }

  private hear(text: string): void {
    const response = parsed(text);
    if (!response) return this.lose();
    this.heardAt = Date.now();
    if (response.welcome) return this.onWelcome(response);
    if (response.pong) return this.onPong(response.pong.serverTime);
    if (response.closing) return this.onClosing(response.closing.reason ?? "", response.closing.retryAfter);
    if (!this.welcomed && response.error) return this.onHelloRefused(response.error);
    // State first, then whoever waits for the answer.
    this.listener.onResponse(response);
    this.pending.settle(response);
  }

  private onWelcome(response: SessionResponse): void {
    const { heartbeat, serverTime } = response.welcome ?? {};
    this.heartbeatMs = Math.max(1000, durationMs(heartbeat) ?? defaultHeartbeatMs);
    this.onPong(serverTime);
    this.welcomed = true;
    this.welcomedAt = this.heardAt;
    // Before the listener asks for more, which would be said twice.
    for (const request of this.pending.unanswered()) this.say(request);
    this.listener.onResponse(response);
  }

  private onPong(serverTime: string | undefined): void {
    if (this.pingSentAt === 0) return;
    this.listener.onClock({ sentAt: this.pingSentAt, receivedAt: this.heardAt, serverTime });
    this.pingSentAt = 0;
  }

  private onClosing(reason: string, retryAfter: string | undefined): void {
    if (reason === "TOKEN_EXPIRED") return this.refuse("TOKEN_EXPIRED");
    const wait = durationMs(retryAfter);
    if (wait !== undefined) return this.lose(wait);
    if (reason === "SHUTTING_DOWN" || reason === "TOO_SLOW") return this.lose();
    this.drop();
    this.listener.onClosed(reason);
  }

  private onHelloRefused(error: SessionError): void {
    if (error.code !== unauthenticated && error.code !== permissionDenied) return this.lose();
    this.refuse(error.detail?.reason === "TOKEN_EXPIRED" ? "TOKEN_EXPIRED" : "TOKEN_REFUSED");
  }

  private refuse(why: "TOKEN_EXPIRED" | "TOKEN_REFUSED"): void {
    this.end();
    this.listener.onTokenRefused(why);
  }

  /** The socket is gone or good for nothing: try again, not before `atLeastMs`. */
  private lose(atLeastMs = 0): void {
    if (this.welcomed && Date.now() - this.welcomedAt > steadyAfterMs) this.attempt = 0;
    this.drop();
    if (this.ended) return;
    const delay = Math.max(atLeastMs, retryDelayMs(sessionBackoff, this.attempt++, Math.random()));
    this.listener.onLost(Date.now() + delay);
    this.retryTimer = setTimeout(() => this.connect(), delay);
  }

  private drop(): void {
    clearTimeout(this.retryTimer);
    const socket = this.socket;
    this.socket = undefined;
    this.welcomed = false;
    socket?.close();
  }
}

/** A frame as an object; undefined when it is none, which a gateway never sends. */
function parsed(text: string): SessionResponse | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
