// SPDX-License-Identifier: Apache-2.0
#include "router/service/agent_methods.h"

#include <string>
#include <utility>

#include "router/service/decide.h"
#include "router/service/paging.h"
#include "router/service/wire.h"
#include "usher/agents/v1/agent_service.pb.h"

namespace usher::service {

namespace {

using namespace agents::v1;  // NOLINT(google-build-using-namespace): this file speaks it
using io::CallContext;
using io::Reply;

constexpr char kService[] = "/usher.agents.v1.AgentService/";

// A verb whose answer is the contact.
template <class Request, class Response>
void AddContactVerb(const Domains& domains, io::MethodTable& table, const std::string& name) {
  table.Add<Request, Response>(
      kService + name,
      [&domains](const CallContext& call, const Request& request, const Reply<Response>& reply) {
        Decide<Request, Response>(
            domains, call, request, reply,
            [](DomainNode& node, const runtime::Answer& answer, Response& response) {
              FillAnswer(node.runtime, answer, *response.mutable_contact());
            });
      });
}

// A verb whose answer is the agent.
template <class Request, class Response>
void AddAgentVerb(const Domains& domains, io::MethodTable& table, const std::string& name) {
  table.Add<Request, Response>(
      kService + name,
      [&domains](const CallContext& call, const Request& request, const Reply<Response>& reply) {
        const Result<AgentId> agent = ActingAgent(call.claims, request.agent_id());
        if (!agent.ok()) return reply.Fail(agent.error());
        Decide<Request, Response>(
            domains, call, request, reply,
            [agent = *agent](DomainNode& node, const runtime::Answer&, Response& response) {
              const engine::Agent* configured = node.hub.FindAgent(agent);
              if (configured == nullptr) return;  // removed by a configuration meanwhile
              FillAgent(node.runtime.engine(), *configured, *response.mutable_agent());
            });
      });
}

void GetAgent(const Domains& domains, const CallContext& call, const GetAgentRequest& request,
              const Reply<GetAgentResponse>& reply) {
  const Result<DomainNode*> node = domains.FindLed(call.claims.domain);
  if (!node.ok()) return reply.Fail(node.error());
  const Result<AgentId> agent = ActingAgent(call.claims, request.agent_id());
  if (!agent.ok()) return reply.Fail(agent.error());
  const engine::Agent* configured = (*node)->hub.FindAgent(*agent);
  if (configured == nullptr) {
    return reply.Fail({Code::kNotFound, "UNKNOWN_AGENT",
                       "the domain file declares no agent \"" + agent->value() + '"',
                       "list the agents"});
  }
  GetAgentResponse response;
  FillDesk((*node)->runtime.engine(), *configured, *response.mutable_desk());
  response.mutable_desk()->set_sequence((*node)->runtime.decided().sequence);
  ReplyWhenDurable(**node, reply, std::move(response));
}

void ListAgents(const Domains& domains, const CallContext& call, const ListAgentsRequest& request,
                const Reply<ListAgentsResponse>& reply) {
  const Result<DomainNode*> node = domains.FindLed(call.claims.domain);
  if (!node.ok()) return reply.Fail(node.error());
  const engine::Engine& engine = (*node)->runtime.engine();
  const std::size_t page_size = PageSize(request.page());
  const AgentId after{request.page().page_token()};
  const QueueId queue{request.queue()};
  ListAgentsResponse response;
  for (const AgentId& id : engine.Agents()) {
    if (id <= after) continue;
    const engine::Agent* configured = (*node)->hub.FindAgent(id);
    if (configured == nullptr) continue;
    if (queue && !configured->queues.contains(queue)) continue;
    if (static_cast<std::size_t>(response.agents_size()) == page_size) {
      response.mutable_page()->set_next_page_token(
          response.agents(response.agents_size() - 1).id());
      break;
    }
    FillAgent(engine, *configured, *response.add_agents());
  }
  ReplyWhenDurable(**node, reply, std::move(response));
}

void ControlCall(const Domains& domains, const CallDesks& calls, const CallContext& call,
                 const ControlCallRequest& request, const Reply<ControlCallResponse>& reply) {
  const Result<DomainNode*> node = domains.FindLed(call.claims.domain);
  if (!node.ok()) return reply.Fail(node.error());
  calls.Of(**node).Control(call, request, [reply](const Result<std::string>& done) {
    if (!done.ok()) return reply.Fail(done.error());
    reply.Send({});
  });
}

void PlaceCall(const Domains& domains, const CallDesks& calls, const CallContext& call,
               const PlaceCallRequest& request, const Reply<PlaceCallResponse>& reply) {
  const Result<DomainNode*> node = domains.FindLed(call.claims.domain);
  if (!node.ok()) return reply.Fail(node.error());
  calls.Of(**node).Place(call, request, [reply](const Result<std::string>& contact) {
    if (!contact.ok()) return reply.Fail(contact.error());
    PlaceCallResponse response;
    response.set_contact_id(*contact);
    reply.Send(std::move(response));
  });
}

void StartMail(const Domains& domains, const CallDesks& calls, const CallContext& call,
               const StartMailRequest& request, const Reply<StartMailResponse>& reply) {
  const Result<DomainNode*> node = domains.FindLed(call.claims.domain);
  if (!node.ok()) return reply.Fail(node.error());
  calls.Of(**node).StartMail(call, request, [reply](const Result<std::string>& contact) {
    if (!contact.ok()) return reply.Fail(contact.error());
    StartMailResponse response;
    response.set_contact_id(*contact);
    reply.Send(std::move(response));
  });
}

}  // namespace

void AddAgentMethods(const Domains& domains, const CallDesks& calls, io::MethodTable& table) {
  AddAgentVerb<SignInRequest, SignInResponse>(domains, table, "SignIn");
  AddAgentVerb<SignOutRequest, SignOutResponse>(domains, table, "SignOut");
  AddAgentVerb<SetPresenceRequest, SetPresenceResponse>(domains, table, "SetPresence");
  AddAgentVerb<EndWrapUpRequest, EndWrapUpResponse>(domains, table, "EndWrapUp");
  AddContactVerb<AcceptOfferRequest, AcceptOfferResponse>(domains, table, "AcceptOffer");
  AddContactVerb<RejectOfferRequest, RejectOfferResponse>(domains, table, "RejectOffer");
  AddContactVerb<CompleteContactRequest, CompleteContactResponse>(domains, table,
                                                                  "CompleteContact");
  AddContactVerb<ExtendWrapUpRequest, ExtendWrapUpResponse>(domains, table, "ExtendWrapUp");
  AddContactVerb<HoldContactRequest, HoldContactResponse>(domains, table, "HoldContact");
  AddContactVerb<ResumeContactRequest, ResumeContactResponse>(domains, table, "ResumeContact");
  AddContactVerb<TransferContactRequest, TransferContactResponse>(domains, table,
                                                                  "TransferContact");
  AddContactVerb<ConsultContactRequest, ConsultContactResponse>(domains, table, "ConsultContact");
  AddContactVerb<AssignContactRequest, AssignContactResponse>(domains, table, "AssignContact");
  AddContactVerb<PullContactRequest, PullContactResponse>(domains, table, "PullContact");
  table.Add<ControlCallRequest, ControlCallResponse>(
      std::string(kService) + "ControlCall",
      [&domains, &calls](const CallContext& call, const ControlCallRequest& request,
                         const Reply<ControlCallResponse>& reply) {
        ControlCall(domains, calls, call, request, reply);
      });
  table.Add<PlaceCallRequest, PlaceCallResponse>(
      std::string(kService) + "PlaceCall",
      [&domains, &calls](const CallContext& call, const PlaceCallRequest& request,
                         const Reply<PlaceCallResponse>& reply) {
        PlaceCall(domains, calls, call, request, reply);
      });
  table.Add<StartMailRequest, StartMailResponse>(
      std::string(kService) + "StartMail",
      [&domains, &calls](const CallContext& call, const StartMailRequest& request,
                         const Reply<StartMailResponse>& reply) {
        StartMail(domains, calls, call, request, reply);
      });
  table.Add<GetAgentRequest, GetAgentResponse>(
      std::string(kService) + "GetAgent",
      [&domains](const CallContext& call, const GetAgentRequest& request,
                 const Reply<GetAgentResponse>& reply) {
        GetAgent(domains, call, request, reply);
      });
  table.Add<ListAgentsRequest, ListAgentsResponse>(
      std::string(kService) + "ListAgents",
      [&domains](const CallContext& call, const ListAgentsRequest& request,
                 const Reply<ListAgentsResponse>& reply) {
        ListAgents(domains, call, request, reply);
      });
}

}  // namespace usher::service
