// SPDX-License-Identifier: Apache-2.0
// The servers of one measurement: a Redis of its own, and a router on it.
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { connect, createServer } from "node:net";

import { folder, outputOf, startServer, stop } from "./children.mjs";

let made = 0;

function newFolder(name) {
  const path = join(folder, `${name}-${++made}`);
  mkdirSync(path, { recursive: true, mode: 0o700 });
  return path;
}

async function until(what, child, log, ready) {
  let ended = false;
  child.ended.then(() => (ended = true));
  for (const end = Date.now() + 20_000; Date.now() < end; await pause(10)) {
    const value = await ready();
    if (value) return value;
    if (ended) break;
  }
  throw new Error(`${what} did not start:\n${readFileSync(log, 'utf8').slice(-2000)}`);
}

// What a server says to a command, as it stands on the wire; nothing while it is not there.
const asked = (socket, command) =>
  new Promise((resolve) => {
    let said = "";
    const client = connect(socket, () => client.end(command));
    client.on("data", (data) => (said += data));
    client.on("error", () => resolve(""));
    client.on("close", () => resolve(said));
  });

const answers = async (socket) => (await asked(socket, "PING\r\n")).startsWith("+PONG");

// The same for everyone: append-only file, no snapshots, a Unix socket. `fsync`: everysec, always.
// With a replica when it is named `replicated:1`, both everysec; it is in step when this returns.
export async function startRedis(durability) {
  if (durability !== "replicated:1") return startOneRedis(durability, []);
  const port = await freePort();
  const listening = ["--port", port, "--bind", "127.0.0.1", "--repl-diskless-sync-delay", "0"];
  const primary = await startOneRedis("everysec", listening);
  try {
    const replica = await startOneRedis("everysec", ["--replicaof", "127.0.0.1", port]);
    await untilInStep(primary, replica);
    return { ...primary, stop: () => Promise.all([primary.stop(), replica.stop()]) };
  } catch (error) {
    await primary.stop();
    throw error;
  }
}

async function startOneRedis(fsync, more) {
  const dir = newFolder("redis");
  const socket = join(dir, "socket");
  const log = join(dir, "log");
  const args = ["--port", "0", "--unixsocket", socket, "--dir", dir, "--save", ""];
  const durable = ["--appendonly", "yes", "--appendfsync", fsync, "--daemonize", "no"];
  const fd = openSync(log, "a");
  const child = startServer("redis-server", [...args, ...durable, ...more], fd);
  closeSync(fd);
  await until("redis-server", child, log, () => answers(socket));
  return {
    socket,
    log,
    child,
    pid: child.pid,
    stop: async () => {
      await stop(child);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

// Replicas reach their primary over TCP only, and Redis takes no port 0 for "any".
const freePort = () =>
  new Promise((resolve, reject) => {
    const server = createServer().on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(String(port)));
    });
  });

// As the primary sees it, which counts those that have acknowledged lately.
const untilInStep = (primary, replica) =>
  until("the replica", replica.child, replica.log, async () =>
    /slave0:.*state=online,.*lag=[01]\b/.test(await asked(primary.socket, "INFO replication\r\n")),
  );

// One queue and as many agents, each with room for one chat, as the load asks for.
function domainFile(agents) {
  const member = { queues: ["support"], profile: "desk" };
  return JSON.stringify({
    domain: "bench",
    queues: { support: { channels: ["chat"], offer_timeout: "5m", wrap_up: "0s" } },
    profiles: { desk: { chat: { max: 1 } } },
    agents: Object.fromEntries(Array.from({ length: agents }, (_, i) => [`a${i}`, member])),
  });
}

const serving = (log) => {
  const line = readFileSync(log, "utf8").split("\n").find((text) => text.includes('"serving"'));
  return line && JSON.parse(line);
};

// A router of one domain on that Redis, with the domain applied.
export async function startRouter({ usher, redis, durability, agents, roles = "router" }) {
  const dir = newFolder("router");
  const keys = join(dir, "keys");
  const log = join(dir, "log");
  const tokenFile = join(dir, "token");
  const domain = join(dir, "domain.yaml");
  writeFileSync(domain, domainFile(agents));
  await outputOf(usher, ["keys", "create", "--keys", keys]);
  const claims = ["--role", "adapter", "--subject", "bench", "--domain", "bench"];
  writeFileSync(tokenFile, await outputOf(usher, ["token", "--keys", keys, ...claims]), {
    mode: 0o600,
  });
  const where = ["--http", "--grpc", "--metrics"].flatMap((name) => [name, "127.0.0.1:0"]);
  const what = ["--domain", "bench", "--redis", `unix:${redis.socket}`, "--durability", durability];
  const own = ["--roles", roles, "--data", join(dir, "data"), "--keys", keys];
  const fd = openSync(log, "a");
  const child = startServer(usher, ["serve", ...own, ...what, ...where], fd);
  closeSync(fd);
  const { grpc_port: port, http } = await until("the router", child, log, () => serving(log));
  const server = `127.0.0.1:${port}`;
  const target = ["--server", server, "--domain", "bench", "--keys", keys];
  await outputOf(usher, ["apply", "-f", domain, ...target]);
  return {
    server,
    http,
    keys,
    tokenFile,
    pid: child.pid,
    stop: async () => {
      await stop(child);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
