// SPDX-License-Identifier: Apache-2.0
#include "router/service/agent_stream.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "base/io/log.h"
#include "router/service/text_ids.h"
#include "router/service/wire.h"

namespace usher::service {

namespace {

constexpr int kDesksPerMessage = 200;
constexpr std::size_t kDeskBytesPerMessage = 1 << 20;
constexpr std::size_t kCallBytesPerMessage = 1 << 18;

// Of what brings a contact into being.
void NameContact(const runtime::Answer& answer, agents::v1::AgentResult& result) {
  result.set_contact_id(ToText(answer.outcome.contact));
}

}  // namespace

AttachedAgents::AttachedAgents(DomainNode& node, CallStates& calls, EventSink& sink,
                               std::string_view stream, std::function<void()> wake)
    : node_(node),
      calls_(calls),
      sink_(sink),
      stream_(stream),
      wake_(std::move(wake)),
      outbox_(node.readers.events_max),
      alive_(std::make_shared<int>(0)) {}

AttachedAgents::~AttachedAgents() {
  alive_.reset();
  calls_.UnfollowGuests(*this);
  DetachAll();
}

void AttachedAgents::TakeGuests() { calls_.FollowGuests(*this); }

void AttachedAgents::DetachAll() {
  outbox_.Clear();
  desks_.clear();
  calls_due_.clear();
  for (const auto& [agent, exact_at] : std::exchange(exact_at_, {})) {
    calls_.Unfollow(agent, *this);
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
  calls_.Follow(agent, *this);
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
        desks_[agent] = std::move(*desk);
        TellCallsOf(agent);
        wake_();
      });
}

void AttachedAgents::TellCallsOf(const AgentId& person) {
  for (const ContactId contact : calls_.CallsOf(person)) calls_due_.emplace(contact, person);
}

void AttachedAgents::OnCall(ContactId contact, const AgentId& person) {
  calls_due_.emplace(contact, person);
  wake_();
}

// Behind the events, for the state may be that of a contact which they bring.
void AttachedAgents::FillEvents(google::protobuf::RepeatedPtrField<routing::v1::Event>& events) {
  if (outbox_.Fill(events)) return;
  std::size_t bytes = 0;
  while (!calls_due_.empty() && bytes < kCallBytesPerMessage) {
    const auto& [contact, person] = *calls_due_.begin();
    routing::v1::Event& hint = *events.Add();
    calls_.FillHint(contact, person, hint);
    bytes += hint.ByteSizeLong();
    calls_due_.erase(calls_due_.begin());
  }
}

void AttachedAgents::Detach(const AgentId& agent) {
  exact_at_.erase(agent);
  desks_.erase(agent);
  calls_.Unfollow(agent, *this);
  std::erase_if(calls_due_, [&](const auto& due) { return due.second == agent; });
  if (!node_.hub.IsAttached(agent, sink_)) return;
  node_.hub.DetachAgent(agent, sink_);
  SetConnection(agent, engine::Connection::kLost);
}

void AttachedAgents::OnEvent(const EventRef& event) {
  const AgentId* agent = AgentOf(event.event());
  if (agent == nullptr) return;
  const auto attached = exact_at_.find(*agent);
  if (attached == exact_at_.end() || attached->second.IsBehind(*event.told, event.index)) return;
  if (!outbox_.Push(event)) Resynchronise();
}

// The desks hold what this event and all that wait have done.
void AttachedAgents::Resynchronise() {
  node_.slow_readers.CountResynchronised(node_.runtime.domain(), stream_);
  outbox_.Clear();
  std::vector<AgentId> agents;
  for (const auto& [agent, exact_at] : exact_at_) agents.push_back(agent);
  for (const AgentId& agent : agents) TellDesk(agent);
}

void AttachedAgents::FillDesks(google::protobuf::RepeatedPtrField<agents::v1::Desk>& desks) {
  std::size_t bytes = 0;
  while (!desks_.empty() && desks.size() < kDesksPerMessage && bytes < kDeskBytesPerMessage) {
    auto first = desks_.begin();
    bytes += first->second.ByteSizeLong();
    *desks.Add() = std::move(first->second);
    desks_.erase(first);
  }
}

