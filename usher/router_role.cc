// SPDX-License-Identifier: Apache-2.0
#include "usher/router_role.h"

#include <algorithm>
#include <future>
#include <map>
#include <optional>
#include <utility>

#include <grpcpp/impl/service_type.h>

#include "base/io/clock.h"
#include "base/io/log.h"
#include "router/context/functions.h"
#include "router/history/history_desk.h"
#include "router/service/admin_methods.h"
#include "router/service/agent_methods.h"
#include "router/service/call_desk.h"
#include "router/service/case_clock.h"
#include "router/service/case_desk.h"
#include "router/service/case_tasks.h"
#include "router/service/context_care.h"
#include "router/service/context_methods.h"
#include "router/service/conversation_retention.h"
#include "router/service/customer_facts.h"
#include "router/service/domain_node.h"
#include "router/service/domain_versions.h"
#include "router/service/explain_methods.h"
#include "router/service/grpc_services.h"
#include "router/service/router_methods.h"
#include "router/service/routing_methods.h"
#include "router/service/routing_metrics.h"
#include "router/service/sender_lookup.h"
#include "router/service/timeline_feed.h"
#include "router/store/polled_locator.h"
#include "router/store/redis_keyspace.h"

namespace usher::app {

namespace {

store::RedisKeyspaceOptions ContextKeyspace(const RouterRoleOptions& role) {
  store::RedisKeyspaceOptions options;
  options.target = role.redis;
  if (role.durability == store::Durability::kReplicated) {
    options.replica_wait.replicas = role.replicas;
  }
  options.libraries = {context::ContextFunctions()};
  options.on_lost = [](const Error& error) {
    io::LogError(io::LogLevel::kWarning, "context_connection_lost", error);
  };
  options.on_refused = [](const Error& error) {
    io::LogError(io::LogLevel::kError, "context_redis_refused", error);
  };
  return options;
}

// A standby lets those that lead fewer domains be first to take a vacant one, by so much for each
// that it leads itself.
constexpr Duration kYieldPerDomain{150};
constexpr Duration kYieldMax{1'500};

runtime::DomainRuntimeOptions RuntimeOptions(const RouterRoleOptions& options,
                                             const DomainId& domain,
                                             std::shared_ptr<store::RedisLocator> locator,
                                             std::function<Duration()> yield) {
  runtime::DomainRuntimeOptions out;
  out.yield = std::move(yield);
  out.store.domain = domain;
  out.store.router_id = options.router_id;
  out.store.address = store::WithAccess(options.redis.addresses.front(), options.redis);
  out.store.locator = std::move(locator);
  out.store.durability = options.durability;
  out.store.replicas = options.replicas;
  out.store.history = options.history;
  out.store.closed_contact_kept = options.closed_contact_kept;
  out.store.epoch_folder = options.epoch_folder;
  out.store.lease = options.lease;
  out.takeover = options.takeover;
  out.past = options.redis;
  return out;
}

// Those who follow conversations and customers here go where the domain is led.
class ContextCut final : public runtime::Watcher {
 public:
  ContextCut(runtime::DomainRuntime& runtime, service::ContextNode& context)
      : runtime_(runtime), context_(context) {
    runtime_.Watch(*this);
  }
  ~ContextCut() override { runtime_.Unwatch(*this); }

  void OnTold(const std::shared_ptr<const runtime::Told>&) override {}
  void OnDeposed(const Error&) override {
    context_.hub.Cut(runtime_.domain(), runtime_.WhyNotLeading());
    context_.timeline_hub.Cut(runtime_.domain(), runtime_.WhyNotLeading());
  }

 private:
  runtime::DomainRuntime& runtime_;
  service::ContextNode& context_;
};

// The cases of one domain: who changes them, who watches what was promised, and who hears what
// becomes of their tasks.
struct CaseWork {
  CaseWork(runtime::DomainRuntime& runtime, service::ContextNode& context)
      : desk(runtime, context.cases), clock(runtime, context.cases, desk), tasks(desk) {
    desk.SetHooks({.told =
                       [&runtime, &context](const CustomerId& customer) {
                         context.timeline_hub.Publish(runtime.domain(), customer);
                       },
                   .due = [this](Instant at) { clock.Expect(at); }});
    context.case_desks[runtime.domain()] = &desk;
  }

  service::CaseDesk desk;
  service::CaseClock clock;
  service::CaseTasks tasks;
};

}  // namespace

// Everything here lives on the loop: it is made and destroyed there.
struct RouterRole::State {
  State(io::EventLoop& on, io::Metrics& metrics, const io::AccessGate& gate, RouterRoleOptions with)
      : loop(on),
        options(std::move(with)),
        table(on, gate),
        locator(store::MakeLocator(on, options.redis)),
        redis(store::MakeKeyspace(on, ContextKeyspace(options), locator)),
        context(
            *redis, metrics, [this](const DomainId& domain) { return domains.FindLed(domain); },
            [this](const DomainId& domain) {
              const auto node = domains.nodes().find(domain);
              return node == domains.nodes().end() ? Result<void>()
                                                   : node->second->runtime.AdmitNew();
            }),
        versions(*redis),
        desk({.redis = options.redis}) {
    for (const DomainId& domain : options.domains) {
      auto node = std::make_unique<service::DomainNode>(
          on, metrics, RuntimeOptions(options, domain, locator, [this] { return Yield(); }),
          options.readers);
      retentions.push_back(std::make_unique<service::ConversationRetention>(
          node->runtime, context.conversations, context.redis));
      node->intake.SetFacts([this, &asked = *node](const CustomerId& customer, auto found) {
        FindFacts(asked, customer, std::move(found));
      });
      node->intake.SetSenders([this, &asked = *node](const service::Arrival& arrival, auto found) {
        service::FindSender(context, asked, arrival, clock.Now(), std::move(found));
      });
      cares.push_back(std::make_unique<service::ContextCare>(node->runtime, context));
      feeds.push_back(std::make_unique<service::TimelineFeed>(node->runtime, context.timelines));
      feeds.back()->Add(*retentions.back());
      cases.push_back(std::make_unique<CaseWork>(node->runtime, context));
      feeds.back()->Add(cases.back()->tasks);
      counters.push_back(std::make_unique<service::RoutingMetrics>(*node, metrics));
      cuts.push_back(std::make_unique<ContextCut>(node->runtime, context));
      domains.Add(std::move(node));
    }
    calls = std::make_unique<service::CallDesks>(domains, context, metrics,
                                                 [this] { return clock.Now(); });
    standbys = std::make_unique<service::Standbys>(domains);
    service::AddRoutingMethods(domains, table);
    service::AddAgentMethods(domains, *calls, table);
    service::AddContextMethods(context, [this] { return clock.Now(); }, table);
    service::AddAdminMethods(domains, versions, table);
    service::AddExplainMethods(domains, desk, table);
    service::AddRouterMethods(domains, options.router_id, table);
  }

