// SPDX-License-Identifier: Apache-2.0
// kill -9 of the router, of the calls' adapter and of Asterisk while calls wait, ring and talk: nobody
// is lost, nobody is a ghost, and who talks goes on talking.
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
  support: {channels: [voice], offer_timeout: 60s, missed_offers: {limit: 0}}
agents:
  ann: {name: Ann Li, queues: [support]}
  ben: {name: Ben Okafor, queues: [support]}
`;
const support = "+4930111";
const [annSays, benSays] = tones.phones;
/** After a reconnect, what ended in the gap is closed and what is left over is dealt with in this time. */
const settledMs = 5_000;
let centre, ann, ben;

before(async () => {
  centre = await CallCentre.start({ phones: ["ann", "ben"], routing, numbers: { [support]: "support" }, extra: { "usher_site_queue.conf": "member => PJSIP/ben\n" } });
  ({ ann, ben } = centre.phones);
});
after(() => centre?.end());
afterEach(async () => {
  await centre.quiet();
  await centre.signOut("ann", "ben");
});

const control = (agent, contactId, what) => centre.ask("agents.v1.AgentService/ControlCall", { contactId, control: what }, { role: "agent", as: agent });

/** One talks to Ann, one's call rings at Ben's phone, one waits. */
async function standing() {
  await centre.signIn("ann");
  const talks = centre.call(support);
  const { id: talksId } = await centre.contactOf(talks);
  const phone = await centre.pickUp("ann");
  await until("the first talks", () => talks.hears(annSays) && phone.hears(tones.customer));
  await centre.signIn("ben");
  const rings = centre.call(support);
  const { id: ringsId } = await centre.contactOf(rings);
  await until("the second rings at Ben's", () => ben.incoming);
  const waits = centre.call(support);
  const { id: waitsId } = await centre.contactOf(waits);
  await until("the third hears music", () => waits.hears(tones.music));
  return { talks, rings, waits, talksId, ringsId, waitsId, phone, calls: [talks, rings, waits] };
}

const stillTalk = ({ talks, phone }) => until("the first still talks", () => talks.hears(annSays) && phone.hears(tones.customer), { msMax: 2_000 });

/** Ends what `standing` began, through Usher: the two others are served in their order. */
async function serveOut({ talks, rings, waits, phone }, afterwards = () => {}) {
  const second = await centre.pickUp("ben");
  await until("the second talks to Ben", () => rings.hears(benSays) && second.hears(tones.customer));
  await afterwards();
  await talks.hangUp();
  await until("Ann's phone is free", () => phone.state === "ended");
  const third = await centre.pickUp("ann");
  await until("the third talks to Ann", () => waits.hears(annSays) && third.hears(tones.customer));
  await Promise.all([rings.hangUp(), waits.hangUp()]);
  await until("all are hung up", () => second.state === "ended" && third.state === "ended");
  await centre.signOut("ann", "ben");
}

test("kill -9 of the adapter: all calls stand, and the next one goes on with them", async () => {
  const calls = await standing();
  await centre.adapters[0].kill();
  await stillTalk(calls);
  await centre.startAdapter();
  await until("the three contacts are the same", async () => (await centre.open()).length === 3, { msMax: settledMs });
  assert.equal((await centre.contact(calls.talksId)).agent, "ann");
  await stillTalk(calls);
  await serveOut(calls);
});

test("consoles are told since when each leg talks, is held or rings, also by the next adapter", async () => {
  const began = Date.now();
  await centre.signIn("ann");
  const customer = centre.call(support);
  const { id } = await centre.contactOf(customer);
  const legs = (what, wanted) => until(what, () => {
    const told = centre.legsOf(id);
    return wanted(told) && told;
  });
  const rings = await legs("her telephone rings", ({ ann: leg }) => leg?.state === "RINGING");
  const phone = await centre.pickUp("ann");
  const talk = await legs("they talk", (told) => told.ann?.state === "UP" && told.customer?.state === "UP");
  await centre.agent("ann", "HoldContact", { contactId: id });
  const hold = await legs("the customer is held", (told) => told.customer?.state === "HELD");
  // Her telephone is called first, then the customer is answered.
  const order = [began, Math.min(rings.ann.ms, rings.customer.ms), talk.ann.ms, hold.customer.ms, Date.now()];
  assert.deepEqual(order.toSorted((one, other) => one - other), order);
  assert.equal(hold.ann.ms, talk.ann.ms, "she talks since she answered");

  await control("ann", id, { dialOut: { number: "+4940999" } });
  const asks = await legs("somebody outside is called", ({ outside }) => outside?.state === "RINGING");
  const note = `channels/${asks.ann.id}/variable?variable=USHER_NOTE`;
  await until("Asterisk has a note of it", async () => (await centre.pbx.ari(note)).value?.includes(`c=3@${hold.customer.ms}`));
  await centre.restartAdapter(() => centre.callStates.clear());
  const again = await legs("the next adapter tells of all three", (told) => told.customer && told.ann && told.outside);
  assert.deepEqual(again, asks);

  await centre.agent("ann", "ResumeContact", { contactId: id });
  await customer.hangUp();
  await until("it is over", () => phone.state === "ended");
});

test("who is passed on to a number that rings while the adapter dies goes on there all the same", async () => {
  await centre.signIn("ann");
  const customer = centre.call(support);
  const { id } = await centre.contactOf(customer);
  const phone = await centre.pickUp("ann");
  await until("they talk", () => customer.hears(annSays) && phone.hears(tones.customer));
  await control("ann", id, { passOutside: { number: "+4940888" } });
  const outside = await until("the number is called", () => centre.pbx.provider.calls.find((call) => call.isIncoming && call.state === "ringing"));
  await centre.restartAdapter();
  await outside.answer();
  assert.equal((await centre.closed(id)).outcome, "OUTCOME_COMPLETED");
  await until("Ann is free, the two talk", () => phone.state === "ended" && outside.hears(tones.customer));
  await customer.hangUp();
  await until("both are over", () => outside.state === "ended");
});

test("who hung up while there was no adapter is closed as that within five seconds", async () => {
  const calls = await standing();
  await centre.adapters.at(-1).kill();
  await Promise.all(calls.calls.map((call) => call.hangUp()));
  await centre.startAdapter();
  const began = performance.now();
  const ended = await Promise.all([calls.talksId, calls.ringsId, calls.waitsId].map((id) => centre.closed(id)));
  assert.ok(performance.now() - began < settledMs, `it took ${performance.now() - began} ms`);
  assert.deepEqual(ended.slice(1).map(({ outcome }) => outcome), ["OUTCOME_ABANDONED", "OUTCOME_ABANDONED"]);
  await until("no phone rings or talks", () => !ann.incoming && !ben.incoming);
});

test("calls that come while there is no adapter are taken by the dialplan", async () => {
  await centre.adapters.at(-1).kill();
  const customer = centre.call(support);
  const incoming = await centre.pickUp("ben");
  await until("the customer talks to the fallback", () => customer.hears(benSays) && incoming.hears(tones.customer));
  await centre.startAdapter();
  assert.deepEqual(await centre.open(), [], "it is none of Usher's");
  await until("it still talks", () => customer.hears(benSays), { msMax: 2_000 });
  await customer.hangUp();
  await until("it is over", () => incoming.state === "ended");
});

test("kill -9 of the router: all calls stand, and go on with the next", async () => {
  const calls = await standing();
  await centre.router.kill();
  await stillTalk(calls);
  await centre.startRouter();
  await until("the three contacts are the same", async () => (await centre.open()).length === 3);
  await stillTalk(calls);
  await serveOut(calls);
});

test("who gives up while there is no router is closed when there is one", async () => {
  const calls = await standing();
  await centre.router.kill();
  await Promise.all(calls.calls.map((call) => call.hangUp()));
  await centre.startRouter();
  const ended = await Promise.all([calls.talksId, calls.ringsId, calls.waitsId].map((id) => centre.closed(id)));
  assert.deepEqual(ended.slice(1).map(({ outcome }) => outcome), ["OUTCOME_ABANDONED", "OUTCOME_ABANDONED"]);
});

test("kill -9 of Asterisk: its calls are closed, not left as ghosts, and the next call is served", async () => {
  const calls = await standing();
  await centre.pbx.kill();
  await centre.pbx.run();
  const began = performance.now();
  await Promise.all([calls.talksId, calls.ringsId, calls.waitsId].map((id) => centre.closed(id)));
  assert.ok(performance.now() - began < settledMs, `it took ${performance.now() - began} ms`);
  for (const call of [...calls.calls, calls.phone, ben.incoming]) call?.end("Asterisk is gone"); // nobody told them
  await centre.signOut("ben");
  const customer = centre.call(support);
  const phone = await centre.pickUp("ann");
  await until("they talk", () => customer.hears(annSays) && phone.hears(tones.customer));
  await customer.hangUp();
  await until("the phone is free", () => phone.state === "ended");
  await centre.signOut("ann");
});

test("a second adapter stands by while the first serves, takes over when it dies, and loses nobody", async () => {
  const first = centre.adapters.at(-1);
  const second = await centre.startAdapter("calls-2");
  await until("the second stands by", () => second.log.includes("asterisk_standing_by"));
  const calls = await standing();
  assert.equal(first.log.includes("asterisk_taken_over"), false);
  await first.kill();
  await until("the second has the calls", () => second.log.includes("asterisk_connected"), { msMax: settledMs });
  await stillTalk(calls);
  await serveOut(calls);
});
