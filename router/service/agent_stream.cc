// SPDX-License-Identifier: Apache-2.0
#include "router/service/agent_stream.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

#include "base/io/log.h"
#include "router/service/commands.h"
#include "router/service/refusals.h"
#include "router/service/wire.h"

namespace usher::service {

namespace {

constexpr std::size_t kAnswersUnderWayMax = 20'000;
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
  const store::CommitSeq exact_at = node_.runtime.decided_sequence();
  desk->set_sequence(exact_at);
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
  if (attached == exact_at_.end() || event.told->sequence <= attached->second) return true;
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
      alive_(std::make_shared<int>(0)),
      agents_(node, *this, [this] { stream_.Wake(); }) {}

AgentStream::~AgentStream() {
  alive_.reset();
  node_.hub.UnsubscribeGateway(*this);
}

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
  reading_paused_ = answers_under_way_ >= kAnswersUnderWayMax;
  return !reading_paused_;
}

void AgentStream::Run(const agents::v1::AgentCommand& command) {
  using agents::v1::AgentCommand;
  const std::uint64_t tag = command.tag();
  switch (command.command_case()) {
    case AgentCommand::kAttach:
    case AgentCommand::kDetach:
      ++answers_under_way_;
      if (command.command_case() == AgentCommand::kDetach) {
        agents_.Detach(AgentId{command.detach().agent_id()});
        return Answer(tag, runtime::Answer{});
      }
      if (auto attached = agents_.Attach(AgentId{command.attach().agent_id()}); !attached.ok()) {
        return Answer(tag, attached.error());
      }
      return Answer(tag, runtime::Answer{});
    case AgentCommand::kSignIn:
      return Decide(tag, command.sign_in());
    case AgentCommand::kSignOut:
      return Decide(tag, command.sign_out());
    case AgentCommand::kSetPresence:
      return Decide(tag, command.set_presence());
    case AgentCommand::kAccept:
      return Decide(tag, command.accept());
    case AgentCommand::kReject:
      return Decide(tag, command.reject());
    case AgentCommand::kComplete:
      return Decide(tag, command.complete());
    case AgentCommand::kEndWrapUp:
      return Decide(tag, command.end_wrap_up());
    case AgentCommand::kExtendWrapUp:
      return Decide(tag, command.extend_wrap_up());
    case AgentCommand::kHold:
      return Decide(tag, command.hold());
    case AgentCommand::kResume:
      return Decide(tag, command.resume());
    case AgentCommand::kTransfer:
      return Decide(tag, command.transfer());
    case AgentCommand::kPull:
      return Decide(tag, command.pull());
    case AgentCommand::COMMAND_NOT_SET:
      break;
  }
  ++answers_under_way_;
  Answer(tag, Error{Code::kInvalidArgument, "MISSING_COMMAND", "the command says nothing to do",
                    "set one of its fields"});
}

template <class Command>
void AgentStream::Decide(std::uint64_t tag, const Command& request) {
  ++answers_under_way_;
  Result<engine::Command> command = ToCommand(call_.claims, request);
  if (!command.ok()) return Answer(tag, command.error());
  runtime::Request to_decide;
  to_decide.command = *std::move(command);
  if (auto set = SetRequestId(call_.claims, request.request_id(), request, to_decide); !set.ok()) {
    return Answer(tag, set.error());
  }
  to_decide.done = [this, tag, alive = std::weak_ptr(alive_)](Result<runtime::Answer> answer) {
    if (!alive.expired()) Answer(tag, answer);
  };
  node_.runtime.Execute(std::move(to_decide));
}

void AgentStream::Answer(std::uint64_t tag, const Result<runtime::Answer>& answer) {
  --answers_under_way_;
  agents::v1::AgentResult& result = results_.emplace_back();
  result.set_tag(tag);
  std::optional<Error> error;
  if (!answer.ok()) {
    error = answer.error();
  } else {
    result.set_repeated_command(answer->outcome.repeated);
    if (!answer->outcome.ok()) error = ToError(answer->outcome);
  }
  if (error) {
    result.set_code(static_cast<std::uint32_t>(error->code));
    result.set_reason(error->reason);
    result.set_message(error->message + "; " + error->next_step);
  }
  stream_.Wake();
  if (reading_paused_ && answers_under_way_ < kAnswersUnderWayMax / 2) {
    reading_paused_ = false;
    stream_.ReadNext();
  }
}

bool AgentStream::Fill(agents::v1::ServeAgentsResponse& message) {
  if (std::exchange(vocabulary_due_, false) && node_.runtime.leading()) {
    FillVocabulary(node_.runtime.engine().domain(), *message.mutable_vocabulary());
  }
  const std::size_t count = std::min<std::size_t>(results_.size(), EventOutbox::kEventsPerMessage);
  for (std::size_t i = 0; i < count; ++i) *message.add_results() = std::move(results_[i]);
  results_.erase(results_.begin(), results_.begin() + static_cast<std::ptrdiff_t>(count));
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