  void FindFacts(service::DomainNode& node, const CustomerId& customer,
                 std::function<void(Result<service::Intake::Facts>)> found) {
    context.customers.Get(
        node.runtime.domain(), customer,
        [this, &node, found = std::move(found)](Result<context::v1::Customer> read) {
          if (!read.ok()) return found(read.error());
          if (!node.runtime.leading()) return found(node.runtime.WhyNotLeading());
          found(service::FactsOf(*read, node.runtime.engine().domain().customers, clock.Now()));
        });
  }

  Duration Yield() const {
    Duration yield{0};
    for (const auto& [id, node] : domains.nodes()) {
      if (node->runtime.leading()) yield += kYieldPerDomain;
    }
    return std::min(yield, kYieldMax);
  }

  io::EventLoop& loop;
  const RouterRoleOptions options;
  io::WallClock clock;
  io::MethodTable table;
  std::shared_ptr<store::PolledLocator> locator;  // null: one server
  std::unique_ptr<store::RedisKeyspace> redis;
  service::ContextNode context;
  service::DomainVersions versions;
  service::Domains domains;
  history::HistoryDesk desk;
  std::vector<std::unique_ptr<service::ConversationRetention>> retentions;
  // They watch the domains, so they go first.
  std::vector<std::unique_ptr<service::ContextCare>> cares;
  std::vector<std::unique_ptr<CaseWork>> cases;
  std::vector<std::unique_ptr<service::TimelineFeed>> feeds;
  std::vector<std::unique_ptr<service::RoutingMetrics>> counters;
  std::vector<std::unique_ptr<ContextCut>> cuts;
  std::unique_ptr<service::CallDesks> calls;
  std::unique_ptr<service::Standbys> standbys;
};

RouterRole::RouterRole(io::EventLoop& loop, io::Metrics& metrics, const io::AccessGate& gate,
                       RouterRoleOptions options) {
  loop.Call([&] { state_ = std::make_unique<State>(loop, metrics, gate, std::move(options)); });
}

RouterRole::~RouterRole() {
  io::EventLoop& loop = state_->loop;
  loop.Call([this] { state_.reset(); });
}

Result<void> RouterRole::Start() {
  // All at once: each answers by itself within the store's limits, and a slow one delays nobody.
  std::map<DomainId, std::future<Result<void>>> attempts;
  for (const auto& [id, node] : state_->domains.nodes()) {
    auto first = std::make_shared<std::promise<Result<void>>>();
    attempts.emplace(id, first->get_future());
    state_->loop.Post([&started = *node, first] {
      started.runtime.Start(
          [first](Result<void> attempt) { first->set_value(std::move(attempt)); });
    });
  }
  // What stops all of them is a mistake of the start. What stops some is theirs alone: they are
  // tried again, and the others do their work.
  std::vector<std::pair<DomainId, Error>> failures;
  for (auto& [id, attempt] : attempts) {
    const Result<void> result = attempt.get();
    if (!result.ok() && result.error().reason != "DOMAIN_LED_ELSEWHERE") {
      failures.emplace_back(id, result.error());
    }
  }
  if (!failures.empty() && failures.size() == attempts.size()) return failures.front().second;
  for (const auto& [id, error] : failures) {
    io::LogError(io::LogLevel::kError, "domain_not_started", error, {{"domain", id.value()}});
  }
  return {};
}

void RouterRole::StepDown() {
  if (state_->options.takeover == store::Takeover::kForce) return;
  for (const auto& [id, node] : state_->domains.nodes()) {
    auto stepped_down = std::make_shared<std::promise<Result<void>>>();
    state_->loop.Post([&leaving = *node, stepped_down] {
      if (!leaving.runtime.leading()) return stepped_down->set_value({});
      leaving.runtime.StepDown(
          [stepped_down](Result<void> done) { stepped_down->set_value(std::move(done)); });
    });
    if (Result<void> done = stepped_down->get_future().get(); !done.ok()) {
      io::LogError(io::LogLevel::kWarning, "step_down_failed", done.error(),
                   {{"domain", id.value()}});
    }
  }
}

void RouterRole::Stop() {
  for (const auto& [id, node] : state_->domains.nodes()) {
    auto stopped = std::make_shared<std::promise<void>>();
    state_->loop.Post(
        [&ended = *node, stopped] { ended.runtime.Stop([stopped] { stopped->set_value(); }); });
    stopped->get_future().wait();
  }
}

std::vector<std::unique_ptr<grpc::Service>> RouterRole::MakeServices() {
  return service::MakeGrpcServices(
      state_->domains, *state_->calls, *state_->standbys, state_->context,
      [state = state_.get()] { return state->clock.Now(); }, state_->table);
}

const io::MethodTable& RouterRole::methods() const { return state_->table; }

bool RouterRole::IsReady() {
  bool ready = true;
  state_->loop.Call([&] {
    for (const auto& [id, node] : state_->domains.nodes()) {
      ready &= node->runtime.healthy();
    }
    ready &= state_->redis->IsConnected();
  });
  return ready;
}

}  // namespace usher::app
