// SPDX-License-Identifier: Apache-2.0
#include "router/service/router_methods.h"

#include <utility>

#include "usher/admin/v1/router_service.pb.h"

namespace usher::service {

namespace {

using namespace admin::v1;  // NOLINT(google-build-using-namespace): this file speaks it
using io::CallContext;
using io::Reply;

RouterDomain ToWire(const runtime::DomainRuntime& runtime) {
  RouterDomain domain;
  domain.set_domain(runtime.domain().value());
  if (runtime.leading()) {
    domain.set_standing(RouterDomain::STANDING_LEADING);
    domain.set_epoch(runtime.epoch());
    domain.set_sequence(runtime.told_sequence());
    return domain;
  }
  domain.set_standing(runtime.standing_by() ? RouterDomain::STANDING_BY
                                            : RouterDomain::STANDING_LOADING);
  domain.set_detail(runtime.WhyNotLeading().message);
  return domain;
}

void GetRouter(const Domains& domains, const std::string& router_id, const CallContext& call,
               const Reply<GetRouterResponse>& reply) {
  GetRouterResponse response;
  response.set_router_id(router_id);
  for (const auto& [id, node] : domains.nodes()) {
    if (call.claims.domain && call.claims.domain != id) continue;
    *response.add_domains() = ToWire(node->runtime);
  }
  if (response.domains().empty()) {
    const Result<DomainNode*> unknown = domains.FindLed(call.claims.domain);
    if (!unknown.ok()) return reply.Fail(unknown.error());
  }
  reply.Send(std::move(response));
}

void StepDown(const Domains& domains, const CallContext& call, const StepDownRequest& request,
              const Reply<StepDownResponse>& reply) {
  const DomainId named{request.domain()};
  if (named && call.claims.domain && named != call.claims.domain) {
    return reply.Fail({Code::kPermissionDenied, "OTHER_DOMAIN",
                       "the token is for another domain than the one that is to be handed over",
                       "use a token of that domain, or one without a domain"});
  }
  const Result<DomainNode*> node = domains.FindLed(named ? named : call.claims.domain);
  if (!node.ok()) return reply.Fail(node.error());
  runtime::DomainRuntime& runtime = (*node)->runtime;
  runtime.StepDown([&runtime, reply](Result<void> done) {
    if (!done.ok()) return reply.Fail(done.error());
    StepDownResponse response;
    response.set_sequence(runtime.told_sequence());
    reply.Send(std::move(response));
  });
}

}  // namespace

void AddRouterMethods(const Domains& domains, const std::string& router_id,
                      io::MethodTable& table) {
  table.Add<GetRouterRequest, GetRouterResponse>(
      "/usher.admin.v1.RouterService/GetRouter",
      [&domains, router_id](const CallContext& call, const GetRouterRequest&,
                            const Reply<GetRouterResponse>& reply) {
        GetRouter(domains, router_id, call, reply);
      });
  table.Add<StepDownRequest, StepDownResponse>(
      "/usher.admin.v1.RouterService/StepDown",
      [&domains](const CallContext& call, const StepDownRequest& request,
                 const Reply<StepDownResponse>& reply) {
        StepDown(domains, call, request, reply);
      });
}

}  // namespace usher::service
