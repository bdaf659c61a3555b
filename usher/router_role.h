// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/id.h"
#include "base/io/access.h"
#include "base/io/event_loop.h"
#include "base/io/metrics.h"
#include "base/io/unary_method.h"
#include "base/result.h"
#include "router/service/domain_node.h"
#include "router/store/domain_store.h"
#include "router/store/redis_target.h"

namespace grpc {
class Service;
}

namespace usher::app {

struct RouterRoleOptions {
  std::vector<DomainId> domains;
  store::RedisTarget redis;
  store::Durability durability = store::Durability::kAlways;
  std::uint32_t replicas = 1;
  // With a Redis of our own nobody else can lead, so a lease of a run before is no hindrance.
  store::Takeover takeover = store::Takeover::kWhenVacant;
  std::string router_id;  // unique to this run
  store::HistoryLimits history;
  Duration closed_contact_kept = store::DomainStoreOptions{}.closed_contact_kept;
  std::filesystem::path epoch_folder;  // see DomainStoreOptions
  Duration lease{2'000};               // of a leader that is heard of no more
  service::ReaderLimits readers = {};
};

// The router: engine, store and context of its domains, and the services in front of them. It has
// a loop of its own, which must run from Start to the end of Stop.
class RouterRole {
 public:
  RouterRole(io::EventLoop& loop, io::Metrics& metrics, const io::AccessGate& gate,
             RouterRoleOptions options);
  ~RouterRole();
  RouterRole(const RouterRole&) = delete;
  RouterRole& operator=(const RouterRole&) = delete;

  // Any thread but the loop's; waits until every domain is led here, or by another router that this
  // one stands by for; says which is neither and why.
  Result<void> Start();
  // Any thread but the loop's. Hands every domain to a standby, while the services still answer: a
  // planned stop that callers do not notice. Does nothing where nobody can stand by.
  void StepDown();
  // Any thread but the loop's. Gives the leadership back. The servers of the services must have
  // been shut down before.
  void Stop();

  // A set of services for one gRPC server.
  std::vector<std::unique_ptr<grpc::Service>> MakeServices();
  const io::MethodTable& methods() const;
  // Any thread but the loop's. Every domain is led here and Redis answers in good time, or it is
  // led elsewhere and stood by for.
  bool IsReady();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace usher::app
