// SPDX-License-Identifier: Apache-2.0
#include "tests/integration/router/router_fixture.h"

#include <thread>
#include <utility>

#include <grpcpp/create_channel.h>
#include <grpcpp/impl/service_type.h>
#include <unistd.h>

#include "base/check.h"
#include "base/io/clock.h"
#include "base/io/grpc_status.h"
#include "router/service/access_rules.h"
#include "tests/integration/store/acl_user.h"

namespace usher {

namespace {

constexpr char kDomain[] = R"(
domain: test
skills: [billing]
not_ready: [break]
dispositions: [resolved]
queues:
  support: {channels: [chat, voice], offer_timeout: 1h, wrap_up: 1h}
  billing: {requires: billing}
agents:
  ann: {name: Ann Li, skills: [billing], queues: [support, billing]}
  ben: {queues: [support]}
customers: {access: open}
)";

std::filesystem::path NewFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "usher-router-XXXXXX").string();
  USHER_CHECK(mkdtemp(name.data()) != nullptr, "no temporary folder");
  return name;
}

template <class T>
std::unique_ptr<T> Hold(Result<T> result) {
  USHER_CHECK(result.ok(), result.ok() ? "" : result.error().message);
  return std::make_unique<T>(*std::move(result));
}

}  // namespace

RouterTest::RouterTest(OnAnotherRedis) : folder_(NewFolder()) {
  key_ = Hold(io::KeyPair::Make());
  io::PublicKeys keys;
  USHER_CHECK(keys.AddJwks(key_->PublicJwks()).ok());
  verifier_ = std::make_unique<io::TokenVerifier>(std::move(keys), io::TokenPolicy{});
  service::AllowRouterMethods(policy_);
  gate_ =
      std::make_unique<io::AccessGate>(*verifier_, policy_, [] { return io::WallClock().Now(); });
}

RouterTest::RouterTest() : RouterTest(OnAnotherRedis{}) {
  store::PrivateRedisOptions options;
  options.data_dir = folder_ / "redis";
  options.program = store::WriteAclProgram(folder_);
  options.fsync_always = false;
  auto redis = store::PrivateRedis::Start(std::move(options));
  USHER_CHECK(redis.ok(), redis.ok() ? "" : redis.error().message);
  redis_ = *std::move(redis);
  // Nothing that the router does may need more than this user may do.
  StartOn(store::ToTarget(store::AsAclUser(redis_->address())), store::Durability::kEverySec);
}

void RouterTest::StartOn(store::RedisTarget target, store::Durability durability) {
  target_ = std::move(target);
  durability_ = durability;
  StartRouter();
}

RouterTest::~RouterTest() {
  StopRouter();
  redis_.reset();
  std::filesystem::remove_all(folder_);
}

LiveRouter::~LiveRouter() {
  if (server) server->Shutdown(Duration{0});
  role.reset();
  server.reset();
  services.clear();
  if (loop) loop->Stop(Duration{2'000});
}

Result<void> LiveRouter::Start(io::Metrics& metrics, const io::AccessGate& gate,
                               app::RouterRoleOptions options) {
  loop = std::make_unique<io::EventLoop>();
  loop->Start("test-router");
  role = std::make_unique<app::RouterRole>(*loop, metrics, gate, std::move(options));
  if (Result<void> started = role->Start(); !started.ok()) return started;
  services = role->MakeServices();
  std::vector<grpc::Service*> served;
  for (const auto& service : services) served.push_back(service.get());
  auto listening = io::GrpcServer::Start({}, served);
  if (!listening.ok()) return listening.error();
  server = *std::move(listening);
  return {};
}

void LiveRouter::Stop() {
  server->Shutdown(Duration{0});
  role->Stop();
}

std::string LiveRouter::address() const { return "127.0.0.1:" + std::to_string(server->port()); }

app::RouterRoleOptions RouterTest::OptionsOfNext() {
  app::RouterRoleOptions options;
  options.domains = {DomainId{"test"}};
  options.redis = target_;
  options.durability = durability_;
  options.router_id = "test-" + std::to_string(++run_);
  options.history = history_;
  options.readers = readers_;
  return options;
}

void RouterTest::StartRouter() {
  router_ = std::make_unique<LiveRouter>();
  const Result<void> started = router_->Start(metrics_, *gate_, OptionsOfNext());
  ASSERT_TRUE(started.ok()) << started.error().message;
  const auto channel = grpc::CreateChannel(router_->address(), grpc::InsecureChannelCredentials());
  routing_ = routing::v1::RoutingService::NewStub(channel);
  explain_ = routing::v1::ExplainService::NewStub(channel);
  agents_ = agents::v1::AgentService::NewStub(channel);
  context_ = context::v1::ContextService::NewStub(channel);
  admin_ = admin::v1::AdminService::NewStub(channel);
}

void RouterTest::StopRouter() {
  if (!router_) return;
  router_->Stop();
  router_.reset();
}

std::string RouterTest::TokenOf(io::Role role, const std::string& subject,
                                const std::string& domain) {
  io::Claims claims;
  claims.subject = subject;
  claims.role = role;
  claims.domain = DomainId{domain};
  const Instant now = io::WallClock().Now();
  claims.expires_at = now + std::chrono::hours{1};
  const Result<std::string> token = io::MintToken(*key_, {}, claims, now);
  USHER_CHECK(token.ok());
  return *token;
}

std::unique_ptr<grpc::ClientContext> RouterTest::As(io::Role role, const std::string& subject,
                                                    const std::string& domain) {
  auto context = std::make_unique<grpc::ClientContext>();
  context->AddMetadata("authorization", "Bearer " + TokenOf(role, subject, domain));
  context->set_deadline(std::chrono::system_clock::now() + std::chrono::seconds{60});
  return context;
}

void RouterTest::ApplyDomain() {
  admin::v1::ApplyDomainRequest request;
  request.set_yaml(kDomain);
  admin::v1::ApplyDomainResponse response;
  const grpc::Status status = admin().ApplyDomain(Admin().get(), request, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
}

routing::v1::Contact RouterTest::Submit(const std::string& external_id,
                                        const std::string& customer) {
  routing::v1::SubmitContactRequest request;
  request.set_channel(type::v1::CHANNEL_CHAT);
  request.set_queue("support");
  request.set_external_id(external_id);
  request.set_customer_id(customer);
  routing::v1::SubmitContactResponse response;
  const grpc::Status status = routing().SubmitContact(Adapter().get(), request, &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
  return response.contact();
}

void RouterTest::SignIn(const std::string& agent) {
  agents::v1::SignInResponse response;
  const grpc::Status status =
      agents().SignIn(Agent(agent).get(), agents::v1::SignInRequest(), &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
}

routing::v1::Contact RouterTest::Get(const std::string& contact) {
  routing::v1::GetContactRequest request;
  request.set_contact_id(contact);
  routing::v1::GetContactResponse response;
  routing().GetContact(Adapter().get(), request, &response);
  return response.contact();
}

void RouterTest::UntilLed() {
  Eventually([&] {
    routing::v1::ListQueuesResponse response;
    return routing().ListQueues(Adapter().get(), routing::v1::ListQueuesRequest(), &response).ok();
  });
}

void RouterTest::Eventually(const std::function<bool()>& holds) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{30};
  while (!holds()) {
    ASSERT_LT(std::chrono::steady_clock::now(), until) << "it never came to hold";
    std::this_thread::yield();
  }
}

std::string RouterTest::ReasonOf(const grpc::Status& status) {
  return status.ok() ? "OK" : io::FromGrpcStatus(status).reason;
}

}  // namespace usher
