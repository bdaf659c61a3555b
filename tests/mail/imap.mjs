// SPDX-License-Identifier: Apache-2.0
// Somebody else at the same mailbox: a mail program that looks, moves and marks, or just waits for
// news. Without literals: what it asks for fits into lines.
import { connect } from "node:net";
import { Lines } from "./smtp.mjs";

export class ImapSession {
  static async open({ port, user, password, folder = "INBOX" }) {
    const session = new ImapSession();
    session.socket = connect(port, "127.0.0.1");
    session.lines = new Lines(session.socket);
    await session.lines.next();
    await session.run(`LOGIN ${user} ${password}`);
    await session.run(`SELECT ${folder}`);
    return session;
  }

  /** The untagged lines of an answer. */
  async run(command) {
    const tag = `t${(this.tags = (this.tags ?? 0) + 1)}`;
    this.socket.write(`${tag} ${command}\r\n`);
    const said = [];
    for (;;) {
      const line = await this.lines.next();
      if (!line.startsWith(`${tag} `)) {
        said.push(line);
      } else if (line.startsWith(`${tag} OK`)) {
        return said;
      } else {
        throw new Error(`${command.split(" ")[0]}: ${line}`);
      }
    }
  }

  /** The uids that fit, ascending. */
  async search(criteria) {
    const said = (await this.run(`UID SEARCH ${criteria}`)).find((line) => line.startsWith("* SEARCH"));
    return (said ?? "").split(" ").slice(2).filter(Boolean).map(Number);
  }
  async uidValidity(folder) {
    return Number(/UIDVALIDITY (\d+)/.exec((await this.run(`STATUS ${folder} (UIDVALIDITY)`)).join(" "))[1]);
  }

  /** Waits for news; `heard(count)` for each time the server tells how many mails there are. */
  async watch(heard) {
    this.socket.write("w IDLE\r\n");
    for (;;) {
      const line = await this.lines.next().catch(() => undefined);
      if (line === undefined) return;
      const count = /^\* (\d+) EXISTS/.exec(line);
      if (count) heard(Number(count[1]));
    }
  }

  close() {
    this.socket.destroy();
  }
}
