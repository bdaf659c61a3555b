// SPDX-License-Identifier: Apache-2.0
// A shop tells of an order by a signed webhook: it stands in the customer's timeline once, whatever is
// sent again; what is not signed, or signed by another, is nowhere.
import assert from "node:assert/strict";
import { createHmac, randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Place, usher } from "./processes.mjs";
import { until } from "./server.mjs";

const place = new Place("usher-webhook-");
const secrets = { shop: randomBytes(32), old: randomBytes(32) };
let server;

before(async () => {
  for (const [name, secret] of Object.entries(secrets)) {
    writeFileSync(join(place.data, `${name}.secret`), `whsec_${secret.toString("base64")}\n`, { mode: 0o600 });
  }
  const file = join(place.data, "webhooks.yaml");
  writeFileSync(file, "sources:\n  shop: {secret_file: [shop.secret, old.secret]}\n");
  server = await place.serve("all", "--domain", "acme", "--redis", await place.redis(), "--webhooks", file);
});
after(() => place.end());

const order = (id, more = {}) => ({
  specversion: "1.0", id, type: "order.delivered", source: "/orders", subject: "email:mei@example.com",
  data: { summary: `Order ${id} was delivered`, reference: id }, ...more,
});

function send(event, { secret = secrets.shop, at = Date.now(), type = "application/cloudevents+json" } = {}) {
  const body = JSON.stringify(event);
  const id = `msg_${Math.random()}`;
  const timestamp = String(Math.floor(at / 1_000));
  const signature = createHmac("sha256", secret).update(`${id}.${timestamp}.${body}`).digest("base64");
  return fetch(`http://${server.http}/events/v1/shop`, {
    method: "POST", body,
    headers: { "content-type": type, "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": `v1,${signature}` },
  });
}

async function told() {
  const ask = (method, request) =>
    fetch(`http://${server.http}/usher.context.v1.ContextService/${method}`, {
      method: "POST", body: JSON.stringify(request),
      headers: { "content-type": "application/json", authorization: `Bearer ${place.token("admin", "root", "acme")}` },
    }).then((response) => response.json());
  const { customers = [] } = await ask("ListCustomers", { identity: { kind: "email", value: "mei@example.com" } });
  if (customers.length === 0) return [];
  const { entries = [] } = await ask("ListTimeline", { customerId: customers[0].id });
  return entries.filter(({ outside }) => outside).map(({ outside }) => outside).reverse();
}

test("an order is recorded once, with the source whose secret fits", async () => {
  await until("the router leads", async () => (await send(order("4711"))).status === 200);
  const again = await send(order("4711"));
  assert.deepEqual(await again.json(), { recorded: 0, repeated: 1 });
  const [event, ...more] = await told();
  assert.deepEqual(more, []);
  assert.deepEqual([event.source, event.eventId, event.summary, event.reference], ["shop", "4711", "Order 4711 was delivered", "4711"]);
});

test("a batch keeps its order, and the secret that is going out is still good", async () => {
  const answer = await send([order("4712"), order("4713")], { secret: secrets.old, type: "application/cloudevents-batch+json" });
  assert.deepEqual(await answer.json(), { recorded: 2, repeated: 0 });
  assert.deepEqual((await told()).map(({ eventId }) => eventId), ["4711", "4712", "4713"]);
});

test("what is not signed, signed by another, or long ago is refused and recorded nowhere", async () => {
  const reasonOf = async (answer) => [answer.status, (await answer.json()).reason];
  assert.deepEqual(await reasonOf(await send(order("1"), { secret: randomBytes(32) })), [401, "WEBHOOK_SIGNATURE"]);
  assert.deepEqual(await reasonOf(await send(order("2"), { at: Date.now() - 600_000 })), [401, "WEBHOOK_TIMESTAMP"]);
  const unsigned = await fetch(`http://${server.http}/events/v1/shop`, { method: "POST", body: JSON.stringify(order("3")), headers: { "content-type": "application/cloudevents+json" } });
  assert.deepEqual(await reasonOf(unsigned), [401, "WEBHOOK_UNSIGNED"]);
  assert.deepEqual(await reasonOf(await send(order("4", { subject: "nobody" }))), [400, "BAD_CLOUD_EVENT"]);
  const unknown = await fetch(`http://${server.http}/events/v1/other`, { method: "POST", body: "{}" });
  assert.equal(unknown.status, 404);
  assert.equal((await told()).length, 3);
});

test("a secret that others can read stops the start, and the line is named", async () => {
  writeFileSync(join(place.data, "open.secret"), `whsec_${secrets.shop.toString("base64")}`, { mode: 0o644 });
  const file = join(place.data, "exposed.yaml");
  writeFileSync(file, "sources:\n  shop: {secret_file: open.secret}\n");
  assert.throws(() => usher("serve", "--domain", "acme", "--data", join(place.data, "other"), "--keys", place.keys, "--http", "127.0.0.1:0", "--grpc", "127.0.0.1:0", "--metrics", "127.0.0.1:0", "--webhooks", file),
    (error) => /BAD_WEBHOOK_FILE/.test(`${error.stderr}`) && /can be read by others/.test(`${error.stderr}`));
});
