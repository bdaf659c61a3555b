// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/io/call_context.h"
#include "base/io/server_stream.h"
#include "router/service/call_desk.h"
#include "router/service/call_states.h"
#include "router/service/command_answers.h"
#include "router/service/domain_node.h"
#include "router/service/event_outbox.h"
#include "usher/agents/v1/agent_service.pb.h"

namespace usher::service {

// The consoles that one stream speaks for, and the desks and events that they have yet to be told.
// Attaching tells the router that the agent is there; when the stream ends, every agent that is
// still attached has lost the console and the grace starts.
//
// What waits is bounded whatever the peer does: of a desk only the newest is kept, and when more
// events wait than are kept, they are dropped and every agent's desk is told anew instead. Of each
// call it is only kept that something is to be told of it.
class AttachedAgents final : public CallFollower {
 public:
  // `stream` names it to operators; `wake` is called when there is something to tell.
  AttachedAgents(DomainNode& node, CallStates& calls, EventSink& sink, std::string_view stream,
                 std::function<void()> wake);
  // Detaches all.
  ~AttachedAgents() override;
  AttachedAgents(const AttachedAgents&) = delete;
  AttachedAgents& operator=(const AttachedAgents&) = delete;

  // UNKNOWN_AGENT. The desk follows when it is durable.
  Result<void> Attach(const AgentId& agent);
  void Detach(const AgentId& agent);
  // The stream is being cut: all have lost the console, and nothing waits any more.
  void DetachAll();

  // Also tells people who are no agents of the domain of the calls that they are in.
  void TakeGuests();
  // The calls that such a person is in, for a console that has come back.
  void TellCallsOf(const AgentId& person);

  void OnEvent(const EventRef& event);
  void OnCall(ContactId contact, const AgentId& person) override;
  // Moves what is to be told: desks first, then events.
  void FillDesks(google::protobuf::RepeatedPtrField<agents::v1::Desk>& desks);
  // Events, then how calls stand.
  void FillEvents(google::protobuf::RepeatedPtrField<routing::v1::Event>& events);
  bool HasDesks() const { return !desks_.empty(); }
  store::CommitSeq last_sequence() const { return outbox_.last_sequence(); }

 private:
  void SetConnection(const AgentId& agent, engine::Connection connection);
  void TellDesk(const AgentId& agent);
  void Resynchronise();

  DomainNode& node_;
  CallStates& calls_;
  EventSink& sink_;
  const std::string_view stream_;
  std::function<void()> wake_;
  std::unordered_map<AgentId, runtime::LogPosition> exact_at_;  // of the agent's desk
  std::map<AgentId, agents::v1::Desk> desks_;                   // to be told: the newest of each
  EventOutbox outbox_;
  std::set<std::pair<ContactId, AgentId>> calls_due_;  // to be told
  std::shared_ptr<void> alive_;
};

// One gateway's `ServeAgents` stream: commands in, results, desks and events out, batched.
class AgentStream final
    : public io::StreamHandler<agents::v1::ServeAgentsRequest, agents::v1::ServeAgentsResponse>,
      public EventSink {
 public:
  using Stream = io::ServerStream<agents::v1::ServeAgentsRequest, agents::v1::ServeAgentsResponse>;

  AgentStream(DomainNode& node, CallDesk& calls, const io::CallContext& call, Stream& stream);
  ~AgentStream() override;

  bool OnMessage(agents::v1::ServeAgentsRequest&& message) override;
  void OnHalfClose() override;
  bool Fill(agents::v1::ServeAgentsResponse& message) override;

  void OnEvent(const EventRef& event) override;
  void OnCommitEnd(store::CommitSeq sequence) override;
  void OnDomainApplied() override;
  void OnCut(const Error& why) override;
  void OnStalled() override;

 private:
  void Run(const agents::v1::AgentCommand& command);
  void Attach(std::uint64_t tag, const AgentId& agent);
  CallDesk::Done Placed(std::uint64_t tag);

  DomainNode& node_;
  CallDesk& calls_;
  io::CallContext call_;
  Stream& stream_;
  bool opened_ = false;
  bool vocabulary_due_ = false;
  CommandAnswers<agents::v1::AgentResult> answers_;
  store::CommitSeq told_up_to_ = 0;
  AttachedAgents agents_;
};

// `WatchAgent`: the same for one agent, whose console this stream then is.
class AgentWatch final : public io::FeedHandler<agents::v1::WatchAgentResponse>, public EventSink {
 public:
  using Feed = io::ServerFeed<agents::v1::WatchAgentResponse>;

  static Result<std::unique_ptr<AgentWatch>> Open(DomainNode& node, CallDesk& calls,
                                                  const AgentId& agent, Feed& feed);
  ~AgentWatch() override;

  bool Fill(agents::v1::WatchAgentResponse& message) override;
  void OnEvent(const EventRef& event) override;
  void OnCommitEnd(store::CommitSeq sequence) override;
  void OnCut(const Error& why) override;
  void OnStalled() override;

 private:
  AgentWatch(DomainNode& node, CallDesk& calls, Feed& feed);

  DomainNode& node_;
  Feed& feed_;
  store::CommitSeq told_up_to_ = 0;
  AttachedAgents agents_;
};

}  // namespace usher::service
