// SPDX-License-Identifier: Apache-2.0
// Requests that are not answered yet. Every request is idempotent (by its request, client or offer
// id), so what was not answered on a lost socket is sent again on the next, in the same order.
import type { SessionError, SessionRequest, SessionResponse } from "../wire/usher/agents/v1/session_service";

interface PendingRequest {
  tag: string;
  request: SessionRequest;
  /** When it is given up (this machine's clock); messages never are. */
  expiresAt: number;
  resolve(response: SessionResponse): void;
  reject(error: SessionError): void;
}

export class PendingRequests {
  private readonly byTag = new Map<string, PendingRequest>();
  private lastTag = 0;

  add(request: SessionRequest, expiresAt: number): { tag: string; answer: Promise<SessionResponse> } {
    const tag = String(++this.lastTag);
    const answer = new Promise<SessionResponse>((resolve, reject) => {
      this.byTag.set(tag, { tag, request: { ...request, tag }, expiresAt, resolve, reject });
    });
    return { tag, answer };
  }

  /** Settles the request that a response answers; false when there is none. */
  settle(response: SessionResponse): boolean {
    const pending = this.byTag.get(response.tag ?? "0");
    if (!pending) return false;
    this.byTag.delete(pending.tag);
    if (response.error) pending.reject(response.error);
    else pending.resolve(response);
    return true;
  }

  /** What must be said again on a new socket, in the order in which it was first said. */
  unanswered(): SessionRequest[] {
    return [...this.byTag.values()].map((pending) => pending.request);
  }

  /** Gives up what has waited too long. */
  expire(now: number, error: SessionError): void {
    this.rejectWhere((pending) => pending.expiresAt <= now, error);
  }

  rejectAll(error: SessionError): void {
    this.rejectWhere(() => true, error);
  }

  private rejectWhere(matches: (pending: PendingRequest) => boolean, error: SessionError): void {
    for (const pending of [...this.byTag.values()]) {
      if (!matches(pending)) continue;
      this.byTag.delete(pending.tag);
      pending.reject(error);
    }
  }
}
