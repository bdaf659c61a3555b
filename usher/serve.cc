// SPDX-License-Identifier: Apache-2.0
#include "usher/serve.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <utility>

#include <unistd.h>

#include "agents/gateway/agent_gateway.h"
#include "agents/gateway/session.h"
#include "base/io/access.h"
#include "base/io/clock.h"
#include "base/io/connect_handler.h"
#include "base/io/event_loop.h"
#include "base/io/grpc_server.h"
#include "base/io/http_server.h"
#include "base/io/leader_channel.h"
#include "base/io/log.h"
#include "base/io/metrics.h"
#include "base/io/token.h"
#include "channels/asterisk/asterisk_adapter.h"
#include "channels/chat/chat_adapter.h"
#include "channels/email/email_adapter.h"
#include "channels/freeswitch/freeswitch_adapter.h"
#include "channels/telephony_webhook/telephony_adapter.h"
#include "channels/webhook/webhook_adapter.h"
#include "router/service/access_rules.h"
#include "router/store/private_redis.h"
#include "usher/admin/v1/admin_service.pb.h"
#include "usher/admin/v1/router_service.pb.h"
#include "usher/agents/v1/agent_service.pb.h"
#include "usher/agents/v1/session_service.pb.h"
#include "usher/asterisk_file.h"
#include "usher/chat_sites.h"
#include "usher/context/v1/case_service.pb.h"
#include "usher/context/v1/context_service.pb.h"
#include "usher/context/v1/privacy_service.pb.h"
#include "usher/durability_promise.h"
#include "usher/email_file.h"
#include "usher/freeswitch_file.h"
#include "usher/instance_name.h"
#include "usher/metrics_endpoint.h"
#include "usher/own_tokens.h"
#include "usher/router_role.h"
#include "usher/routing/v1/explain_service.pb.h"
#include "usher/routing/v1/routing_service.pb.h"
#include "usher/signals.h"
#include "usher/version.h"
#include "usher/webhook_sources.h"

