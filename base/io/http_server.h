// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/io/event_loop.h"
#include "base/io/http_message.h"
#include "base/io/listen_address.h"
#include "base/io/static_files.h"
#include "base/io/websocket.h"
#include "base/result.h"

namespace usher::io {

// The way to answer one request, once, now or later, on the loop's thread. Movable. Dropped without
// an answer it answers 500. Answering a client that has gone is harmless.
class HttpResponder {
 public:
  struct Target;  // the connection and which of its requests this is
  explicit HttpResponder(std::unique_ptr<Target> target);
  HttpResponder(HttpResponder&&) noexcept;
  HttpResponder& operator=(HttpResponder&&) noexcept;
  ~HttpResponder();

  // A second call is a bug.
  void Send(HttpResponse response);
  // ErrorResponse(error).
  void Fail(const Error& error);

 private:
  std::unique_ptr<Target> target_;
};

// The request is valid during the call; a handler that answers later copies what it needs.
using HttpHandler = std::function<void(const HttpRequest& request, HttpResponder responder)>;

struct RouteOptions {
  std::size_t body_bytes_max = 4 * 1024 * 1024;
  // CORS: origins ("https://shop.example") whose pages may read the answers; "*" means any.
  // Preflights are answered from this. Empty: no CORS headers are sent.
  std::vector<std::string> allowed_origins{};
  // Added to every answer of the route, errors included.
  HttpHeaders headers{};
  // Asked when the head is there, before a body is read: an Error is answered instead. For routes
  // with large bodies, which only those may send who are known. Optional.
  std::function<Result<void>(const HttpRequest& head)> admit{};
};

struct WebSocketOptions {
  WebSocketLimits limits{};
  // Origins whose pages may connect; "*" means any. A page of this server's own host always may,
  // and so may a client that sends no Origin (no browser does that). Others get 403.
  std::vector<std::string> allowed_origins{};
  // The first of these that the client offers is agreed. When the client offers only others, none
  // is agreed and the connection goes on without, as RFC 6455 has it.
  std::vector<std::string> protocols{};
  std::size_t connections_max = 20'000;              // of this route; more get 503
  std::size_t connections_per_address_max = 20'000;  // from one remote address; more get 503
  // A connection without a message from its peer for this long is closed (kNormal); 0: never.
  Duration idle_timeout{0};
  // Asked before the handshake, after the origin: an Error is answered instead. Optional.
  std::function<Result<void>(const HttpRequest& handshake)> admit{};
};

// `handshake` (path, query, headers, remote address) is valid during the call.
using WebSocketHandler =
    std::function<void(std::shared_ptr<WebSocket> socket, const HttpRequest& handshake)>;

// What was answered, for metrics and access logs. `route` is the route's path as registered, or
// "none": never what the client sent, so it is a bounded label.
struct HttpObservation {
  std::string_view method{};  // one of GET HEAD POST PUT PATCH DELETE OPTIONS, or "other"
  std::string_view route{};
  int status = 0;
  std::chrono::microseconds took{};  // from the complete request to the answer
};

// PEM files, read again when they change.
struct TlsFiles {
  std::string certificate_chain{};
  std::string private_key{};  // that others may not read
};

struct HttpServerOptions {
  ListenAddress address{};
  TlsFiles tls{};                           // both empty: plain HTTP
  std::size_t header_bytes_max = 8 * 1024;  // request line and headers; more gets 431
  std::size_t connections_max = 30'000;     // WebSockets included; more wait in the kernel's queue
  // From one peer that is no trusted proxy, WebSockets not included; more are closed at once.
  std::size_t connections_per_address_max = 2'000;
  Duration header_timeout{10'000};  // from the first byte of a request (or TLS hello)
  Duration body_timeout{30'000};
  Duration keep_alive_timeout{60'000};  // between requests
  Duration write_timeout{30'000};
  // Proxies whose X-Forwarded-For (its last entry) is believed. Empty: the header is ignored.
  std::vector<std::string> trusted_proxies{};
  std::function<void(const HttpObservation&)> observer{};
};

struct HttpServerStats {
  std::size_t connections = 0;  // open, WebSockets included
  std::size_t websockets = 0;
  std::uint64_t accepted = 0;
  std::uint64_t accept_failures = 0;  // out of file descriptors, mostly
  std::uint64_t turned_away = 0;      // too many from one address
};

// An HTTP/1.1 server with keep-alive and WebSockets on one listener. Routes are added first, then
// Listen; from then on everything happens on the loop's thread.
//
// An exact path wins over a prefix, a longer prefix over a shorter. HEAD is answered from GET
// without the body, OPTIONS from the table. Errors have JSON bodies (ErrorJson): 400, 403, 404,
// 405, 408, 413, 431, 500, 503. Requests that two parsers could read differently are refused and
// the connection is closed.
class HttpServer {
 public:
  HttpServer(EventLoop& loop, HttpServerOptions options);
  // Closes the listener and all connections at once; the on_close of each WebSocket is called
  // (kGoingAway) before it returns. Waits for the loop's thread when on another.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // `path` exactly.
  void Handle(std::string method, std::string path, HttpHandler handler, RouteOptions options = {});
  // Every path that begins with `prefix`.
  void HandlePrefix(std::string method, std::string prefix, HttpHandler handler,
                    RouteOptions options = {});
  // `prefix` ends in '/'. GET and HEAD of everything below it.
  void ServeFiles(std::string prefix, std::shared_ptr<const StaticFiles> files,
                  RouteOptions options = {});
  void HandleWebSocket(std::string path, WebSocketOptions options, WebSocketHandler on_open);

  // Binds and starts to accept. ADDRESS_IN_USE, ADDRESS_NOT_AVAILABLE, ADDRESS_FORBIDDEN,
  // TLS_FILES_INVALID, TLS_KEY_EXPOSED, … with the address and what to do. A Unix socket's stale
  // file (nobody listens) is replaced.
  Result<void> Listen();

  // The port that was bound, also when 0 was asked; 0 for a Unix socket.
  std::uint16_t port() const;
  // As it can be put in a log or a URL: "127.0.0.1:41873", "unix:/run/usher/http.sock".
  std::string address() const;

  // Loop thread. Stops accepting, closes idle connections, lets requests under way be answered
  // (with `Connection: close`) and closes WebSockets with kGoingAway; calls `done` when all are
  // gone, at latest after `limit`.
  void Drain(Duration limit, std::function<void()> done);

  // Loop thread.
  HttpServerStats stats() const;

  struct Core;

 private:
  std::shared_ptr<Core> core_;
};

}  // namespace usher::io
