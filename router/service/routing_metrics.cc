// SPDX-License-Identifier: Apache-2.0
#include "router/service/routing_metrics.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "router/engine/words.h"

namespace usher::service {

namespace {

constexpr std::size_t kQueueLabelsMax = 500;
// Contacts whose estimate is kept until they are answered; those over it go uncompared.
constexpr std::size_t kEstimatedMax = 100'000;

const std::vector<double>& WaitBounds() {
  static const std::vector<double> bounds = {0.1, 0.5, 1,   2,   5,    10,   20,   30,
                                             60,  120, 300, 600, 1800, 3600, 14400};
  return bounds;
}

constexpr std::array kStates = {engine::ContactState::kScheduled, engine::ContactState::kWaiting,
                                engine::ContactState::kOffered,   engine::ContactState::kAssigned,
                                engine::ContactState::kHeld,      engine::ContactState::kWrapping};
constexpr std::array kOutcomes = {
    engine::ContactOutcome::kCompleted, engine::ContactOutcome::kAbandoned,
    engine::ContactOutcome::kCancelled, engine::ContactOutcome::kTimedOut,
    engine::ContactOutcome::kRefused,   engine::ContactOutcome::kLost};
constexpr std::array kComparisons = {"below", "within", "above"};
constexpr std::array kOfferEnds = {"accepted", "rejected", "missed", "withdrawn"};
constexpr std::array kPresences = {engine::Presence::kOffline, engine::Presence::kAvailable,
                                   engine::Presence::kNotReady};

}  // namespace

RoutingMetrics::RoutingMetrics(DomainNode& node, io::Metrics& metrics)
    : node_(node),
      metrics_(metrics),
      domain_(node.runtime.domain().value()),
      queue_label_(kQueueLabelsMax),
      consoles_lost_(metrics.AddGauge("usher_agents_console_lost",
                                      "Agents whose console is lost and may still come back.",
                                      {{"domain", domain_}})),
      self_(std::make_shared<RoutingMetrics*>(this)) {
  for (const engine::Presence presence : kPresences) {
    const std::string word(engine::ToString(presence));
    agents_[word] = &metrics_.AddGauge("usher_agents", "Agents of the domain file by presence.",
                                       {{"domain", domain_}, {"presence", word}});
  }
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

void RoutingMetrics::OnCut(const Error&) {
  subscribed_ = false;
  estimated_.clear();
}

RoutingMetrics::QueueMetrics& RoutingMetrics::Of(const QueueId& queue) {
  const auto [entry, added] = queues_.try_emplace(queue);
  QueueMetrics& made = entry->second;
  if (!added) return made;
  const io::MetricLabels labels = {{"domain", domain_}, {"queue", queue_label_.Of(queue.value())}};
  const auto with = [&labels](const char* name, std::string_view value) {
    io::MetricLabels more = labels;
    more.emplace(name, value);
    return more;
  };
  made.waited =
      &metrics_.AddHistogram("usher_contact_wait_seconds",
                             "Time waited until an agent had the contact.", WaitBounds(), labels);
  made.arrived = &metrics_.AddCounter("usher_contacts_arrived_total",
                                      "Contacts that came to wait for the first time.", labels);
  made.in_time =
      &metrics_.AddCounter("usher_contacts_in_time_total",
                           "Contacts that an agent had within the queue's service level.", labels);
  made.estimate_error = &metrics_.AddHistogram(
      "usher_wait_estimate_error_seconds",
      "How far the wait was from the one expected when the contact was queued.", WaitBounds(),
      labels);
  for (const char* comparison : kComparisons) {
    made.estimates[comparison] = &metrics_.AddCounter(
        "usher_wait_estimates_total",
        "Answered contacts by how their wait compares with the interval estimated before.",
        with("wait", comparison));
  }
  made.longest_wait = &metrics_.AddGauge(
      "usher_queue_longest_wait_seconds",
      "How long the first contact of the queue has waited; 0: none waits.", labels);
  made.signed_in =
      &metrics_.AddGauge("usher_queue_agents_signed_in", "Members who are signed in.", labels);
  made.available = &metrics_.AddGauge("usher_queue_agents_available",
                                      "Members who are available, whatever they hold.", labels);
  made.promised = &metrics_.AddGauge("usher_queue_service_level_seconds",
                                     "The wait within which the queue promises to serve.", labels);
  made.target = &metrics_.AddGauge(
      "usher_queue_service_level_target_ratio",
      "The share of contacts to serve within it; 0: the domain file sets no target.", labels);
  for (const engine::ContactState state : kStates) {
    made.contacts[state] = &metrics_.AddGauge("usher_contacts", "Open contacts by queue and state.",
                                              with("state", engine::ToString(state)));
  }
  for (const char* end : kOfferEnds) {
    made.offers[end] = &metrics_.AddCounter("usher_offers_total", "Offers that ended, by how.",
                                            with("outcome", end));
  }
  for (const engine::ContactOutcome outcome : kOutcomes) {
    const std::string word(engine::ToString(outcome));
    made.closed[word] = &metrics_.AddCounter("usher_contacts_closed_total",
                                             "Contacts that ended, by how.", with("outcome", word));
  }
  return made;
}

void RoutingMetrics::CountOffer(const EventRef& ref, const char* outcome) {
  const IndexedContact* contact = node_.hub.index().Find(ContactOf(ref.event()));
  if (contact != nullptr) Of(contact->queue).offers.at(outcome)->Increment();
}

void RoutingMetrics::CountQueued(const engine::Queued& queued, Instant at) {
  if (queued.by != engine::QueuedBy::kSubmit && queued.by != engine::QueuedBy::kSchedule) return;
  Of(queued.queue).arrived->Increment();
  // The engine is ahead of what is told: who was answered meanwhile has no estimate, and none was
  // shown to anybody.
  const auto wait = node_.runtime.engine().EstimatedWaitOf(queued.contact);
  if (wait && estimated_.size() < kEstimatedMax) {
    estimated_[queued.contact] = {*wait, at, queued.queue};
  }
}

void RoutingMetrics::CountAssigned(const EventRef& ref, const engine::Assigned& assigned) {
  if (assigned.offer) CountOffer(ref, "accepted");
  // Only what customers wait for: no consults, and no wait twice.
  if (assigned.consults || assigned.by == engine::AssignedBy::kConsult) return;
  QueueMetrics& queue = Of(assigned.queue);
  queue.waited->Observe(static_cast<double>(assigned.waited.count()) / 1000.0);
  if (assigned.in_time) queue.in_time->Increment();
  CompareEstimate(assigned.contact, ref.event().at);
}

void RoutingMetrics::CompareEstimate(ContactId contact, Instant at) {
  const auto found = estimated_.find(contact);
  if (found == estimated_.end()) return;
  const Estimated estimated = found->second;
  estimated_.erase(found);
  const Duration waited = at - estimated.at;
  QueueMetrics& queue = Of(estimated.queue);
  const char* comparison = "within";
  if (waited < estimated.wait.low) comparison = "below";
  if (waited > estimated.wait.high) comparison = "above";
  queue.estimates.at(comparison)->Increment();
  const Duration error = waited > estimated.wait.expected ? waited - estimated.wait.expected
                                                          : estimated.wait.expected - waited;
  queue.estimate_error->Observe(static_cast<double>(error.count()) / 1000.0);
}

void RoutingMetrics::OnEvent(const EventRef& ref) {
  const engine::Event& event = ref.event();
  if (const auto* queued = std::get_if<engine::Queued>(&event.body)) {
    CountQueued(*queued, event.at);
  } else if (const auto* assigned = std::get_if<engine::Assigned>(&event.body)) {
    CountAssigned(ref, *assigned);
  } else if (std::holds_alternative<engine::Rejected>(event.body)) {
    CountOffer(ref, "rejected");
  } else if (std::holds_alternative<engine::Missed>(event.body)) {
    CountOffer(ref, "missed");
  } else if (std::holds_alternative<engine::Withdrawn>(event.body)) {
    CountOffer(ref, "withdrawn");
  } else if (const auto* closed = std::get_if<engine::Closed>(&event.body)) {
    estimated_.erase(closed->contact);
    if (closed->consults) return;
    Of(closed->queue).closed.at(std::string(engine::ToString(closed->outcome)))->Increment();
  }
}

void RoutingMetrics::Expose() {
  for (auto& [id, queue] : queues_) {
    for (auto& [state, gauge] : queue.contacts) gauge->Set(0);
    for (io::Gauge* gauge : {queue.longest_wait, queue.signed_in, queue.available}) gauge->Set(0);
  }
  for (auto& [presence, gauge] : agents_) gauge->Set(0);
  consoles_lost_.Set(0);
  if (!node_.runtime.leading()) return;
  if (!subscribed_) {
    node_.hub.SubscribeAll(*this);
    subscribed_ = true;
  }
  for (const engine::Queue& queue : node_.runtime.engine().domain().queues) ExposeQueue(queue);
  ExposeAgents();
}

// Queues past the bound of labels share one set of gauges, so what is shown is added up.
void RoutingMetrics::ExposeQueue(const engine::Queue& queue) {
  const engine::Engine& engine = node_.runtime.engine();
  QueueMetrics& metrics = Of(queue.id);
  const auto& told = node_.hub.index().counts();
  if (const auto counts = told.find(queue.id); counts != told.end()) {
    for (auto& [state, gauge] : metrics.contacts) {
      gauge->Increment(static_cast<double>(counts->second[static_cast<std::size_t>(state)]));
    }
  }
  const engine::QueueCounts counts = engine.CountsOf(queue.id);
  metrics.signed_in->Increment(static_cast<double>(counts.agents_signed_in));
  metrics.available->Increment(static_cast<double>(counts.agents_available));
  metrics.promised->Set(static_cast<double>(queue.service_level.within.count()) / 1000.0);
  metrics.target->Set(static_cast<double>(queue.service_level.target_bp.value_or(0)) / 10'000.0);
  for (const ContactId first : engine.WaitingIn(queue.id, 1)) {
    const auto row = engine.FindContact(first);
    if (!row) continue;
    const Duration waited = row->WaitedAt(std::max(engine.now(), node_.runtime.Now()));
    const double seconds = static_cast<double>(waited.count()) / 1000.0;
    metrics.longest_wait->Set(std::max(metrics.longest_wait->Value(), seconds));
  }
}

void RoutingMetrics::ExposeAgents() {
  const engine::Engine& engine = node_.runtime.engine();
  for (const AgentId& id : engine.Agents()) {
    const auto agent = engine.FindAgent(id);
    const auto presence = agent ? agent->presence : engine::Presence::kOffline;
    agents_.at(std::string(engine::ToString(presence)))->Increment();
    if (agent && agent->grace_ends) consoles_lost_.Increment();
  }
}

}  // namespace usher::service
