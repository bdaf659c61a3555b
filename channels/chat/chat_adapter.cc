// SPDX-License-Identifier: Apache-2.0
#include "channels/chat/chat_adapter.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "channels/chat/chat_domain.h"
#include "channels/chat/chat_metrics.h"
#include "channels/chat/chat_socket.h"

namespace usher::chat {

namespace {

constexpr Duration kRetryAfter{2'000};

Result<void> CheckConfig(const ChatConfig& config, const std::vector<ChatRoute>& routes) {
  std::set<DomainId> domains;
  for (const ChatRoute& route : routes) domains.insert(route.domain);
  std::set<std::string> keys;
  for (const ChatSite& site : config.sites) {
    if (site.key.empty() || site.queue.empty() || !keys.insert(site.key).second) {
      return Error{Code::kInvalidArgument, "BAD_CHAT_CONFIG",
                   "chat site '" + site.key + "' needs a key of its own and a queue",
                   "Give each site of the chat configuration both."};
    }
    if (!domains.contains(site.domain)) {
      return Error{Code::kInvalidArgument, "BAD_CHAT_CONFIG",
                   "chat site '" + site.key + "' belongs to domain '" + site.domain.value() +
                       "', which is not served here",
                   "Name one of the domains, or serve it with --domain."};
    }
  }
  return {};
}

std::vector<std::string> AllOrigins(const ChatConfig& config) {
  std::set<std::string> origins;
  for (const ChatSite& site : config.sites) {
    origins.insert(site.allowed_origins.begin(), site.allowed_origins.end());
  }
  return {origins.begin(), origins.end()};
}

// The host and port of an origin, to compare with the Host header.
std::string_view HostOf(std::string_view origin) {
  const std::size_t scheme = origin.find("://");
  return scheme == std::string_view::npos ? std::string_view() : origin.substr(scheme + 3);
}

// Any page may load the widget's script; nothing else about it is for others.
io::HttpHeaders ScriptHeaders() {
  return {{"X-Content-Type-Options", "nosniff"}, {"Cross-Origin-Resource-Policy", "cross-origin"}};
}

}  // namespace

struct ChatAdapter::State {
  State(io::EventLoop& event_loop, const ChatKeys& keys, const std::vector<ChatRoute>& routes,
        io::Metrics& metric_registry, ChatConfig chat_config)
      : loop(event_loop), config(std::move(chat_config)), metrics(metric_registry) {
    for (const ChatRoute& route : routes) {
      domains.emplace(route.domain,
                      std::make_unique<ChatDomain>(
                          ChatDomain::Shared{loop, config, metrics, visitors}, route, keys));
    }
  }

  void Start() {
    running = true;
    for (const auto& [id, domain] : domains) domain->Start();
  }

  void Stop() {
    if (!std::exchange(running, false)) return;
    std::vector<ChatSocket*> pages;
    for (const auto& [page, socket] : sockets) pages.push_back(page);
    for (ChatSocket* page : pages) {
      page->Close(io::CloseCode::kGoingAway, "SHUTTING_DOWN", kRetryAfter);
    }
    for (const auto& [id, domain] : domains) domain->Stop();
  }

  void OnSocket(const std::shared_ptr<io::WebSocket>& socket, const io::HttpRequest& handshake) {
    const std::string origin(handshake.Header("Origin"));
    ChatSocket::Source source{.origin = origin,
                              .same_host = HostOf(origin) == handshake.Header("Host")};
    // Which domain it is for its hello says; what it uses until then is the same for all.
    auto owned = std::make_unique<ChatSocket>(
        domains.begin()->second->services(), socket, std::move(source),
        [this](ChatSocket& from, const chat::v1::ClientHello& hello) { OnHello(from, hello); });
    ChatSocket* page = owned.get();
    sockets.emplace(page, std::move(owned));
    metrics.sockets.Set(static_cast<double>(sockets.size()));
    std::weak_ptr<void> state_alive = alive;
    socket->OnMessage([page, state_alive](std::string_view text) {
      if (!state_alive.expired()) page->OnText(text);
    });
    socket->OnClose([this, page, state_alive](io::CloseCode code) {
      if (state_alive.expired()) return;
      if (code == io::CloseCode::kTryAgainLater) page->OnStalled();
      for (const auto& [id, domain] : domains) domain->Forget(*page);
      sockets.erase(page);
      metrics.sockets.Set(static_cast<double>(sockets.size()));
    });
    if (!running && was_stopped) {
      page->Close(io::CloseCode::kGoingAway, "SHUTTING_DOWN", kRetryAfter);
    }
  }

