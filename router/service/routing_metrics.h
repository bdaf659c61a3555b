// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <string>
#include <unordered_map>

#include "base/io/metrics.h"
#include "router/service/domain_node.h"

namespace usher::service {

// What operators watch of one domain: contacts by state and queue, waits, offers by outcome, agents
// by presence, what closed and how. Labels come from the domain file and fixed words only. Counted
// from what is told, so that a metric never shows what a crash would undo. A queue's counters
// exist, at zero, from the first scrape on: an increase from nothing would go unseen.
class RoutingMetrics final : public EventSink {
 public:
  RoutingMetrics(DomainNode& node, io::Metrics& metrics);
  ~RoutingMetrics() override;

  void OnEvent(const EventRef& event) override;
  // The gauges follow at the next scrape.
  void OnCut(const Error& why) override;

 private:
  struct QueueMetrics {
    io::Histogram* waited;
    io::Counter* arrived;
    io::Counter* in_time;
    io::Gauge* longest_wait;
    io::Gauge* signed_in;
    io::Gauge* available;
    io::Gauge* promised;  // the service level: seconds
    io::Gauge* target;    // and how many of 1 should be served within it
    io::Histogram* estimate_error;
    std::map<std::string, io::Counter*> estimates;  // by how the wait compares
    std::map<engine::ContactState, io::Gauge*> contacts;
    std::map<std::string, io::Counter*> offers;  // by outcome
    std::map<std::string, io::Counter*> closed;  // by outcome
  };

  // What was estimated of a contact when it began to wait.
  struct Estimated {
    engine::WaitEstimate wait;
    Instant at{};
    QueueId queue{};
  };

  QueueMetrics& Of(const QueueId& queue);
  void CountQueued(const engine::Queued& queued, Instant at);
  void CountAssigned(const EventRef& event, const engine::Assigned& assigned);
  void CompareEstimate(ContactId contact, Instant at);
  void CountOffer(const EventRef& event, const char* outcome);
  void Expose();
  void ExposeQueue(const engine::Queue& queue);
  void ExposeAgents();

  DomainNode& node_;
  io::Metrics& metrics_;
  const std::string domain_;
  io::BoundedLabel queue_label_;
  std::map<QueueId, QueueMetrics> queues_;
  std::map<std::string, io::Gauge*> agents_;            // by presence
  std::unordered_map<ContactId, Estimated> estimated_;  // at most kEstimatedMax
  io::Gauge& consoles_lost_;
  bool subscribed_ = false;
  std::shared_ptr<RoutingMetrics*> self_;
};

}  // namespace usher::service
