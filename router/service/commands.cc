// SPDX-License-Identifier: Apache-2.0
#include "router/service/commands.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include "base/check.h"
#include "router/service/text_ids.h"
#include "router/service/wire.h"

namespace usher::service {

namespace {

constexpr std::size_t kRequestIdBytesMax = 64;
constexpr std::size_t kNoteBytesMax = 256;

Result<void> CheckNote(const std::string& text, const char* field) {
  if (text.size() <= kNoteBytesMax) return {};
  return Error{Code::kInvalidArgument, "TOO_LONG",
               std::string(field) + " has " + std::to_string(text.size()) + " bytes",
               "send at most " + std::to_string(kNoteBytesMax)};
}

// For requests that are nothing but an agent and a contact.
template <class Made, class Request>
Result<engine::Command> OfAgentAndContact(const io::Claims& caller, const Request& request) {
  const Result<AgentId> agent = ActingAgent(caller, request.agent_id());
  if (!agent.ok()) return agent.error();
  const Result<ContactId> contact = ParseContactId(request.contact_id());
  if (!contact.ok()) return contact.error();
  Made command;
  command.contact = *contact;
  command.agent = *agent;
  return engine::Command{std::move(command)};
}

template <class Made, class Request>
Result<engine::Command> OfOffer(const io::Claims& caller, const Request& request,
                                const std::string& reason) {
  Result<engine::Command> made = OfAgentAndContact<Made>(caller, request);
  if (!made.ok()) return made;
  const Result<OfferId> offer = ParseOfferId(request.offer_id());
  if (!offer.ok()) return offer.error();
  auto& command = std::get<Made>(*made);
  command.offer = *offer;
  if constexpr (requires { command.reason; }) command.reason = reason;
  return made;
}

template <class Request>
Result<engine::Transfer> OfTarget(const Request& request) {
  const Result<ContactId> contact = ParseContactId(request.contact_id());
  if (!contact.ok()) return contact.error();
  engine::Transfer transfer;
  transfer.contact = *contact;
  transfer.to_queue = QueueId{request.to_queue()};
  transfer.to_agent = AgentId{request.to_agent()};
  if (!transfer.to_queue && !transfer.to_agent) {
    return Error{Code::kInvalidArgument, "MISSING_TARGET", "neither to_queue nor to_agent is set",
                 "name the queue or the agent that the contact should go to"};
  }
  return transfer;
}

bool IsSupervisor(const io::Claims& caller) {
  return caller.role == io::Role::kSupervisor || caller.role == io::Role::kAdmin;
}

// Who does for an agent what she did not do herself; empty for her and for gateways.
std::string ForcedBy(const io::Claims& caller) {
  return IsSupervisor(caller) ? caller.subject : std::string();
}

}  // namespace

Result<AgentId> ActingAgent(const io::Claims& caller, const std::string& agent_id) {
  if (caller.role == io::Role::kAgent) {
    if (agent_id.empty() || agent_id == caller.subject) return AgentId{caller.subject};
    return Error{Code::kPermissionDenied, "NOT_YOURS",
                 "an agent's token acts for agent " + caller.subject + " only",
                 "leave agent_id empty"};
  }
  if (!agent_id.empty()) return AgentId{agent_id};
  return Error{Code::kInvalidArgument, "MISSING_AGENT_ID", "agent_id is empty",
               "name the agent; only an agent's own token may leave it out"};
}

Result<engine::Command> ToCommand(const io::Claims& caller,
                                  const routing::v1::SubmitContactRequest& request) {
  Result<engine::Submit> submit = ParseSubmit(request, caller.subject);
  if (!submit.ok()) return submit.error();
  const std::string channel(engine::ToString(submit->channel));
  const auto& allowed = caller.channels;
  if (!allowed.empty() && std::find(allowed.begin(), allowed.end(), channel) == allowed.end()) {
    return Error{Code::kPermissionDenied, "CHANNEL_NOT_ALLOWED",
                 "the token of " + caller.subject + " does not allow channel " + channel,
                 "use a token whose channels include it"};
  }
  return engine::Command{*std::move(submit)};
}

std::optional<Arrival> ArrivalOf(const io::Claims& caller,
                                 const routing::v1::SubmitContactRequest& request) {
  if (!request.has_from() || !request.customer_id().empty()) return {};
  return Arrival{.from = request.from(), .adapter = caller.subject};
}

Result<engine::Command> ToCommand(const io::Claims& caller,
                                  const routing::v1::ClaimContactRequest& request) {
  const Result<ContactId> contact = ParseContactId(request.contact_id());
  if (!contact.ok()) return contact.error();
  return engine::Command{engine::Claim{.contact = *contact, .adapter = caller.subject}};
}

Result<engine::Command> ToCommand(const io::Claims&,
                                  const routing::v1::CancelContactRequest& request) {
  const Result<ContactId> contact = ParseContactId(request.contact_id());
  if (!contact.ok()) return contact.error();
  if (auto note = CheckNote(request.note(), "note"); !note.ok()) return note.error();
  if (request.note().empty()) return engine::Command{engine::Cancel{*contact}};
  return engine::Command{engine::Withdraw{*contact, request.note()}};
}

Result<engine::Command> ToCommand(const io::Claims&,
                                  const routing::v1::AbandonContactRequest& request) {
  const Result<ContactId> contact = ParseContactId(request.contact_id());
  if (!contact.ok()) return contact.error();
  engine::Abandon abandon{*contact, {}};
  if (request.channel() != type::v1::CHANNEL_UNSPECIFIED) {
    const Result<engine::Channel> channel = ParseChannel(request.channel());
    if (!channel.ok()) return channel.error();
    abandon.channel = *channel;
  }
  return engine::Command{abandon};
}

Result<engine::Command> ToCommand(const io::Claims& caller,
                                  const routing::v1::TransferContactRequest& request) {
  Result<engine::Transfer> transfer = OfTarget(request);
  if (!transfer.ok()) return transfer.error();
  transfer->by_supervisor = IsSupervisor(caller);
  return engine::Command{*std::move(transfer)};
}

Result<engine::Command> ToCommand(const io::Claims&,
                                  const routing::v1::CompleteContactRequest& request) {
  const Result<ContactId> contact = ParseContactId(request.contact_id());
  if (!contact.ok()) return contact.error();
  return engine::Command{engine::Complete{*contact, {}, request.disposition(), {}}};
}

Result<engine::Command> ToCommand(const io::Claims&,
                                  const routing::v1::UpdateContactRequest& request) {
  Result<engine::Update> update = ParseUpdate(request);
  if (!update.ok()) return update.error();
  return engine::Command{*std::move(update)};
}

Result<engine::Command> ToCommand(const io::Claims& caller,
                                  const agents::v1::SignInRequest& request) {
  const Result<AgentId> agent = ActingAgent(caller, request.agent_id());
  if (!agent.ok()) return agent.error();
  return engine::Command{engine::SignIn{*agent}};
}

Result<engine::Command> ToCommand(const io::Claims& caller,
                                  const agents::v1::SignOutRequest& request) {
  const Result<AgentId> agent = ActingAgent(caller, request.agent_id());
  if (!agent.ok()) return agent.error();
  return engine::Command{engine::SignOut{*agent, ForcedBy(caller)}};
}

Result<engine::Command> ToCommand(const io::Claims& caller,
                                  const agents::v1::SetPresenceRequest& request) {
  const Result<AgentId> agent = ActingAgent(caller, request.agent_id());
  if (!agent.ok()) return agent.error();
  engine::SetPresence command{*agent, engine::Presence::kAvailable, request.reason(),
                              ForcedBy(caller)};
  switch (request.presence()) {
    case agents::v1::Agent::PRESENCE_AVAILABLE:
      break;
    case agents::v1::Agent::PRESENCE_NOT_READY:
      command.presence = engine::Presence::kNotReady;
      break;
    default:
      return Error{Code::kInvalidArgument, "BAD_PRESENCE",
                   "presence is neither PRESENCE_AVAILABLE nor PRESENCE_NOT_READY",
                   "use SignOut to go offline"};
  }
  return engine::Command{std::move(command)};
}

Result<engine::Command> ToCommand(const io::Claims& caller,
                                  const agents::v1::AcceptOfferRequest& request) {
  return OfOffer<engine::Accept>(caller, request, {});
}

Result<engine::Command> ToCommand(const io::Claims& caller,
                                  const agents::v1::RejectOfferRequest& request) {
  if (auto reason = CheckNote(request.reason(), "reason"); !reason.ok()) return reason.error();
  return OfOffer<engine::Reject>(caller, request, request.reason());
}

Result<engine::Command> ToCommand(const io::Claims& caller,
                                  const agents::v1::CompleteContactRequest& request) {
  Result<engine::Command> made = OfAgentAndContact<engine::Complete>(caller, request);
  if (made.ok()) std::get<engine::Complete>(*made).disposition = request.disposition();
  return made;
}

Result<engine::Command> ToCommand(const io::Claims& caller,
                                  const agents::v1::EndWrapUpRequest& request) {
  return OfAgentAndContact<engine::EndWrapUp>(caller, request);
}

Result<engine::Command> ToCommand(const io::Claims& caller,
                                  const agents::v1::ExtendWrapUpRequest& request) {
  Result<engine::Command> made = OfAgentAndContact<engine::ExtendWrapUp>(caller, request);
  if (!made.ok()) return made;
  const Result<Duration> by = ParseDuration(request.extend_by(), "extend_by");
  if (!by.ok()) return by.error();
  std::get<engine::ExtendWrapUp>(*made).by = *by;
  return made;
}

Result<engine::Command> ToCommand(const io::Claims& caller,
                                  const agents::v1::HoldContactRequest& request) {
  return OfAgentAndContact<engine::Hold>(caller, request);
}

Result<engine::Command> ToCommand(const io::Claims& caller,
                                  const agents::v1::ResumeContactRequest& request) {
  return OfAgentAndContact<engine::Resume>(caller, request);
}

Result<engine::Command> ToCommand(const io::Claims& caller,
                                  const agents::v1::TransferContactRequest& request) {
  Result<engine::Transfer> transfer = OfTarget(request);
  if (!transfer.ok()) return transfer.error();
  if (IsSupervisor(caller) && request.agent_id().empty()) {
    transfer->by_supervisor = true;
    return engine::Command{*std::move(transfer)};
  }
  const Result<AgentId> agent = ActingAgent(caller, request.agent_id());
  if (!agent.ok()) return agent.error();
  transfer->by = *agent;
  return engine::Command{*std::move(transfer)};
}

Result<engine::Command> ToCommand(const io::Claims& caller,
                                  const agents::v1::PullContactRequest& request) {
  return OfAgentAndContact<engine::Pull>(caller, request);
}

Result<engine::Command> ToCommand(const io::Claims& caller,
                                  const agents::v1::ConsultContactRequest& request) {
  const Result<AgentId> agent = ActingAgent(caller, request.agent_id());
  if (!agent.ok()) return agent.error();
  const Result<engine::Transfer> target = OfTarget(request);
  if (!target.ok()) return target.error();
  return engine::Command{
      engine::Consult{target->contact, *agent, target->to_queue, target->to_agent}};
}

Result<engine::Command> ToCommand(const io::Claims& caller,
                                  const agents::v1::AssignContactRequest& request) {
  Result<engine::Command> made = OfAgentAndContact<engine::Assign>(caller, request);
  if (made.ok()) std::get<engine::Assign>(*made).by = caller.subject;
  return made;
}

namespace {

// FNV-1a over the deterministic wire form. It tells a repetition from a misuse of a request id; it
// guards nothing.
std::uint64_t Fingerprint(const google::protobuf::Message& request) {
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream sink(&bytes);
    google::protobuf::io::CodedOutputStream coded(&sink);
    coded.SetSerializationDeterministic(true);
    USHER_CHECK(request.SerializeToCodedStream(&coded), "proto3 messages always serialise");
  }
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return hash;
}

}  // namespace

Result<void> SetRequestId(const io::Claims& caller, const std::string& request_id,
                          const google::protobuf::Message& request, runtime::Request& out) {
  if (request_id.empty()) return {};
  if (request_id.size() > kRequestIdBytesMax) {
    return Error{Code::kInvalidArgument, "TOO_LONG",
                 "request_id has " + std::to_string(request_id.size()) + " bytes",
                 "send at most " + std::to_string(kRequestIdBytesMax)};
  }
  out.request_id = caller.subject + '/' + request_id;
  out.fingerprint = Fingerprint(request);
  return {};
}

}  // namespace usher::service