  void OnHello(ChatSocket& page, const chat::v1::ClientHello& hello) {
    const auto site =
        std::find_if(config.sites.begin(), config.sites.end(),
                     [&](const ChatSite& known) { return known.key == hello.site(); });
    if (site == config.sites.end()) {
      page.Refuse({"UNKNOWN_SITE", "No such site; check the embedding tag."});
      return page.Close(io::CloseCode::kPolicyViolation, "UNKNOWN_SITE", {});
    }
    if (!MayEmbed(*site, page.source())) {
      page.Refuse({"ORIGIN_NOT_ALLOWED", "The site does not list this page's origin."});
      return page.Close(io::CloseCode::kPolicyViolation, "ORIGIN_NOT_ALLOWED", {});
    }
    ChatDomain& domain = *domains.at(site->domain);
    page.Use(domain.services());
    domain.OnHello(page, *site, hello);
  }

  static bool MayEmbed(const ChatSite& site, const ChatSocket::Source& source) {
    if (source.origin.empty() || source.same_host) return true;
    return std::any_of(
        site.allowed_origins.begin(), site.allowed_origins.end(),
        [&](const std::string& allowed) { return allowed == "*" || allowed == source.origin; });
  }

  io::EventLoop& loop;
  const ChatConfig config;
  ChatMetrics metrics;
  std::size_t visitors = 0;  // of all domains
  std::map<DomainId, std::unique_ptr<ChatDomain>> domains;

  bool running = false;
  bool was_stopped = false;
  std::map<ChatSocket*, std::unique_ptr<ChatSocket>> sockets;
  std::shared_ptr<void> alive = std::make_shared<int>();  // of what is posted
};

namespace {

io::WebSocketOptions SocketOptions(const ChatConfig& config) {
  io::WebSocketOptions options;
  options.limits.message_bytes_max = config.limits.frame_bytes_max;
  options.limits.outbox_bytes_max = config.limits.outbox_bytes_max;
  options.allowed_origins = AllOrigins(config);
  options.connections_max = config.limits.connections_max;
  options.connections_per_address_max = config.limits.connections_per_address_max;
  options.idle_timeout = 3 * config.limits.heartbeat;
  return options;
}

Result<void> MountFolders(io::HttpServer& server, const ChatConfig& config) {
  if (!config.widget_folder.empty()) {
    io::StaticFilesOptions options;
    options.folder = config.widget_folder;
    options.headers = ScriptHeaders();
    auto files = io::StaticFiles::Load(std::move(options));
    if (!files.ok()) return files.error();
    io::RouteOptions route;
    route.allowed_origins = {"*"};
    server.ServeFiles("/chat/v1/", *files, std::move(route));
  }
  if (!config.demo_folder.empty()) {
    io::StaticFilesOptions options;
    options.folder = config.demo_folder;
    options.headers = io::SecurityHeaders(io::SitePolicy());
    auto files = io::StaticFiles::Load(std::move(options));
    if (!files.ok()) return files.error();
    server.ServeFiles("/demo/", *files);
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<ChatAdapter>> ChatAdapter::Make(io::EventLoop& loop, io::HttpServer& server,
                                                       const std::vector<ChatRoute>& routes,
                                                       const ChatKeys& keys, io::Metrics& metrics,
                                                       ChatConfig config) {
  const Result<void> checked = CheckConfig(config, routes);
  if (!checked.ok()) return checked.error();
  if (const Result<void> mounted = MountFolders(server, config); !mounted.ok()) {
    return mounted.error();
  }
  auto state = std::make_unique<State>(loop, keys, routes, metrics, std::move(config));
  State* raw = state.get();
  server.HandleWebSocket(
      "/chat/v1/socket", SocketOptions(raw->config),
      [raw, alive = std::weak_ptr<void>(raw->alive)](std::shared_ptr<io::WebSocket> socket,
                                                     const io::HttpRequest& handshake) {
        if (alive.expired()) return socket->Close(io::CloseCode::kGoingAway);
        raw->OnSocket(socket, handshake);
      });
  return std::unique_ptr<ChatAdapter>(new ChatAdapter(std::move(state)));
}

ChatAdapter::ChatAdapter(std::unique_ptr<State> state) : state_(std::move(state)) {}

ChatAdapter::~ChatAdapter() {
  io::EventLoop& loop = state_->loop;
  loop.Call([this] {
    state_->Stop();
    state_->alive.reset();
    state_->sockets.clear();
    state_.reset();
  });
}

void ChatAdapter::Start() {
  state_->loop.Call([this] { state_->Start(); });
}

void ChatAdapter::Stop() {
  state_->loop.Call([this] {
    state_->was_stopped = true;
    state_->Stop();
  });
}

}  // namespace usher::chat
