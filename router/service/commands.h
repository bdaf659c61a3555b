// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <google/protobuf/message.h>

#include "base/io/token.h"
#include "base/result.h"
#include "router/engine/command.h"
#include "router/runtime/domain_runtime.h"
#include "router/service/intake.h"
#include "usher/agents/v1/agent_service.pb.h"
#include "usher/routing/v1/routing_service.pb.h"

// From requests of the contract to commands of the engine, checked against what the caller's token
// allows. The same for unary calls and for commands of a stream.
namespace usher::service {

// RoutingService: adapters act on contacts, supervisors may move what was escalated.
Result<engine::Command> ToCommand(const io::Claims& caller,
                                  const routing::v1::SubmitContactRequest& request);
Result<engine::Command> ToCommand(const io::Claims& caller,
                                  const routing::v1::CancelContactRequest& request);
Result<engine::Command> ToCommand(const io::Claims& caller,
                                  const routing::v1::AbandonContactRequest& request);
Result<engine::Command> ToCommand(const io::Claims& caller,
                                  const routing::v1::TransferContactRequest& request);
Result<engine::Command> ToCommand(const io::Claims& caller,
                                  const routing::v1::CompleteContactRequest& request);
Result<engine::Command> ToCommand(const io::Claims& caller,
                                  const routing::v1::UpdateContactRequest& request);
// Whom a submit says that it is from; nothing where it names its customer, and for other requests.
std::optional<Arrival> ArrivalOf(const io::Claims& caller,
                                 const routing::v1::SubmitContactRequest& request);
template <class Request>
std::optional<Arrival> ArrivalOf(const io::Claims&, const Request&) {
  return {};
}
// With its contact_id; whoever has only a prefix looks it up before.
Result<engine::Command> ToCommand(const io::Claims& caller,
                                  const routing::v1::ClaimContactRequest& request);

// AgentService: an agent acts for itself, gateways and supervisors name the agent.
Result<engine::Command> ToCommand(const io::Claims& caller,
                                  const agents::v1::SignInRequest& request);
Result<engine::Command> ToCommand(const io::Claims& caller,
                                  const agents::v1::SignOutRequest& request);
Result<engine::Command> ToCommand(const io::Claims& caller,
                                  const agents::v1::SetPresenceRequest& request);
Result<engine::Command> ToCommand(const io::Claims& caller,
                                  const agents::v1::AcceptOfferRequest& request);
Result<engine::Command> ToCommand(const io::Claims& caller,
                                  const agents::v1::RejectOfferRequest& request);
Result<engine::Command> ToCommand(const io::Claims& caller,
                                  const agents::v1::CompleteContactRequest& request);
Result<engine::Command> ToCommand(const io::Claims& caller,
                                  const agents::v1::EndWrapUpRequest& request);
Result<engine::Command> ToCommand(const io::Claims& caller,
                                  const agents::v1::ExtendWrapUpRequest& request);
Result<engine::Command> ToCommand(const io::Claims& caller,
                                  const agents::v1::HoldContactRequest& request);
Result<engine::Command> ToCommand(const io::Claims& caller,
                                  const agents::v1::ResumeContactRequest& request);
Result<engine::Command> ToCommand(const io::Claims& caller,
                                  const agents::v1::TransferContactRequest& request);
Result<engine::Command> ToCommand(const io::Claims& caller,
                                  const agents::v1::PullContactRequest& request);
Result<engine::Command> ToCommand(const io::Claims& caller,
                                  const agents::v1::ConsultContactRequest& request);
Result<engine::Command> ToCommand(const io::Claims& caller,
                                  const agents::v1::AssignContactRequest& request);

// Whom the caller acts for: its own subject for role agent, else the named agent.
// PERMISSION_DENIED/ NOT_YOURS for an agent that names another, INVALID_ARGUMENT/MISSING_AGENT_ID.
Result<AgentId> ActingAgent(const io::Claims& caller, const std::string& agent_id);

// Sets request_id and fingerprint: ids of different callers never meet. INVALID_ARGUMENT/TOO_LONG
// above 64 bytes.
Result<void> SetRequestId(const io::Claims& caller, const std::string& request_id,
                          const google::protobuf::Message& request, runtime::Request& out);

}  // namespace usher::service
