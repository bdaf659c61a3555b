// SPDX-License-Identifier: Apache-2.0
// Redis on three machines of a network of their own: behind Sentinels, or as a cluster.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../integration/e2e/server.mjs";
import { Process, Redis, until } from "../rig/processes.mjs";
import { run } from "./machine.mjs";
import { Network } from "./network.mjs";

export const machines = ["a", "b", "c"];
const port = 6379;
const deployed = (name) => join(root, "deploy/redis", name);

function networkOf(rig) {
  const network = Network.make(machines);
  rig.onCleanup(() => network.remove());
  return network;
}

function redisOn(rig, network, machine, { name = `redis-${machine}`, port: at = port, settings = {} } = {}) {
  const redis = new Redis({
    name, folder: rig.folder, host: network.address(machine), port: at, fsync: "everysec", wrap: network.command(machine, "env"),
    settings: { "protected-mode": "no", "repl-diskless-sync-delay": 0, "repl-timeout": 5, ...settings },
  });
  redis.machine = machine;
  rig.onCleanup(() => redis.process?.kill());
  return redis;
}

/** A primary, two replicas and three Sentinels: `{network, servers, target}`. */
export async function startSentinels(rig) {
  const network = networkOf(rig);
  const servers = [];
  for (const machine of machines) {
    const settings = machine === "a" ? {} : { replicaof: `${network.address("a")} ${port}` };
    servers.push(await redisOn(rig, network, machine, { settings }).start());
  }
  const inStep = (text) => (text.match(/state=online/g) ?? []).length === 2;
  await until("the replicas are in step", async () => inStep(await servers[0].ask("INFO", "replication")));
  const asked = machines.map((machine) => new Redis({ name: `sentinel-${machine}`, folder: rig.folder, host: network.address(machine), port: 26379 }));
  for (const [at, machine] of machines.entries()) {
    const home = join(rig.folder, `sentinel-${machine}`);
    mkdirSync(home);
    const text = readFileSync(deployed("sentinel.conf"), "utf8").replace("10.0.0.1 6379 2", `${network.address("a")} ${port} 2`);
    writeFileSync(join(home, "sentinel.conf"), `${text}\nport 26379\nbind ${network.address(machine)}\nprotected-mode no\ndir ${home}\n`);
    const process = new Process({
      name: `sentinel-${machine}`, folder: rig.folder, command: "redis-server", args: [join(home, "sentinel.conf"), "--sentinel"],
      wrap: network.command(machine, "env"),
    });
    rig.onCleanup(() => process.kill());
    await until("the Sentinel answers", async () => (await asked[at].ask("PING")) === "+PONG");
  }
  for (const sentinel of asked) {
    await until("the Sentinels know each other", () => {
      const text = cli(sentinel, "SENTINEL", "MASTER", "contacts");
      return /num-slaves\n2/.test(text) && /num-other-sentinels\n2/.test(text);
    });
  }
  return {
    network, servers,
    target: `sentinel://${asked.map(({ address }) => address).join(",")}/contacts`,
  };
}

/** Three primaries and three replicas, one of each on a machine: `{network, servers, target}`. */
export async function startCluster(rig) {
  const network = networkOf(rig);
  const servers = [];
  const settings = { "cluster-enabled": "yes", "cluster-node-timeout": 1500 };
  for (const machine of machines) {
    for (const at of [port, port + 1]) servers.push(await redisOn(rig, network, machine, { name: `redis-${machine}-${at}`, port: at, settings }).start());
  }
  const primaries = servers.filter((server) => server.port === port);
  for (const [at, server] of primaries.entries()) {
    await server.ask("CLUSTER", "SET-CONFIG-EPOCH", String(at + 1));
    await server.ask("CLUSTER", "ADDSLOTSRANGE", String(Math.floor((16384 * at) / 3)), String(Math.floor((16384 * (at + 1)) / 3) - 1));
  }
  for (const server of servers.slice(1)) await servers[0].ask("CLUSTER", "MEET", server.host, String(server.port));
  for (const server of servers) await until("the nodes know each other", async () => (await server.ask("CLUSTER", "INFO")).includes("cluster_known_nodes:6"));
  // Each replica on the machine after its primary's.
  for (const [at, machine] of machines.entries()) {
    const replica = servers.find((server) => server.machine === machines[(at + 1) % 3] && server.port === port + 1);
    const id = await servers.find((server) => server.machine === machine && server.port === port).ask("CLUSTER", "MYID");
    await until("a node becomes a replica", async () => (await replica.ask("CLUSTER", "REPLICATE", id)) === "+OK");
  }
  for (const server of servers) await until("the cluster is in order", async () => /cluster_state:ok/.test(await server.ask("CLUSTER", "INFO")));
  for (const server of primaries) await until("the replicas are in step", async () => /state=online/.test(await server.ask("INFO", "replication")));
  return { network, servers, target: `cluster://${servers.map(({ address }) => address).join(",")}` };
}

/** The server that takes the writes for a key now, with a replica or `alone`; undefined while none does. */
export async function ownerOf(servers, key, { alone = false } = {}) {
  for (const server of servers) {
    const info = await server.ask("INFO", "replication").catch(() => "");
    if (!/role:master/.test(info) || (!alone && !/state=online/.test(info))) continue;
    const answer = await server.ask("EXISTS", key).catch(() => "-");
    if (!answer.startsWith("-")) return server;
  }
  return undefined;
}

/** What redis-cli prints: for answers of more than one line. */
export const cli = (server, ...words) => run("redis-cli", "-h", server.host, "-p", server.port, ...words).trim();
