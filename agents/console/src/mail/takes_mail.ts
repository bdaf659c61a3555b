// SPDX-License-Identifier: Apache-2.0
import type { Agent } from "../wire/usher/agents/v1/agent";

/** Whether the agent has room for mails at all: without it she begins none. */
export function takesMail(agent: Agent | undefined): boolean {
  return (agent?.load ?? []).some((load) => load.channel === "CHANNEL_EMAIL" && (load.max ?? 0) > 0);
}
