// SPDX-License-Identifier: Apache-2.0
#include "base/io/http_server.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/io/http_connection.h"
#include "base/io/http_core.h"
#include "base/io/log.h"

namespace usher::io {
namespace {

constexpr Duration kSweepMin{5};
constexpr Duration kSweepMax{1'000};

}  // namespace

HttpResponder::HttpResponder(std::unique_ptr<Target> target) : target_(std::move(target)) {}
HttpResponder::HttpResponder(HttpResponder&&) noexcept = default;
HttpResponder& HttpResponder::operator=(HttpResponder&&) noexcept = default;

HttpResponder::~HttpResponder() {
  if (target_ == nullptr) return;
  Fail({Code::kInternal, "NOT_ANSWERED", "the server gave no answer to this request",
        "try again; if it happens again, report it with the server's log"});
}

void HttpResponder::Send(HttpResponse response) {
  USHER_CHECK(target_ != nullptr, "a request is answered once");
  const auto target = std::move(target_);
  if (const auto connection = target->connection.lock()) {
    connection->Respond(target->request_number, std::move(response));
  }
}

void HttpResponder::Fail(const Error& error) { Send(ErrorResponse(error)); }

HttpServer::Core::Core(EventLoop& event_loop, HttpServerOptions server_options)
    : loop(event_loop),
      options(std::move(server_options)),
      sweep_(event_loop),
      drain_limit_(event_loop) {}

void HttpServer::Core::StartAccepting() {
  listener->Start([this](Stream::Socket socket, std::string remote) {
    OnAccept(std::move(socket), std::move(remote));
  });
}

bool HttpServer::Core::IsTrustedProxy(const std::string& peer) const {
  const auto& trusted = options.trusted_proxies;
  return std::find(trusted.begin(), trusted.end(), peer) != trusted.end();
}

void HttpServer::Core::OnAccept(Stream::Socket socket, std::string remote) {
  ++accepted;
  if (!IsTrustedProxy(remote)) {
    std::size_t& count = connections_by_peer_[remote];
    if (count >= options.connections_per_address_max) {
      ++turned_away;
      return;  // closes it
    }
    ++count;
  }
  Stream stream = tls ? MakeTlsServerStream(std::move(socket), tls->Current())
                      : MakePlainStream(std::move(socket));
  auto connection =
      std::make_shared<HttpConnection>(shared_from_this(), std::move(stream), std::move(remote));
  connections.emplace(connection.get(), connection);
  if (connections.size() + sockets.size() >= options.connections_max) listener->Pause();
  if (!sweep_.pending()) StartSweep();
  connection->Start();
}

void HttpServer::Core::Remove(HttpConnection& connection) {
  const auto same = connections_by_peer_.find(connection.peer());
  if (same != connections_by_peer_.end() && --same->second == 0) connections_by_peer_.erase(same);
  connections.erase(&connection);
  OnCountFell();
}

void HttpServer::Core::OnCountFell() {
  const std::size_t count = connections.size() + sockets.size();
  if (count < options.connections_max && !draining) listener->Resume();
  if (count > 0) return;
  sweep_.Cancel();
  drain_limit_.Cancel();
  if (const auto done = std::exchange(drained_, nullptr)) done();
}

const char* HttpServer::Core::WhyFull(const WebSocketRoute& route, std::string_view address) const {
  if (route.connections >= route.options.connections_max) {
    return "this path has as many connections as it may have";
  }
  const auto same = route.connections_by_address.find(address);
  if (same != route.connections_by_address.end() &&
      same->second >= route.options.connections_per_address_max) {
    return "this address has as many connections as it may have";
  }
  return nullptr;
}

void HttpServer::Core::Upgrade(Stream stream, const WebSocket::Wire::HandshakeRequest& handshake,
                               HttpRequest request, const std::shared_ptr<WebSocketRoute>& route,
                               std::string protocol) {
  auto socket = WebSocket::Wire::Make(std::move(stream), route->options.limits,
                                      request.remote_address, std::move(protocol));
  ++route->connections;
  if (route->options.connections_per_address_max < route->options.connections_max) {
    ++route->connections_by_address[request.remote_address];
  }
  sockets.emplace(socket.get(), socket);
  WebSocket::Wire& wire = WebSocket::Wire::Of(*socket);
  wire.on_gone = [core = shared_from_this(),
                  at = SocketPlace{socket.get(), route, request.remote_address}] {
    core->RemoveSocket(at);
  };
  if (route->options.idle_timeout > Duration{0}) {
    idle_watch_.emplace_back(socket, route->options.idle_timeout);
  }
  wire.Accept(handshake, [socket, route, request = std::move(request)](bool opened) {
    WebSocket::Wire& accepted_wire = WebSocket::Wire::Of(*socket);
    if (accepted_wire.finished) return;
    if (!opened) return accepted_wire.Finish(CloseCode::kAbnormal);
    route->on_open(socket, request);
    accepted_wire.Read();
  });
}

void HttpServer::Core::RemoveSocket(const SocketPlace& place) {
  --place.route->connections;
  const auto same = place.route->connections_by_address.find(place.address);
  if (same != place.route->connections_by_address.end() && --same->second == 0) {
    place.route->connections_by_address.erase(same);
  }
  sockets.erase(place.socket);
  OnCountFell();
}

Duration HttpServer::Core::SweepPeriod() const {
  Duration shortest = std::min({options.header_timeout, options.body_timeout,
                                options.keep_alive_timeout, options.write_timeout});
  for (const auto& [path, route] : routes.exact()) {
    if (route.socket == nullptr || route.socket->options.idle_timeout <= Duration{0}) continue;
    shortest = std::min(shortest, route.socket->options.idle_timeout);
  }
  return std::clamp(shortest / 4, kSweepMin, kSweepMax);
}

void HttpServer::Core::StartSweep() {
  sweep_.Start(SweepPeriod(), [this] { Sweep(); });
}

// One timer for all deadlines: a connection's own would cost it memory and every request two
// changes of the timer heap.
void HttpServer::Core::Sweep() {
  const auto now = HttpConnection::Clock::now();
  std::vector<std::shared_ptr<HttpConnection>> all;
  all.reserve(connections.size());
  for (const auto& [key, connection] : connections) all.push_back(connection);
  for (const auto& connection : all) connection->CheckDeadline(now);
  std::erase_if(idle_watch_, [](const auto& watch) {
    const auto socket = watch.first.lock();
    if (socket == nullptr || !socket->is_open()) return true;
    if (socket->idle_for() < watch.second) return false;
    socket->Close(CloseCode::kNormal, "idle");
    return true;
  });
  if (!connections.empty() || !idle_watch_.empty()) StartSweep();
}

void HttpServer::Core::Drain(Duration limit, std::function<void()> done) {
  draining = true;
  listener->Close();
  drained_ = std::move(done);
  drain_limit_.Start(limit, [this] { Shutdown(); });
  std::vector<std::shared_ptr<HttpConnection>> all;
  for (const auto& [key, connection] : connections) all.push_back(connection);
  for (const auto& connection : all) connection->Drain();
  for (const auto& [key, socket] : sockets) socket->Close(CloseCode::kGoingAway);
  OnCountFell();
}

void HttpServer::Core::Shutdown() {
  const auto keep = shared_from_this();
  draining = true;
  if (listener != nullptr) listener->Close();
  while (!connections.empty()) {
    const auto connection = connections.begin()->second;
    connection->Finish();
  }
  while (!sockets.empty()) {
    const auto socket = sockets.begin()->second;
    WebSocket::Wire::Of(*socket).Finish(CloseCode::kGoingAway);
  }
  sweep_.Cancel();
  drain_limit_.Cancel();
}

std::string HttpServer::Core::RemoteAddress(const std::string& peer,
                                            const HttpRequest& request) const {
  if (!IsTrustedProxy(peer)) return peer;
  std::string_view list = request.Header("X-Forwarded-For");
  list.remove_prefix(list.rfind(',') == list.npos ? 0 : list.rfind(',') + 1);
  while (list.starts_with(' ')) list.remove_prefix(1);
  return list.empty() || list.size() > 64 ? peer : std::string(list);
}

const std::string& HttpServer::Core::DateText() {
  const std::time_t now = std::time(nullptr);
  if (now != date_second_) {
    date_second_ = now;
    std::tm utc{};
    gmtime_r(&now, &utc);
    char text[64];
    date_text_.assign(text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &utc));
  }
  return date_text_;
}

HttpServer::HttpServer(EventLoop& loop, HttpServerOptions options)
    : core_(std::make_shared<Core>(loop, std::move(options))) {}

HttpServer::~HttpServer() {
  // Its timers are the loop thread's, so it is also destroyed there.
  core_->loop.Call([this] {
    core_->Shutdown();
    core_.reset();
  });
}

void HttpServer::Handle(std::string method, std::string path, HttpHandler handler,
                        RouteOptions options) {
  USHER_CHECK(core_->listener == nullptr, "routes are added before Listen");
  core_->routes.Exact(path).methods[std::move(method)] = {std::move(handler), std::move(options)};
}

void HttpServer::HandlePrefix(std::string method, std::string prefix, HttpHandler handler,
                              RouteOptions options) {
  USHER_CHECK(core_->listener == nullptr, "routes are added before Listen");
  core_->routes.Prefix(prefix).methods[std::move(method)] = {std::move(handler),
                                                             std::move(options)};
}

void HttpServer::ServeFiles(std::string prefix, std::shared_ptr<const StaticFiles> files,
                            RouteOptions options) {
  USHER_CHECK(prefix.ends_with('/'), prefix);
  const std::size_t below = prefix.size();
  HandlePrefix(
      "GET", std::move(prefix),
      [files = std::move(files), below](const HttpRequest& request, HttpResponder responder) {
        responder.Send(files->Serve(request, std::string_view(request.path).substr(below)));
      },
      std::move(options));
}

void HttpServer::HandleWebSocket(std::string path, WebSocketOptions options,
                                 WebSocketHandler on_open) {
  USHER_CHECK(core_->listener == nullptr, "routes are added before Listen");
  auto route = std::make_shared<WebSocketRoute>();
  route->path = path;
  route->options = std::move(options);
  route->on_open = std::move(on_open);
  core_->routes.Exact(path).socket = std::move(route);
}

Result<void> HttpServer::Listen() {
  USHER_CHECK(core_->listener == nullptr, "Listen is called once");
  const TlsFiles& files = core_->options.tls;
  if (!files.certificate_chain.empty() || !files.private_key.empty()) {
    auto read = TlsServerFiles::Load(files.certificate_chain, files.private_key);
    if (!read.ok()) return read.error();
    core_->tls = *std::move(read);
  }
  auto listener = Listener::Open(core_->loop, core_->options.address);
  if (!listener.ok()) return listener.error();
  core_->listener = std::move(*listener);
  core_->loop.Call([core = core_] {
    core->StartAccepting();
    core->loop.OnStop([weak = std::weak_ptr<Core>(core)] {
      if (const auto alive = weak.lock()) alive->Drain(Duration{60'000}, nullptr);
    });
  });
  return {};
}

std::uint16_t HttpServer::port() const {
  return core_->listener == nullptr ? std::uint16_t{0} : core_->listener->address().port;
}

std::string HttpServer::address() const {
  return core_->listener == nullptr ? std::string{} : core_->listener->address().ToString();
}

void HttpServer::Drain(Duration limit, std::function<void()> done) {
  core_->Drain(limit, std::move(done));
}

HttpServerStats HttpServer::stats() const {
  return {.connections = core_->connections.size() + core_->sockets.size(),
          .websockets = core_->sockets.size(),
          .accepted = core_->accepted,
          .accept_failures = core_->listener == nullptr ? 0 : core_->listener->failures(),
          .turned_away = core_->turned_away};
}

}  // namespace usher::io
