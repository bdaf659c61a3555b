// SPDX-License-Identifier: Apache-2.0
// Clients that ask for much and read nothing.
import { randomBytes } from "node:crypto";
import { connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";

// A gRPC message of no bytes: a WatchContactsRequest that names nothing.
const emptyMessage = Buffer.alloc(5);

/** A watch of the whole domain whose events nobody takes. */
export function startWatcher(server, token) {
  const session = connectHttp2(`http://${server}`);
  session.on("error", () => {});
  const stream = session.request({
    ":method": "POST",
    ":path": "/usher.routing.v1.RoutingService/WatchContacts",
    "content-type": "application/grpc",
    te: "trailers",
    authorization: `Bearer ${token}`,
  });
  let cut = false;
  stream.on("error", () => {});
  stream.on("close", () => (cut = true));
  stream.pause();
  stream.end(emptyMessage);
  return { isCut: () => cut || stream.destroyed, stop: () => session.destroy() };
}

function frameOf(message) {
  const payload = Buffer.from(JSON.stringify(message));
  const head = Buffer.alloc(payload.length < 126 ? 6 : 8); // the mask stays zero
  head[0] = 0x81;
  if (payload.length < 126) {
    head[1] = 0x80 | payload.length;
  } else {
    head[1] = 0x80 | 126;
    head.writeUInt16BE(payload.length, 2);
  }
  return Buffer.concat([head, payload]);
}

/** A supervisor's console that asks for the waiting contacts, page after page, and never reads. */
export function startConsole(http, token) {
  const [host, port] = http.split(":");
  const socket = connect(Number(port), host);
  let cut = false;
  socket.on("error", () => {});
  socket.on("close", () => (cut = true));
  const key = randomBytes(16).toString("base64");
  socket.write(
    `GET /agents/v1/session HTTP/1.1\r\nHost: ${http}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
      `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
  );
  socket.once("data", () => {
    socket.pause();
    socket.write(frameOf({ hello: { token } }));
  });
  let tag = 0;
  const asking = setInterval(() => {
    if (!cut) socket.write(frameOf({ tag: ++tag, listContacts: { pageSize: 200 } }));
  }, 500);
  return {
    isCut: () => cut,
    stop: () => {
      clearInterval(asking);
      socket.destroy();
    },
  };
}
