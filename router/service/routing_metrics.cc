// SPDX-License-Identifier: Apache-2.0
#include "router/service/routing_metrics.h"

#include <array>
#include <utility>
#include <variant>
#include <vector>

#include "router/engine/words.h"

namespace usher::service {

namespace {

constexpr std::size_t kQueueLabelsMax = 500;

const std::vector<double>& WaitBounds() {
  static const std::vector<double> bounds = {0.1, 0.5, 1,   2,   5,    10,   20,   30,
                                             60,  120, 300, 600, 1800, 3600, 14400};
  return bounds;
}

constexpr std::array kStates = {engine::ContactState::kScheduled, engine::ContactState::kWaiting,
                                engine::ContactState::kOffered,   engine::ContactState::kAssigned,
                                engine::ContactState::kHeld,      engine::ContactState::kWrapping};

}  // namespace

RoutingMetrics::RoutingMetrics(DomainNode& node, io::Metrics& metrics)
    : node_(node),
      metrics_(metrics),
      domain_(node.runtime.domain().value()),
      queue_label_(kQueueLabelsMax),
      self_(std::make_shared<RoutingMetrics*>(this)) {
  node_.hub.SubscribeAll(*this);
  subscribed_ = true;
  // Scraped on another thread; the domain is read on its own.
  metrics_.OnExpose([weak = std::weak_ptr(self_), &loop = node_.runtime.loop()] {
    loop.Call([&weak] {
      if (const auto self = weak.lock()) (*self)->Expose();
    });
  });
}

RoutingMetrics::~RoutingMetrics() { node_.hub.Unsubscribe(*this); }

void RoutingMetrics::OnCut(const Error&) { subscribed_ = false; }

RoutingMetrics::QueueMetrics& RoutingMetrics::Of(const QueueId& queue) {
  const auto [entry, added] = queues_.try_emplace(queue);
  if (!added) return entry->second;
  const std::string& label = queue_label_.Of(queue.value());
  entry->second.waited = &metrics_.AddHistogram(
      "usher_contact_wait_seconds", "Time waited until an agent had the contact.", WaitBounds(),
      {{"domain", domain_}, {"queue", label}});
  return entry->second;
}

void RoutingMetrics::CountOffer(const EventRef& ref, const char* outcome) {
  const IndexedContact* contact = node_.hub.index().Find(ContactOf(ref.event()));
  if (contact == nullptr) return;
  io::Counter*& counter = Of(contact->queue).offers[outcome];
  if (counter == nullptr) {
    counter = &metrics_.AddCounter("usher_offers_total", "Offers that ended, by how.",
                                   {{"domain", domain_},
                                    {"queue", queue_label_.Of(contact->queue.value())},
                                    {"outcome", outcome}});
  }
  counter->Increment();
}

void RoutingMetrics::OnEvent(const EventRef& ref) {
  const engine::Event& event = ref.event();
  if (const auto* assigned = std::get_if<engine::Assigned>(&event.body)) {
    Of(assigned->queue).waited->Observe(static_cast<double>(assigned->waited.count()) / 1000.0);
    if (assigned->offer) CountOffer(ref, "accepted");
  } else if (std::holds_alternative<engine::Rejected>(event.body)) {
    CountOffer(ref, "rejected");
  } else if (std::holds_alternative<engine::Missed>(event.body)) {
    CountOffer(ref, "missed");
  } else if (std::holds_alternative<engine::Withdrawn>(event.body)) {
    CountOffer(ref, "withdrawn");
  } else if (const auto* closed = std::get_if<engine::Closed>(&event.body)) {
    const std::string outcome(engine::ToString(closed->outcome));
    io::Counter*& counter = Of(closed->queue).closed[outcome];
    if (counter == nullptr) {
      counter = &metrics_.AddCounter("usher_contacts_closed_total", "Contacts that ended, by how.",
                                     {{"domain", domain_},
                                      {"queue", queue_label_.Of(closed->queue.value())},
                                      {"outcome", outcome}});
    }
    counter->Increment();
  }
}

void RoutingMetrics::Expose() {
  for (auto& [key, gauge] : contacts_) gauge->Set(0);
  for (auto& [presence, gauge] : agents_) gauge->Set(0);
  if (!node_.runtime.leading()) return;
  if (!subscribed_) {
    node_.hub.SubscribeAll(*this);
    subscribed_ = true;
  }
  const engine::Engine& engine = node_.runtime.engine();
  for (const engine::Queue& queue : engine.domain().queues) {
    const auto counts = node_.hub.index().counts().find(queue.id);
    for (const engine::ContactState state : kStates) {
      const std::string word(engine::ToString(state));
      const std::string& label = queue_label_.Of(queue.id.value());
      io::Gauge*& gauge = contacts_[{label, word}];
      if (gauge == nullptr) {
        gauge = &metrics_.AddGauge("usher_contacts", "Open contacts by queue and state.",
                                   {{"domain", domain_}, {"queue", label}, {"state", word}});
      }
      if (counts != node_.hub.index().counts().end()) {
        gauge->Increment(static_cast<double>(counts->second[static_cast<std::size_t>(state)]));
      }
    }
  }
  for (const AgentId& id : engine.Agents()) {
    const auto agent = engine.FindAgent(id);
    const std::string word(engine::ToString(agent ? agent->presence : engine::Presence::kOffline));
    io::Gauge*& gauge = agents_[word];
    if (gauge == nullptr) {
      gauge = &metrics_.AddGauge("usher_agents", "Agents of the domain file by presence.",
                                 {{"domain", domain_}, {"presence", word}});
    }
    gauge->Increment();
  }
}

}  // namespace usher::service
