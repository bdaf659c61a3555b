// SPDX-License-Identifier: Apache-2.0
// A telephone that stays off the hook: it rings for its first call and for none after it; who is
// accepted in the console is heard at once.
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { until } from "../integration/e2e/server.mjs";
import { CallCentre } from "./call_centre.mjs";
import { needTelephony, tones } from "./pbx.mjs";

needTelephony();

const routing = `
domain: acme
disconnect_grace: 10m
queues:
  support: {channels: [voice], offer_timeout: 60s, missed_offers: {limit: 0}}
  billing: {channels: [voice], offer_timeout: 60s, missed_offers: {limit: 0}}
agents:
  ann: {name: Ann Li, queues: [support]}
  ben: {name: Ben Okafor, queues: [billing]}
`;
const support = "+4930111";
const billing = "+4930222";
const [annSays, benSays] = tones.phones;
let centre, ann, phone;

before(async () => {
  centre = await CallCentre.start({ phones: ["ann", "ben"], routing, numbers: { [support]: "support", [billing]: "billing" }, agents: { nailed_up: ["ann", "ben"] } });
  ({ ann } = centre.phones);
  await centre.signIn("ann");
});
after(() => centre?.end());
afterEach(() => until("no contact is open", async () => (await centre.open()).length === 0));

/** A call that Ann accepts in the console: the customer, the contact and how long it took to be heard. */
async function accepted() {
  const customer = centre.call(support);
  const { id } = await centre.contactOf(customer);
  const offer = await until("it is offered", async () => (await centre.desk("ann")).offers?.[0]);
  const began = performance.now();
  await centre.agent("ann", "AcceptOffer", { contactId: id, offerId: offer.offer.id });
  await until("they hear each other", () => customer.hears(annSays) && phone.hears(tones.customer), { everyMs: 5 });
  return { customer, id, ms: performance.now() - began };
}

test("it rings for the first call and stays up behind it, silent", async () => {
  const customer = centre.call(support);
  const { id } = await centre.contactOf(customer);
  phone = await centre.pickUp("ann");
  await until("they hear each other", () => customer.hears(annSays) && phone.hears(tones.customer));
  await customer.hangUp();
  assert.equal((await centre.closed(id)).outcome, "OUTCOME_COMPLETED");
  await until("nothing is heard", () => !phone.hears(tones.customer) && !phone.hears(tones.music));
  assert.equal(phone.state, "up");
});

test("the next calls are there with the accept, and the telephone does not ring", async () => {
  for (let call = 1; call <= 3; ++call) {
    const { customer, id, ms } = await accepted();
    // Two tones of 80 ms each have to be heard before a test knows that they are.
    assert.ok(ms < 3_000, `from the accept until they hear each other: ${ms.toFixed(0)} ms`);
    process.stdout.write(`# accept to both heard: ${ms.toFixed(0)} ms\n`);
    if (call === 2) await centre.agent("ann", "CompleteContact", { contactId: id });
    else await customer.hangUp();
    await until("the customer is hung up", () => customer.state === "ended");
    await centre.closed(id);
    assert.equal(phone.state, "up");
  }
  assert.equal(ann.calls.length, 1, "one INVITE for all calls");
});

test("a new process finds the telephone up, free and in a call", async () => {
  await centre.restartAdapter();
  const { customer, id } = await accepted();
  await centre.restartAdapter();
  await until("they still talk", () => customer.hears(annSays) && phone.hears(tones.customer));
  await centre.agent("ann", "CompleteContact", { contactId: id });
  await until("the customer is hung up", () => customer.state === "ended");
  const next = await accepted();
  await next.customer.hangUp();
  await centre.closed(next.id);
  assert.deepEqual([ann.calls.length, phone.state], [1, "up"]);
});

test("it is hung up when its agent signs out, from a call when that is over, and rings when she is back", async () => {
  await centre.signIn("ben");
  const short = centre.call(billing);
  const bens = await centre.pickUp("ben");
  await until("Ben and his customer talk", () => short.hears(benSays));
  await short.hangUp();
  await until("his call is over", async () => (await centre.open()).length === 0);
  const { customer, id } = await accepted();
  await centre.agent("ann", "SignOut");
  await centre.signOut("ben");
  await until("Ben's telephone is hung up", () => bens.state === "ended");
  await until("Ann's call goes on", () => customer.hears(annSays) && phone.hears(tones.customer), { msMax: 2_000 });
  await customer.hangUp();
  await centre.closed(id);
  await until("her telephone is hung up", () => phone.state === "ended");
  assert.equal(phone.how, "BYE");
  await centre.signIn("ann");
  const next = centre.call(support);
  phone = await centre.pickUp("ann");
  await until("they hear each other", () => next.hears(annSays) && phone.hears(tones.customer));
  await next.hangUp();
});

test("hung up in a call it ends the call; the next call rings it again", async () => {
  const { customer, id } = await accepted();
  await phone.hangUp();
  assert.equal((await centre.closed(id)).outcome, "OUTCOME_COMPLETED");
  await until("the customer is hung up", () => customer.how === "BYE");
  const next = centre.call(support);
  phone = await centre.pickUp("ann");
  await until("they hear each other", () => next.hears(annSays) && phone.hears(tones.customer));
  await next.hangUp();
  await until("no contact is open", async () => (await centre.open()).length === 0);
});

test("hung up between calls it is rung by the next", async () => {
  assert.equal(phone.state, "up");
  await phone.hangUp();
  await until("Asterisk has no call", async () => (await centre.pbx.ari("channels")).length === 0);
  const customer = centre.call(support);
  phone = await centre.pickUp("ann");
  await until("they hear each other", () => customer.hears(annSays) && phone.hears(tones.customer));
  await customer.hangUp();
});
