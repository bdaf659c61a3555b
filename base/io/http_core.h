// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <ctime>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/io/event_loop.h"
#include "base/io/http_routes.h"
#include "base/io/http_server.h"
#include "base/io/listener.h"
#include "base/io/stream.h"
#include "base/io/tls_files.h"
#include "base/io/websocket_wire.h"

namespace usher::io {

class HttpConnection;

// What stands behind an HttpServer: its routes and the connections that are open. Loop thread.
struct HttpServer::Core : std::enable_shared_from_this<HttpServer::Core> {
  Core(EventLoop& event_loop, HttpServerOptions server_options);

  void StartAccepting();
  void Drain(Duration limit, std::function<void()> done);
  // Ends everything at once.
  void Shutdown();

  void Remove(HttpConnection& connection);
  // Answers the handshake on `stream`; the connection that it came on is at its end. The caller has
  // checked that it may be done.
  void Upgrade(Stream stream, const WebSocket::Wire::HandshakeRequest& handshake,
               HttpRequest request, const std::shared_ptr<WebSocketRoute>& route,
               std::string protocol);
  // Null when the route takes one more connection from that address.
  const char* WhyFull(const WebSocketRoute& route, std::string_view address) const;

  // The address that the request came from, told by a trusted proxy when there is one.
  std::string RemoteAddress(const std::string& peer, const HttpRequest& request) const;
  // The Date header's value.
  const std::string& DateText();

  EventLoop& loop;
  HttpServerOptions options;
  RouteTable routes;
  std::unique_ptr<Listener> listener;
  std::optional<TlsServerFiles> tls;  // none: plain
  bool draining = false;
  std::uint64_t accepted = 0;
  std::uint64_t turned_away = 0;
  std::unordered_map<HttpConnection*, std::shared_ptr<HttpConnection>> connections;
  std::unordered_map<WebSocket*, std::shared_ptr<WebSocket>> sockets;

 private:
  struct SocketPlace {
    WebSocket* socket;
    std::shared_ptr<WebSocketRoute> route;
    std::string address;
  };

  void OnAccept(Stream::Socket socket, std::string remote);
  bool IsTrustedProxy(const std::string& peer) const;
  void RemoveSocket(const SocketPlace& place);
  void OnCountFell();
  void StartSweep();
  void Sweep();
  Duration SweepPeriod() const;

  Timer sweep_;
  Timer drain_limit_;
  std::function<void()> drained_;
  std::unordered_map<std::string, std::size_t> connections_by_peer_;  // but trusted proxies
  std::vector<std::pair<std::weak_ptr<WebSocket>, Duration>> idle_watch_;
  std::time_t date_second_ = 0;
  std::string date_text_;
};

}  // namespace usher::io
