// SPDX-License-Identifier: Apache-2.0
import { AgentBrain } from "./agent_brain.mjs";
import { callUntilSure, CommandStream } from "./command_stream.mjs";
import { Random } from "./random.mjs";

/** A gateway with its agents on one ServeAgents stream, as `agents/gateway` is one. */
export class Gateway {
  constructor({ name, agents, routersOf, history, seed, progress }) {
    this.name = name;
    this.history = history;
    this.unary = routersOf(name);
    this.brains = new Map();
    for (const id of agents) {
      this.brains.set(id, new AgentBrain({
        id, progress, random: Random.of(seed, id),
        act: (op, request, body, more) => this.stream.send(op, request, { [op]: { requestId: request, ...body } }, more),
        say: (contact, clientId) => say({ name, routers: this.unary, history, contact, clientId, agent: id, running: () => this.running }),
      }));
    }
    this.running = true;
    this.stream = new CommandStream({
      name, routers: routersOf(name), history, service: "agents.v1.AgentService", method: "ServeAgents",
      hello: () => ({ hello: { gateway: name } }),
      reopened: () => agents.map((agentId) => ({ attach: { agentId } })),
      heard: (message) => this.heard(message),
    });
    for (const id of agents) void this.stream.send("signIn", `sign-in-${id}`, { signIn: { requestId: `sign-in-${id}`, agentId: id } }, { agent: id });
  }

  heard(message) {
    for (const desk of message.desks ?? []) this.brains.get(desk.agent.id)?.onDesk(desk);
    for (const event of message.events ?? []) this.brains.get(event.agentId)?.onEvent(event);
  }

  get idle() {
    return this.stream.idle && [...this.brains.values()].every((brain) => brain.idle);
  }

  /** The socket is cut; it reconnects by itself. */
  cut() {
    this.stream.kill?.("cut by the rig");
  }

  close() {
    this.running = false;
    this.stream.close();
    this.unary.close();
  }
}

export const say = ({ name, routers, history, contact, clientId, agent, running }) =>
  callUntilSure({
    name, routers, history, running, service: "context.v1.ContextService", method: "AppendMessages", op: "message",
    requestId: clientId, more: { contact, agent },
    request: { messages: [{ clientId, contactId: contact, author: { side: "SIDE_AGENT", id: agent, name: agent }, text: `said ${clientId}` }] },
  });