AgentStream::AgentStream(DomainNode& node, CallDesk& calls, const io::CallContext& call,
                         Stream& stream)
    : node_(node),
      calls_(calls),
      call_(call),
      stream_(stream),
      answers_(node.intake, call.claims,
               {.told = [this] { stream_.Wake(); },
                .room = [this] { stream_.ReadNext(); },
                .note = nullptr}),
      agents_(node, calls.states(), *this, "serve_agents", [this] { stream_.Wake(); }) {
  stream_.SetStallLimit(node_.readers.stall_limit);
}

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
    agents_.TakeGuests();
    OnDomainApplied();
  }
  if (auto checked = answers_.CheckCount(message.commands_size()); !checked.ok()) {
    stream_.Finish(checked);
    return false;
  }
  for (const agents::v1::AgentCommand& command : message.commands()) Run(command);
  return answers_.MayReadOn();
}

void AgentStream::Run(const agents::v1::AgentCommand& command) {
  using agents::v1::AgentCommand;
  const std::uint64_t tag = command.tag();
  switch (command.command_case()) {
    case AgentCommand::kAttach:
      return Attach(tag, AgentId{command.attach().agent_id()});
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
      return answers_.Decide(tag, command.consult(), NameContact);
    case AgentCommand::kControlCall:
      return calls_.Control(call_, command.control_call(), Placed(tag));
    case AgentCommand::kPlaceCall:
      return calls_.Place(call_, command.place_call(), Placed(tag));
    case AgentCommand::kStartMail:
      return calls_.StartMail(call_, command.start_mail(), Placed(tag));
    case AgentCommand::COMMAND_NOT_SET:
      break;
  }
  answers_.AnswerMissingCommand(tag);
}

// A supervisor need not be an agent of the domain, and may be in a call all the same.
void AgentStream::Attach(std::uint64_t tag, const AgentId& agent) {
  const Result<void> attached = agents_.Attach(agent);
  if (attached.ok()) return answers_.Answer(tag, runtime::Answer{});
  answers_.Answer(tag, attached.error());
  agents_.TellCallsOf(agent);
}

CallDesk::Done AgentStream::Placed(std::uint64_t tag) {
  return [answer = answers_.Await(tag, NameContact)](const Result<std::string>& done) {
    if (!done.ok()) return answer(done.error());
    runtime::Answer placed;
    if (const auto contact = ParseContactId(*done); contact.ok()) {
      placed.outcome.contact = *contact;
    }
    answer(placed);
  };
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

void AgentStream::OnEvent(const EventRef& event) { agents_.OnEvent(event); }

void AgentStream::OnCommitEnd(store::CommitSeq) { stream_.Wake(); }

void AgentStream::OnDomainApplied() {
  vocabulary_due_ = true;
  stream_.Wake();
}

void AgentStream::OnHalfClose() { stream_.Finish({}); }

void AgentStream::OnCut(const Error& why) { stream_.Finish(why); }

// A gateway that takes nothing shows nobody an offer: the consoles are as good as lost.
void AgentStream::OnStalled() {
  node_.slow_readers.CountCut(node_.runtime.domain(), "serve_agents");
  agents_.DetachAll();
}

AgentWatch::AgentWatch(DomainNode& node, CallDesk& calls, Feed& feed)
    : node_(node),
      feed_(feed),
      agents_(node, calls.states(), *this, "watch_agent", [this] { feed_.Wake(); }) {
  feed_.SetStallLimit(node_.readers.stall_limit);
}

AgentWatch::~AgentWatch() = default;

Result<std::unique_ptr<AgentWatch>> AgentWatch::Open(DomainNode& node, CallDesk& calls,
                                                     const AgentId& agent, Feed& feed) {
  std::unique_ptr<AgentWatch> watch(new AgentWatch(node, calls, feed));
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

void AgentWatch::OnEvent(const EventRef& event) { agents_.OnEvent(event); }

void AgentWatch::OnCommitEnd(store::CommitSeq) { feed_.Wake(); }

void AgentWatch::OnCut(const Error& why) { feed_.Finish(why); }

void AgentWatch::OnStalled() {
  node_.slow_readers.CountCut(node_.runtime.domain(), "watch_agent");
  agents_.DetachAll();
}

}  // namespace usher::service
