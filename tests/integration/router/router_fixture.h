// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <gtest/gtest.h>

#include "base/io/access.h"
#include "base/io/event_loop.h"
#include "base/io/grpc_server.h"
#include "base/io/keys.h"
#include "base/io/metrics.h"
#include "base/io/token.h"
#include "base/result.h"
#include "router/store/checkpoint_book.h"
#include "router/store/domain_store.h"
#include "router/store/private_redis.h"
#include "router/store/redis_target.h"
#include "usher/admin/v1/admin_service.grpc.pb.h"
#include "usher/agents/v1/agent_service.grpc.pb.h"
#include "usher/context/v1/context_service.grpc.pb.h"
#include "usher/router_role.h"
#include "usher/routing/v1/explain_service.grpc.pb.h"
#include "usher/routing/v1/routing_service.grpc.pb.h"

namespace usher {

// A router with its gRPC server, on a loop of its own.
struct LiveRouter {
  // Ends without resigning, as a crash would.
  ~LiveRouter();

  // Leads, or stands by for another.
  Result<void> Start(io::Metrics& metrics, const io::AccessGate& gate,
                     app::RouterRoleOptions options);
  // Gives the leadership back first.
  void Stop();
  std::string address() const;

  std::unique_ptr<io::EventLoop> loop{};
  std::unique_ptr<app::RouterRole> role{};
  std::vector<std::unique_ptr<grpc::Service>> services{};
  std::unique_ptr<io::GrpcServer> server{};
};

// A whole router over a real Redis, reached over TCP as any client reaches it. Restart() ends the
// router and starts another on the same Redis.
class RouterTest : public testing::Test {
 protected:
  RouterTest();
  // Starts nothing: the test calls StartOn.
  struct OnAnotherRedis {};
  explicit RouterTest(OnAnotherRedis);
  ~RouterTest() override;

  // The router on a Redis of the test.
  void StartOn(store::RedisTarget target, store::Durability durability);
  void StartRouter();
  void StopRouter();
  // Without a word to anyone.
  void CrashRouter() { router_.reset(); }
  // Of a further router on the same Redis.
  app::RouterRoleOptions OptionsOfNext();
  io::Metrics& metrics() { return metrics_; }
  const io::AccessGate& gate() const { return *gate_; }
  LiveRouter& router() { return *router_; }
  void Restart() {
    StopRouter();
    StartRouter();
  }

  // Of the Redis that the fixture started, as a user who may do everything.
  const store::RedisAddress& redis_address() const { return redis_->address(); }

  // A context with a token of this role and subject, and a deadline.
  std::unique_ptr<grpc::ClientContext> As(io::Role role, const std::string& subject,
                                          const std::string& domain = "test");
  std::string TokenOf(io::Role role, const std::string& subject,
                      const std::string& domain = "test");
  std::unique_ptr<grpc::ClientContext> Adapter() { return As(io::Role::kAdapter, "phones"); }
  std::unique_ptr<grpc::ClientContext> Agent(const std::string& id) {
    return As(io::Role::kAgent, id);
  }
  std::unique_ptr<grpc::ClientContext> Admin() { return As(io::Role::kAdmin, "root"); }

  routing::v1::RoutingService::Stub& routing() { return *routing_; }
  routing::v1::ExplainService::Stub& explain() { return *explain_; }
  agents::v1::AgentService::Stub& agents() { return *agents_; }
  context::v1::ContextService::Stub& context() { return *context_; }
  admin::v1::AdminService::Stub& admin() { return *admin_; }

  // Applies the test's domain: queue support, agents ann and ben, wrap-up of an hour.
  void ApplyDomain();
  // Submits a chat to support and expects success.
  routing::v1::Contact Submit(const std::string& external_id, const std::string& customer = {});
  void SignIn(const std::string& agent);
  routing::v1::Contact Get(const std::string& contact);

  // How much of the past the next router that starts keeps.
  store::HistoryLimits history_;
  // How far its readers may fall behind.
  service::ReaderLimits readers_;

  // After a crash the lease of the router that ended has to run out first.
  void UntilLed();
  // Tries again until it holds; fails the test after half a minute.
  static void Eventually(const std::function<bool()>& holds);
  // The reason that a failed call gives.
  static std::string ReasonOf(const grpc::Status& status);

  const std::filesystem::path& folder() const { return folder_; }

 private:
  const std::filesystem::path folder_;
  io::Metrics metrics_;
  io::AccessPolicy policy_;
  std::unique_ptr<io::KeyPair> key_;
  std::unique_ptr<io::TokenVerifier> verifier_;
  std::unique_ptr<io::AccessGate> gate_;
  std::unique_ptr<store::PrivateRedis> redis_;
  store::RedisTarget target_;
  store::Durability durability_ = store::Durability::kEverySec;
  std::unique_ptr<LiveRouter> router_;
  std::unique_ptr<routing::v1::RoutingService::Stub> routing_;
  std::unique_ptr<routing::v1::ExplainService::Stub> explain_;
  std::unique_ptr<agents::v1::AgentService::Stub> agents_;
  std::unique_ptr<context::v1::ContextService::Stub> context_;
  std::unique_ptr<admin::v1::AdminService::Stub> admin_;
  int run_ = 0;
};

}  // namespace usher
