// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/io/metrics.h"

namespace usher::phone {

// What the adapters of telephone calls tell Prometheus. Loop thread only, but for counting.
class PhoneMetrics {
 public:
  explicit PhoneMetrics(io::Metrics& metrics)
      : metrics_(metrics),
        waiting(State("waiting")),
        talking(State("talking")),
        round_trip(metrics.AddHistogram("usher_phone_request_seconds",
                                        "From a request to a telephone switch to its answer.",
                                        io::LatencyBounds())),
        submit_seconds(metrics.AddHistogram(
            "usher_phone_submit_seconds",
            "From a caller's arrival to the router's word that the call is in.",
            io::LatencyBounds())),
        ring_seconds(metrics.AddHistogram("usher_phone_ring_seconds",
                                          "From the call of an agent's telephone to its answer.",
                                          {0.5, 1, 2, 3, 5, 8, 13, 20, 30, 60})),
        unreadable(metrics.AddCounter("usher_phone_unreadable_total",
                                      "Messages of telephone switches that could not be read.")) {}

  // A caller: taken in, sent back over the limit, of an unknown number, or refused by the router.
  void CountArrival(std::string_view outcome) {
    metrics_
        .AddCounter("usher_phone_arrivals_total", "Callers that came in, by what became of them.",
                    {{"outcome", outcomes_.Of(outcome)}})
        .Increment();
  }
  // How the call of an agent's telephone ended: answered, busy, no-answer…
  void CountRing(std::string_view outcome) {
    metrics_
        .AddCounter("usher_phone_rings_total", "Agents' telephones that were called, by outcome.",
                    {{"outcome", outcomes_.Of(outcome)}})
        .Increment();
  }
  void CountConnection(std::string_view server, std::string_view change) {
    metrics_
        .AddCounter("usher_phone_connections_total",
                    "Connections to telephone switches: opened, lost, replaced by another client.",
                    {{"server", servers_.Of(server)}, {"change", std::string(change)}})
        .Increment();
  }
  void CountFailedRequest(int status) {
    metrics_
        .AddCounter("usher_phone_requests_failed_total",
                    "Requests that a telephone switch refused, by status; 404 is a leg that had "
                    "just ended.",
                    {{"status", statuses_.Of(std::to_string(status))}})
        .Increment();
  }

 private:
  io::Gauge& State(const char* state) {
    return metrics_.AddGauge("usher_phone_calls", "Calls at telephone switches, by state.",
                             {{"state", state}});
  }

  io::Metrics& metrics_;
  io::BoundedLabel outcomes_{64};
  io::BoundedLabel servers_{64};
  io::BoundedLabel statuses_{32};

 public:
  io::Gauge& waiting;
  io::Gauge& talking;
  io::Histogram& round_trip;
  io::Histogram& submit_seconds;
  io::Histogram& ring_seconds;
  io::Counter& unreadable;
};

}  // namespace usher::phone
