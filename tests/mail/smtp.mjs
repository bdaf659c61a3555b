// SPDX-License-Identifier: Apache-2.0
// A customer's mail server, as far as it sends: one connection, mail after mail, and again whatever
// was not answered with 250. So a mail whose answer was lost on the way comes twice, as in life.
import { connect } from "node:net";

/** Lines of a connection, one at a time. */
export class Lines {
  constructor(socket) {
    this.rest = "";
    this.lines = [];
    this.wanted = undefined;
    this.error = undefined;
    socket.setEncoding("latin1");
    socket.on("data", (text) => {
      const all = (this.rest + text).split("\r\n");
      this.rest = all.pop();
      this.lines.push(...all);
      this.give();
    });
    socket.on("error", (error) => this.fail(error));
    socket.on("close", () => this.fail(new Error("the connection ended")));
  }
  fail(error) {
    this.error ??= error;
    this.give();
  }
  give() {
    if (!this.wanted) return;
    if (this.lines.length > 0) this.settle("resolve", this.lines.shift());
    else if (this.error) this.settle("reject", this.error);
  }
  settle(how, value) {
    const { [how]: done } = this.wanted;
    this.wanted = undefined;
    done(value);
  }
  next() {
    return new Promise((resolve, reject) => {
      this.wanted = { resolve, reject };
      this.give();
    });
  }
}

export class SmtpSender {
  constructor(port) {
    this.port = port;
    this.again = 0; // mails that were sent again, since nobody said what became of them
  }

  async open() {
    this.socket = connect(this.port, "127.0.0.1");
    this.socket.setNoDelay(true);
    this.lines = new Lines(this.socket);
    await this.expect(220);
    await this.say("EHLO customer.test", 250);
  }
  async expect(code) {
    for (;;) {
      const line = await this.lines.next();
      if (!line.startsWith(String(code))) throw Object.assign(new Error(line), { code: Number(line.slice(0, 3)) });
      if (line[3] !== "-") return line;
    }
  }
  say(line, code) {
    this.socket.write(`${line}\r\n`);
    return this.expect(code);
  }

  /** Sends `bytes` (a Buffer with CRLF line ends) until a server has it. `from` "" is the null sender. */
  async send({ from, to, bytes }) {
    for (let tries = 0; ; ++tries) {
      let asked = false;
      try {
        if (!this.socket) await this.open();
        // All in one piece: the server offers PIPELINING.
        this.socket.write(`MAIL FROM:<${from}>\r\nRCPT TO:<${to}>\r\nDATA\r\n`);
        await this.expect(250);
        await this.expect(250);
        await this.expect(354);
        asked = true;
        this.socket.write(Buffer.concat([stuffed(bytes), Buffer.from(".\r\n")]));
        return await this.expect(250);
      } catch (error) {
        this.close();
        if (error.code >= 500 || tries === 1000) throw error;
        if (asked) ++this.again;
        await new Promise((done) => setTimeout(done, 50));
      }
    }
  }

  close() {
    this.socket?.destroy();
    this.socket = undefined;
  }
}

/** With a dot more before each line that begins with one, and a line's end at the end. */
function stuffed(bytes) {
  const text = bytes.toString("latin1").replace(/^\./gm, "..");
  return Buffer.from(text.endsWith("\r\n") ? text : `${text}\r\n`, "latin1");
}
