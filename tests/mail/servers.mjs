// SPDX-License-Identifier: Apache-2.0
// Dovecot and Exim of a test's own (mailkit), killed and started again; what lies in their mailboxes.
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const mailkit = join(dirname(fileURLToPath(import.meta.url)), "mailkit");
const path = `${process.env.PATH}:/usr/sbin:/sbin`;

/** Ends the test, loudly and as skipped, where the servers cannot be had. */
export function needMailServers() {
  const missing = ["dovecot", "exim4", "openssl", "setpriv", "redis-server"].find(
    (program) => spawnSync("sh", ["-c", `command -v ${program}`], { env: { PATH: path } }).status !== 0,
  );
  if (!missing) return;
  console.log(`NOT TESTED against real mail servers: this machine has no ${missing}; see deploy/packages.txt, [test]`);
  process.exit(77);
}

/**
 * Whatever ends this process ends the servers of that folder, and removes it. The guard is nobody's child, for who ends
 * a test that takes too long ends its children too.
 */
const held = [];
export function guard(folder) {
  const script = 'setsid "$0" guard "$1" <&3 3<&- &';
  const { stdio } = spawn("sh", ["-c", script, mailkit, folder], { stdio: ["ignore", "ignore", "ignore", "pipe"], env: { ...process.env, PATH: path } });
  stdio[3].on("error", () => {});
  stdio[3].unref();
  held.push(stdio[3]);
}

export class MailServers {
  /** `users`: whose mailboxes there are, each `USER@mail.test`. */
  constructor({ users } = {}) {
    this.folder = mkdtempSync(join(tmpdir(), "usher-mail-"));
    chmodSync(this.folder, 0o711);
    this.environment = { ...process.env, PATH: path, ...(users && { MAILKIT_USERS: users.join(" ") }) };
    guard(this.folder);
    const said = this.kit("start");
    this.settings = Object.fromEntries(said.split("\n").filter((line) => line.includes("=")).map((line) => line.split(/=(.*)/s).slice(0, 2)));
  }

  kit(...words) {
    return execFileSync(mailkit, [words[0], this.folder, ...words.slice(1)], { encoding: "utf8", env: this.environment });
  }
  port(name) {
    return Number(this.settings[`${name}_PORT`]);
  }
  get password() {
    return this.settings.MAIL_PASSWORD;
  }
  get ca() {
    return this.settings.MAIL_CA;
  }

  /** kill -9 of `imap` (Dovecot: IMAP, LMTP and submission) or `smtp` (Exim), with all its processes. */
  kill(which) {
    this.kit("kill", which);
  }
  revive(which) {
    this.kit("revive", which);
  }

  end() {
    this.kit("stop");
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }

  /** The folder on disk of a mailbox's folder; INBOX unless named. */
  maildir(user, folder = "") {
    const top = join(this.folder, "mail", `${user}@mail.test`, "Maildir");
    return folder ? join(top, `.${folder}`) : top;
  }
  files(user, folder = "") {
    return ["new", "cur"].flatMap((one) => {
      const at = join(this.maildir(user, folder), one);
      return existsSync(at) ? readdirSync(at).map((name) => join(at, name)) : [];
    });
  }
  mails(user, folder = "") {
    return this.files(user, folder).map((file) => readFileSync(file));
  }
  /** How many mails Exim still has to deliver. */
  queued() {
    const input = join(this.folder, "spool", "input");
    return existsSync(input) ? readdirSync(input).filter((name) => name.endsWith("-H")).length : 0;
  }

  /**
   * What a mailbox looks like that was restored or rebuilt: other uids, another UIDVALIDITY. Only
   * while `imap` is killed.
   */
  renumber(user, folder = "") {
    const at = this.maildir(user, folder);
    for (const name of existsSync(at) ? readdirSync(at) : []) {
      if (name === "dovecot-uidlist" || name.startsWith("dovecot.index")) rmSync(join(at, name));
    }
  }
}

/** What a header of a mail says, unfolded. */
export function header(text, name) {
  const head = text.slice(0, text.search(/\r?\n\r?\n/));
  return new RegExp(`^${name}: *((?:.*\\r?\\n[ \\t])*.*)`, "im").exec(head)?.[1].replace(/\r?\n\s+/g, " ").trim();
}

/** What a mail of one part says, decoded. */
export function body(text) {
  const content = text.slice(text.search(/\r?\n\r?\n/)).trim();
  const encoding = header(text, "Content-Transfer-Encoding");
  if (encoding === "base64") return Buffer.from(content, "base64").toString();
  if (encoding !== "quoted-printable") return content;
  const bytes = content.replace(/=\r?\n/g, "").replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(bytes, "latin1").toString();
}
