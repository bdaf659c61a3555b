// SPDX-License-Identifier: Apache-2.0
// What happens to those who wait: announcements, keys, a callback with the place kept, a full house;
// and to those who talk: recording with a gap, supervisors.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { until } from "../integration/e2e/server.mjs";
import { CallCentre } from "./call_centre.mjs";
import { needTelephony, tones } from "./pbx.mjs";
import { wavHoldsTone } from "./tones.mjs";

needTelephony();

const routing = `
domain: acme
disconnect_grace: 10m
not_ready: [break]
queues:
  support: {channels: [voice, callback], offer_timeout: 20s, missed_offers: {limit: 0}}
  sales: {channels: [voice], offer_timeout: 20s, missed_offers: {limit: 0}}
agents:
  ann: {name: Ann Li, queues: [support, sales]}
  eva: {name: Eva Brandt, queues: []}
`;
const support = "+4930111";
const sales = "+4930222";
const [annSays, evaSays] = tones.phones;
const sound = "test/announcement";
/** What nobody may find in a recording, in hertz. */
const cardNumber = 2_100;
const queues = {
  support: {
    announce: { position: true, every: "1s", at_change: "0s", position_before: [sound], position_behind: [], next: [sound] },
    digits: { 1: "callback", 2: "voicemail", 3: "queue sales" },
  },
  sales: { record: true, record_announce: "test/announcement" },
};
let centre, ann, eva;

before(async () => {
  centre = await CallCentre.start({
    phones: ["ann", "eva"], routing, numbers: { [support]: "support", [sales]: "sales" }, queues, server: { calls_max: 3 },
    extra: { "usher_site_queue.conf": "member => PJSIP/eva\n" },
  });
  ({ ann, eva } = centre.phones);
});
after(() => centre?.end());
afterEach(async () => {
  await centre.quiet();
  await centre.signOut("ann");
});

const control = (agent, contactId, what, role = "agent") => centre.ask("agents.v1.AgentService/ControlCall", { contactId, control: what }, { role, as: agent });

async function talking(number) {
  await centre.signIn("ann");
  const customer = centre.call(number);
  const { id, customerId } = await centre.contactOf(customer);
  const phone = await centre.pickUp("ann");
  await until("they talk", () => customer.hears(annSays) && phone.hears(tones.customer));
  return { customer, phone, id, customerId };
}

test("who waits hears announcements between the music, again and again", async () => {
  const customer = centre.call(support);
  for (let round = 1; round <= 2; ++round) {
    await until("the announcement is heard", () => customer.hears(tones.announcement) && !customer.hears(tones.music));
    await until("the music is heard", () => customer.hears(tones.music) && !customer.hears(tones.announcement));
  }
  await customer.hangUp();
});

test("a key asks for a callback: the place is kept, and the customer is rung when an agent is free", async () => {
  const customer = centre.call(support);
  const { id, enqueuedAt } = await centre.contactOf(customer);
  await until("the customer waits", () => customer.hears(tones.music) || customer.hears(tones.announcement));
  const behind = centre.call(support);
  await centre.contactOf(behind);
  await customer.press("1");
  await until("the customer is hung up", () => customer.state === "ended");
  const waiting = await centre.contact(id);
  assert.deepEqual([waiting.channel, waiting.state, waiting.position, waiting.enqueuedAt], ["CHANNEL_CALLBACK", "STATE_WAITING", 1, enqueuedAt]);
  await centre.signIn("ann");
  const phone = await centre.pickUp("ann");
  const rung = await until("the customer's phone rings", () => centre.pbx.provider.incoming);
  await rung.answer();
  await until("they talk", () => rung.hears(annSays) && phone.hears(tones.customer));
  await behind.hangUp();
  await rung.hangUp();
  assert.equal((await centre.closed(id)).outcome, "OUTCOME_COMPLETED");
});