namespace usher::app {

namespace {

constexpr Duration kDrain{5'000};

std::string NewRouterId() {
  std::random_device random;
  char host[64] = "router";
  gethostname(host, sizeof(host) - 1);
  return std::string(host) + '-' + std::to_string(getpid()) + '-' + std::to_string(random());
}

// Every method of every service of ours.
std::vector<const google::protobuf::ServiceDescriptor*> AllServices() {
  std::vector<const google::protobuf::ServiceDescriptor*> services;
  for (const google::protobuf::FileDescriptor* file :
       {routing::v1::SubmitContactRequest::descriptor()->file(),
        routing::v1::ExplainOfferRequest::descriptor()->file(),
        agents::v1::SignInRequest::descriptor()->file(),
        agents::v1::SessionRequest::descriptor()->file(),
        context::v1::GetCustomerRequest::descriptor()->file(),
        context::v1::OpenCaseRequest::descriptor()->file(),
        context::v1::ListChangesRequest::descriptor()->file(),
        admin::v1::ApplyDomainRequest::descriptor()->file(),
        admin::v1::GetRouterRequest::descriptor()->file()}) {
    for (int i = 0; i < file->service_count(); ++i) services.push_back(file->service(i));
  }
  return services;
}

// A process that runs some roles: made bottom up, stopped top down.
class Process {
 public:
  explicit Process(const ServeOptions& options) : options_(options) {}
  ~Process() { Stop(); }

  Result<void> Start() {
    for (auto step : {&Process::CheckTls, &Process::OpenKeys, &Process::StartRouter,
                      &Process::StartEdges, &Process::StartServers, &Process::StartMetrics}) {
      if (Result<void> done = (this->*step)(); !done.ok()) return done;
    }
    io::Log(io::LogLevel::kInfo, "serving",
            {{"version", kVersion},
             {"http", http_ ? http_->address() : std::string("none")},
             {"grpc_port", public_grpc_->port()}});
    return {};
  }

  Serving ports() const {
    return {http_ ? http_->port() : std::uint16_t{0}, public_grpc_->port(), endpoint_->port()};
  }

  void Stop() {
    if (std::exchange(stopped_, true)) return;
    // First, so that the standby decides while the edges here still say good-bye.
    if (router_) router_->StepDown();
    if (chat_) chat_->Stop();
    if (asterisk_) asterisk_->Stop();
    if (email_) email_->Stop();
    if (telephony_) telephony_->Stop();
    if (freeswitch_) freeswitch_->Stop();
    if (gateway_) gateway_->Stop();
    if (public_grpc_) public_grpc_->Shutdown(kDrain);
    edge_loop_.Call([this] {
      chat_.reset();
      asterisk_.reset();
      email_.reset();
      telephony_.reset();
      freeswitch_.reset();
      webhooks_.reset();
      http_.reset();
    });
    gateway_.reset();
    edge_loop_.Call([this] { roads_.clear(); });
    if (internal_grpc_) internal_grpc_->Shutdown(Duration{0});
    if (router_) router_->Stop();
    endpoint_loop_.Stop(Duration{0});
    endpoint_.reset();
    router_.reset();
    edge_loop_.Stop(kDrain);
    router_loop_.Stop(kDrain);
    public_services_.clear();
    internal_services_.clear();
    redis_.reset();
  }

 private:
  io::TlsFiles Tls() const { return {options_.tls_certificate, options_.tls_key}; }
  bool Has(RoleOfProcess role) const { return options_.roles.contains(role); }

  Result<void> CheckTls() {
    if (options_.tls_certificate.empty() == options_.tls_key.empty() &&
        (options_.tls_client_ca.empty() || !options_.tls_key.empty())) {
      return {};
    }
    return Error{Code::kInvalidArgument, "TLS_FILES_INVALID", "TLS needs a certificate and its key",
                 "give --tls-cert and --tls-key, or neither"};
  }

  Result<void> OpenKeys() {
    const auto folder = options_.keys_dir.empty() ? options_.data_dir / "keys" : options_.keys_dir;
    Result<io::PublicKeys> keys = io::PublicKeys::LoadDirectory(folder);
    if (!keys.ok()) {
      return Error{keys.error().code, keys.error().reason, keys.error().message,
                   "make keys with `usher keys create --keys " + folder.string() + "`"};
    }
    verifier_.emplace(*std::move(keys), io::TokenPolicy{});
    service::AllowRouterMethods(policy_);
    policy_.Allow(gateway::kSessionMethod, {io::Role::kAgent, io::Role::kSupervisor});
    if (Result<void> covers = policy_.VerifyCovers(AllServices()); !covers.ok()) return covers;
    gate_.emplace(*verifier_, policy_, [] { return io::WallClock().Now(); });
    if (options_.token_files.empty()) {
      Result<io::KeyPair> key = io::KeyPair::LoadNewest(folder);
      if (!key.ok()) return key.error();
      signing_key_ = *std::move(key);
    }
    return {};
  }

  Result<store::RedisTarget> OpenRedis() {
    if (!options_.redis.target.empty()) return ToRedisTarget(options_.redis);
    store::PrivateRedisOptions redis;
    redis.data_dir = options_.data_dir / "redis";
    redis.fsync_always = options_.durability == store::Durability::kAlways;
    redis.on_notice = [](std::string_view line) {
      io::Log(io::LogLevel::kWarning, "private_redis", {{"notice", line}});
    };
    auto started = store::PrivateRedis::Start(std::move(redis));
    if (!started.ok()) return started.error();
    redis_ = *std::move(started);
    return store::ToTarget(redis_->address());
  }

  Result<void> StartRouter() {
    router_loop_.Start("usher-router");
    edge_loop_.Start("usher-edge");
    AddProcessMetrics(metrics_);
    if (!Has(RoleOfProcess::kRouter)) {
      if (options_.router_addresses.empty()) {
        return Error{Code::kInvalidArgument, "NO_ROUTER", "no router to connect to",
                     "add the role router, or give --router HOST:PORT"};
      }
      return MakeRoad({});
    }
    Result<store::RedisTarget> redis = OpenRedis();
    if (!redis.ok()) return redis.error();
    const DurabilityPromise promise = PromiseOf(options_.durability, options_.replicas);
    io::Log(io::LogLevel::kInfo, "durability",
            {{"level", promise.level},
             {"an_answer_means", promise.an_answer_means},
             {"may_lose", promise.may_lose}});
    RouterRoleOptions router;
    for (const std::string& domain : options_.domains) router.domains.emplace_back(domain);
    router.redis = *std::move(redis);
    router.durability = options_.durability;
    router.replicas = options_.replicas;
    router.router_id = NewRouterId();
    router.history = options_.history;
    router.closed_contact_kept = options_.closed_contact_kept;
    router.lease = options_.lease;
    router.epoch_folder = options_.data_dir / "epochs";
    if (redis_) router.takeover = store::Takeover::kForce;
    router_ = std::make_unique<RouterRole>(router_loop_, metrics_, *gate_, std::move(router));
    if (Result<void> led = router_->Start(); !led.ok()) return led;
    internal_services_ = router_->MakeServices();
    Result<std::unique_ptr<io::GrpcServer>> server =
        io::GrpcServer::Start({.address = ""}, Pointers(internal_services_));
    if (!server.ok()) return server.error();
    internal_grpc_ = *std::move(server);
    return MakeRoad({internal_grpc_->InProcessChannel()});
  }

  // The edges' ways to the routers, one a domain, for each is led on its own: our own router first,
  // if there is one. Without --router-ca they are not encrypted.
  Result<void> MakeRoad(std::vector<std::shared_ptr<grpc::Channel>> own) {
    for (const std::string& address : options_.router_addresses) {
      const std::size_t colon = address.rfind(':');
      if (colon == 0 || colon == std::string::npos || colon + 1 == address.size() ||
          address.find_first_not_of("0123456789", colon + 1) != std::string::npos) {
        return Error{Code::kInvalidArgument, "BAD_ROUTER", "--router " + address + " has no port",
                     "give HOST:PORT of the router's gRPC address"};
      }
    }
    io::ChannelOptions how;
    if (!options_.router_ca.empty()) {
      how.tls_files =
          io::ClientTlsFiles{options_.router_ca, options_.tls_certificate, options_.tls_key};
    }
    for (const std::string& domain : options_.domains) {
      roads_.try_emplace(DomainId{domain}, edge_loop_, own, options_.router_addresses, how);
    }
    return {};
  }

  // What one part of this process shows to the router of a domain, and the name in it. A token from
  // outside says which name it has.
  struct Ticket {
    std::string name;
    std::function<std::string()> token;
  };

  // `shared`: the name that several processes have in common, instead of this process's own.
  Result<Ticket> TicketFor(const DomainId& domain, const std::string& kind,
                           std::vector<io::Role> acts_for, const std::string& shared = {}) {
    if (signing_key_) {
      const std::string name = kind + '@' + (shared.empty() ? instance_->text() : shared);
      auto token = OwnToken::Signed(*signing_key_, domain, name, std::move(acts_for));
      return Ticket{name, [token] { return token->Get(); }};
    }
    for (const auto& file : options_.token_files) {
      auto read = OwnToken::FromFile(file);
      if (!read.ok()) return read.error();
      const auto claims = verifier_->Verify((*read)->Get(), io::WallClock().Now());
      if (!claims.ok()) return claims.error();
      if (claims->domain != domain) continue;
      // A gateway that may not act for people would refuse every agent's every question.
      if (!std::ranges::all_of(acts_for, [&](io::Role role) {
            return std::ranges::find(claims->acts_for, role) != claims->acts_for.end();
          })) {
        return Error{Code::kInvalidArgument, "TOKEN_CANNOT_ACT",
                     "the --token-file for " + domain.value() + " is not a gateway's token",
                     "sign it with `usher token --role adapter --acts-for agent --acts-for "
                     "supervisor`"};
      }
      return Ticket{claims->subject, [token = *read] { return token->Get(); }};
    }
    return Error{Code::kInvalidArgument, "NO_TOKEN", "no --token-file is for " + domain.value(),
                 "give one for each --domain"};
  }

  Result<void> NameInstance() {
    if (!options_.name.empty()) {
      instance_ = InstanceName::Given(options_.name);
      return {};
    }
    Result<InstanceName> taken = InstanceName::Take(options_.data_dir);
    if (!taken.ok()) return taken.error();
    instance_ = *std::move(taken);
    return {};
  }

  Result<void> StartEdges() {
    Result<io::ListenAddress> address = io::ParseListenAddress(options_.http_address);
    if (!address.ok()) return address.error();
    io::HttpServerOptions http;
    http.address = *std::move(address);
    http.tls = Tls();
    http.observer = [this](const io::HttpObservation& seen) { Observe(seen); };
    http_ = std::make_unique<io::HttpServer>(edge_loop_, std::move(http));
    if (router_) io::MountConnect(edge_loop_, *http_, router_->methods());
    const bool any = Has(RoleOfProcess::kAgents) || Has(RoleOfProcess::kChannels);
    if (any && signing_key_) {
      if (Result<void> named = NameInstance(); !named.ok()) return named;
    }
    if (Has(RoleOfProcess::kAgents)) {
      if (Result<void> made = MakeGateway(); !made.ok()) return made;
    }
    if (Has(RoleOfProcess::kChannels)) {
      if (Result<void> made = MakeChat(); !made.ok()) return made;
      if (Result<void> made = MakeAsterisk(); !made.ok()) return made;
      if (Result<void> made = MakeEmail(); !made.ok()) return made;
      if (Result<void> made = MakeFreeswitch(); !made.ok()) return made;
      if (Result<void> made = MakeWebhooks(); !made.ok()) return made;
    }
    return {};
  }

  Result<void> MakeGateway() {
    gateway::GatewayConfig config;
    config.allowed_origins = options_.allowed_origins;
    config.softphone = options_.softphone;
    if (!options_.turn_secret_file.empty()) {
      Result<std::string> secret = ReadSecretFile(options_.turn_secret_file);
      if (!secret.ok()) return secret.error();
      config.softphone.turn_secret = *std::move(secret);
    }
    config.file_servers = options_.file_servers;
    config.files_ca_file = options_.files_ca;
    const auto console = FindAssets(options_) / "console";
    if (std::filesystem::exists(console)) config.console_folder = console;
    std::vector<gateway::GatewayRoute> routes;
    for (auto& [domain, road] : roads_) {
      Result<Ticket> ticket =
          TicketFor(domain, "gateway", {io::Role::kAgent, io::Role::kSupervisor});
      if (!ticket.ok()) return ticket.error();
      routes.push_back({domain, ticket->name, road, ticket->token});
    }
    auto made = gateway::AgentGateway::Make(edge_loop_, *http_, routes, *gate_, metrics_,
                                            std::move(config));
    if (!made.ok()) return made.error();
    gateway_ = *std::move(made);
    return {};
  }

  // Visitors' tokens have keys of their own: what signs them can sign nothing else.
  Result<chat::ChatKeys> OpenChatKeys() {
    const auto folder = options_.visitor_keys_dir.empty() ? options_.data_dir / "visitor-keys"
                                                          : options_.visitor_keys_dir;
    if (!std::filesystem::exists(folder)) {
      Result<io::KeyPair> made = io::KeyPair::Make();
      if (!made.ok()) return made.error();
      if (Result<void> saved = made->Save(folder); !saved.ok()) return saved.error();
    }
    Result<io::KeyPair> signing = io::KeyPair::LoadNewest(folder);
    if (!signing.ok()) return signing.error();
    Result<io::PublicKeys> verifying = io::PublicKeys::LoadDirectory(folder);
    if (!verifying.ok()) return verifying.error();
    return chat::ChatKeys{*std::move(signing), *std::move(verifying)};
  }

  Result<void> MakeChat() {
    chat::ChatConfig config;
    config.sites = options_.chat_sites;
    if (!options_.chat_file.empty()) {
      Result<std::vector<chat::ChatSite>> sites = ReadChatSites(options_.chat_file);
      if (!sites.ok()) return sites.error();
      std::move(sites->begin(), sites->end(), std::back_inserter(config.sites));
    }
    if (config.sites.empty()) return {};  // nobody embeds the widget
    for (chat::ChatSite& site : config.sites) {
      if (site.domain) continue;
      if (options_.domains.size() > 1) {
        return Error{Code::kInvalidArgument, "SITE_WITHOUT_DOMAIN",
                     "chat site " + site.key + " does not say which domain it belongs to",
                     "add domain: to it, for this process serves several"};
      }
      site.domain = DomainId{options_.domains.front()};
    }
    const auto assets = FindAssets(options_);
    if (std::filesystem::exists(assets / "widget")) config.widget_folder = assets / "widget";
    if (std::filesystem::exists(assets / "demo-site")) config.demo_folder = assets / "demo-site";
    Result<chat::ChatKeys> keys = OpenChatKeys();
    if (!keys.ok()) return keys.error();
    std::vector<chat::ChatRoute> routes;
    for (auto& [domain, road] : roads_) {
      Result<Ticket> ticket = TicketFor(domain, "chat", {});
      if (!ticket.ok()) return ticket.error();
      routes.push_back({domain, ticket->name, road, ticket->token});
    }
    auto made =
        chat::ChatAdapter::Make(edge_loop_, *http_, routes, *keys, metrics_, std::move(config));
    if (!made.ok()) return made.error();
    chat_ = *std::move(made);
    return {};
  }

  // Servers and mailboxes that name no domain are for the one that there is.
  template <class Parts>
  void FillDomains(Parts& parts) const {
    if (options_.domains.size() != 1) return;
    for (auto& part : parts) {
      if (!part.domain) part.domain = DomainId{options_.domains.front()};
    }
  }

  // Each kind of switch is an adapter of its own to the router.
  Result<std::vector<phone::PhoneRoute>> PhoneRoutes(const char* adapter) {
    if (!signing_key_ && (chat_ || gateway_)) {
      return Error{
          Code::kInvalidArgument, "TOKEN_SHARED",
          "a --token-file names one adapter, and telephone calls are another than the rest "
          "of this process",
          "run the telephone's adapter as a process of its own, --roles channels, with a "
          "token of its own"};
    }
    std::vector<phone::PhoneRoute> routes;
    for (auto& [domain, road] : roads_) {
      Result<Ticket> ticket = TicketFor(domain, adapter, {});
      if (!ticket.ok()) return ticket.error();
      routes.push_back({domain, ticket->name, road, ticket->token});
    }
    return routes;
  }

  Result<void> MakeAsterisk() {
    if (options_.asterisk_file.empty()) return {};
    Result<asterisk::AsteriskConfig> config = ReadAsteriskFile(options_.asterisk_file);
    if (!config.ok()) return config.error();
    FillDomains(config->servers);
    const Result<std::vector<phone::PhoneRoute>> routes = PhoneRoutes("phone");
    if (!routes.ok()) return routes.error();
    auto made = asterisk::AsteriskAdapter::Make(edge_loop_, *routes, metrics_, *std::move(config));
    if (!made.ok()) return made.error();
    asterisk_ = *std::move(made);
    return {};
  }

  Result<void> MakeEmail() {
    if (options_.email_file.empty()) return {};
    Result<email::EmailConfig> config = ReadEmailFile(options_.email_file);
    if (!config.ok()) return config.error();
    FillDomains(config->mailboxes);
    std::vector<email::EmailRoute> routes;
    for (auto& [domain, road] : roads_) {
      Result<Ticket> ticket = TicketFor(domain, "email", {}, config->standby);
      if (!ticket.ok()) return ticket.error();
      routes.push_back({domain, ticket->name, road, ticket->token});
    }
    auto made = email::EmailAdapter::Make(
        edge_loop_, *http_,
        [this](std::string_view token) { return verifier_->Verify(token, io::WallClock().Now()); },
        routes, metrics_, *std::move(config));
    if (!made.ok()) return made.error();
    email_ = *std::move(made);
    return {};
  }

  Result<void> MakeFreeswitch() {
    if (options_.freeswitch_file.empty()) return {};
    Result<freeswitch::FreeswitchConfig> config = ReadFreeswitchFile(options_.freeswitch_file);
    if (!config.ok()) return config.error();
    FillDomains(config->servers);
    const Result<std::vector<phone::PhoneRoute>> routes = PhoneRoutes("freeswitch");
    if (!routes.ok()) return routes.error();
    auto made =
        freeswitch::FreeswitchAdapter::Make(edge_loop_, *routes, metrics_, *std::move(config));
    if (!made.ok()) return made.error();
    freeswitch_ = *std::move(made);
    return {};
  }

  Result<void> MakeWebhooks() {
    if (options_.webhook_file.empty()) return {};
    Result<WebhookFile> file = ReadWebhookFile(options_.webhook_file);
    if (!file.ok()) return file.error();
    for (webhook::Source& source : file->sources) {
      if (auto named = NameDomain("webhook source " + source.id, source.domain); !named.ok()) {
        return named;
      }
    }
    for (telephony_webhook::TelephonySystem& system : file->telephony) {
      if (auto named = NameDomain("telephony " + system.id, system.domain); !named.ok()) {
        return named;
      }
    }
    std::vector<webhook::Route> routes;
    for (auto& [domain, road] : roads_) {
      Result<Ticket> ticket = TicketFor(domain, "webhook", {});
      if (!ticket.ok()) return ticket.error();
      routes.push_back({domain, road, ticket->token});
    }
    webhooks_ = std::make_unique<webhook::WebhookAdapter>(
        edge_loop_, *http_, routes, file->sources, [] { return io::WallClock().Now(); }, metrics_);
    return MakeTelephony(file->telephony);
  }

  // The only domain of this process where none is named.
  Result<void> NameDomain(const std::string& what, DomainId& domain) const {
    if (!domain && options_.domains.size() == 1) domain = DomainId{options_.domains.front()};
    if (roads_.contains(domain)) return {};
    return Error{Code::kInvalidArgument, "SOURCE_WITHOUT_DOMAIN",
                 what + " names none of this process's domains",
                 "add domain: to it, one of --domain"};
  }

  Result<void> MakeTelephony(const std::vector<telephony_webhook::TelephonySystem>& systems) {
    if (systems.empty()) return {};
    std::vector<telephony_webhook::TelephonyRoute> routes;
    for (auto& [domain, road] : roads_) {
      Result<Ticket> ticket = TicketFor(domain, "phone-webhook", {});
      if (!ticket.ok()) return ticket.error();
      routes.push_back({domain, ticket->name, road, ticket->token});
    }
    telephony_ = std::make_unique<telephony_webhook::TelephonyAdapter>(
        edge_loop_, *http_, routes, systems, [] { return io::WallClock().Now(); }, metrics_);
    return {};
  }

  Result<void> StartServers() {
    if (router_) public_services_ = router_->MakeServices();
    std::vector<grpc::Service*> services = Pointers(public_services_);
    if (gateway_) services.push_back(&gateway_->session_service());
    io::GrpcServerOptions options;
    options.address = options_.grpc_address;
    if (!options_.tls_certificate.empty()) {
      options.tls_files = io::GrpcServerTlsFiles{options_.tls_certificate, options_.tls_key,
                                                 options_.tls_client_ca};
    }
    Result<std::unique_ptr<io::GrpcServer>> server = io::GrpcServer::Start(options, services);
    if (!server.ok()) return server.error();
    public_grpc_ = *std::move(server);
    if (gateway_) gateway_->Start();
    if (chat_) chat_->Start();
    if (asterisk_) asterisk_->Start();
    if (email_) email_->Start();
    if (telephony_) telephony_->Start();
    if (freeswitch_) freeswitch_->Start();
    return http_->Listen();
  }

  Result<void> StartMetrics() {
    endpoint_loop_.Start("usher-metrics");
    auto endpoint = MetricsEndpoint::Start(
        endpoint_loop_, options_.metrics_address, metrics_, *verifier_,
        [this] { return IsReady(); }, Tls());
    if (!endpoint.ok()) return endpoint.error();
    endpoint_ = *std::move(endpoint);
    return {};
  }

  bool IsReady() { return !router_ || router_->IsReady(); }

  void Observe(const io::HttpObservation& seen) {
    metrics_
        .AddCounter("usher_http_requests_total", "HTTP requests by route and status.",
                    {{"route", std::string(seen.route)}, {"status", std::to_string(seen.status)}})
        .Increment();
    metrics_
        .AddHistogram("usher_http_request_seconds",
                      "From the complete HTTP request to its answer, by route.",
                      io::LatencyBounds(), {{"route", std::string(seen.route)}})
        .Observe(std::chrono::duration<double>(seen.took).count());
  }

  static std::vector<grpc::Service*> Pointers(
      const std::vector<std::unique_ptr<grpc::Service>>& services) {
    std::vector<grpc::Service*> out;
    for (const auto& service : services) out.push_back(service.get());
    return out;
  }

  const ServeOptions& options_;
  io::Metrics metrics_;
  io::AccessPolicy policy_;
  std::optional<io::TokenVerifier> verifier_;
  std::optional<io::AccessGate> gate_;
  std::optional<io::KeyPair> signing_key_;
  io::EventLoop router_loop_;
  io::EventLoop edge_loop_;
  io::EventLoop endpoint_loop_;
  std::unique_ptr<store::PrivateRedis> redis_;
  std::unique_ptr<RouterRole> router_;
  std::vector<std::unique_ptr<grpc::Service>> internal_services_;
  std::vector<std::unique_ptr<grpc::Service>> public_services_;
  std::unique_ptr<io::GrpcServer> internal_grpc_;
  std::map<DomainId, io::LeaderChannel> roads_;
  std::optional<InstanceName> instance_;
  std::unique_ptr<io::HttpServer> http_;
  std::unique_ptr<gateway::AgentGateway> gateway_;
  std::unique_ptr<chat::ChatAdapter> chat_;
  std::unique_ptr<asterisk::AsteriskAdapter> asterisk_;
  std::unique_ptr<email::EmailAdapter> email_;
  std::unique_ptr<telephony_webhook::TelephonyAdapter> telephony_;
  std::unique_ptr<freeswitch::FreeswitchAdapter> freeswitch_;
  std::unique_ptr<webhook::WebhookAdapter> webhooks_;
  std::unique_ptr<io::GrpcServer> public_grpc_;
  std::unique_ptr<MetricsEndpoint> endpoint_;
  bool stopped_ = false;
};

}  // namespace

std::filesystem::path FindAssets(const ServeOptions& options) {
  if (!options.assets_dir.empty()) return options.assets_dir;
  std::error_code error;
  const auto binary = std::filesystem::read_symlink("/proc/self/exe", error);
  return binary.parent_path().parent_path() / "share" / "usher";
}

Result<void> Serve(const ServeOptions& options,
                   const std::function<Result<void>(const Serving&)>& on_ready) {
  const StopSignals signals;
  Process process(options);
  if (Result<void> started = process.Start(); !started.ok()) return started;
  if (Result<void> ready = on_ready(process.ports()); !ready.ok()) return ready;
  signals.Wait();
  io::Log(io::LogLevel::kInfo, "stopping");
  process.Stop();
  return {};
}

}  // namespace usher::app
