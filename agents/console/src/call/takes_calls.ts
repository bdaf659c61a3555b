// SPDX-License-Identifier: Apache-2.0
import type { Agent } from "../wire/usher/agents/v1/agent";

/** Whether the agent has room for telephone calls at all: without it nothing about calls is shown. */
export function takesCalls(agent: Agent | undefined): boolean {
  return (agent?.load ?? []).some((load) => load.channel === "CHANNEL_VOICE" && (load.max ?? 0) > 0);
}
