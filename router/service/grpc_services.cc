// SPDX-License-Identifier: Apache-2.0
#include "router/service/grpc_services.h"

#include <utility>

#include "base/io/call_context.h"
#include "base/io/server_stream.h"
#include "router/service/agent_stream.h"
#include "router/service/call_desk.h"
#include "router/service/commands.h"
#include "router/service/contact_watch.h"
#include "router/service/context_services.h"
#include "router/service/routing_stream.h"
#include "router/service/unary_override.h"
#include "usher/admin/v1/admin_service.grpc.pb.h"
#include "usher/admin/v1/router_service.grpc.pb.h"
#include "usher/agents/v1/agent_service.grpc.pb.h"
#include "usher/routing/v1/explain_service.grpc.pb.h"
#include "usher/routing/v1/routing_service.grpc.pb.h"

namespace usher::service {

namespace {

using grpc::CallbackServerContext;

namespace routing_rpc {

using namespace routing::v1;  // NOLINT(google-build-using-namespace): this block speaks it

constexpr char kRouteContacts[] = "/usher.routing.v1.RoutingService/RouteContacts";
constexpr char kWatchContacts[] = "/usher.routing.v1.RoutingService/WatchContacts";

class Service final : public RoutingService::CallbackService {
 public:
  Service(const Domains& domains, const CallDesks& calls, const Standbys& standbys,
          const io::MethodTable& table)
      : domains_(domains), calls_(calls), standbys_(standbys), table_(table) {}

  USHER_UNARY(usher.routing.v1.RoutingService, SubmitContact)
  USHER_UNARY(usher.routing.v1.RoutingService, GetContact)
  USHER_UNARY(usher.routing.v1.RoutingService, ListContacts)
  USHER_UNARY(usher.routing.v1.RoutingService, CancelContact)
  USHER_UNARY(usher.routing.v1.RoutingService, AbandonContact)
  USHER_UNARY(usher.routing.v1.RoutingService, TransferContact)
  USHER_UNARY(usher.routing.v1.RoutingService, CompleteContact)
  USHER_UNARY(usher.routing.v1.RoutingService, UpdateContact)
  USHER_UNARY(usher.routing.v1.RoutingService, ListQueues)
  USHER_UNARY(usher.routing.v1.RoutingService, GetQueue)

  grpc::ServerBidiReactor<RouteContactsRequest, RouteContactsResponse>* RouteContacts(
      CallbackServerContext* context) override {
    return io::ServeStream<RouteContactsRequest, RouteContactsResponse>(
        table_.loop(), *context, io::AuthorizeCall(table_.gate(), kRouteContacts, *context),
        [this](const io::CallContext& call, RoutingStream::Stream& stream)
            -> Result<std::unique_ptr<RoutingStream::Stream::Handler>> {
          const Result<DomainNode*> node = domains_.FindLed(call.claims.domain);
          if (!node.ok()) return node.error();
          return {std::make_unique<RoutingStream>(**node, calls_.Of(**node), standbys_.Of(**node),
                                                  call, stream)};
        });
  }

  grpc::ServerWriteReactor<WatchContactsResponse>* WatchContacts(
      CallbackServerContext* context, const WatchContactsRequest* request) override {
    return io::ServeFeed<WatchContactsResponse>(
        table_.loop(), *context, io::AuthorizeCall(table_.gate(), kWatchContacts, *context),
        [this, request](const io::CallContext& call, ContactWatch::Feed& feed)
            -> Result<std::unique_ptr<ContactWatch::Feed::Handler>> {
          const Result<DomainNode*> node = domains_.FindLed(call.claims.domain);
          if (!node.ok()) return node.error();
          auto watch = ContactWatch::Open(**node, *request, feed);
          if (!watch.ok()) return watch.error();
          return {*std::move(watch)};
        });
  }

 private:
  const Domains& domains_;
  const CallDesks& calls_;
  const Standbys& standbys_;
  const io::MethodTable& table_;
};

class ExplainService final : public routing::v1::ExplainService::CallbackService {
 public:
  explicit ExplainService(const io::MethodTable& table) : table_(table) {}

  USHER_UNARY(usher.routing.v1.ExplainService, ExplainOffer)
  USHER_UNARY(usher.routing.v1.ExplainService, ExplainContact)
  USHER_UNARY(usher.routing.v1.ExplainService, ExplainAgent)

 private:
  const io::MethodTable& table_;
};

}  // namespace routing_rpc

namespace agents_rpc {

using namespace agents::v1;  // NOLINT(google-build-using-namespace): this block speaks it

constexpr char kServeAgents[] = "/usher.agents.v1.AgentService/ServeAgents";
constexpr char kWatchAgent[] = "/usher.agents.v1.AgentService/WatchAgent";

class Service final : public AgentService::CallbackService {
 public:
  Service(const Domains& domains, const CallDesks& calls, const io::MethodTable& table)
      : domains_(domains), calls_(calls), table_(table) {}

