// SPDX-License-Identifier: Apache-2.0
// What stands at the edges goes: gateways' processes, and sockets of clients.
import { freePorts, Process, until } from "../rig/processes.mjs";
import { binary } from "../../integration/e2e/server.mjs";
import { SessionAgent } from "../rig/session_agent.mjs";

/** `usher serve --roles agents`: consoles on one side, the routers on the other. */
class GatewayProcess {
  constructor(rig, ports) {
    Object.assign(this, { rig, ports });
    this.address = `127.0.0.1:${ports[0]}`;
  }

  async start() {
    const { rig, ports } = this;
    this.process = new Process({
      name: "gateway", folder: rig.folder, command: binary,
      args: [
        "serve", "--roles", "agents", "--domain", rig.domain, "--data", `${rig.folder}/gateway`, "--keys", rig.keys,
        ...rig.routers.flatMap((router) => ["--router", router.address]),
        "--http", `127.0.0.1:${ports[1]}`, "--grpc", this.address, "--metrics", `127.0.0.1:${ports[2]}`,
      ],
    });
    await this.process.line("serves", (line) => line.includes('"event":"serving"'));
  }
}

export const faults = [
  {
    name: "gateway-killed",
    title: "The process that holds the agents' sessions is killed",
    how: "kill -9 of `usher serve --roles agents`, started again after up to 1 s; half of the agents are on it",
    short: false,
    workload: { gatewayAgents: [["s1", "r1"], ["s3"]], sessionAgents: ["s2", "m1", "r2"] },
    async setup(rig) {
      await rig.startRedis();
      await rig.startRouters(2);
      rig.gateway = new GatewayProcess(rig, await freePorts(3));
      rig.onCleanup(() => rig.gateway.process?.kill());
      await rig.gateway.start();
      rig.sessionAgent = (options) => new SessionAgent({ ...options, address: rig.gateway.address, token: rig.agentToken(options.id) });
    },
    async run(rig) {
      for (let i = 1; i <= (rig.options.points ?? (rig.short ? 2 : 25)); ++i) {
        await rig.progress(rig.random.between(10, 60));
        rig.point(`gateway-${rig.seed}-${i}`);
        await rig.gateway.process.kill();
        await rig.pause(rig.random.between(0, 1_000));
        await rig.gateway.start();
        await rig.progress(20);
      }
    },
  },
  {
    name: "client-sockets-cut",
    title: "Adapters, gateways and agents lose their connections",
    how: "one of the clients' streams is cancelled every 20 to 300 ms; it comes back by itself",
    short: true,
    async run(rig) {
      const streaming = rig.workload.clients.filter((client) => client.cut);
      for (let i = 1; i <= (rig.options.points ?? (rig.short ? 10 : 150)); ++i) {
        await rig.pause(rig.random.between(20, 300));
        const client = rig.random.pick(streaming);
        rig.point(`${client.name}-${rig.seed}-${i}`);
        client.cut();
        if (i % 10 === 0) await rig.progress(20);
      }
      await rig.progress(60);
    },
  },
  {
    name: "leader-stepped-down",
    title: "The domain is handed over on request, again and again",
    how: "RouterService.StepDown (as `usher router step-down`) and SIGTERM, in turn",
    short: true,
    async run(rig) {
      for (let i = 1; i <= (rig.options.points ?? (rig.short ? 2 : 30)); ++i) {
        await rig.progress(rig.random.between(10, 50));
        const leader = await rig.untilLed();
        rig.point(`hand-over-${rig.seed}-${i}`);
        if (i % 2 === 1) {
          await leader.stop();
          await leader.start();
        } else {
          await rig.stepDown(leader);
        }
        await until("somebody leads", () => rig.leader, { msMax: 60_000 });
        await rig.progress(20);
      }
    },
  },
];
