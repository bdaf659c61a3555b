// SPDX-License-Identifier: Apache-2.0
// Two Asterisks for one call centre, one of which is taken out of service while people talk there; and a
// process that is frozen, not dead, while another stands by.
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
agents:
  ann: {name: Ann Li, queues: [support]}
  ben: {name: Ben Okafor, queues: [support]}
`;
const support = "+4930111";
const [annSays, benSays] = tones.phones;
let centre;

before(async () => {
  centre = await CallCentre.start({ phones: ["ann", "ben"], routing, numbers: { [support]: "support" }, pbxes: 2 });
});
after(() => centre?.end());
afterEach(async () => {
  await centre.quiet();
  await centre.signOut("ann", "ben");
});

/** The phone of an agent that rings at one of the Asterisks, picked up. */
async function pickUpAt(pbx, name) {
  const { incoming } = await until(`${name}'s phone rings there`, () => pbx.phones[name].incoming && pbx.phones[name]);
  await incoming.answer();
  return incoming;
}

test("a caller's agent is rung at the caller's Asterisk; both are one line", async () => {
  const [one, other] = centre.pbxes;
  await centre.signIn("ann");
  const first = one.call(support, { from: "+15551110001" });
  const phone = await pickUpAt(one, "ann");
  const second = other.call(support, { from: "+15551110002" });
  const { position } = await centre.contactOf({ from: "+15551110002" });
  assert.equal(position, 1);
  await until("the first talks, the second waits", () => first.hears(annSays) && second.hears(tones.music));
  await phone.hangUp();
  const again = await pickUpAt(other, "ann");
  await until("the second talks", () => second.hears(annSays) && again.hears(tones.customer));
  await second.hangUp();
});

test("a process that is frozen is replaced by the one that stands by, and does not fight when it wakes", async () => {
  const [first] = centre.adapters;
  const second = await centre.startAdapter("calls-2");
  await until("the second stands by", () => second.log.includes("asterisk_standing_by"));
  await centre.signIn("ann");
  const customer = centre.call(support);
  const phone = await centre.pickUp("ann");
  await until("they talk", () => customer.hears(annSays) && phone.hears(tones.customer));
  first.child.kill("SIGSTOP");
  await until("the second has both", () => second.log.split("asterisk_connected").length === 3, { msMax: 15_000 });
  first.child.kill("SIGCONT");
  await until("the first knows", () => first.log.includes("asterisk_taken_over") || first.log.includes("asterisk_lost"));
  await until("they talk", () => customer.hears(annSays) && phone.hears(tones.customer), { msMax: 2_000 });
  await centre.signIn("ben");
  const next = centre.call(support);
  const other = await centre.pickUp("ben");
  await until("the next call is served", () => next.hears(benSays) && other.hears(tones.customer));
  await Promise.all([next.hangUp(), customer.hangUp()]);
});

test("an Asterisk that is to stop takes no more calls, and those that talk there end as they like", async () => {
  const [one, other] = centre.pbxes;
  await centre.signIn("ann");
  const talks = one.call(support, { from: "+15551110003" });
  const phone = await pickUpAt(one, "ann");
  await until("they talk", () => talks.hears(annSays) && phone.hears(tones.customer));
  void one.cli("core stop gracefully").catch(() => {});
  await until("new calls there are refused", async () => {
    const late = one.call(support, { from: "+15551110004" });
    await until("it is refused or waits", () => late.state !== "ringing");
    if (late.state === "ended") return late.how.startsWith("503");
    await late.hangUp();
  });
  await centre.signIn("ben");
  const elsewhere = other.call(support, { from: "+15551110005" });
  const second = await pickUpAt(other, "ben");
  await until("a call at the other is served", () => elsewhere.hears(benSays) && second.hears(tones.customer));
  await until("the first still talks", () => talks.hears(annSays) && phone.hears(tones.customer), { msMax: 2_000 });
  await phone.hangUp();
  await one.ended;
  await elsewhere.hangUp();
  await until("no contact is open", async () => (await centre.open()).length === 0);
  await one.run();
  await until("it has its calls again", async () => (await one.ari("applications")).length === 1);
});
