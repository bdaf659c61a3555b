// SPDX-License-Identifier: Apache-2.0
// `usher doctor email` on a mailbox that is well, and on ones where something is not.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { binary } from "../integration/e2e/server.mjs";
import { MailServers, needMailServers } from "./servers.mjs";

needMailServers();
const folder = mkdtempSync(join(tmpdir(), "usher-doctor-"));
const at = (name) => join(folder, name);
let servers;

before(() => {
  servers = new MailServers();
  writeFileSync(at("secret"), servers.password, { mode: 0o600 });
  writeFileSync(at("wrong"), "not-the-password", { mode: 0o600 });
  writeFileSync(at("reply.keys"), execFileSync("openssl", ["rand", "-base64", "32"]), { mode: 0o600 });
});
after(() => {
  servers?.end();
  rmSync(folder, { recursive: true });
});

/** The mailbox, with what `change` makes of it; then the exit code and what was found of each thing. */
function examine(change = {}) {
  const login = { host: "localhost", user: "support@mail.test", secret_file: "secret", ca_file: servers.ca };
  const desk = {
    address: "support@mail.test", queue: "support", since: "2020-01-01",
    ...change.desk,
    imap: { ...login, port: servers.port("IMAPS"), ...change.imap },
    smtp: { ...login, port: servers.port("SUBMISSION"), security: "starttls", ...change.smtp },
  };
  writeFileSync(at("email.yaml"), JSON.stringify({ reply_keys_file: "reply.keys", mailboxes: { desk } }));
  const { status, stdout, stderr } = spawnSync(binary, ["--output", "json", "doctor", "email", at("email.yaml")], { encoding: "utf8" });
  const findings = stdout.split("\n").filter(Boolean).map((line) => JSON.parse(line));
  for (const { verdict, next_step: next } of findings) assert.equal(next === "", verdict === "good", "what is not good has a next step");
  return { status, stderr, of: (about) => findings.filter((one) => one.about === about).map(({ verdict, finding }) => `${verdict}: ${finding}`).join("; ") };
}

test("all is well, and a folder that is still to be made is only told of", () => {
  const { status, stderr, of } = examine({ desk: { done_folder: "Done" } });
  assert.equal(status, 0, stderr);
  assert.match(of("imap"), /^good: logged in at localhost:\d+ as support@mail\.test/);
  assert.match(of("folder"), /^good: INBOX has 0 mails/);
  assert.match(of("keywords"), /^good: kept; 0 mails are not taken yet/);
  assert.match(of("done_folder"), /^advice: Done is not there/);
  assert.match(of("smtp"), /^good: logged in at localhost:\d+/);
  for (const about of ["reply keys", "idle"]) assert.match(of(about), /^good/, about);
  assert.match(of("size"), /^(good|advice): /);
});

test("a password that is refused is told of both servers, without the password", () => {
  const { status, stderr, of } = examine({ imap: { secret_file: "wrong" }, smtp: { secret_file: "wrong" } });
  assert.equal(status, 1);
  for (const about of ["imap", "smtp"]) assert.match(of(about), /^wrong: localhost:\d+ refuses the login/, about);
  assert.doesNotMatch(`${of("imap")}${of("smtp")}${stderr}`, /not-the-password/);
});

test("a certificate that nobody trusts, a name that is none and a port with nothing behind it are told apart", () => {
  assert.match(examine({ imap: { ca_file: undefined } }).of("imap"), /^wrong: .*certificate/i);
  assert.match(examine({ imap: { host: "mail.invalid" } }).of("imap"), /^wrong: .*mail\.invalid/);
  assert.match(examine({ smtp: { port: 1 } }).of("smtp"), /^wrong: .*localhost:1/);
});

test("a folder that is not there is named", () => {
  const { status, of } = examine({ desk: { folder: "Nowhere" } });
  assert.equal(status, 1);
  assert.match(of("folder"), /^wrong: .*Nowhere/);
});

test("keys that others can read are refused", () => {
  chmodSync(at("reply.keys"), 0o644);
  const { status, of } = examine();
  chmodSync(at("reply.keys"), 0o600);
  assert.equal(status, 1);
  assert.match(of("reply keys"), /^wrong: .*reply\.keys/);
});

test("a file that is wrong is told as such", () => {
  const { status, stderr } = examine({ desk: { since: "today" } });
  assert.equal(status, 2);
  assert.match(stderr, /since must be the day/);
});
