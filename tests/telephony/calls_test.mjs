// SPDX-License-Identifier: Apache-2.0
// Calls as callers and agents live them: answered, given up, not answered, held, passed on, asked
// about. After each, nothing is left in Asterisk and nothing is open in Usher.
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { until } from "../integration/e2e/server.mjs";
import { CallCentre } from "./call_centre.mjs";
import { needTelephony, tones } from "./pbx.mjs";

needTelephony();

const routing = `
domain: acme
disconnect_grace: 10m
not_ready: [break]
queues:
  support: {channels: [voice, callback], offer_timeout: 5s, missed_offers: {limit: 0}}
  billing: {channels: [voice], offer_timeout: 20s, missed_offers: {limit: 0}}
agents:
  ann: {name: Ann Li, queues: [support]}
  ben: {name: Ben Okafor, queues: [billing]}
  eva: {name: Eva Brandt, queues: []}
`;
const support = "+4930111";
const [annSays, benSays] = tones.phones;
let centre, ann, ben;

before(async () => {
  centre = await CallCentre.start({ phones: ["ann", "ben", "eva"], routing, numbers: { [support]: "support", "+4930222": "billing" }, queues: { billing: { answer: false } }, agents: { unreachable_reason: "break" } });
  ({ ann, ben } = centre.phones);
  await centre.signIn("ann");
});
after(() => centre?.end());
afterEach(async () => {
  await centre.quiet();
  await centre.signOut("ben");
  await centre.signIn("ann");
});

/** A call that Ann has picked up: both ends, and the contact. */
async function talking() {
  const customer = centre.call(support);
  const { id } = await centre.contactOf(customer);
  const phone = await centre.pickUp("ann");
  await until("they hear each other", () => customer.hears(annSays) && phone.hears(tones.customer));
  return { customer, phone, id };
}

test("a call waits with music, rings the agent's phone with the caller's number, talks, and ends as completed", async () => {
  await centre.agent("ann", "SetPresence", { presence: "PRESENCE_NOT_READY", reason: "break" });
  const customer = centre.call(support);
  const { id } = await centre.contactOf(customer);
  await until("the customer hears music", () => customer.hears(tones.music));
  assert.equal(ann.incoming, undefined);
  await centre.agent("ann", "SetPresence", { presence: "PRESENCE_AVAILABLE" });
  const phone = await centre.pickUp("ann");
  assert.equal(phone.caller, customer.from);
  assert.equal(phone.header("X-Usher-Contact"), id, "the telephone can tell which contact rings");
  await until("they hear each other, and no music", () => customer.hears(annSays) && phone.hears(tones.customer) && !customer.hears(tones.music));
  const talk = await centre.contact(id);
  assert.deepEqual([talk.state, talk.agent, talk.queue, talk.channel], ["STATE_ASSIGNED", "ann", "support", "CHANNEL_VOICE"]);
  assert.ok(JSON.stringify(talk.attributes).includes(support), "the number dialled is known");
  const { identities } = await centre.customer(talk.customerId);
  assert.deepEqual(identities.map(({ kind, value }) => [kind, value]), [["phone", customer.from]], "and who calls");
  await customer.hangUp();
  const { outcome } = await centre.closed(id);
  assert.equal(outcome, "OUTCOME_COMPLETED");
  await until("the phone is hung up", () => phone.how === "BYE");
});

test("who calls again is the same customer, and another caller is another", async () => {
  const calls = async (from) => {
    const customer = centre.call(support, { from });
    const phone = await centre.pickUp("ann");
    const { id, customerId } = await centre.contactOf({ from });
    await customer.hangUp();
    await centre.closed(id);
    await until("Ann's phone is free", () => phone.state === "ended");
    return customerId;
  };
  const first = await calls("+15559000001");
  assert.ok(first, "she is known");
  assert.equal(await calls("+15559000001"), first);
  assert.notEqual(await calls("+15559000002"), first);
  const { contacts } = await centre.customer(first);
  assert.equal(contacts, 2, "both calls are hers");
});

test("the agent hangs up: the customer is hung up and the contact completed", async () => {
  const { customer, phone, id } = await talking();
  await phone.hangUp();
  assert.equal((await centre.closed(id)).outcome, "OUTCOME_COMPLETED");
  await until("the customer is hung up", () => customer.how === "BYE");
});

test("completing the contact at the desk ends the call", async () => {
  const { customer, phone, id } = await talking();
  await centre.agent("ann", "CompleteContact", { contactId: id });
  await until("both are hung up", () => customer.state === "ended" && phone.state === "ended");
});

test("who gives up while waiting is gone at once", async () => {
  await centre.signOut("ann");
  const customer = centre.call(support);
  const { id } = await centre.contactOf(customer);
  await until("the customer waits", () => customer.state === "up");
  const left = performance.now();
  await customer.hangUp();
  assert.equal((await centre.closed(id)).outcome, "OUTCOME_ABANDONED");
  assert.ok(performance.now() - left < 2_000, "within two seconds");
});

test("who gives up while the agent's phone rings leaves nothing ringing, and the agent is free", async () => {
  const customer = centre.call(support);
  const { id } = await centre.contactOf(customer);
  const { incoming } = await until("the phone rings", () => ann.incoming && ann);
  await until("the customer is answered", () => customer.state === "up");
  await customer.hangUp();
  assert.equal((await centre.closed(id)).outcome, "OUTCOME_ABANDONED");
  await until("the phone stops", () => incoming.how === "CANCEL");
  const { customer: next, phone } = await talking();
  await next.hangUp();
  await until("the next call is over as well", () => phone.state === "ended");
});

