// SPDX-License-Identifier: Apache-2.0
// Recordings on record, and what a new process learns from Asterisk of the calls that it finds:
// whether they are recorded, who is mute, who talks with whom, who listens.
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
queues:
  sales: {channels: [voice], offer_timeout: 60s, missed_offers: {limit: 0}}
  support: {channels: [voice], offer_timeout: 60s, missed_offers: {limit: 0}}
agents:
  ann: {name: Ann Li, queues: [sales, support]}
  eva: {name: Eva Brandt, queues: []}
`;
const sales = "+4930111", support = "+4930222";
const [annSays, evaSays, , outsideSays] = tones.phones;
/** What nobody may find in a recording, in hertz. */
const cardNumber = 2_100;
let centre;

before(async () => {
  centre = await CallCentre.start({
    phones: ["ann", "eva"], routing, numbers: { [sales]: "sales", [support]: "support" }, queues: { sales: { record: true } },
    server: { recordings_url: "https://recordings.example/{recording}.wav" },
  });
  await centre.signIn("ann");
});
after(() => centre?.end());
afterEach(() => centre.quiet());

const control = (agent, contactId, what, role = "agent") => centre.ask("agents.v1.AgentService/ControlCall", { contactId, control: what }, { role, as: agent });

async function talking(number) {
  const customer = centre.call(number);
  const { id, customerId } = await centre.contactOf(customer);
  const phone = await centre.pickUp("ann");
  await until("they talk", () => customer.hears(annSays) && phone.hears(tones.customer));
  return { customer, phone, id, customerId };
}

/** The recordings in a customer's timeline. */
async function recordingsOf(customerId) {
  const { entries = [] } = await centre.ask("context.v1.ContextService/ListTimeline", { customerId, kinds: ["outside"] });
  return entries.map(({ outside }) => outside).filter(({ type }) => type === "call.recorded");
}
const soundOf = (name) => readFileSync(join(centre.pbx.folder, "spool/recording", `${name}.wav`));

test("a recording stands in the customer's timeline, once, with where it is and how long", async () => {
  const { customer, id, customerId } = await talking(sales);
  const began = performance.now();
  await until("two seconds are recorded", () => performance.now() - began > 2_000);
  await customer.hangUp();
  const [recording] = await until("it stands there", async () => {
    const found = await recordingsOf(customerId);
    return found.length > 0 && found;
  });
  const { source, url, summary, data } = recording;
  const name = data.file.replace("x-asterisk:recordings/", "");
  assert.equal(source, "telephone");
  assert.equal(url, `https://recordings.example/${name}.wav`);
  assert.deepEqual([data.kind, data.contact], ["recording", id]);
  assert.ok(Number(data.seconds) >= 1, `${summary}, ${JSON.stringify(data)}`);
  assert.ok(wavHoldsTone(soundOf(name), annSays), "that file is it");
  await centre.restartAdapter();
  assert.equal((await recordingsOf(customerId)).length, 1, "and once, whoever looks for it again");
});

test("a new process goes on with the recording, its gap and the mute as they are", async () => {
  const { customer, phone, id, customerId } = await talking(sales);
  await control("ann", id, { pauseRecording: { paused: true } });
  await control("ann", id, { mute: { muted: true } });
  await until("the customer does not hear Ann", () => !customer.hears(annSays));
  await centre.restartAdapter();
  customer.say(cardNumber);
  await until("Ann hears the card's number", () => phone.hears(cardNumber));
  customer.say(tones.customer);
  await until("that is over", () => !phone.hears(cardNumber) && phone.hears(tones.customer));
  assert.equal(customer.hears(annSays), false, "Ann is still mute");
  await control("ann", id, { mute: { muted: false } });
  await until("the customer hears Ann again", () => customer.hears(annSays));
  await control("ann", id, { pauseRecording: { paused: false } });
  const resumed = performance.now();
  await until("a second more is recorded", () => performance.now() - resumed > 1_000);
  await customer.hangUp();
  const recordings = await until("it stands in the timeline", async () => {
    const found = await recordingsOf(customerId);
    return found.length > 0 && found;
  });
  assert.equal(recordings.length, 1, "one recording, not two");
  const sound = soundOf(recordings[0].data.file.replace("x-asterisk:recordings/", ""));
  assert.ok(wavHoldsTone(sound, annSays), "what was said behind the gap is in it");
  assert.equal(wavHoldsTone(sound, cardNumber), false, "the card's number is not");
});

test("a recording that ended while there was no adapter is found and noted", async () => {
  const { customer, phone, id, customerId } = await talking(sales);
  await centre.restartAdapter(async () => {
    await Promise.all([customer.hangUp(), phone.hangUp()]);
    await until("Asterisk has stored it", async () => (await centre.pbx.ari("recordings/stored")).some(({ name }) => name.includes(`-${id}-`)));
  });
  await until("it stands in the timeline", async () => (await recordingsOf(customerId)).length === 1);
  await until("and with the conversation", async () =>
    JSON.stringify(await centre.ask("context.v1.ContextService/ListMessages", { contactId: id, withInternal: true })).includes(`-${id}-`));
});

test("three who talk together go on together under a new process", async () => {
  const { customer, phone, id } = await talking(support);
  await control("ann", id, { dialOut: { number: "+4940999" } });
  const outside = await until("somebody outside is called", () => centre.pbx.provider.calls.find((call) => call.isIncoming && call.state === "ringing"));
  outside.phone.tone = outsideSays;
  await outside.answer();
  outside.phone.tone = tones.customer;
  await until("Ann and outside talk", () => outside.hears(annSays) && phone.hears(outsideSays));
  await control("ann", id, { join: {} });
  await until("all talk together", () => customer.hears(outsideSays) && outside.hears(tones.customer));
  await centre.restartAdapter();
  await until("all still do", () => customer.hears(outsideSays) && customer.hears(annSays) && !customer.hears(tones.music), { msMax: 5_000 });
  await control("ann", id, { digits: { digits: "1" } });
  await until("the new process has the call", () => outside.keys.endsWith("1"));
  assert.ok(customer.hears(outsideSays) && !customer.hears(tones.music), "and nobody was parked by it");
  await outside.hangUp();
  await customer.hangUp();
});

test("a supervisor who whispers does so under a new process, and can still take part", async () => {
  const { customer, phone, id } = await talking(support);
  const supervise = (mode) => control("eva", id, { supervise: { mode: `SUPERVISION_MODE_${mode}` } }, "supervisor");
  await supervise("WHISPER");
  const ear = await centre.pickUp("eva");
  await until("only Ann hears Eva", () => phone.hears(evaSays) && ear.hears(annSays) && !customer.hears(evaSays));
  await centre.restartAdapter();
  await until("Eva still whispers", () => phone.hears(evaSays) && ear.hears(tones.customer) && !customer.hears(evaSays), { msMax: 5_000 });
  await supervise("BARGE");
  await until("both hear Eva", () => phone.hears(evaSays) && customer.hears(evaSays));
  await supervise("UNSPECIFIED");
  await until("Eva is out", () => ear.state === "ended");
  await customer.hangUp();
});
