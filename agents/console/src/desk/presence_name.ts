// SPDX-License-Identifier: Apache-2.0
import type { AgentPresence } from "../wire/usher/agents/v1/agent";

export type PresenceName = "available" | "not-ready" | "offline";

/** The word of the glossary; a presence that is absent is offline. */
export function presenceName(presence: AgentPresence | undefined): PresenceName {
  if (presence === "PRESENCE_AVAILABLE") return "available";
  return presence === "PRESENCE_NOT_READY" ? "not-ready" : "offline";
}