for (const [manner, name, reason] of [["ring", "that rings out", /^ann missed/], ["busy", "that is busy", /^ann rejected: busy$/], ["dead", "that is unplugged", /^ann rejected: unreachable$/]]) {
  test(`an agent's phone ${name} is recorded as that, and the call goes on waiting`, async () => {
    ann.manner = manner;
    const customer = centre.call(support);
    const { id } = await centre.contactOf(customer);
    const offers = await until("the offer ends", async () => (await centre.offersOf(id))[0]);
    assert.match(offers, reason);
    const { agent } = await centre.desk("ann");
    if (manner !== "dead") assert.equal(agent.presence, "PRESENCE_AVAILABLE");
    else await until("Ann is not ready", async () => (await centre.desk("ann")).agent.reason === "break");
    assert.notEqual(customer.state, "ended");
    await customer.hangUp();
    assert.equal((await centre.closed(id)).outcome, "OUTCOME_ABANDONED");
  });
}

test("on hold the customer hears music and the agent nobody; resumed they talk", async () => {
  const { customer, phone, id } = await talking();
  await centre.agent("ann", "HoldContact", { contactId: id });
  await until("the customer hears music", () => customer.hears(tones.music) && !customer.hears(annSays));
  await until("the agent does not hear the customer", () => !phone.hears(tones.customer));
  await centre.agent("ann", "ResumeContact", { contactId: id });
  await until("they talk again", () => customer.hears(annSays) && phone.hears(tones.customer) && !customer.hears(tones.music));
  await customer.hangUp();
});

test("hold pressed at the phone is hold for the customer", async () => {
  const { customer, phone } = await talking();
  assert.equal(await phone.hold(true), 200);
  await until("the customer hears music", () => customer.hears(tones.music));
  assert.equal(await phone.hold(false), 200);
  await until("they talk again", () => customer.hears(annSays) && !customer.hears(tones.music));
  await customer.hangUp();
});

test("passed on to a queue, the customer waits there with music and talks to its agent", async () => {
  await centre.signIn("ben");
  const { customer, phone, id } = await talking();
  await centre.agent("ann", "TransferContact", { contactId: id, toQueue: "billing" });
  await until("Ann's phone is free", () => phone.state === "ended");
  const other = await centre.pickUp("ben");
  await until("the customer talks to Ben", () => customer.hears(benSays) && other.hears(tones.customer) && !customer.hears(annSays));
  const contact = await centre.contact(id);
  assert.deepEqual([contact.agent, contact.queue, contact.transfers], ["ben", "billing", 1]);
  await other.hangUp();
});

test("passed on to an agent", async () => {
  await centre.signIn("ben");
  const { customer, id } = await talking();
  await centre.agent("ann", "TransferContact", { contactId: id, toAgent: "ben" });
  const other = await centre.pickUp("ben");
  await until("the customer talks to Ben", () => customer.hears(benSays) && other.hears(tones.customer));
  await customer.hangUp();
  await until("Ben's phone is free", () => other.state === "ended");
});

test("a transfer by the phone itself (REFER) is done by Usher and recorded", async () => {
  await centre.signIn("ben");
  const { customer, phone, id } = await talking();
  assert.equal(await phone.transfer("ben"), 202);
  const other = await centre.pickUp("ben");
  await until("the customer talks to Ben", () => customer.hears(benSays) && other.hears(tones.customer));
  await until("Ann's phone is free", () => phone.state === "ended");
  assert.equal((await centre.contact(id)).agent, "ben");
  await customer.hangUp();
});

test("a colleague is asked while the customer hears music, and then has the call", async () => {
  await centre.signIn("ben");
  const { customer, phone, id } = await talking();
  await centre.agent("ann", "ConsultContact", { contactId: id, toAgent: "ben" });
  const other = await centre.pickUp("ben");
  await until("the agents talk, the customer hears music", () => phone.hears(benSays) && other.hears(annSays) && customer.hears(tones.music) && !customer.hears(annSays));
  assert.equal(other.hears(tones.customer), false);
  await centre.agent("ann", "TransferContact", { contactId: id, toAgent: "ben" });
  await until("the customer talks to Ben", () => customer.hears(benSays) && other.hears(tones.customer));
  await until("Ann's phone is free", () => phone.state === "ended");
  assert.equal((await centre.contact(id)).agent, "ben");
  await customer.hangUp();
  await until("Ben's phone is free", () => other.state === "ended");
});

test("a caller before whom nothing was answered yet can give up too (CANCEL)", async () => {
  await centre.signOut("ann");
  const customer = centre.call("+4930222");
  const { id } = await centre.contactOf(customer);
  assert.notEqual(customer.state, "up", "this queue answers when an agent does");
  await customer.hangUp();
  assert.equal((await centre.closed(id)).outcome, "OUTCOME_ABANDONED");
  await until("the caller is told", () => customer.how?.startsWith("487"));
});

test("a caller who withholds the number has it known to Usher and shown to nobody", async () => {
  const customer = centre.pbx.call(support, { from: "+15550009999", headers: { Privacy: "id", "P-Asserted-Identity": "<sip:+15550009999@127.0.0.1>" } });
  const phone = await centre.pickUp("ann");
  assert.equal(JSON.stringify([...phone.invitation.headers]).includes("5550009999"), false);
  const [{ customerId, attributes }] = await centre.open();
  const { identities } = await centre.customer(customerId);
  assert.deepEqual(identities.map(({ kind, value }) => [kind, value]), [["phone", "+15550009999"]], "the customer is recognised");
  assert.equal(attributes.caller_withheld, "true");
  await customer.hangUp();
});

test("many of sipp's callers are served, each once", async () => {
  ann.manner = "answer";
  const callers = centre.pbx.callers({ numbers: [support], calls: 5, rate: 10, talkMs: 200 });
  assert.equal(await callers.ended, 0, callers.screen);
});
