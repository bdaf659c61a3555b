// SPDX-License-Identifier: Apache-2.0
// Every listener over TLS, with an authority of the test's own: a router that only those may reach who
// have a certificate, an edge that has one, and the command line.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Place, usher } from "./processes.mjs";
import { binary, until } from "./server.mjs";

if (spawnSync("openssl", ["version"]).error) {
  process.stderr.write("SKIPPED: there is no openssl to make certificates with\n");
  process.exit(77);
}

const place = new Place("usher-tls-");
const file = (name) => join(place.data, name);
const openssl = (...args) => execFileSync("openssl", args, { stdio: ["ignore", "pipe", "pipe"] });
const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];

function issue(name) {
  openssl("req", ...newKey, "-keyout", file(`${name}.key.new`), "-out", file(`${name}.csr`), "-subj", `/CN=${name}`);
  openssl("x509", "-req", "-in", file(`${name}.csr`), "-CA", file("ca.pem"), "-CAkey", file("ca.key"), "-CAcreateserial",
    "-out", file(`${name}.pem.new`), "-days", "1", "-extfile", file("names"));
  chmodSync(file(`${name}.key.new`), 0o600);
  for (const ending of ["key", "pem"]) renameSync(file(`${name}.${ending}.new`), file(`${name}.${ending}`));
}
const tls = (name) => ["--tls-cert", file(`${name}.pem`), "--tls-key", file(`${name}.key`)];

/** A GET over HTTPS: its status and the certificate that was shown. */
function get(address, path, ca = readFileSync(file("ca.pem"))) {
  return new Promise((done, fail) => {
    const [host, port] = address.split(":");
    const asked = request({ host, port, path, ca, agent: false }, (response) => {
      const certificate = response.socket.getPeerCertificate();
      response.resume();
      response.on("end", () => done({ status: response.statusCode, serial: certificate.serialNumber }));
    });
    asked.on("error", fail);
    asked.end();
  });
}

let router, edge;

before(async () => {
  openssl("req", "-x509", ...newKey, "-keyout", file("ca.key"), "-out", file("ca.pem"), "-subj", "/CN=authority", "-days", "1");
  writeFileSync(file("names"), "subjectAltName=DNS:localhost,IP:127.0.0.1\n");
  for (const name of ["router", "edge", "admin"]) issue(name);
  router = await place.serve("router", "--roles", "router", "--redis", await place.redis(), ...tls("router"), "--tls-client-ca", file("ca.pem"));
  edge = await place.serve("edge", "--roles", "agents,channels", "--router", router.grpc, ...tls("edge"), "--router-ca", file("ca.pem"));
});
after(() => place.end());

test("the way from the edge to the router is encrypted, and stands", async () => {
  const stream = (one) => one.log.split("\n").some((line) => line.includes('"stream_connected"') && line.includes("serve_agents"));
  writeFileSync(file("main.yaml"), "domain: main\nqueues: {support: {}}\nagents: {ann: {queues: [support]}}\n");
  usher("apply", "-f", file("main.yaml"), ...asAdmin());
  await until("the gateway's stream stands", () => stream(edge));
});

const asAdmin = () => [
  "--server", router.grpc, "--keys", place.keys, "--domain", "main",
  "--server-ca", file("ca.pem"), "--client-cert", file("admin.pem"), "--client-key", file("admin.key"),
];

test("the command line is served over TLS, and refused without a certificate or in the clear", () => {
  assert.match(usher("router", "list", ...asAdmin()), /leading/i);
  for (const args of [asAdmin().slice(0, 8), asAdmin().slice(0, 6)]) {
    const refused = spawnSync(binary, ["router", "list", ...args], { encoding: "utf8" });
    assert.notEqual(refused.status, 0, refused.stdout);
  }
});

test("the pages come over TLS, and a renewed certificate is shown without a restart", async () => {
  const { status, serial } = await get(edge.http, "/healthz");
  assert.ok(status > 0);
  issue("edge");
  await until("the new certificate is shown", async () => (await get(edge.http, "/healthz")).serial !== serial);
  await assert.rejects(fetch(`http://${edge.http}/`), "plain HTTP");
});

test("a key that everybody may read is refused at the start", () => {
  chmodSync(file("edge.key"), 0o644);
  const refused = spawnSync(binary, [
    "serve", "--data", file("other"), "--keys", place.keys, "--roles", "agents", "--router", router.grpc, ...tls("edge"),
    "--http", "127.0.0.1:0", "--grpc", "127.0.0.1:0", "--metrics", "127.0.0.1:0",
  ], { encoding: "utf8", timeout: 30_000 });
  assert.notEqual(refused.status, 0);
  assert.match(refused.stderr, /TLS_KEY_EXPOSED/);
});
