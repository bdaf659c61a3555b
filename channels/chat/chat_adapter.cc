// SPDX-License-Identifier: Apache-2.0
#include "channels/chat/chat_adapter.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "base/io/clock.h"
#include "base/io/log.h"
#include "base/io/random_id.h"
#include "channels/chat/chat_metrics.h"
#include "channels/chat/chat_services.h"
#include "channels/chat/chat_socket.h"
#include "channels/chat/visitor.h"
#include "channels/chat/visitor_tokens.h"

namespace usher::chat {

namespace {

using routing::v1::Contact;
using routing::v1::Event;

constexpr Duration kRetryAfter{2'000};

Result<void> CheckConfig(const ChatConfig& config) {
  std::set<std::string> keys;
  for (const ChatSite& site : config.sites) {
    if (site.key.empty() || site.queue.empty() || !keys.insert(site.key).second) {
      return Error{Code::kInvalidArgument, "BAD_CHAT_CONFIG",
                   "chat site '" + site.key + "' needs a key of its own and a queue",
                   "Give each site of the chat configuration both."};
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
  State(io::EventLoop& event_loop, io::LeaderChannel& road, ChatKeys keys,
        std::function<std::string()> token, io::Metrics& metric_registry, ChatConfig chat_config)
      : loop(event_loop),
        config(std::move(chat_config)),
        metrics(metric_registry),
        tokens(std::move(keys.signing), std::move(keys.verifying), config.domain,
               config.token_lifetime, [this] { return clock.Now(); }),
        names(loop, road, token),
        routing(loop, road, token, {.adapter = config.adapter}, RoutingHooks()),
        conversations(channels::MakeConversationClient(loop, road, token, ConversationHooks())),
        services{loop,           config, metrics, tokens,          routing,
                 *conversations, road,   names,   std::move(token)} {}

  channels::RoutingClient::Hooks RoutingHooks() {
    return {.on_event = [this](const Event& event) { OnEvent(event); },
            .on_snapshot = [this](const std::vector<Contact>& open) { OnSnapshot(open); }};
  }

  channels::ConversationHooks ConversationHooks() {
    return {.on_event =
                [this](const context::v1::ConversationEvent& event) {
                  if (Visitor* visitor = FindByContact(event.contact_id())) {
                    visitor->OnConversation(event);
                  }
                },
            .on_refused =
                [this](const std::string& contact_id, const Error& error) {
                  if (Visitor* visitor = FindByContact(contact_id)) {
                    visitor->OnConversationRefused(error);
                  }
                }};
  }

  void Start() {
    running = true;
    routing.Start();
    conversations->Start();
  }

  void Stop() {
    if (!std::exchange(running, false)) return;
    std::vector<ChatSocket*> pages;
    for (const auto& [page, socket] : sockets) pages.push_back(page);
    for (ChatSocket* page : pages) {
      page->Close(io::CloseCode::kGoingAway, "SHUTTING_DOWN", kRetryAfter);
    }
    routing.Stop();
    conversations->Stop();
  }

  // ------------------------------------------------------------------------------------ sockets

  void OnSocket(const std::shared_ptr<io::WebSocket>& socket, const io::HttpRequest& handshake) {
    const std::string origin(handshake.Header("Origin"));
    ChatSocket::Source source{.origin = origin,
                              .same_host = HostOf(origin) == handshake.Header("Host")};
    auto owned = std::make_unique<ChatSocket>(
        services, socket, std::move(source),
        [this](ChatSocket& from, const chat::v1::ClientHello& hello) { OnHello(from, hello); });
    ChatSocket* page = owned.get();
    sockets.emplace(page, std::move(owned));
    metrics.sockets.Set(static_cast<double>(sockets.size()));
    std::weak_ptr<void> state_alive = alive;
    socket->OnMessage([page, state_alive](std::string_view text) {
      if (!state_alive.expired()) page->OnText(text);
    });
    socket->OnClose([this, page, state_alive](io::CloseCode) {
      if (state_alive.expired()) return;
      waiting_hellos.erase(page);
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
    if (ready) return Welcome(page, *site, hello);
    waiting_hellos.insert_or_assign(&page, std::pair(&*site, hello));
    if (give_up.pending()) return;
    give_up.Start(config.limits.hello_timeout, [this] {
      for (const auto& [waiting, unused] : std::exchange(waiting_hellos, {})) {
        waiting->Refuse({"UNAVAILABLE", "The router does not answer.", {}, kRetryAfter});
        waiting->Close(io::CloseCode::kTryAgainLater, "UNAVAILABLE", kRetryAfter);
      }
    });
  }

  static bool MayEmbed(const ChatSite& site, const ChatSocket::Source& source) {
    if (source.origin.empty() || source.same_host) return true;
    return std::any_of(
        site.allowed_origins.begin(), site.allowed_origins.end(),
        [&](const std::string& allowed) { return allowed == "*" || allowed == source.origin; });
  }

  void Welcome(ChatSocket& page, const ChatSite& site, const chat::v1::ClientHello& hello) {
    std::string visitor_id;
    if (!hello.token().empty()) {
      const Result<std::string> known = tokens.Verify(hello.token(), site.key);
      if (known.ok()) visitor_id = *known;
      // The visitor is a new one, then; the page need not know more than that.
      if (!known.ok()) metrics.CountRefusal("BAD_TOKEN");
    }
    const bool fresh = visitor_id.empty();
    if (fresh) visitor_id = "v" + io::RandomId();
    Visitor* visitor = GetVisitor(visitor_id);
    if (visitor == nullptr || visitor->pages() >= config.limits.sockets_per_visitor_max) {
      page.Refuse({"TOO_MANY", "Too many chats are open.", {}, kRetryAfter});
      return page.Close(io::CloseCode::kTryAgainLater, "TOO_MANY", Duration{30'000});
    }
    chat::v1::ClientHello said = hello;
    if (fresh) said.clear_after_message();
    visitor->Join(page, site, said);
    page.HandleEarly();
  }

  // ----------------------------------------------------------------------------------- visitors

  // Null when there are too many.
  Visitor* GetVisitor(const std::string& id) {
    const auto found = visitors.find(id);
    if (found != visitors.end()) return found->second.get();
    if (visitors.size() >= config.limits.visitors_max) return nullptr;
    Visitor::Hooks hooks{
        .on_contact = [this](Visitor& visitor,
                             const std::string& contact) { by_contact[contact] = &visitor; },
        .on_contact_dropped = [this](const std::string& contact) { by_contact.erase(contact); },
        .on_idle = [this](const std::string& idle) { ForgetLater(idle); }};
    auto visitor = std::make_shared<Visitor>(services, std::move(hooks), id);
    Visitor* raw = visitor.get();
    visitors.emplace(id, std::move(visitor));
    metrics.visitors.Set(static_cast<double>(visitors.size()));
    return raw;
  }

  void ForgetLater(const std::string& id) {
    loop.Post([this, id, state_alive = std::weak_ptr<void>(alive)] {
      if (state_alive.expired()) return;
      const auto found = visitors.find(id);
      if (found == visitors.end() || !found->second->idle()) return;
      visitors.erase(found);
      metrics.visitors.Set(static_cast<double>(visitors.size()));
    });
  }

  Visitor* FindByContact(const std::string& contact_id) {
    const auto found = by_contact.find(contact_id);
    return found == by_contact.end() ? nullptr : found->second;
  }

  // ------------------------------------------------------------------------------------- router

  void OnEvent(const Event& event) {
    if (Visitor* visitor = FindByContact(event.contact_id())) return visitor->OnEvent(event);
    // A contact that came in before this process, or whose submit is not answered yet.
    if (!event.has_queued() || !event.queued().has_contact()) return;
    const std::string visitor_id = VisitorOfExternalId(event.queued().contact().external_id());
    Visitor* visitor = visitor_id.empty() ? nullptr : GetVisitor(visitor_id);
    if (visitor) visitor->OnEvent(event);
  }

  void OnSnapshot(const std::vector<Contact>& open) {
    std::set<std::string> open_ids;
    for (const Contact& contact : open) {
      open_ids.insert(contact.id());
      const std::string visitor_id = VisitorOfExternalId(contact.external_id());
      Visitor* visitor = visitor_id.empty() ? nullptr : GetVisitor(visitor_id);
      if (visitor) visitor->Adopt(contact);
    }
    for (const auto& [id, visitor] : visitors) {
      if (!open_ids.contains(visitor->contact_id())) visitor->ContactGone();
    }
    io::Log(io::LogLevel::kInfo, "chat_contacts_met", {{"contacts", open.size()}});
    ready = true;
    give_up.Cancel();
    for (auto& [page, hello] : std::exchange(waiting_hellos, {})) {
      Welcome(*page, *hello.first, hello.second);
    }
  }

  io::EventLoop& loop;
  const ChatConfig config;
  ChatMetrics metrics;
  io::WallClock clock;
  VisitorTokens tokens;
  AgentNames names;
  channels::RoutingClient routing;
  std::unique_ptr<channels::ConversationClient> conversations;
  ChatServices services;

  bool running = false;
  bool was_stopped = false;
  bool ready = false;  // the open contacts are known
  io::Timer give_up{loop};
  std::map<std::string, Visitor*> by_contact;
  std::map<std::string, std::shared_ptr<Visitor>> visitors;
  std::map<ChatSocket*, std::unique_ptr<ChatSocket>> sockets;
  std::map<ChatSocket*, std::pair<const ChatSite*, chat::v1::ClientHello>> waiting_hellos;
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
                                                       io::LeaderChannel& road, ChatKeys keys,
                                                       std::function<std::string()> token,
                                                       io::Metrics& metrics, ChatConfig config) {
  if (const Result<void> checked = CheckConfig(config); !checked.ok()) return checked.error();
  if (const Result<void> mounted = MountFolders(server, config); !mounted.ok()) {
    return mounted.error();
  }
  auto state = std::make_unique<State>(loop, road, std::move(keys), std::move(token), metrics,
                                       std::move(config));
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
    state_->waiting_hellos.clear();
    state_->alive.reset();
    state_->sockets.clear();
    state_->visitors.clear();
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
