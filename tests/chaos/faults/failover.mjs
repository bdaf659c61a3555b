// SPDX-License-Identifier: Apache-2.0
// A machine of Redis is cut off, and another takes over: behind Sentinels and in a cluster.
import { cli, machines, ownerOf, startCluster, startSentinels } from "../inject/machines.mjs";
import { Network } from "../inject/network.mjs";
import { until } from "../rig/processes.mjs";

const lease = (rig) => `usher:{${rig.domain}}:lease`;

// The machine of the primary, and what it is cut off from.
const cuts = {
  "from the other machines"(network, machine) {
    for (const other of machines) if (other !== machine) network.cut(machine, other);
  },
  "and is not heard by the other machines"(network, machine) {
    for (const other of machines) if (other !== machine) network.cutOneWay(machine, other);
  },
  "from everybody"(network, machine) {
    network.isolate(machine);
  },
};

// With one replica only, the promoted one has none: nothing is acknowledged until the old primary is back.
const partition = (name, title, start, { short = false, replicas }) => ({
  name, title, short, durability: "replicated:1", needs: [Network.whyNot],
  how: `three network namespaces; the primary's is cut off ${Object.keys(cuts).join(", or ")}, and comes back when another has led for a while`,
  async setup(rig) {
    rig.machines = await start(rig);
    rig.redis = rig.machines.servers[0];
    await rig.startRouters(2, { redis: rig.machines.target });
  },
  async run(rig) {
    const { network, servers } = rig.machines;
    const gaps = [];
    for (let i = 1; i <= (rig.options.points ?? (rig.short ? 1 : 12)); ++i) {
      await rig.progress(rig.random.between(20, 60));
      const old = await until("a primary", () => ownerOf(servers, lease(rig)), { msMax: 60_000 });
      const how = Object.keys(cuts)[(i - 1) % 3];
      rig.point(`${old.name} ${how} ${rig.seed}-${i}`);
      const led = rig.history.records.length;
      const cutAt = performance.now();
      cuts[how](network, old.machine);
      const others = servers.filter((server) => server.machine !== old.machine);
      await until("another takes the writes", () => ownerOf(others, lease(rig), { alone: true }), { msMax: 60_000 });
      const ledAgain = () => until("a router leads on it", () => rig.history.records.slice(led).some(({ kind }) => kind === "led"), { msMax: 60_000, everyMs: 10 });
      if (replicas > 1) {
        await ledAgain();
        gaps.push(Math.round(performance.now() - cutAt));
        await rig.progress(30);
      }
      network.heal();
      await until("the old primary follows the new one", async () => /role:slave/.test(await old.ask("INFO", "replication").catch(() => "")), { msMax: 60_000 });
      await ledAgain();
      await until("a replica is in step", () => ownerOf(servers, lease(rig)), { msMax: 60_000 });
      if (replicas > 1) continue;
      // In a cluster two primaries on one machine would be too many to lose: it is led where it was, on request.
      await until("the old primary takes over again", async () => {
        await old.ask("CLUSTER", "FAILOVER");
        return /role:master/.test(await old.ask("INFO", "replication"));
      }, { msMax: 60_000, everyMs: 1_000 });
      await until("a replica is in step", () => ownerOf([old], lease(rig)), { msMax: 60_000 });
    }
    if (gaps.length > 0) rig.note(`led again after ${gaps.sort((a, b) => a - b).join(", ")} ms`);
    await rig.progress(60);
  },
});

/** Moves a slot with all that it holds, key by key, as an operator's tools do. */
async function moveSlot(slot, from, to, servers) {
  const [source, target] = await Promise.all([from, to].map((server) => server.ask("CLUSTER", "MYID")));
  cli(to, "CLUSTER", "SETSLOT", slot, "IMPORTING", source);
  cli(from, "CLUSTER", "SETSLOT", slot, "MIGRATING", target);
  for (;;) {
    const keys = cli(from, "CLUSTER", "GETKEYSINSLOT", slot, 5).split("\n").filter(Boolean);
    if (keys.length === 0) break;
    cli(from, "MIGRATE", to.host, to.port, "", 0, 5_000, "KEYS", ...keys);
    await new Promise((done) => setTimeout(done, 5));
  }
  for (const server of [to, from, ...servers.filter((other) => other !== to && other !== from)]) {
    if (/role:master/.test(await server.ask("INFO", "replication"))) cli(server, "CLUSTER", "SETSLOT", slot, "NODE", target);
  }
}

export const faults = [
  partition("sentinel-partition", "The primary is cut off, and Sentinels promote a replica, durability replicated:1", startSentinels, { replicas: 2 }),
  partition("cluster-partition", "A machine of a cluster is cut off, and a replica takes its slots, durability replicated:1", startCluster, { replicas: 1 }),
  {
    name: "cluster-slot-moves", short: false, durability: "replicated:1", needs: [Network.whyNot],
    title: "The slot of the domain moves to another node of the cluster, durability replicated:1",
    how: "SETSLOT and MIGRATE, a few keys at a time, while the clients are at work",
    async setup(rig) {
      rig.machines = await startCluster(rig);
      rig.redis = rig.machines.servers[0];
      await rig.startRouters(2, { redis: rig.machines.target });
    },
    async run(rig) {
      const { servers } = rig.machines;
      const slot = cli(servers[0], "CLUSTER", "KEYSLOT", lease(rig));
      for (let i = 1; i <= (rig.options.points ?? (rig.short ? 1 : 8)); ++i) {
        await rig.progress(rig.random.between(20, 60));
        const from = await until("an owner", () => ownerOf(servers, lease(rig)), { msMax: 60_000 });
        const primaries = [];
        for (const server of servers) if (server !== from && /role:master/.test(await server.ask("INFO", "replication"))) primaries.push(server);
        rig.point(`slot-${rig.seed}-${i}`);
        await moveSlot(slot, from, rig.random.pick(primaries), servers);
        await rig.untilLed();
        await rig.progress(30);
      }
      await rig.progress(60);
    },
  },
];
