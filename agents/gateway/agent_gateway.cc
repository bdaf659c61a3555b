// SPDX-License-Identifier: Apache-2.0
#include "agents/gateway/agent_gateway.h"

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "agents/gateway/agent_desk.h"
#include "agents/gateway/contact_files.h"
#include "agents/gateway/gateway_metrics.h"
#include "agents/gateway/router_link.h"
#include "agents/gateway/session.h"
#include "agents/gateway/session_service.h"
#include "agents/gateway/web_socket_transport.h"
#include "base/io/log.h"
#include "base/io/message_json.h"

namespace usher::gateway {

namespace {

using agents::v1::Desk;
using agents::v1::ServeAgentsResponse;
using agents::v1::SessionRequest;
using routing::v1::Event;

Error Unreachable() {
  return {Code::kUnavailable, "ROUTER_UNREACHABLE", "the router does not answer",
          "Try again in a few seconds."};
}

// The consoles of one domain: its streams to the router that leads it, the desks of its agents, and
// who is to hear what.
struct DomainDesks {
  DomainDesks(io::EventLoop& event_loop, const GatewayRoute& route, const io::AccessGate& gate,
              GatewayMetrics& gateway_metrics, const GatewayConfig& gateway_config,
              GatewayServices::FindDomain find_domain, std::function<void()> on_count)
      : loop(event_loop),
        config(gateway_config),
        router(
            loop, route.road, route.token, route.name, config.request_timeout,
            {.on_open = [this] { router_ready = false; },
             .on_agents = [this](const ServeAgentsResponse& message) { OnAgents(message); },
             .on_conversation =
                 [this](const context::v1::ConversationEvent& event) { OnConversation(event); }}),
        services{loop,
                 config,
                 gateway_metrics,
                 gate,
                 router,
                 [this](Session& session) { OnHello(session); },
                 std::move(find_domain)},
        count_agents(std::move(on_count)),
        give_up(loop),
        attach_again(loop) {}

  void Lost(Session& session) {
    waiting.erase(&session);
    LeaveDesk(session);
  }

  void OnHello(Session& session) {
    if (vocabulary) return Seat(session);
    waiting.insert(&session);
    if (give_up.pending()) return;
    give_up.Start(config.hello_timeout / 2, [this] {
      for (Session* unheard : std::exchange(waiting, {})) {
        unheard->RefuseHello(Unreachable(), config.retry_after);
      }
    });
  }

  // --------------------------------------------------------------------------------------- desks

  // The session becomes its agent's; another console of the agent is told so.
  void Seat(Session& session) {
    AgentDesk& desk = GetDesk(session.agent_id());
    Session* former = desk.session();
    desk.SetSession(&session);
    session.SetDesk(&desk);
    if (former) {
      former->SetDesk(nullptr);
      former->Close("TAKEN_OVER");
    }
    const bool resumed =
        session.hello().has_after_sequence() && desk.CanResume(session.hello().after_sequence());
    session.Welcome(*vocabulary, resumed);
    count_agents();
    resumed ? Resume(session, desk) : Attach(desk);
  }

  void Resume(Session& session, AgentDesk& desk) {
    const std::vector<Event> missed = desk.EventsAfter(session.hello().after_sequence());
    session.ShowEvents(missed, missed.empty() ? 0 : missed.back().sequence());
    session.DeskShown();
    for (const auto& [contact, call] : desk.calls()) session.ShowHint(call);
    for (const std::string& contact : desk.followed()) session.FollowConversation(contact);
  }

  void ShowDesk(Session& session, AgentDesk& desk, const Desk& shown) {
    session.ShowDesk(shown);
    for (const std::string& contact : desk.followed()) session.FollowConversation(contact);
  }

  AgentDesk& GetDesk(const std::string& agent_id) {
    std::unique_ptr<AgentDesk>& desk = desks[agent_id];
    if (desk) return *desk;
    const GatewayLimits& limits = config.limits;
    desk = std::make_unique<AgentDesk>(
        agent_id, AgentDesk::Limits{limits.events_kept},
        AgentDesk::Hooks{.on_interest = [this](AgentDesk& of, const std::string& contact,
                                               bool wanted) { SetInterest(of, contact, wanted); }});
    return *desk;
  }

  void LeaveDesk(Session& session) {
    AgentDesk* desk = session.desk();
    if (!desk || desk->session() != &session) return;
    session.SetDesk(nullptr);
    desk->SetSession(nullptr);
    desk->Forget();
    router.Detach(desk->agent_id());
    count_agents();
  }

