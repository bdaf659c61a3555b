// SPDX-License-Identifier: Apache-2.0
#include "router/service/domain_hub.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <variant>

namespace usher::service {

namespace {

// The queue in which places change by this event; null where none do.
const QueueId* MovedQueue(const engine::Event& event, const IndexedContact* contact) {
  const bool moves = std::holds_alternative<engine::Queued>(event.body) ||
                     std::holds_alternative<engine::Assigned>(event.body) ||
                     std::holds_alternative<engine::Overflowed>(event.body) ||
                     std::holds_alternative<engine::Updated>(event.body) ||
                     std::holds_alternative<engine::StepApplied>(event.body) ||
                     std::holds_alternative<engine::Closed>(event.body);
  return moves && contact != nullptr ? &contact->queue : nullptr;
}

Error TakenOver(const std::string& kind, const std::string& name) {
  return {Code::kAborted, "TAKEN_OVER", "another stream of " + kind + ' ' + name + " took over",
          "run one instance of the name, or give the second another name"};
}

// What an event or a row takes beside its texts.
constexpr std::size_t kEventBytes = 512;
constexpr std::size_t kRowBytes = 1'024;

std::size_t BytesOf(const std::map<std::string, std::string>& attributes) {
  std::size_t bytes = 0;
  for (const auto& [key, value] : attributes) bytes += key.size() + value.size() + 128;
  return bytes;
}

}  // namespace

std::size_t ApproximateBytes(const runtime::Told& told) {
  std::size_t bytes = told.batch.events.size() * kEventBytes;
  for (const engine::Event& event : told.batch.events) {
    if (const auto* submitted = std::get_if<engine::Submitted>(&event.body)) {
      bytes += BytesOf(submitted->attributes) + submitted->subject.size();
    }
  }
  for (const auto& row : told.contacts) {
    if (row != nullptr) bytes += kRowBytes + BytesOf(row->attributes) + row->subject.size();
  }
  return bytes;
}

DomainHub::DomainHub(runtime::DomainRuntime& runtime) : runtime_(runtime) {
  runtime_.Watch(*this);
  if (runtime_.leading()) OnLeading();
}

DomainHub::~DomainHub() { runtime_.Unwatch(*this); }

void DomainHub::IndexAgents() {
  agents_.clear();
  for (const engine::Agent& agent : runtime_.engine().domain().agents) {
    agents_.emplace(agent.id, &agent);
  }
}

const engine::Agent* DomainHub::FindAgent(const AgentId& agent) const {
  const auto found = agents_.find(agent);
  return found == agents_.end() ? nullptr : found->second;
}

void DomainHub::OnLeading() {
  index_.Load(runtime_.engine());
  IndexAgents();
}

void DomainHub::OnDeposed(const Error& why) {
  index_.Clear();
  agents_.clear();
  std::vector<EventSink*> sinks = std::exchange(all_, {});
  for (const auto& [name, sink] : std::exchange(adapters_, {})) sinks.push_back(sink);
  for (const auto& [name, sink] : std::exchange(gateways_, {})) sinks.push_back(sink);
  for (const auto& [agent, sink] : std::exchange(attached_, {})) sinks.push_back(sink);
  std::sort(sinks.begin(), sinks.end());
  sinks.erase(std::unique(sinks.begin(), sinks.end()), sinks.end());
  const Error error{Code::kUnavailable, "NOT_LEADING",
                    "this router lost the domain: " + why.message,
                    "connect again; the stream can be resumed"};
  for (EventSink* sink : sinks) sink->OnCut(error);
}

void DomainHub::SubscribeAdapter(const std::string& adapter, EventSink& sink) {
  EventSink* before = std::exchange(adapters_[adapter], &sink);
  if (before != nullptr && before != &sink) before->OnCut(TakenOver("adapter", adapter));
}

bool DomainHub::IsAdapter(const std::string& adapter, const EventSink& sink) const {
  const auto found = adapters_.find(adapter);
  return found != adapters_.end() && found->second == &sink;
}

void DomainHub::SubscribeGateway(const std::string& gateway, EventSink& sink) {
  EventSink* before = std::exchange(gateways_[gateway], &sink);
  if (before != nullptr && before != &sink) before->OnCut(TakenOver("gateway", gateway));
}

void DomainHub::UnsubscribeGateway(const EventSink& sink) {
  std::erase_if(gateways_, [&](const auto& entry) { return entry.second == &sink; });
}

void DomainHub::SubscribeAll(EventSink& sink) { all_.push_back(&sink); }

Result<void> DomainHub::TakesWatcher() const {
  if (all_.size() < kWatchersMax) return {};
  return Error{Code::kResourceExhausted, "TOO_MANY_WATCHERS",
               std::to_string(kWatchersMax) + " streams watch this domain already",
               "end one that is not needed"};
}

void DomainHub::AttachAgent(const AgentId& agent, EventSink& sink) { attached_[agent] = &sink; }

bool DomainHub::IsAttached(const AgentId& agent, const EventSink& sink) const {
  const auto found = attached_.find(agent);
  return found != attached_.end() && found->second == &sink;
}

void DomainHub::DetachAgent(const AgentId& agent, const EventSink& sink) {
  if (IsAttached(agent, sink)) attached_.erase(agent);
}

void DomainHub::Unsubscribe(EventSink& sink) {
  std::erase(all_, &sink);
  std::erase(touched_, &sink);
  std::erase_if(adapters_, [&](const auto& entry) { return entry.second == &sink; });
  UnsubscribeGateway(sink);
  std::erase_if(attached_, [&](const auto& entry) { return entry.second == &sink; });
}

void DomainHub::Deliver(EventSink& sink, const EventRef& event) {
  if (std::find(touched_.begin(), touched_.end(), &sink) == touched_.end()) {
    touched_.push_back(&sink);
  }
  sink.OnEvent(event);
}

void DomainHub::TellAdapter(const std::string& adapter, const EventRef& ref) {
  const auto told = adapters_.find(adapter);
  if (told != adapters_.end()) Deliver(*told->second, ref);
}

void DomainHub::Dispatch(const EventRef& ref) {
  const engine::Event& event = ref.event();
  const IndexedContact* contact = index_.Apply(event);
  if (const QueueId* queue = MovedQueue(event, contact)) moved_.insert(*queue);
  if (contact != nullptr) TellAdapter(contact->adapter, ref);
  if (const auto* claimed = std::get_if<engine::Claimed>(&event.body)) {
    TellAdapter(claimed->from, ref);
  }
  if (const AgentId* agent = AgentOf(event)) {
    const auto attached = attached_.find(*agent);
    if (attached != attached_.end()) Deliver(*attached->second, ref);
  }
  for (EventSink* sink : all_) Deliver(*sink, ref);
}

void DomainHub::OnTold(const std::shared_ptr<const runtime::Told>& told) {
  touched_.clear();
  moved_.clear();
  bool applied = false;
  const std::size_t bytes = ApproximateBytes(*told);
  for (std::size_t i = 0; i < told->batch.events.size(); ++i) {
    Dispatch({told, i, bytes});
    applied = applied || std::holds_alternative<engine::DomainApplied>(told->batch.events[i].body);
  }
  if (applied) {
    IndexAgents();
    std::vector<EventSink*> sinks;
    for (const auto& [name, sink] : gateways_) sinks.push_back(sink);
    for (EventSink* sink : sinks) sink->OnDomainApplied();
  }
  for (EventSink* sink : touched_) sink->OnCommitEnd(told->sequence);
  if (adapters_.empty()) return;
  for (const QueueId& queue : moved_) {
    for (const auto& [name, sink] : adapters_) sink->OnQueueMoved(queue);
  }
}

}  // namespace usher::service
