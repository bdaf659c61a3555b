// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/id.h"
#include "base/result.h"
#include "router/runtime/domain_runtime.h"
#include "router/runtime/told.h"
#include "router/service/contact_index.h"

namespace usher::service {

// One event of a commit.
struct EventRef {
  std::shared_ptr<const runtime::Told> told;
  std::size_t index = 0;
  std::size_t commit_bytes = 0;  // what the whole commit holds in memory, roughly

  const engine::Event& event() const { return told->batch.events[index]; }
};

// Roughly what a commit holds in memory: whoever keeps one of its events keeps all of it.
std::size_t ApproximateBytes(const runtime::Told& told);

// A stream that hears of events.
class EventSink {
 public:
  virtual ~EventSink() = default;
  virtual void OnEvent(const EventRef& event) = 0;
  // After the last event of a commit that had any for this sink.
  virtual void OnCommitEnd(store::CommitSeq /*sequence*/) {}
  // The queue's waiting contacts moved up, or others came.
  virtual void OnQueueMoved(const QueueId& /*queue*/) {}
  // A configuration came into force (gateways only).
  virtual void OnDomainApplied() {}
  // Somebody else took this sink's place, or the domain is not led here any more: the stream ends
  // with the error. Sinks unsubscribe when they are destroyed, never from within a call of the hub.
  virtual void OnCut(const Error& why) = 0;
};

// Hands the events of one domain to the streams that they concern: an adapter's contacts to the
// adapter, an agent's doings to the gateway where the agent's console is, everything to those who
// follow everything. One pass over each commit, one look-up an event. Loop thread only.
class DomainHub final : public runtime::Watcher {
 public:
  // Of those who follow everything: each costs a little of every commit.
  static constexpr std::size_t kWatchersMax = 200;

  explicit DomainHub(runtime::DomainRuntime& runtime);
  ~DomainHub() override;

  // One live stream a name; the one before is cut with TAKEN_OVER.
  void SubscribeAdapter(const std::string& adapter, EventSink& sink);
  bool IsAdapter(const std::string& adapter, const EventSink& sink) const;
  void SubscribeAll(EventSink& sink);
  // RESOURCE_EXHAUSTED/TOO_MANY_WATCHERS when a client may not be let in to follow everything.
  Result<void> TakesWatcher() const;
  // A gateway's stream hears of new configurations, also before an agent is attached there. One
  // live stream a name, as with adapters.
  void SubscribeGateway(const std::string& gateway, EventSink& sink);
  // Leaves what is attached to the sink as it is.
  void UnsubscribeGateway(const EventSink& sink);
  // The agent's console is at this stream; one that was elsewhere is no more (that stream is not
  // cut: it serves other agents too, and hears nothing of this one from now on).
  void AttachAgent(const AgentId& agent, EventSink& sink);
  bool IsAttached(const AgentId& agent, const EventSink& sink) const;
  void DetachAgent(const AgentId& agent, const EventSink& sink);
  // Ends everything that the sink was subscribed to.
  void Unsubscribe(EventSink& sink);

  const ContactIndex& index() const { return index_; }
  // The agent's configuration; null when there is none of this id.
  const engine::Agent* FindAgent(const AgentId& agent) const;

  void OnTold(const std::shared_ptr<const runtime::Told>& told) override;
  void OnLeading() override;
  void OnDeposed(const Error& why) override;

 private:
  void Dispatch(const EventRef& ref);
  void TellAdapter(const std::string& adapter, const EventRef& event);
  void Deliver(EventSink& sink, const EventRef& event);
  void IndexAgents();

  runtime::DomainRuntime& runtime_;
  ContactIndex index_;
  std::unordered_map<AgentId, const engine::Agent*> agents_;  // into the engine's domain
  std::unordered_map<std::string, EventSink*> adapters_;
  std::unordered_map<std::string, EventSink*> gateways_;
  std::unordered_map<AgentId, EventSink*> attached_;
  std::vector<EventSink*> all_;
  std::vector<EventSink*> touched_;  // by the commit that is being told
  std::unordered_set<QueueId> moved_;
};

}  // namespace usher::service
