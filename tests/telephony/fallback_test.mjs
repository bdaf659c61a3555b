// SPDX-License-Identifier: Apache-2.0
// The configuration of deploy/asterisk by itself: what happens to calls while Usher is away, and who
// gets in. It also shows that the rest of this folder's tests can trust their phones.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { until } from "../integration/e2e/server.mjs";
import { needTelephony, Pbx, tones } from "./pbx.mjs";
import { Phone } from "./phone.mjs";

needTelephony();
let pbx;

/** What the installation made up for a phone. */
const passwordOf = (name) => new RegExp(`username = ${name}\npassword = (\\S+)`).exec(readFileSync(join(pbx.folder, "etc/usher_site_pjsip.conf"), "utf8"))[1];

before(async () => {
  pbx = await Pbx.start({
    phones: ["ann"],
    install: ["--phone", "ben", "--webrtc", "eva"],
    extra: { "usher_site_queue.conf": "member => PJSIP/ann\n" },
  });
});
after(() => pbx?.stop());

test("a call that Usher cannot be asked about waits with music, rings the fallback's phone and talks", async () => {
  const { ann } = pbx.phones;
  const customer = pbx.call("+4930123456");
  await until("the phone rings", () => ann.incoming);
  await until("the customer hears music", () => customer.hears(tones.music));
  assert.equal(ann.incoming.caller, "+15557654321");
  await ann.incoming.answer();
  await until("they hear each other, and no music", () =>
    customer.hears(tones.phones[0]) && ann.incoming.hears(tones.customer) && !customer.hears(tones.music));
  const talk = ann.incoming;
  await customer.hangUp();
  await until("the phone is hung up", () => talk.state === "ended");
  assert.equal(talk.how, "BYE");
});

test("a caller who gives up leaves nothing ringing", async () => {
  const { ann } = pbx.phones;
  const customer = pbx.call("+4930123456");
  await until("the phone rings", () => ann.incoming);
  const { incoming } = ann;
  await until("the customer waits", () => customer.state === "up");
  await customer.hangUp();
  await until("the phone stops", () => incoming.state === "ended");
  assert.equal(incoming.how, "CANCEL");
  await until("Asterisk has no call left", async () => (await pbx.ari("channels")).length === 0);
});

test("a burst of sipp's callers is served one after the other", async () => {
  pbx.phones.ann.manner = "answer";
  const callers = pbx.callers({ numbers: ["+4930123456"], calls: 3, talkMs: 300 });
  assert.equal(await callers.ended, 0, callers.screen);
  pbx.phones.ann.manner = "ring";
});

test("a phone registers with the password that was made for it, and with no other", async () => {
  const ben = await Phone.open({ name: "ben", server: pbx.sip });
  assert.equal(await ben.register(passwordOf("eva")), 401);
  assert.equal(await ben.register(passwordOf("ben")), 200);
  ben.unplug();
});

test("a browser's phone has its WebSocket and what WebRTC needs", async () => {
  const opening = request({
    host: pbx.host, port: pbx.httpPort, path: "/ws",
    headers: { connection: "Upgrade", upgrade: "websocket", "sec-websocket-version": "13", "sec-websocket-protocol": "sip", "sec-websocket-key": randomBytes(16).toString("base64") },
  }).end();
  const [response, socket] = await once(opening, "upgrade");
  assert.deepEqual([response.statusCode, response.headers["sec-websocket-protocol"]], [101, "sip"]);
  socket.destroy();
  const endpoint = await pbx.cli("pjsip show endpoint eva");
  for (const line of [/^ webrtc +: (yes|true)$/m, /^ media_encryption +: dtls$/m, /^ ice_support +: true$/m, /^ allow +: \(opus\|ulaw\|alaw\)$/m]) assert.match(endpoint, line);
});

test("ARI answers to its own password only, and is on loopback", async () => {
  assert.equal(typeof (await pbx.ari("asterisk/info")).system.version, "string");
  await assert.rejects(pbx.ari("asterisk/info", { password: "usher" }), { status: 401 });
  assert.match(readFileSync(join(pbx.folder, "etc/http.conf"), "utf8"), /^bindaddr = 127\.0\.0\.1$/m);
});

test("a stranger who takes a phone's name is none, and dials nothing", async () => {
  // From neither the trunk's address nor with a password.
  const stranger = await Phone.open({ name: "ben", address: "127.0.0.3", server: pbx.sip });
  const call = stranger.call("+4930123456");
  await until("he is refused", () => call.state === "ended");
  assert.match(call.how, /^401 /);
  assert.ok(!pbx.phones.ann.incoming);
  stranger.unplug();
});

test("after kill -9 it serves again, empty", async () => {
  const customer = pbx.call("+4930123456");
  await until("it waits", () => customer.state === "up");
  await pbx.kill();
  await pbx.run();
  assert.deepEqual(await pbx.ari("channels"), []);
  assert.equal(customer.state, "up", "nobody told the caller");
});
