// SPDX-License-Identifier: Apache-2.0
import type { Store } from "./store";
import type { SessionError, SessionRequest, SessionResponse } from "../wire/usher/agents/v1/session_service";

/** How the verbs of customers and cases reach the server. */
export interface Ways {
  store: Store;
  /** Answers, or fails with a SessionError that is the caller's to show. */
  ask(request: SessionRequest): Promise<SessionResponse>;
  /** True when it was done and what came back is in the store; a refusal is told and answers false. */
  act(request: SessionRequest): Promise<boolean>;
  tell(error: SessionError): void;
}