test("a key leads to another queue, another to the mailbox", async () => {
  const customer = centre.call(support);
  const { id } = await centre.contactOf(customer);
  await until("the customer waits", () => customer.state === "up");
  await customer.press("3");
  await until("it waits in sales", async () => (await centre.contact(id)).queue === "sales");
  await customer.hangUp();
  const other = centre.call(support);
  const { id: otherId } = await centre.contactOf(other);
  await until("the other waits", () => other.state === "up");
  await other.press("2");
  await until("the mailbox takes it", async () => /VoiceMail/.test(await centre.pbx.cli("core show channels")));
  await centre.closed(otherId);
  await other.hangUp();
});

test("one caller too many goes to the dialplan's fallback, at once", async () => {
  const calls = [1, 2, 3].map((at) => centre.call(support, { from: `+1555000001${at}` }));
  await until("three wait", async () => (await centre.open()).length === 3);
  const fourth = centre.call(support);
  const incoming = await centre.pickUp("eva");
  await until("the fourth talks to the fallback", () => fourth.hears(evaSays) && incoming.hears(tones.customer));
  assert.equal((await centre.open()).length, 3);
  await Promise.all([fourth, ...calls].map((call) => call.hangUp()));
});

test("a recorded conversation is announced, and what is said while the recording pauses is not in the file", async () => {
  await centre.signIn("ann");
  const customer = centre.call(sales);
  const contact = await centre.contactOf(customer);
  await until("the caller is told", () => customer.hears(tones.announcement));
  const phone = await centre.pickUp("ann");
  await until("they talk", () => customer.hears(annSays) && phone.hears(tones.customer) && !customer.hears(tones.announcement));
  await control("ann", contact.id, { pauseRecording: { paused: true } });
  customer.say(cardNumber);
  await until("the agent hears the card's number", () => phone.hears(cardNumber));
  customer.say(tones.customer);
  await until("that is over", () => !phone.hears(cardNumber) && phone.hears(tones.customer));
  await control("ann", contact.id, { pauseRecording: { paused: false } });
  const resumed = performance.now();
  await until("a second more is recorded", () => performance.now() - resumed > 1_000);
  await customer.hangUp();
  await until("the phone is free", () => phone.state === "ended");
  const [{ name }] = await until("it is stored", async () => {
    const stored = await centre.pbx.ari("recordings/stored");
    return stored.length > 0 && stored;
  });
  const file = readFileSync(join(centre.pbx.folder, "spool/recording", `${name}.wav`));
  assert.ok(wavHoldsTone(file, annSays) && wavHoldsTone(file, tones.customer), "both are in it");
  assert.equal(wavHoldsTone(file, cardNumber), false, "the card's number is not");
  await until("the contact's record names the file", async () =>
    JSON.stringify(await centre.ask("context.v1.ContextService/ListMessages", { contactId: contact.id, withInternal: true })).includes(`${name}.wav`));
});

test("a supervisor listens, whispers, takes part and leaves", async () => {
  const { customer, phone, id, customerId } = await talking(support);
  const began = Date.now();
  const supervise = (mode, role = "supervisor") => control("eva", id, { supervise: { mode: `SUPERVISION_MODE_${mode}` } }, role);
  await assert.rejects(supervise("LISTEN", "agent"), { status: 403 });
  const asked = supervise("LISTEN");
  const ear = await centre.pickUp("eva");
  await asked;
  await until("Eva hears both", () => ear.hears(annSays) && ear.hears(tones.customer));
  assert.equal(customer.hears(evaSays) || phone.hears(evaSays), false, "nobody hears Eva");
  await supervise("WHISPER");
  await until("only Ann hears Eva", () => phone.hears(evaSays) && !customer.hears(evaSays));
  await supervise("BARGE");
  await until("both hear Eva", () => phone.hears(evaSays) && customer.hears(evaSays));
  await supervise("UNSPECIFIED");
  await until("Eva is out", () => ear.state === "ended");
  await until("they talk alone", () => customer.hears(annSays) && phone.hears(tones.customer) && !customer.hears(evaSays));
  await customer.hangUp();

  // Who was in it, how and when is on the customer's record and in the log; what was refused is not.
  const { reads } = await centre.ask("context.v1.PrivacyService/ListReads", { customerId });
  const supervised = reads.filter(({ method }) => method.startsWith("ControlCall")).reverse();
  assert.deepEqual(
    supervised.map(({ by, role, method, right }) => [by, role, method, right]),
    ["listen", "whisper", "barge", "leave"].map((mode) => ["eva", "supervisor", `ControlCall ${mode}`, `role in ${id}`]),
  );
  const times = supervised.map(({ at }) => Date.parse(at));
  assert.ok(times.every((at, place) => at >= (times[place - 1] ?? began) && at <= Date.now()), JSON.stringify(supervised));
  const logged = centre.router.log.split("\n").filter((line) => line.includes("call_supervised") && line.includes(id));
  for (const mode of ["listen", "whisper", "barge", "leave"]) {
    assert.ok(logged.some((line) => line.includes("eva") && line.includes(mode)), `${mode} is in the log:\n${logged.join("\n")}`);
  }
});

