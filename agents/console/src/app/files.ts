// SPDX-License-Identifier: Apache-2.0
// Files of messages, over HTTP beside the session, with the agent's token.
import type { SessionError } from "../wire/usher/agents/v1/session_service";
import type { Attachment } from "../wire/usher/context/v1/conversation";

/** What of a message: an attachment by its place, the mail's HTML, the whole mail, or an image within it. */
export type Piece = number | "html" | "source" | `cid:${string}`;

const unavailable = 14;

export class Files {
  constructor(private readonly token: () => string) {}

  /** Fails with a SessionError. */
  async read(contactId: string, messageId: string, what: Piece): Promise<Blob> {
    const path = [contactId, messageId, String(what)].map(encodeURIComponent).join("/");
    const answer = await fetch(`/agents/v1/files/${path}`, { headers: this.headers(), credentials: "omit" }).catch(() => {
      throw unreachable();
    });
    if (!answer.ok) throw errorIn(answer.status, await answer.text().catch(() => ""));
    // What it is called may be a lie; what is done with it is decided by who asks.
    return answer.blob().catch(() => {
      throw unreachable();
    });
  }

  /** Keeps a file for a contact; fails with a SessionError. */
  keep(contactId: string, file: File, onProgress: (done: number) => void, signal: AbortSignal): Promise<Attachment> {
    return new Promise((resolve, reject) => {
      // fetch() says nothing of how far an upload is.
      const request = new XMLHttpRequest();
      request.open("POST", `/agents/v1/files/${encodeURIComponent(contactId)}?name=${encodeURIComponent(file.name)}`);
      for (const [name, value] of Object.entries(this.headers())) request.setRequestHeader(name, value);
      request.setRequestHeader("Content-Type", file.type || "application/octet-stream");
      request.upload.onprogress = ({ loaded, total }) => onProgress(total > 0 ? loaded / total : 0);
      request.onerror = () => reject(unreachable());
      request.onabort = () => reject(unreachable());
      request.onload = () => {
        const kept = request.status < 300 ? parsed(request.responseText) : undefined;
        if (kept) resolve(kept as Attachment);
        else reject(errorIn(request.status, request.responseText));
      };
      signal.addEventListener("abort", () => request.abort());
      request.send(file);
    });
  }

  private headers(): Record<string, string> {
    return { Authorization: `Bearer ${this.token()}` };
  }
}

function unreachable(): SessionError {
  return { code: unavailable, detail: { reason: "NO_ANSWER" } };
}

/** The gateway's JSON of an error, whether it stands alone or within `error`. */
function errorIn(status: number, body: string): SessionError {
  const said = parsed(body);
  const inner = typeof said?.["error"] === "object" && said["error"] !== null ? (said["error"] as Record<string, unknown>) : (said ?? {});
  const text = (key: string) => (typeof inner[key] === "string" ? inner[key] : undefined);
  const reason = text("reason") ?? (status === 413 ? "FILE_TOO_LARGE" : "");
  return { code: unavailable, message: text("message"), detail: { reason, nextStep: text("nextStep") ?? text("next_step") ?? text("next") } };
}

function parsed(body: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
