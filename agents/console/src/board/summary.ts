// SPDX-License-Identifier: Apache-2.0
// The few figures above the tables.
import type { Agent } from "../wire/usher/agents/v1/agent";
import type { Queue } from "../wire/usher/routing/v1/contact";
import { durationMs } from "../state/time";

export interface Summary {
  waiting: number;
  longestWaitMs: number;
  available: number;
  signedIn: number;
  assigned: number;
  /** Basis points over all queues, weighted by what each accepted; absent before the first. */
  serviceLevel?: number;
}

export function summaryOf(queues: Queue[], agents: Agent[]): Summary {
  const sum = (pick: (queue: Queue) => number) => queues.reduce((total, queue) => total + pick(queue), 0);
  const accepted = sum((queue) => Number(queue.accepted ?? 0));
  const within = sum((queue) => Number(queue.accepted ?? 0) * (queue.serviceLevelBasisPoints ?? 0));
  const present = agents.filter((agent) => isSignedIn(agent));
  return {
    waiting: sum((queue) => queue.waiting ?? 0),
    longestWaitMs: Math.max(0, ...queues.map((queue) => durationMs(queue.longestWait) ?? 0)),
    available: present.filter((agent) => agent.presence === "PRESENCE_AVAILABLE").length,
    signedIn: present.length,
    assigned: sum((queue) => queue.assigned ?? 0),
    serviceLevel: accepted > 0 ? Math.round(within / accepted) : undefined,
  };
}

export function isSignedIn(agent: Agent): boolean {
  return agent.presence === "PRESENCE_AVAILABLE" || agent.presence === "PRESENCE_NOT_READY";
}

/** Available first, then not ready, then offline; by name within. */
export function byPresence(agents: Agent[]): Agent[] {
  const rank = (agent: Agent) =>
    agent.presence === "PRESENCE_AVAILABLE" ? 0 : agent.presence === "PRESENCE_NOT_READY" ? 1 : 2;
  const name = (agent: Agent) => agent.name || agent.id || "";
  return [...agents].sort((a, b) => rank(a) - rank(b) || name(a).localeCompare(name(b)));
}
