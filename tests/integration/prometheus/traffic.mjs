// SPDX-License-Identifier: Apache-2.0
// One of everything that metrics count, on a live demo server.
import { createRequire } from "node:module";
import http from "node:http";
import { join } from "node:path";
import { randomBytes } from "node:crypto";
import { root, until } from "../../support/live_server.mjs";

const require = createRequire(join(root, "tests/web/package.json"));
const grpc = require("@grpc/grpc-js");
const loader = require("@grpc/proto-loader");

/** Words of customers and contacts that must never stand in a label. */
export const privateWords = ["Zelda", "zelda@example.org", "The bill of Zelda", "visitor-of-the-test", "queue-of-the-test", "page-of-the-test"];

/** Contacts that are completed, rejected, abandoned, cancelled and left to wait. Returns private ids. */
export async function routeContacts(server) {
  const adapter = server.token("adapter", "mail");
  const ann = server.token("agent", "ann");
  const { customer } = await server.call(
    "context.v1.ContextService/ResolveCustomer",
    { requestId: "r0", identity: { kind: "email", value: "zelda@example.org" }, name: "Zelda" },
    adapter,
  );
  let number = 0;
  const submit = async (queue) => {
    number += 1;
    const { contact } = await server.call(
      "routing.v1.RoutingService/SubmitContact",
      {
        requestId: `s${number}`, channel: "CHANNEL_EMAIL", queue, customerId: customer.id,
        subject: "The bill of Zelda", externalId: `visitor-of-the-test-${number}`,
      },
      adapter,
    );
    return contact;
  };
  const agent = (verb, body) => server.call(`agents.v1.AgentService/${verb}`, { requestId: randomBytes(8).toString("hex"), ...body }, ann);

  const left = await submit("support");
  await server.call("routing.v1.RoutingService/AbandonContact", { requestId: "a1", contactId: left.id }, adapter);
  const back = await submit("support");
  await server.call("routing.v1.RoutingService/CancelContact", { requestId: "c1", contactId: back.id }, adapter);

  await agent("SignIn", {});
  for (const queue of ["support", "billing"]) {
    const served = await submit(queue);
    await agent("AcceptOffer", { contactId: served.id });
    await agent("CompleteContact", { contactId: served.id, disposition: "resolved" });
    await agent("EndWrapUp", { contactId: served.id });
  }
  const open = await submit("billing");
  await agent("AcceptOffer", { contactId: open.id });
  // Who rejects is left in peace for some seconds, so this comes last.
  const rejected = await submit("support");
  await agent("RejectOffer", { contactId: rejected.id, reason: "busy" });
  await agent("SetPresence", { presence: "PRESENCE_NOT_READY", reason: "break" });
  const waiting = await submit("billing");
  for (const [verb, body] of [["CancelContact", { contactId: "c999999" }], ["SubmitContact", { channel: "CHANNEL_TASK", queue: "queue-of-the-test" }]]) {
    const refused = await server.call(`routing.v1.RoutingService/${verb}`, { requestId: `refused-${verb}`, ...body }, adapter).then(
      () => undefined,
      (error) => error,
    );
    if (refused?.code !== "not_found") throw new Error(`${verb} was not refused: ${refused?.message}`);
  }
  const page = await fetch(`${server.http}/page-of-the-test`);
  if (page.status !== 404) throw new Error(`a page that is not there answered ${page.status}`);
  return [customer.id, open.id, waiting.id];
}

/** A console's session over gRPC that asks for the queues; closed by the caller. */
export async function openConsole(server) {
  const definition = loader.loadSync("usher/agents/v1/session_service.proto", { includeDirs: [join(root, "proto")], longs: String, enums: String });
  const { SessionService } = grpc.loadPackageDefinition(definition).usher.agents.v1;
  const client = new SessionService(server.grpc, grpc.credentials.createInsecure());
  const metadata = new grpc.Metadata();
  metadata.set("authorization", `Bearer ${server.token("agent", "ben")}`);
  const stream = client.Session(metadata);
  const heard = [];
  stream.on("data", (response) => heard.push(response));
  stream.on("error", () => {});
  stream.write({ tag: 1, hello: { client: "test" } });
  await until("the console is welcome", () => heard.some((response) => response.welcome));
  stream.write({ tag: 2, listQueues: {} });
  await until("the console sees the queues", () => heard.some((response) => response.queues));
  return () => {
    stream.end();
    client.close();
  };
}

/** A chat socket that says something that is no frame, and is refused. */
export function refuseChatFrame(server) {
  return new Promise((done, fail) => {
    const request = http.get(`${server.http}/chat/v1/socket`, {
      headers: {
        connection: "Upgrade", upgrade: "websocket", origin: server.http,
        "sec-websocket-version": "13", "sec-websocket-key": randomBytes(16).toString("base64"),
      },
    });
    request.on("error", fail);
    request.on("response", (response) => fail(new Error(`the chat socket answered ${response.statusCode}`)));
    request.on("upgrade", (_, socket) => {
      socket.on("error", fail);
      socket.once("data", () => {
        socket.destroy();
        done();
      });
      const text = Buffer.from('{"hello":{"site":"nowhere"}}');
      const mask = randomBytes(4);
      const masked = text.map((byte, i) => byte ^ mask[i % 4]);
      socket.write(Buffer.concat([Buffer.from([0x81, 0x80 | text.length]), mask, masked]));
    });
  });
}
