// SPDX-License-Identifier: Apache-2.0
// What the agent says goes out one message of a conversation after the other, so that none overtakes
// another whatever happens on the way. A server that cannot record it just now is asked again: a
// message is recorded once by its client id, however often it is sent.
import { type Backoff, retryDelayMs } from "../session/backoff";
import type { Attachment, MailHead } from "../wire/usher/context/v1/conversation";
import type { SessionError } from "../wire/usher/agents/v1/session_service";

export interface SaidMessage {
  contactId: string;
  clientId: string;
  text: string;
  /** For colleagues only. */
  internal?: boolean;
  mail?: MailHead;
  attachments?: Attachment[];
}

interface Ways {
  /** Fulfilled when it is recorded; rejected with a SessionError. */
  send(message: SaidMessage): Promise<void>;
  /** False once it is recorded or discarded. */
  isWanted(message: SaidMessage): boolean;
  onRefused(message: SaidMessage, error: SessionError): void;
  wait(ms: number): Promise<void>;
}

const backoff: Backoff = { firstMs: 300, maxMs: 5000 };
/** gRPC's DEADLINE_EXCEEDED, ABORTED and UNAVAILABLE: they pass. */
const passingCodes = new Set([4, 10, 14]);

export class Outbox {
  private readonly lines = new Map<string, SaidMessage[]>();
  private readonly working = new Map<string, Promise<void>>();

  constructor(private readonly ways: Ways) {}

  put(message: SaidMessage): void {
    const line = this.lines.get(message.contactId);
    if (line) {
      line.push(message);
      return;
    }
    const fresh = [message];
    this.lines.set(message.contactId, fresh);
    this.working.set(message.contactId, this.work(message.contactId, fresh));
  }

  /** Until all that was put for a conversation is recorded or refused. */
  async empty(contactId: string): Promise<void> {
    await this.working.get(contactId);
  }

  private async work(contactId: string, line: SaidMessage[]): Promise<void> {
    for (let next = line[0]; next; next = line[0]) {
      await this.deliver(next);
      line.shift();
    }
    this.lines.delete(contactId);
    this.working.delete(contactId);
  }

  private async deliver(message: SaidMessage): Promise<void> {
    for (let attempt = 0; this.ways.isWanted(message); ++attempt) {
      try {
        return await this.ways.send(message);
      } catch (error) {
        const failed = error as SessionError;
        if (!passingCodes.has(failed.code ?? 0)) return this.ways.onRefused(message, failed);
      }
      await this.ways.wait(retryDelayMs(backoff, attempt, Math.random()));
    }
  }
}
