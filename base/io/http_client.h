// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/io/event_loop.h"
#include "base/io/http_message.h"
#include "base/io/websocket.h"
#include "base/result.h"

namespace usher::io {

// http, https, ws or wss; the host is a name or an address. `unix_path`, when set, is connected to
// instead, and the URL only gives the Host header and the path.
struct HttpClientRequest {
  std::string method = "GET";
  std::string url{};  // "http://127.0.0.1:8080/path?query"
  HttpHeaders headers{};
  std::string body{};
  std::string unix_path{};
  std::string ca_file{};     // PEM file of the authorities to trust for https; empty: the system's
  Duration timeout{10'000};  // of the whole exchange
  std::size_t body_bytes_max = 16 * 1024 * 1024;
};

// Does one exchange on a connection of its own and calls `done` once, on the loop's thread, with
// the response of any status or UNAVAILABLE / TIMEOUT / INVALID_URL / BAD_RESPONSE. Redirects are
// not followed. Any thread.
void HttpFetch(EventLoop& loop, HttpClientRequest request,
               std::function<void(Result<HttpResponse>)> done);

struct WebSocketClientRequest {
  std::string url{};  // "ws://127.0.0.1:8080/agents/v1/socket"
  HttpHeaders headers{};
  std::vector<std::string> protocols{};
  std::string unix_path{};
  std::string ca_file{};
  Duration timeout{10'000};  // until open
  WebSocketLimits limits{};
};

// Opens a WebSocket and calls `done` once, on the loop's thread; set its callbacks there. A server
// that answers with another status gives HANDSHAKE_REFUSED with that status and its body's message.
// Any thread.
void ConnectWebSocket(EventLoop& loop, WebSocketClientRequest request,
                      std::function<void(Result<std::shared_ptr<WebSocket>>)> done);

}  // namespace usher::io
