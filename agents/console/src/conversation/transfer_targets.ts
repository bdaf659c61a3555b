// SPDX-License-Identifier: Apache-2.0
// Where a contact can be passed on to.
import type { Agent } from "../wire/usher/agents/v1/agent";
import type { Contact, Queue } from "../wire/usher/routing/v1/contact";

export type Target =
  | { kind: "queue"; queue: Queue }
  | { kind: "agent"; agent: Agent; hasRoom: boolean }
  /** A telephone number, of somebody outside. */
  | { kind: "outside"; number: string };

/** Queues that take the contact's channel, its own last, then available agents, those with room first. */
export function targetsFor(
  contact: Contact,
  around: { queues: Queue[]; agents: Agent[]; me: string },
  query: string,
): Target[] {
  const wanted = query.trim().toLowerCase();
  const matches = (...texts: (string | undefined)[]) =>
    wanted === "" || texts.some((text) => text?.toLowerCase().includes(wanted));
  const queues = around.queues
    .filter((queue) => takes(queue, contact) && matches(queue.id))
    .sort((a, b) => Number(a.id === contact.queue) - Number(b.id === contact.queue))
    .map((queue): Target => ({ kind: "queue", queue }));
  const agents = around.agents
    .filter((agent) => agent.id !== around.me && agent.presence === "PRESENCE_AVAILABLE" && !agent.consoleLost)
    .filter((agent) => matches(agent.id, agent.name))
    .map((agent) => ({ kind: "agent" as const, agent, hasRoom: hasRoom(agent, contact) }))
    .sort((a, b) => Number(b.hasRoom) - Number(a.hasRoom));
  return [...queues, ...agents];
}

/** A queue that names no channels takes all. */
function takes(queue: Queue, contact: Contact): boolean {
  const channels = queue.channels ?? [];
  return channels.length === 0 || !contact.channel || channels.includes(contact.channel);
}

function hasRoom(agent: Agent, contact: Contact): boolean {
  const load = agent.load ?? [];
  const here = load.find((one) => one.channel === contact.channel);
  return here ? (here.used ?? 0) < (here.max ?? 0) : load.length === 0;
}

export function targetId(target: Target): string {
  if (target.kind === "outside") return "outside";
  return target.kind === "queue" ? `queue ${target.queue.id}` : `agent ${target.agent.id}`;
}
