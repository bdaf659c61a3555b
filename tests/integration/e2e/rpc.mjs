// SPDX-License-Identifier: Apache-2.0
// gRPC as any Node program would do it: the protos as they stand, loaded at run time.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { grpc, protoLoader } from "./packages.mjs";
import { root } from "./server.mjs";

const protos = join(root, "proto");

const definition = protoLoader.loadSync(protoFiles(), {
  includeDirs: [protos], keepCase: false, longs: String, enums: String, defaults: false, oneofs: true,
});
const loaded = grpc.loadPackageDefinition(definition);

function protoFiles(folder = "") {
  return readdirSync(join(protos, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? protoFiles(path) : path.endsWith(".proto") ? [path] : [];
  });
}

/** Every method of ours: `{service, name, path, requestStream, responseStream}`. */
export const methods = Object.entries(definition)
  .filter(([name, entry]) => name.startsWith("usher.") && !("format" in entry))
  .flatMap(([service, entry]) =>
    Object.values(entry).map(({ path, originalName, requestStream, responseStream }) => ({
      service, path, requestStream, responseStream, name: path.split("/").pop(), call: originalName,
    })),
  );

/** A client of a service such as `usher.routing.v1.RoutingService`. */
export function clientOf(server, service) {
  const Client = service.split(".").reduce((at, part) => at[part], loaded);
  return new Client(server.grpc, grpc.credentials.createInsecure());
}

export function withToken(token) {
  const metadata = new grpc.Metadata();
  if (token) metadata.set("authorization", `Bearer ${token}`);
  return metadata;
}

export const soon = (seconds = 30) => ({ deadline: new Date(Date.now() + seconds * 1000) });

/** A unary call: the answer, or the error with its `code` and trailing `metadata`. */
export function ask(client, method, request, token) {
  return new Promise((done, fail) => {
    client[method](request, withToken(token), soon(), (error, answer) => (error ? fail(error) : done(answer)));
  });
}

/** How a call ended that had to fail. */
export async function refusal(promise) {
  const error = await promise.then(
    (answer) => {
      throw new Error(`it was answered: ${JSON.stringify(answer)}`);
    },
    (failed) => failed,
  );
  if (error.code === undefined) throw error;
  const [reason] = error.metadata?.get("usher-reason") ?? [];
  const [nextStep] = error.metadata?.get("usher-next-step") ?? [];
  return { code: error.code, reason, nextStep: nextStep && decodeURIComponent(nextStep), message: error.details };
}

/** What a stream says, kept until it is looked for. */
export class Heard {
  constructor(stream) {
    this.stream = stream;
    this.messages = [];
    stream.on("data", (message) => this.messages.push(message));
    stream.on("error", (error) => (this.error = error));
    stream.on("end", () => (this.ended = true));
  }

  get events() {
    return this.messages.flatMap((message) => message.events ?? []);
  }
}
