// SPDX-License-Identifier: Apache-2.0
// node with_server.mjs COMMAND…: runs a command beside a server of its own, which it finds in
// USHER_HTTP, USHER_METRICS, USHER_KEYS and USHER_BINARY; ends as the command does.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { binary, Server } from "./server.mjs";

const server = await Server.start();
const [command, ...args] = process.argv.slice(2);
const { status } = spawnSync(command, args, {
  stdio: "inherit",
  timeout: 300_000,
  env: { ...process.env, USHER_HTTP: server.http, USHER_METRICS: server.metrics, USHER_KEYS: join(server.data, "keys"), USHER_BINARY: binary },
});
if (status !== 0) process.stderr.write(server.log.slice(-3000));
await server.stop();
process.exit(status ?? 1);
