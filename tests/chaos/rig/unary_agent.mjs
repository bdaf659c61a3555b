// SPDX-License-Identifier: Apache-2.0
import { AgentBrain } from "./agent_brain.mjs";
import { callUntilSure } from "./command_stream.mjs";
import { say } from "./gateway.mjs";
import { Random } from "./random.mjs";
import { Watch } from "./watch.mjs";

const methods = { signIn: "SignIn", accept: "AcceptOffer", reject: "RejectOffer", complete: "CompleteContact" };

/** An agent of a simple client: WatchAgent and unary calls. */
export class UnaryAgent {
  constructor({ id, tokenOf, routersOf, history, seed, progress }) {
    this.name = `agent-${id}`;
    this.routers = routersOf(tokenOf);
    this.running = true;
    const call = (op, requestId, body, more) =>
      callUntilSure({
        name: this.name, routers: this.routers, history, service: "agents.v1.AgentService", method: methods[op], op,
        requestId, request: { requestId, ...body }, more, running: () => this.running,
      });
    this.brain = new AgentBrain({
      id, progress, random: Random.of(seed, id), act: call,
      say: (contact, clientId) => say({ name: this.name, routers: this.routers, history, contact, clientId, agent: id, running: () => this.running }),
    });
    this.watch = new Watch({
      name: this.name, routers: routersOf(tokenOf), history, service: "agents.v1.AgentService", method: "WatchAgent",
      request: () => ({ agentId: id }),
      heard: (message) => {
        if (message.desk) this.brain.onDesk(message.desk);
        for (const event of message.events ?? []) this.brain.onEvent(event);
      },
    });
    void call("signIn", `sign-in-${id}`, { agentId: id }, { agent: id });
  }

  get idle() {
    return this.brain.idle;
  }

  cut() {
    this.watch.kill?.("cut by the rig");
  }

  close() {
    this.running = false;
    this.watch.close();
    this.routers.close();
  }
}
