// SPDX-License-Identifier: Apache-2.0
// Who calls outside a queue's hours: hears that it is closed, or leaves a message in the dialplan's
// mailbox. Nobody's telephone rings.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { until } from "../integration/e2e/server.mjs";
import { CallCentre } from "./call_centre.mjs";
import { needTelephony, tones } from "./pbx.mjs";
import { wavHoldsTone } from "./tones.mjs";

needTelephony();

const days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
/** A minute of a day that is neither today nor tomorrow: closed, whenever the test runs. */
const otherDay = days[(new Date().getUTCDay() + 3) % 7];
const routing = `
domain: acme
timezone: UTC
disconnect_grace: 10m
hours:
  shut: {weekly: ["${otherDay} 03:00-03:01"]}
  open: {weekly: ["mon-sun 00:00-24:00"]}
queues:
  desk: {channels: [voice], hours: shut, missed_offers: {limit: 0}}
  office: {channels: [voice], hours: shut, missed_offers: {limit: 0}}
  always: {channels: [voice], hours: open, missed_offers: {limit: 0}}
agents:
  ann: {name: Ann Li, queues: [desk, office, always]}
`;
const desk = "+4930111", office = "+4930222", always = "+4930333";
let centre;

before(async () => {
  centre = await CallCentre.start({
    phones: ["ann"], routing, numbers: { [desk]: "desk", [office]: "office", [always]: "always" },
    queues: { desk: { farewell: "hang-up", closed: "test/announcement" } },
    extra: { "usher_site_queue.conf": "member => PJSIP/ann\n" },
  });
  await centre.signIn("ann");
});
after(() => centre?.end());
afterEach(() => centre.quiet());

/** The contact of a caller who was refused, as the record keeps it. */
const refused = (from) => until("the refusal is on record", async () => {
  const { customers = [] } = await centre.ask("context.v1.ContextService/ListCustomers", { identity: { kind: "phone", value: from } });
  const { entries = [] } = await centre.ask("context.v1.ContextService/ListTimeline", { customerId: customers[0].id });
  return entries.find(({ closed }) => closed?.outcome === "refused");
});

test("a closed queue that says so: the caller hears it and is hung up, and no phone rings", async () => {
  const rings = centre.phones.ann.calls.length;
  const customer = centre.call(desk);
  await until("the caller hears that it is closed", () => customer.hears(tones.announcement));
  await until("the caller is hung up behind it", () => customer.how === "BYE");
  assert.equal(centre.phones.ann.calls.length, rings, "no phone rang");
  await refused(customer.from);
});

test("a closed queue whose calls go back to the dialplan: the caller leaves a message in the mailbox", async () => {
  const rings = centre.phones.ann.calls.length;
  const message = join(centre.pbx.folder, "spool/voicemail/default/1000/INBOX/msg0000.wav");
  const customer = centre.call(office);
  await until("the mailbox has the call", async () => /VoiceMail/.test(await centre.pbx.cli("core show channels")));
  await customer.press("#"); // past the greeting
  const said = performance.now();
  await until("the caller has spoken", () => performance.now() - said > 4_000);
  await customer.hangUp();
  await until("the message is there", () => existsSync(message));
  await until("it holds what the caller said", () => wavHoldsTone(readFileSync(message), tones.customer));
  assert.equal(centre.phones.ann.calls.length, rings, "no phone rang, the fallback's neither");
  await refused(customer.from);
});

test("the same agent is rung for a queue that is open", async () => {
  const customer = centre.call(always);
  const phone = await centre.pickUp("ann");
  await until("they talk", () => customer.hears(tones.phones[0]) && phone.hears(tones.customer));
  await customer.hangUp();
});
