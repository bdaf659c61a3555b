// SPDX-License-Identifier: Apache-2.0
// The telephone in the console as it stands in production: the page over https from a gateway of its own,
// SIP over wss to Asterisk's own TLS server, each with a certificate that the browser trusts.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { createHash, createHmac, X509Certificate } from "node:crypto";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { connect } from "node:tls";
import { closeAll } from "../integration/e2e/pages.mjs";
import { until } from "../integration/e2e/server.mjs";
import { BrowserPhone, needBrowser, passwordOf } from "./browser_phone.mjs";
import { CallCentre } from "./call_centre.mjs";
import { freePort, needTelephony, tones } from "./pbx.mjs";
import { Road } from "./road.mjs";

needBrowser();
if (spawnSync("openssl", ["version"]).error) {
  process.stderr.write("SKIPPED: there is no openssl to make certificates with\n");
  process.exit(77);
}
needTelephony();

const routing = `
domain: acme
queues:
  support: {channels: [voice], offer_timeout: 30s, wrap_up: 0s}
agents:
  ann: {name: Ann Li, queues: [support]}
`;
const support = "+4930111";
// Nobody answers there: the browser has ways of its own on this machine.
const relay = "turn:127.0.0.1:9", turnSecret = "north-by-northwest";
const folder = mkdtempSync(join(tmpdir(), "usher-phone-tls-"));
const file = (name) => join(folder, name);
let centre, port, road, phone;
const sockets = [];

/** A key and a certificate for 127.0.0.1, as an authority would give them: the hash of its key, by which the browser knows it. */
function makeCertificate(name) {
  execFileSync("openssl", [
    "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1", "-subj", `/CN=${name}`,
    "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", file(`${name}.key`), "-out", file(`${name}.pem`),
  ], { stdio: ["ignore", "pipe", "pipe"] });
  const { publicKey } = new X509Certificate(readFileSync(file(`${name}.pem`)));
  return createHash("sha256").update(publicKey.export({ type: "spki", format: "der" })).digest("base64");
}

/** Whom Asterisk says to be, where it is trusted; empty where it cannot be reached. */
const nameOfPbx = (ca) => new Promise((done) => {
  const socket = connect({ host: "127.0.0.1", port, ca: readFileSync(file(ca)) }, () => {
    const { subject } = socket.getPeerCertificate();
    socket.destroy();
    done(subject.CN);
  });
  socket.on("error", () => done(""));
});

before(async () => {
  const trusted = ["console", "pbx", "renewed"].map(makeCertificate);
  port = await freePort("tcp");
  const tls = [`tlsenable = yes`, `tlsbindaddr = 127.0.0.1:${port}`, `tlscertfile = ${file("pbx.pem")}`, `tlsprivatekey = ${file("pbx.key")}`];
  centre = await CallCentre.start({ softphones: ["ann"], routing, numbers: { [support]: "support" }, extra: { "http.conf": `\n${tls.join("\n")}\n` } });
  await until("Asterisk takes TLS", () => nameOfPbx("pbx.pem"));
  road = await Road.open({ host: "127.0.0.1", port });
  writeFileSync(file("turn.secret"), `${turnSecret}\n`, { mode: 0o600 });
  const gateway = await centre.place.serve(
    "gateway", "--roles", "agents", "--domain", "acme", "--name", "gateway-1", "--router", centre.router.grpc,
    "--tls-cert", file("console.pem"), "--tls-key", file("console.key"), "--softphone", `wss://127.0.0.1:${road.port}/ws`,
    "--softphone-ice", relay, "--softphone-turn-secret", file("turn.secret"),
  );
  phone = await BrowserPhone.open({
    link: `https://${gateway.http}/console/#token=${centre.place.token("agent", "ann", "acme")}`,
    name: "ann", hertz: tones.phones[0], folder, args: [`--ignore-certificate-errors-spki-list=${trusted.join(",")}`],
  });
  phone.page.on("websocket", (socket) => sockets.push(new URL(socket.url())));
});
after(() => closeAll(() => phone?.close(), () => road?.close(), () => centre?.end(), () => rmSync(folder, { recursive: true })));
afterEach(() => assert.deepEqual(phone.desk.wrong, []));

test("a page over https registers over wss", async () => {
  await phone.signIn(passwordOf(centre.pbx, "ann"));
  assert.equal(await phone.page.evaluate(() => isSecureContext), true);
  assert.deepEqual(sockets.map(({ protocol, port }) => [protocol, Number(port)]), [["wss:", road.port]]);
  assert.match(await centre.pbx.cli("pjsip show contacts"), /ann\/sip:/);
});

test("a call is answered with one press and heard both ways", async () => {
  await phone.desk.goAvailable();
  const customer = centre.call(support);
  await phone.desk.offer.waitFor();
  await phone.page.getByRole("button", { name: "Accept" }).first().click();
  await until("the customer hears Ann", () => customer.hears(tones.phones[0]));
  await phone.hears(tones.customer);
  await customer.hangUp();
  await until("no call is left", async () => (await centre.open()).length === 0);
});

test("the relay's password is the agent's own, told over her session, and stands in no page", async () => {
  const [server] = await phone.page.evaluate(() => globalThis.peers.at(-1).getConfiguration().iceServers);
  assert.deepEqual([server.urls].flat(), [relay]);
  assert.match(server.username, /^\d+:ann$/);
  assert.equal(server.credential, createHmac("sha1", turnSecret).update(server.username).digest("base64"));
  const loaded = await phone.page.evaluate(() => Promise.all([location.href, ...performance.getEntriesByType("resource").map(({ name }) => name)]
    .filter((url) => new URL(url).pathname.startsWith("/console/")).map(async (url) => (await fetch(url)).text())));
  assert.ok(loaded.length > 2, "the page, its script and its sheet are read");
  for (const text of loaded) for (const word of [server.credential, turnSecret, relay]) assert.ok(!text.includes(word));
});

test("a renewed certificate is shown after a reload, and calls go on to ring", async () => {
  for (const ending of ["pem", "key"]) copyFileSync(file(`renewed.${ending}`), file(`pbx.${ending}`));
  await centre.pbx.cli("module reload http");
  await until("the new one is shown", async () => (await nameOfPbx("renewed.pem")) === "renewed");
  // Whoever connects anew is let in by it.
  road.cut();
  await phone.button("failed").waitFor();
  road.mend();
  await phone.button("registered").waitFor();
  const customer = centre.call(support);
  await phone.page.getByRole("button", { name: "Accept" }).first().click();
  await until("the customer hears Ann", () => customer.hears(tones.phones[0]));
  await customer.hangUp();
  await until("no call is left", async () => (await centre.open()).length === 0);
});