  std::size_t attached() const {
    std::size_t count = 0;
    for (const auto& [id, desk] : desks) count += desk->session() ? 1 : 0;
    return count;
  }

  // Attaching again is harmless and brings a fresh desk. A router that has not said its words yet
  // may not know its agents either; then everybody is attached when it has.
  void Attach(AgentDesk& desk) {
    if (!router_ready) return;
    router.Attach(desk.agent_id(),
                  [this, id = desk.agent_id()](Result<agents::v1::AgentResult> result) {
                    if (!result.ok()) AttachFailed(id, result.error());
                  });
  }

  void AttachAll() {
    for (const auto& [id, desk] : desks) {
      if (desk->session()) Attach(*desk);
    }
  }

  // A lost stream attaches everybody when it is back; a router that is not ready is asked again.
  void AttachFailed(const std::string& agent_id, const Error& error) {
    Session* session = GetDesk(agent_id).session();
    if (!session) return;
    if (error.code == Code::kUnavailable || error.code == Code::kResourceExhausted) {
      if (!attach_again.pending()) attach_again.Start(Duration{500}, [this] { AttachUnknown(); });
      return;
    }
    // Supervisors need not be agents of the domain.
    if (error.code == Code::kNotFound && session->supervisor()) {
      Desk empty;
      empty.mutable_agent()->set_id(agent_id);
      session->desk()->Take(empty);  // calls that she is in are told from now on
      return session->ShowDesk(empty);
    }
    io::LogError(io::LogLevel::kWarning, "agent_not_attached", error, {{"agent", agent_id}});
    session->Close(error.reason);
  }

  void AttachUnknown() {
    for (const auto& [id, desk] : desks) {
      if (desk->session() && !desk->known()) Attach(*desk);
    }
  }

  // -------------------------------------------------------------------------------------- router

  void OnAgents(const ServeAgentsResponse& message) {
    if (message.has_vocabulary()) OnVocabulary(message.vocabulary());
    for (const Desk& desk : message.desks()) OnDesk(desk);
    OnEvents(message);
  }

  void OnVocabulary(const agents::v1::Vocabulary& words) {
    vocabulary = words;
    give_up.Cancel();
    if (!std::exchange(router_ready, true)) AttachAll();
    for (Session* session : std::exchange(waiting, {})) Seat(*session);
  }

  void OnDesk(const Desk& told) {
    const auto found = desks.find(told.agent().id());
    if (found == desks.end() || !found->second->session()) return;  // gone meanwhile
    AgentDesk& desk = *found->second;
    desk.Take(told);
    ShowDesk(*desk.session(), desk, told);
  }

  // Each event goes to the agent that it names and to those who have, or are asked to take, its
  // contact; how a call stands only to the one it names, for each sees what is hers to see.
  void OnEvents(const ServeAgentsResponse& message) {
    std::map<AgentDesk*, std::vector<Event>> told;
    for (const Event& event : message.events()) {
      for (AgentDesk* desk : Concerned(event)) {
        if (!desk->Apply(event)) continue;
        told[desk].push_back(event);
        // Going offline takes contacts away without an event of the agent's for each.
        if (event.presence_changed().presence() == "offline" && desk->session()) Attach(*desk);
      }
    }
    for (const auto& [desk, events] : told) {
      Session* session = desk->session();
      if (session && session->desk_shown()) session->ShowEvents(events, message.sequence());
    }
  }

  std::set<AgentDesk*> Concerned(const Event& event) {
    std::set<AgentDesk*> concerned;
    const auto named = desks.find(event.agent_id());
    if (named != desks.end()) concerned.insert(named->second.get());
    if (event.has_call()) return concerned;
    const auto interested = interest.find(event.contact_id());
    if (interested != interest.end()) {
      concerned.insert(interested->second.begin(), interested->second.end());
    }
    return concerned;
  }

  void OnConversation(const context::v1::ConversationEvent& event) {
    const auto concerned = interest.find(event.contact_id());
    if (concerned == interest.end()) return;
    for (AgentDesk* desk : std::set(concerned->second)) {
      if (desk->session()) desk->session()->ShowConversation(event);
    }
  }

  // The first desk that is concerned follows the conversation for all, the last one lets it go.
  void SetInterest(AgentDesk& desk, const std::string& contact_id, bool wanted) {
    if (wanted) {
      if (interest[contact_id].empty()) router.conversations().Watch(contact_id, 0);
      interest[contact_id].insert(&desk);
    } else if (interest[contact_id].erase(&desk) > 0 && interest[contact_id].empty()) {
      interest.erase(contact_id);
      router.conversations().Unwatch(contact_id);
    }
    Session* session = desk.session();
    if (!session || !session->desk_shown()) return;
    wanted ? session->FollowConversation(contact_id) : session->LeaveConversation(contact_id);
  }

