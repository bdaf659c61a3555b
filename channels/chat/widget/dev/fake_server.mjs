// SPDX-License-Identifier: Apache-2.0
// A chat server for development and pictures: serves the demo site and the widget, and plays the
// other end of the socket from memory. It keeps no promise that the real one keeps.
import { createReadStream, existsSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { dirname, extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { WebSocketServer } from "ws";

const here = dirname(fileURLToPath(import.meta.url));
const roots = { "/demo/": join(here, "../../demo"), "/chat/v1/": join(here, "../dist"), "/host/": join(here, "host") };
const types = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'";
const ann = { side: "SIDE_AGENT", id: "ann", name: "Ann" };

export async function startFakeServer({ port = 0, answers = true } = {}) {
  const server = new FakeServer(answers);
  await new Promise((ready) => server.http.listen(port, "127.0.0.1", ready));
  server.origin = `http://127.0.0.1:${server.http.address().port}`;
  return server;
}

class FakeServer {
  constructor(answers) {
    this.answers = answers;
    this.sessions = new Map();
    this.next = 0;
    this.http = createServer((request, response) => this.serve(request, response));
    this.sockets = new Set();
    /** Every frame that came, for tests. */
    this.heard = [];
    new WebSocketServer({ server: this.http, path: "/chat/v1/socket" }).on("connection", (socket) => {
      this.sockets.add(socket);
      socket.on("message", (data) => this.hear(socket, JSON.parse(String(data))));
      socket.on("close", () => this.sockets.delete(socket));
    });
  }

  close() {
    this.drop();
    this.http.close();
  }

  drop() {
    for (const socket of this.sockets) socket.terminate();
  }

  serve(request, response) {
    const path = normalize(new URL(request.url, "http://x").pathname);
    const [prefix, root] = Object.entries(roots).find(([one]) => path.startsWith(one)) ?? [];
    let file = root && join(root, path.slice(prefix.length));
    if (file && existsSync(file) && statSync(file).isDirectory()) file = join(file, "index.html");
    if (!file || !existsSync(file)) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { "content-type": types[extname(file)], "content-security-policy": policy });
    createReadStream(file).pipe(response);
  }

  hear(socket, frame) {
    this.heard.push(frame);
    if (frame.hello) return this.hello(socket, frame.hello);
    const session = socket.session;
    if (frame.ping) return this.tell(session, { pong: {} });
    if (frame.start) return this.start(session, frame.start);
    if (frame.say) return this.say(session, frame.say);
    if (frame.end) return this.end(session);
  }

  hello(socket, { token, afterMessage }) {
    const known = this.sessions.get(token);
    const session = known ?? { token: `t${++this.next}`, messages: [], phase: "IDLE", contact: 0 };
    this.sessions.set(session.token, session);
    session.socket = socket;
    socket.session = session;
    this.session = session;
    const welcome = { token: session.token, resumed: known !== undefined, title: "Larkfield Telecom", greeting: "Hello! Ask us about plans, bills or your line.", heartbeat: "20s", textBytesMax: 4096 };
    this.tell(session, { welcome });
    this.status(session);
    for (const message of session.messages) if (Number(message.id) > Number(afterMessage ?? 0)) this.tell(session, { message });
  }

  start(session, { name }) {
    if (session.phase === "WAITING" || session.phase === "ACTIVE") return;
    session.name = name;
    session.contact += 1;
    session.messages = [];
    session.phase = "WAITING";
    this.status(session, { position: 3, estimatedWait: { low: "70s", high: "200s" } });
    if (this.answers) setTimeout(() => this.join(session), 2500).unref();
  }

  say(session, { clientId, text }) {
    this.start(session, {});
    if (text === "!fast") return this.tell(session, { error: { reason: "TOO_FAST", message: "Please slow down.", clientId, retryAfter: "3s" } });
    if (text === "!bad") return this.tell(session, { error: { reason: "BAD_FRAME", message: "This cannot be sent.", clientId } });
    this.add(session, { side: "SIDE_CUSTOMER", name: session.name }, text, clientId);
    if (!this.answers || session.phase !== "ACTIVE") return;
    setTimeout(() => this.tell(session, { mark: { side: "SIDE_AGENT", deliveredUpTo: "99", readUpTo: "99" } }), 500).unref();
    setTimeout(() => this.typing(session), 900).unref();
    setTimeout(() => this.add(session, ann, "Of course, one moment. See https://example.com/help."), 2500).unref();
  }

  add(session, author, text, clientId = "") {
    if (clientId && session.messages.some((one) => one.clientId === clientId)) return;
    const message = { id: String(session.messages.length + 1), clientId, contactId: `c${session.contact}`, author, at: new Date().toISOString(), text };
    session.messages.push(message);
    this.tell(session, { message });
  }

  join(session) {
    session.phase = "ACTIVE";
    this.status(session, { agentName: "Ann" });
    this.add(session, { side: "SIDE_SYSTEM" }, "Ann has joined");
    this.add(session, ann, "Hello, Ann here. Let me have a look.");
  }

  typing(session) {
    this.tell(session, { typing: { author: ann, active: true } });
  }

  end(session) {
    session.phase = "ENDED";
    this.status(session, { outcome: "completed" });
  }

  status(session, more = {}) {
    session.more = { ...(session.phase === "ACTIVE" ? { agentName: "Ann" } : {}), ...more };
    this.tell(session, { status: { phase: `PHASE_${session.phase}`, contactId: session.contact ? `c${session.contact}` : "", ...session.more } });
  }

  tell(session, frame) {
    if (session?.socket?.readyState === 1) session.socket.send(JSON.stringify(frame));
  }
}