  USHER_UNARY(usher.agents.v1.AgentService, SignIn)
  USHER_UNARY(usher.agents.v1.AgentService, SignOut)
  USHER_UNARY(usher.agents.v1.AgentService, SetPresence)
  USHER_UNARY(usher.agents.v1.AgentService, AcceptOffer)
  USHER_UNARY(usher.agents.v1.AgentService, RejectOffer)
  USHER_UNARY(usher.agents.v1.AgentService, CompleteContact)
  USHER_UNARY(usher.agents.v1.AgentService, EndWrapUp)
  USHER_UNARY(usher.agents.v1.AgentService, ExtendWrapUp)
  USHER_UNARY(usher.agents.v1.AgentService, HoldContact)
  USHER_UNARY(usher.agents.v1.AgentService, ResumeContact)
  USHER_UNARY(usher.agents.v1.AgentService, TransferContact)
  USHER_UNARY(usher.agents.v1.AgentService, PullContact)
  USHER_UNARY(usher.agents.v1.AgentService, ConsultContact)
  USHER_UNARY(usher.agents.v1.AgentService, AssignContact)
  USHER_UNARY(usher.agents.v1.AgentService, ControlCall)
  USHER_UNARY(usher.agents.v1.AgentService, PlaceCall)
  USHER_UNARY(usher.agents.v1.AgentService, StartMail)
  USHER_UNARY(usher.agents.v1.AgentService, GetAgent)
  USHER_UNARY(usher.agents.v1.AgentService, ListAgents)

  grpc::ServerBidiReactor<ServeAgentsRequest, ServeAgentsResponse>* ServeAgents(
      CallbackServerContext* context) override {
    return io::ServeStream<ServeAgentsRequest, ServeAgentsResponse>(
        table_.loop(), *context, io::AuthorizeCall(table_.gate(), kServeAgents, *context),
        [this](const io::CallContext& call, AgentStream::Stream& stream)
            -> Result<std::unique_ptr<AgentStream::Stream::Handler>> {
          const Result<DomainNode*> node = domains_.FindLed(call.claims.domain);
          if (!node.ok()) return node.error();
          return {std::make_unique<AgentStream>(**node, calls_.Of(**node), call, stream)};
        });
  }

  grpc::ServerWriteReactor<WatchAgentResponse>* WatchAgent(
      CallbackServerContext* context, const WatchAgentRequest* request) override {
    return io::ServeFeed<WatchAgentResponse>(
        table_.loop(), *context, io::AuthorizeCall(table_.gate(), kWatchAgent, *context),
        [this, request](const io::CallContext& call, AgentWatch::Feed& feed)
            -> Result<std::unique_ptr<AgentWatch::Feed::Handler>> {
          const Result<DomainNode*> node = domains_.FindLed(call.claims.domain);
          if (!node.ok()) return node.error();
          const Result<AgentId> agent = ActingAgent(call.claims, request->agent_id());
          if (!agent.ok()) return agent.error();
          auto watch = AgentWatch::Open(**node, calls_.Of(**node), *agent, feed);
          if (!watch.ok()) return watch.error();
          return {*std::move(watch)};
        });
  }

 private:
  const Domains& domains_;
  const CallDesks& calls_;
  const io::MethodTable& table_;
};

}  // namespace agents_rpc

namespace admin_rpc {

using namespace admin::v1;  // NOLINT(google-build-using-namespace): this block speaks it

class Service final : public AdminService::CallbackService {
 public:
  explicit Service(const io::MethodTable& table) : table_(table) {}

  USHER_UNARY(usher.admin.v1.AdminService, ApplyDomain)
  USHER_UNARY(usher.admin.v1.AdminService, GetDomain)
  USHER_UNARY(usher.admin.v1.AdminService, ListDomainVersions)
  USHER_UNARY(usher.admin.v1.AdminService, DiffDomain)
  USHER_UNARY(usher.admin.v1.AdminService, RollbackDomain)

 private:
  const io::MethodTable& table_;
};

class Routers final : public RouterService::CallbackService {
 public:
  explicit Routers(const io::MethodTable& table) : table_(table) {}

  USHER_UNARY(usher.admin.v1.RouterService, GetRouter)
  USHER_UNARY(usher.admin.v1.RouterService, StepDown)

 private:
  const io::MethodTable& table_;
};

}  // namespace admin_rpc

}  // namespace

std::vector<std::unique_ptr<grpc::Service>> MakeGrpcServices(
    const Domains& domains, const CallDesks& calls, const Standbys& standbys, ContextNode& context,
    std::function<Instant()> now, const io::MethodTable& table) {
  std::vector<std::unique_ptr<grpc::Service>> services;
  services.push_back(std::make_unique<routing_rpc::Service>(domains, calls, standbys, table));
  services.push_back(std::make_unique<routing_rpc::ExplainService>(table));
  services.push_back(std::make_unique<agents_rpc::Service>(domains, calls, table));
  AddContextServices(context, std::move(now), table, services);
  services.push_back(std::make_unique<admin_rpc::Service>(table));
  services.push_back(std::make_unique<admin_rpc::Routers>(table));
  return services;
}

}  // namespace usher::service