test("a supervisor who hangs up her telephone has left on record, too", async () => {
  const { customer, id, customerId } = await talking(support);
  await control("eva", id, { supervise: { mode: "SUPERVISION_MODE_LISTEN" } }, "supervisor");
  const ear = await centre.pickUp("eva");
  await until("Eva hears them", () => ear.hears(annSays));
  await ear.hangUp();
  await until("her leaving is on record", async () => {
    const { reads } = await centre.ask("context.v1.PrivacyService/ListReads", { customerId });
    return reads.filter(({ by, method }) => by === "eva" && method === "ControlCall leave").length === 1;
  });
  await customer.hangUp();
});

test("Ann mutes herself, asks somebody outside, has all talk together, and presses keys", async () => {
  const { customer, phone, id } = await talking(support);
  await control("ann", id, { mute: { muted: true } });
  await until("the customer does not hear her", () => !customer.hears(annSays));
  await control("ann", id, { mute: { muted: false } });
  await until("the customer hears her again", () => customer.hears(annSays));
  await control("ann", id, { dialOut: { number: "+4940999" } });
  const outside = await until("somebody outside is called", () => centre.pbx.provider.calls.find((call) => call.isIncoming && call.state === "ringing"));
  await outside.answer();
  await until("Ann and outside talk, the customer hears music", () => outside.hears(annSays) && customer.hears(tones.music) && !customer.hears(annSays));
  await control("ann", id, { join: {} });
  await until("all talk together", () => customer.hears(annSays) && outside.hears(annSays) && !customer.hears(tones.music));
  await control("ann", id, { digits: { digits: "12#" } });
  await until("the keys are heard", () => outside.keys === "12#");
  await outside.hangUp();
  await until("the two talk on", () => customer.hears(annSays) && phone.hears(tones.customer));
  await customer.hangUp();
});

test("passed on to a number outside, the customer goes on without us, and the contact is completed", async () => {
  const { customer, phone, id } = await talking(support);
  await control("ann", id, { passOutside: { number: "+4940888" } });
  const outside = await until("the number is called", () => centre.pbx.provider.calls.find((call) => call.isIncoming && call.state === "ringing"));
  outside.phone.tone = tones.phones[3];
  await outside.answer();
  assert.equal((await centre.closed(id)).outcome, "OUTCOME_COMPLETED");
  await until("Ann is free", () => phone.state === "ended");
  await until("the customer talks on", () => customer.hears(tones.phones[3]) && outside.hears(tones.customer));
  outside.phone.tone = tones.customer;
  await customer.hangUp();
  await until("both are over", () => outside.state === "ended");
});

test("Ann calls a customer", async () => {
  await centre.signIn("ann");
  const placed = centre.ask("agents.v1.AgentService/PlaceCall", { requestId: "p1", call: { number: "+4940777", queue: "sales" } }, { role: "agent", as: "ann" });
  const phone = await centre.pickUp("ann");
  const { contactId } = await placed;
  const customer = await until("the customer is rung", () => centre.pbx.provider.calls.find((call) => call.isIncoming && call.state === "ringing"));
  await customer.answer();
  await until("they talk", () => customer.hears(annSays) && phone.hears(tones.customer));
  await customer.hangUp();
  assert.equal((await centre.closed(contactId)).outcome, "OUTCOME_COMPLETED");
});
