// SPDX-License-Identifier: Apache-2.0
// The public gRPC as any Node program speaks it, at whichever of several routers leads.
import { createRequire } from "node:module";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../integration/e2e/server.mjs";

const require = createRequire(join(root, "tests/web/package.json"));
export const grpc = require("@grpc/grpc-js");
const protoLoader = require("@grpc/proto-loader");
const protos = join(root, "proto");

function protoFiles(folder = "") {
  return readdirSync(join(protos, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? protoFiles(path) : path.endsWith(".proto") ? [path] : [];
  });
}

const loaded = grpc.loadPackageDefinition(
  protoLoader.loadSync(protoFiles(), { includeDirs: [protos], keepCase: false, longs: String, enums: String, defaults: false, oneofs: true }),
);

const channelOptions = {
  "grpc.initial_reconnect_backoff_ms": 20,
  "grpc.max_reconnect_backoff_ms": 250,
  "grpc.use_local_subchannel_pool": 1,
  "grpc.keepalive_time_ms": 12_000,
  "grpc.keepalive_timeout_ms": 4_000,
};

/** How long a call may take before its result is called unknown. */
export const answerMsMax = 8_000;

export const metadataOf = (token) => {
  const metadata = new grpc.Metadata();
  metadata.set("authorization", `Bearer ${token}`);
  return metadata;
};

/** Whether an error says that the call certainly was not applied: the server refused it by name. */
export function isRefusal(error) {
  const [reason] = error.metadata?.get("usher-reason") ?? [];
  error.reason = reason ?? "";
  return error.reason !== "" && ![grpc.status.UNAVAILABLE, grpc.status.DEADLINE_EXCEEDED, grpc.status.CANCELLED, grpc.status.UNKNOWN, grpc.status.ABORTED, grpc.status.RESOURCE_EXHAUSTED].includes(error.code);
}

/**
 * The routers that one client knows, and the one that it believes to lead. Each client has
 * connections of its own, as different machines would.
 */
export class Routers {
  constructor(addresses, token) {
    this.addresses = addresses;
    this.token = token;
    this.at = 0;
    this.clients = new Map();
  }

  get address() {
    return this.addresses[this.at];
  }

  /** Looks elsewhere, unless somebody already did since `address` was tried. */
  turnFrom(address) {
    if (address === this.address) this.at = (this.at + 1) % this.addresses.length;
  }

  client(service) {
    const key = `${service} ${this.address}`;
    if (!this.clients.has(key)) {
      const Client = `usher.${service}`.split(".").reduce((at, part) => at[part], loaded);
      this.clients.set(key, new Client(this.address, grpc.credentials.createInsecure(), channelOptions));
    }
    return this.clients.get(key);
  }

  /** One try of a unary call at the present address. */
  ask(service, method, request, { msMax = answerMsMax } = {}) {
    return new Promise((done, failed) => {
      const options = { deadline: new Date(Date.now() + msMax) };
      this.client(service)[method](request, metadataOf(this.token), options, (error, answer) => (error ? failed(error) : done(answer)));
    });
  }

  /** Opens a stream at the present address. */
  open(service, method, request) {
    const client = this.client(service);
    return request ? client[method](request, metadataOf(this.token)) : client[method](metadataOf(this.token));
  }

  close() {
    for (const client of this.clients.values()) client.close();
    this.clients.clear();
  }
}

/** `look` with patience, at every router in turn; for what is not part of the history. */
export async function askUntil(routers, service, method, request, { msMax = 120_000, accept = () => true } = {}) {
  const deadline = performance.now() + msMax;
  for (;;) {
    const address = routers.address;
    try {
      const answer = await routers.ask(service, method, request);
      if (accept(answer)) return answer;
      routers.turnFrom(address);
    } catch (error) {
      if (isRefusal(error)) throw error;
      if (performance.now() > deadline) throw new Error(`${method} is not answered: ${error.message}`);
      routers.turnFrom(address);
    }
    if (performance.now() > deadline) throw new Error(`${method}: not what was waited for within ${msMax} ms`);
    await new Promise((done) => setTimeout(done, 30));
  }
}