  io::EventLoop& loop;
  const GatewayConfig& config;
  RouterLink router;
  GatewayServices services;
  const std::function<void()> count_agents;
  io::Timer give_up;
  io::Timer attach_again;

  bool router_ready = false;                         // it has said its words on the present stream
  std::optional<agents::v1::Vocabulary> vocabulary;  // none until the router has answered once
  std::map<std::string, std::unique_ptr<AgentDesk>> desks;
  std::map<std::string, std::set<AgentDesk*>> interest;  // by contact: who is concerned
  std::set<Session*> waiting;                            // hellos that came before the vocabulary
};

}  // namespace

// Sessions before their hello belong to no domain; the token says whose they are.
struct AgentGateway::State {
  State(io::EventLoop& event_loop, io::HttpServer& server, const std::vector<GatewayRoute>& routes,
        const io::AccessGate& gate, io::Metrics& metric_registry, GatewayConfig gateway_config)
      : loop(event_loop),
        config(std::move(gateway_config)),
        metrics(metric_registry),
        service(loop, gate, config,
                {.on_open =
                     [this](std::unique_ptr<SessionTransport> transport, const io::Claims& claims) {
                       return OpenSession(std::move(transport), claims);
                     },
                 .on_lost = [this](const std::shared_ptr<Session>& session) { Lost(session); }}),
        find_domain([this](const DomainId& id) -> GatewayServices* {
          const auto found = domains.find(id);
          return found == domains.end() ? nullptr : &found->second->services;
        }),
        files(loop, server, config, gate, find_domain) {
    for (const GatewayRoute& route : routes) {
      domains.emplace(route.domain,
                      std::make_unique<DomainDesks>(loop, route, gate, metrics, config, find_domain,
                                                    [this] { CountAgents(); }));
    }
  }

  void Start() {
    running = true;
    for (const auto& [id, domain] : domains) domain->router.Start();
  }

  void Stop() {
    stopped = true;
    if (!std::exchange(running, false)) return;
    for (const auto& session : std::set(sessions)) {
      session->Close("SHUTTING_DOWN", config.retry_after);
    }
    for (const auto& [id, domain] : domains) domain->router.Stop();
  }

  // Null when the gateway has stopped.
  std::shared_ptr<Session> OpenSession(std::unique_ptr<SessionTransport> transport,
                                       std::optional<io::Claims> claims) {
    if (stopped) return nullptr;
    auto session = std::make_shared<Session>(domains.begin()->second->services,
                                             std::move(transport), std::move(claims));
    sessions.insert(session);
    metrics.sessions.Set(static_cast<double>(sessions.size()));
    return session;
  }

  void OnSocket(const std::shared_ptr<io::WebSocket>& socket) {
    auto session = OpenSession(std::make_unique<WebSocketTransport>(socket), {});
    if (!session) return socket->Close(io::CloseCode::kGoingAway, "SHUTTING_DOWN");
    // The socket's callbacks must not keep the session, which keeps the socket.
    std::weak_ptr<Session> weak = session;
    socket->OnMessage([weak](std::string_view text) {
      const auto listening = weak.lock();
      if (!listening) return;
      SessionRequest request;
      const Result<void> parsed = io::ParseMessageJson(text, request);
      parsed.ok() ? listening->OnRequest(std::move(request))
                  : listening->OnBadRequest(parsed.error());
    });
    socket->OnClose([this, weak](io::CloseCode code) {
      const auto lost = weak.lock();
      if (!lost) return;
      if (code == io::CloseCode::kTryAgainLater) lost->OnStalled();
      Lost(lost);
    });
  }

  void Lost(const std::shared_ptr<Session>& session) {
    for (const auto& [id, domain] : domains) {
      if (&domain->services == &session->services()) domain->Lost(*session);
    }
    sessions.erase(session);
    metrics.sessions.Set(static_cast<double>(sessions.size()));
  }

  void CountAgents() {
    std::size_t attached = 0;
    for (const auto& [id, domain] : domains) attached += domain->attached();
    metrics.agents.Set(static_cast<double>(attached));
  }

  io::EventLoop& loop;
  const GatewayConfig config;
  GatewayMetrics metrics;
  SessionService service;
  const GatewayServices::FindDomain find_domain;
  ContactFiles files;

