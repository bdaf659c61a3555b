// SPDX-License-Identifier: Apache-2.0
#include "router/service/agent_stream.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

#include "base/io/log.h"
#include "router/service/wire.h"

namespace usher::service {

namespace {

constexpr int kDesksPerMessage = 200;

}  // namespace

AttachedAgents::AttachedAgents(DomainNode& node, EventSink& sink, std::function<void()> wake)
    : node_(node), sink_(sink), wake_(std::move(wake)), alive_(std::make_shared<int>(0)) {}

AttachedAgents::~AttachedAgents() {
  alive_.reset();
  for (const auto& [agent, exact_at] : exact_at_) {
    if (!node_.hub.IsAttached(agent, sink_)) continue;
    node_.hub.DetachAgent(agent, sink_);
    if (node_.runtime.leading()) SetConnection(agent, engine::Connection::kLost);
  }
}

// An agent who is not signed in has no connection to lose: that refusal means nothing.
void AttachedAgents::SetConnection(const AgentId& agent, engine::Connection connection) {
  runtime::Request request;
  request.command = engine::SetConnection{agent, connection};
  request.done = [](const Result<runtime::Answer>& answer) {
    if (!answer.ok()) io::LogError(io::LogLevel::kWarning, "connection_untold", answer.error());
  };
  node_.runtime.Execute(std::move(request));
}

Result<void> AttachedAgents::Attach(const AgentId& agent) {
  if (node_.hub.FindAgent(agent) == nullptr) {
    return Error{Code::kNotFound, "UNKNOWN_AGENT",
                 "the domain file declares no agent \"" + agent.value() + "\"",
                 "add the agent to the domain file and apply it"};
  }
  node_.hub.AttachAgent(agent, sink_);
  SetConnection(agent, engine::Connection::kBack);
  TellDesk(agent);
  return {};
}

void AttachedAgents::TellDesk(const AgentId& agent) {
  const engine::Agent* configured = node_.hub.FindAgent(agent);
  if (configured == nullptr) return;
  auto desk = std::make_shared<agents::v1::Desk>();
  FillDesk(node_.runtime.engine(), *configured, *desk);
  // Named is the last commit that is in it whole: what is decided next may come into the same one.
  const runtime::LogPosition exact_at = node_.runtime.decided();
  desk->set_sequence(exact_at.sequence);
  exact_at_[agent] = exact_at;
  node_.runtime.AfterCommit(
      [this, agent, desk, alive = std::weak_ptr(alive_)](Result<void> durable) {
        if (alive.expired() || !durable.ok() || !exact_at_.contains(agent)) return;
        desks_.push_back(std::move(*desk));
        wake_();
      });
}

void AttachedAgents::Detach(const AgentId& agent) {
  exact_at_.erase(agent);
  if (!node_.hub.IsAttached(agent, sink_)) return;
  node_.hub.DetachAgent(agent, sink_);
  SetConnection(agent, engine::Connection::kLost);
}

bool AttachedAgents::OnEvent(const EventRef& event) {
  const AgentId* agent = AgentOf(event.event());
  if (agent == nullptr) return true;
  const auto attached = exact_at_.find(*agent);
  if (attached == exact_at_.end() || attached->second.IsBehind(*event.told, event.index)) {
    return true;
  }
  return outbox_.Push(event);
}

void AttachedAgents::FillDesks(google::protobuf::RepeatedPtrField<agents::v1::Desk>& desks) {
  const std::size_t count = std::min<std::size_t>(desks_.size(), kDesksPerMessage);
  for (std::size_t i = 0; i < count; ++i) *desks.Add() = std::move(desks_[i]);
  desks_.erase(desks_.begin(), desks_.begin() + static_cast<std::ptrdiff_t>(count));
}

AgentStream::AgentStream(DomainNode& node, const io::CallContext& call, Stream& stream)
    : node_(node),
      call_(call),
      stream_(stream),
      answers_(node.runtime, call.claims,
               {.told = [this] { stream_.Wake(); },
                .room = [this] { stream_.ReadNext(); },
                .note = nullptr}),
      agents_(node, *this, [this] { stream_.Wake(); }) {}

AgentStream::~AgentStream() { node_.hub.UnsubscribeGateway(*this); }

bool AgentStream::OnMessage(agents::v1::ServeAgentsRequest&& message) {
  if (!opened_) {
    if (message.hello().gateway() != call_.claims.subject) {
      stream_.Finish(Error{Code::kPermissionDenied, "NOT_YOUR_NAME",
                           "the token speaks for " + call_.claims.subject + ", not for \"" +
                               message.hello().gateway() + '"',
                           "send a hello with the token's subject as the gateway's name first"});
      return false;
    }
    opened_ = true;
    node_.hub.SubscribeGateway(message.hello().gateway(), *this);
    OnDomainApplied();
  }
  for (const agents::v1::AgentCommand& command : message.commands()) Run(command);
  return answers_.MayReadOn();
}

void AgentStream::Run(const agents::v1::AgentCommand& command) {
  using agents::v1::AgentCommand;
  const std::uint64_t tag = command.tag();
  switch (command.command_case()) {
    case AgentCommand::kAttach:
      if (auto attached = agents_.Attach(AgentId{command.attach().agent_id()}); !attached.ok()) {
        return answers_.Answer(tag, attached.error());
      }
      return answers_.Answer(tag, runtime::Answer{});
    case AgentCommand::kDetach:
      agents_.Detach(AgentId{command.detach().agent_id()});
      return answers_.Answer(tag, runtime::Answer{});
    case AgentCommand::kSignIn:
      return answers_.Decide(tag, command.sign_in());
    case AgentCommand::kSignOut:
      return answers_.Decide(tag, command.sign_out());
    case AgentCommand::kSetPresence:
      return answers_.Decide(tag, command.set_presence());
    case AgentCommand::kAccept:
      return answers_.Decide(tag, command.accept());
    case AgentCommand::kReject:
      return answers_.Decide(tag, command.reject());
    case AgentCommand::kComplete:
      return answers_.Decide(tag, command.complete());
    case AgentCommand::kEndWrapUp:
      return answers_.Decide(tag, command.end_wrap_up());
    case AgentCommand::kExtendWrapUp:
      return answers_.Decide(tag, command.extend_wrap_up());
    case AgentCommand::kHold:
      return answers_.Decide(tag, command.hold());
    case AgentCommand::kResume:
      return answers_.Decide(tag, command.resume());
    case AgentCommand::kTransfer:
      return answers_.Decide(tag, command.transfer());
    case AgentCommand::kPull:
      return answers_.Decide(tag, command.pull());
    case AgentCommand::kConsult:
      return answers_.Decide(tag, command.consult());
    case AgentCommand::COMMAND_NOT_SET:
      break;
  }
  answers_.AnswerMissingCommand(tag);
}

bool AgentStream::Fill(agents::v1::ServeAgentsResponse& message) {
  if (std::exchange(vocabulary_due_, false) && node_.runtime.leading()) {
    FillVocabulary(node_.runtime.engine().domain(), *message.mutable_vocabulary());
  }
  answers_.Fill(*message.mutable_results());
  agents_.FillDesks(*message.mutable_desks());
  // An event must not come before its agent's desk, and a desk may wait for the next message.
  if (!agents_.HasDesks()) agents_.FillEvents(*message.mutable_events());
  told_up_to_ = std::max(told_up_to_, agents_.last_sequence());
  message.set_sequence(told_up_to_);
  return message.has_vocabulary() || message.results_size() > 0 || message.desks_size() > 0 ||
         message.events_size() > 0;
}

void AgentStream::OnEvent(const EventRef& event) {
  if (!agents_.OnEvent(event)) OnCut(TooSlow());
}

void AgentStream::OnCommitEnd(store::CommitSeq) { stream_.Wake(); }

void AgentStream::OnDomainApplied() {
  vocabulary_due_ = true;
  stream_.Wake();
}

void AgentStream::OnHalfClose() { stream_.Finish({}); }

void AgentStream::OnCut(const Error& why) { stream_.Finish(why); }

AgentWatch::AgentWatch(DomainNode& node, Feed& feed)
    : feed_(feed), agents_(node, *this, [this] { feed_.Wake(); }) {}

AgentWatch::~AgentWatch() = default;

Result<std::unique_ptr<AgentWatch>> AgentWatch::Open(DomainNode& node, const AgentId& agent,
                                                     Feed& feed) {
  std::unique_ptr<AgentWatch> watch(new AgentWatch(node, feed));
  if (auto attached = watch->agents_.Attach(agent); !attached.ok()) return attached.error();
  return watch;
}

bool AgentWatch::Fill(agents::v1::WatchAgentResponse& message) {
  google::protobuf::RepeatedPtrField<agents::v1::Desk> desks;
  agents_.FillDesks(desks);
  if (!desks.empty()) *message.mutable_desk() = std::move(*desks.rbegin());
  agents_.FillEvents(*message.mutable_events());
  told_up_to_ = std::max({told_up_to_, agents_.last_sequence(), message.desk().sequence()});
  message.set_sequence(told_up_to_);
  return message.has_desk() || message.events_size() > 0;
}

void AgentWatch::OnEvent(const EventRef& event) {
  if (!agents_.OnEvent(event)) OnCut(TooSlow());
}

void AgentWatch::OnCommitEnd(store::CommitSeq) { feed_.Wake(); }

void AgentWatch::OnCut(const Error& why) { feed_.Finish(why); }

}  // namespace usher::service
