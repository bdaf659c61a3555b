// SPDX-License-Identifier: Apache-2.0
// `usher doctor asterisk` on an Asterisk that is well, and on one from which things are taken.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { binary } from "../integration/e2e/server.mjs";
import { adapterFile } from "./adapter_file.mjs";
import { needTelephony, Pbx } from "./pbx.mjs";

needTelephony();
const folder = mkdtempSync(join(tmpdir(), "usher-doctor-"));
const file = join(folder, "asterisk.yaml");
let pbx;

before(async () => {
  pbx = await Pbx.start({ phones: ["ann"], extra: { "usher_site_queue.conf": "member => PJSIP/ann\n" } });
  writeFileSync(join(folder, "pbx0.password"), pbx.password, { mode: 0o600 });
  writeFileSync(file, adapterFile({ pbxes: [pbx], numbers: { "*": "support" } }));
});
after(async () => {
  await pbx?.stop();
  rmSync(folder, { recursive: true });
});

/** The exit code, and for each thing that was looked at the verdict and the finding. */
function examine(...more) {
  const { status, stdout, stderr } = spawnSync(binary, ["--output", "json", "doctor", "asterisk", file, ...more], { encoding: "utf8" });
  const findings = stdout.split("\n").filter(Boolean).map((line) => JSON.parse(line));
  for (const { verdict, next_step: next } of findings) assert.equal(next === "", verdict === "good", "what is not good has a next step");
  return { status, stderr, of: (about) => findings.filter((one) => one.about === about).map(({ verdict, finding }) => `${verdict}: ${finding}`).join("; ") };
}

test("all is well but that nobody serves the application, and nothing is left behind", async () => {
  const { status, of } = examine();
  assert.equal(status, 0);
  assert.match(of("version"), /^good: Asterisk \d+\.\d+/);
  for (const about of ["encryption", "rights", "modules", "clock", "dialplan", "fallback"]) assert.match(of(about), /^good/, about);
  assert.match(of("application"), /^advice: nobody serves 'usher'/);
  assert.deepEqual(await pbx.ari("channels"), []);
});

test("a dialplan without a way, and one without a fallback, are told apart", async () => {
  assert.match(examine("--context", "nowhere").of("dialplan"), /^wrong: context nowhere has no way/);
  pbx.append("extensions.conf", "\n[bare]\nexten => _X.,1,Stasis(usher,inbound,${EXTEN})\n");
  await pbx.cli("dialplan reload");
  const { status, of } = examine("--context", "bare", "--number", "123");
  assert.equal(status, 1);
  assert.match(of("dialplan"), /^wrong: nothing follows Stasis\(\)/);
});

test("a phone that Asterisk does not know is named", () => {
  const config = JSON.parse(adapterFile({ pbxes: [pbx], numbers: { "*": "support" } }));
  config.agents.addresses = { ann: "PJSIP/ann", eva: "PJSIP/eva" };
  writeFileSync(file, JSON.stringify(config));
  assert.match(examine().of("phones"), /wrong: Asterisk knows no PJSIP\/eva/);
});

test("a user who may only look, a wrong password, and an Asterisk that is gone", async () => {
  pbx.change("ari.conf", "read_only = no", "read_only = yes");
  await pbx.cli("module reload res_ari.so");
  assert.match(examine().of("rights"), /^wrong: user usher may only look/);
  writeFileSync(join(folder, "pbx0.password"), "guessed", { mode: 0o600 });
  assert.match(examine().of("reached"), /^wrong: Asterisk does not take the password/);
  await pbx.kill();
  assert.match(examine().of("reached"), /^wrong: .* does not answer/);
});

test("a password that others can read stops it", () => {
  writeFileSync(join(folder, "open.password"), "x", { mode: 0o644 });
  const config = JSON.parse(adapterFile({ pbxes: [pbx], numbers: { "*": "support" } }));
  config.servers.pbx0.password_file = "open.password";
  writeFileSync(file, JSON.stringify(config));
  const { status, stderr } = examine();
  assert.equal(status, 2);
  assert.match(stderr, /can be read by others/);
});
