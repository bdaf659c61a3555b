// SPDX-License-Identifier: Apache-2.0
import { createServer } from "node:net";

/**
 * A submission server that takes mails and says so when it is told to. Where `vanishes` is true of
 * a mail, it takes that and ends the connection without a word.
 */
export class SlowServer {
  mails = [];
  holds = false;
  held = [];

  static async start() {
    const slow = new SlowServer();
    slow.server = createServer((socket) => slow.serve(socket));
    await new Promise((done) => slow.server.listen(0, "127.0.0.1", done));
    slow.port = slow.server.address().port;
    return slow;
  }

  serve(socket) {
    let text = "";
    let inData = false;
    socket.on("error", () => {});
    socket.write("220 slow\r\n");
    socket.on("data", (bytes) => {
      text += bytes.toString("latin1");
      for (;;) {
        const end = inData ? text.indexOf("\r\n.\r\n") : text.indexOf("\r\n");
        if (end < 0) return;
        const said = text.slice(0, end);
        text = text.slice(end + (inData ? 5 : 2));
        if (inData) {
          inData = false;
          this.mails.push(said);
          if (this.vanishes?.(said)) return socket.destroy();
          const answer = () => socket.write("250 taken\r\n");
          if (this.holds) this.held.push(answer);
          else answer();
        } else if (/^DATA/i.test(said)) {
          inData = true;
          socket.write("354 go on\r\n");
        } else {
          socket.write(/^QUIT/i.test(said) ? "221 bye\r\n" : "250 yes\r\n");
        }
      }
    });
  }

  release() {
    this.holds = false;
    for (const answer of this.held.splice(0)) answer();
  }
  said(name) {
    return this.mails.filter((mail) => mail.includes(name)).length;
  }
}
