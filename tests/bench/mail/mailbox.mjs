// SPDX-License-Identifier: Apache-2.0
// Mailboxes with many mails, made as files; and the least that anybody has to do to take mail in.
import { chownSync, linkSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ImapSession } from "../../mail/imap.mjs";

const bodyLines = 20; // a mail of about 1.5 KB

export function write(name, at) {
  const lines = [`From: Customer <customer${at % 500}@customer.test>`, "To: support@mail.test", `Message-ID: <${name}.${at}@customer.test>`, `Subject: Question ${name} ${at}`,
    "Date: Mon, 16 Nov 2026 09:55:00 +0100", "MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8", "", `What of ${name} ${at}?`];
  for (let line = 0; line < bodyLines; ++line) lines.push(`Line ${line} of what I have to say about it, which is not much.`);
  return `${lines.join("\r\n")}\r\n`;
}

/**
 * Puts `count` mails into the inbox of `user`, of which the first `distinct` differ and the others are
 * those over and over. `taken`: they bear Usher's mark.
 */
export function fill(servers, user, { name, count, distinct = count, taken = false }) {
  const { uid, gid } = statSync(join(servers.folder, "mail"));
  const box = servers.maildir(user);
  for (const folder of [dirname(box), box, ...["cur", "new", "tmp"].map((one) => join(box, one))]) {
    mkdirSync(folder, { recursive: true });
    chownSync(folder, uid, gid);
  }
  if (taken) {
    writeFileSync(join(box, "dovecot-keywords"), "0 $UsherTaken\n");
    chownSync(join(box, "dovecot-keywords"), uid, gid);
  }
  const started = Math.floor(Date.now() / 1000);
  const file = (at) => join(box, taken ? "cur" : "new", `${started}.M${String(at).padStart(6, "0")}P${name}.bench${taken ? ":2,a" : ""}`);
  for (let at = 0; at < count; ++at) {
    if (at >= distinct) {
      linkSync(file(at % distinct), file(at));
      continue;
    }
    writeFileSync(file(at), write(name, at));
    chownSync(file(at), uid, gid);
  }
}

export const openInbox = (servers, user) => ImapSession.open({ port: servers.port("IMAP"), user: `${user}@mail.test`, password: servers.password });

/** Takes the first mails of an inbox in as Usher has to, and does nothing with them: seconds. */
export async function takeBare(servers, user, count) {
  const inbox = await openInbox(servers, user);
  await inbox.run("CREATE Done");
  const began = performance.now();
  const uids = (await inbox.search("UNDELETED UNKEYWORD $UsherTaken")).slice(0, count);
  while (uids.length > 0) {
    const some = uids.splice(0, 8);
    for (const uid of some) await inbox.run(`UID FETCH ${uid} (UID RFC822.SIZE BODY.PEEK[])`);
    await inbox.run(`UID STORE ${some.join(",")} +FLAGS.SILENT ($UsherTaken)`);
    await inbox.run(`UID MOVE ${some.join(",")} Done`);
  }
  const seconds = (performance.now() - began) / 1000;
  inbox.close();
  return seconds;
}