  bool running = false;
  bool stopped = false;
  std::map<DomainId, std::unique_ptr<DomainDesks>> domains;
  std::set<std::shared_ptr<Session>> sessions;
  std::shared_ptr<void> alive = std::make_shared<int>();
};

namespace {

io::WebSocketOptions SocketOptions(const GatewayConfig& config) {
  io::WebSocketOptions options;
  options.limits.message_bytes_max = config.limits.frame_bytes_max;
  options.limits.outbox_bytes_max = config.limits.outbox_bytes_max;
  options.limits.peer_timeout = 2 * config.heartbeat;
  options.limits.stall_timeout = 2 * config.heartbeat;
  options.limits.close_timeout = config.last_message_time;
  options.allowed_origins = config.allowed_origins;
  options.connections_max = config.limits.connections_max;
  options.connections_per_address_max = config.limits.connections_per_address_max;
  return options;
}

}  // namespace

Result<std::unique_ptr<AgentGateway>> AgentGateway::Make(
    io::EventLoop& loop, io::HttpServer& server, const std::vector<GatewayRoute>& routes,
    const io::AccessGate& gate, io::Metrics& metrics, GatewayConfig config) {
  if (routes.empty()) {
    return Error{Code::kInvalidArgument, "NO_DOMAIN", "a gateway serves no domain",
                 "name one with --domain"};
  }
  if (auto checked = CheckSoftphone(config.softphone); !checked.ok()) return checked.error();
  if (!config.console_folder.empty()) {
    io::StaticFilesOptions options;
    options.folder = config.console_folder;
    options.headers = io::SecurityHeaders(io::ConsolePolicy());
    if (!config.softphone.server.empty()) {
      options.headers = WithSoftphone(std::move(options.headers), config.softphone);
    }
    options.single_page_application = true;
    auto files = io::StaticFiles::Load(std::move(options));
    if (!files.ok()) return files.error();
    server.ServeFiles("/console/", *files);
    if (const auto mail = config.console_folder / "mail"; std::filesystem::exists(mail)) {
      io::StaticFilesOptions page;
      page.folder = mail;
      page.headers = io::SecurityHeaders(io::MailPolicy());
      auto mail_files = io::StaticFiles::Load(std::move(page));
      if (!mail_files.ok()) return mail_files.error();
      server.ServeFiles("/console/mail/", *mail_files);
    }
  }
  if (auto checked = CheckFileServers(config); !checked.ok()) return checked.error();
  auto state = std::make_unique<State>(loop, server, routes, gate, metrics, std::move(config));
  State* raw = state.get();
  raw->files.Mount(server);
  server.HandleWebSocket("/agents/v1/session", SocketOptions(raw->config),
                         [raw, alive = std::weak_ptr<void>(raw->alive)](
                             std::shared_ptr<io::WebSocket> socket, const io::HttpRequest&) {
                           if (alive.expired()) return socket->Close(io::CloseCode::kGoingAway);
                           raw->OnSocket(socket);
                         });
  server.Handle("GET", "/agents/v1/softphone",
                [softphone = raw->config.softphone, &gate](const io::HttpRequest& request,
                                                           io::HttpResponder responder) {
                  // Whoever may open a session may know.
                  const Result<io::Claims> claims =
                      gate.Admit(kSessionMethod, request.Header("Authorization"));
                  if (!claims.ok()) return responder.Fail(claims.error());
                  io::HttpResponse response = io::JsonResponse(
                      200, DescribeSoftphone(softphone, claims->subject, gate.Now()));
                  response.headers.emplace_back("Cache-Control", "no-store");
                  responder.Send(std::move(response));
                },
                {.allowed_origins = raw->config.allowed_origins});
  return std::unique_ptr<AgentGateway>(new AgentGateway(std::move(state)));
}

AgentGateway::AgentGateway(std::unique_ptr<State> state) : state_(std::move(state)) {}

AgentGateway::~AgentGateway() {
  io::EventLoop& loop = state_->loop;
  loop.Call([this] {
    state_->Stop();
    state_->alive.reset();
    for (const auto& [id, domain] : state_->domains) domain->waiting.clear();
    state_->sessions.clear();
    state_.reset();
  });
}

grpc::Service& AgentGateway::session_service() { return state_->service; }

void AgentGateway::Start() {
  state_->loop.Call([this] { state_->Start(); });
}

void AgentGateway::Stop() {
  state_->loop.Call([this] { state_->Stop(); });
}

}  // namespace usher::gateway
