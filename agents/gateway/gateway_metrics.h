// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/io/metrics.h"

namespace usher::gateway {

// What the gateway tells Prometheus. Loop thread only, but for counting.
class GatewayMetrics {
 public:
  explicit GatewayMetrics(io::Metrics& metrics)
      : metrics_(metrics),
        sessions(metrics.AddGauge("usher_gateway_sessions", "Open console sessions.")),
        agents(metrics.AddGauge("usher_gateway_agents", "Agents whose console is attached.")),
        events(metrics.AddCounter("usher_gateway_events_total",
                                  "Events and desks that were sent to consoles.")) {
    // Known ones exist, at zero, from the start: an increase from nothing would go unseen.
    for (const char* reason : {"BAD_REQUEST", "SHUTTING_DOWN", "SILENT", "TAKEN_OVER",
                               "TOKEN_EXPIRED", "TOO_FAST", "TOO_SLOW"}) {
      CounterOf(reason);
    }
  }

  // `request` is a field of SessionRequest, `outcome` "ok" or an error's reason.
  void CountRequest(const std::string& request, std::string_view outcome) {
    metrics_
        .AddCounter("usher_gateway_requests_total", "Answered console requests.",
                    {{"request", request}, {"outcome", outcomes_.Of(outcome)}})
        .Increment();
  }
  // Sessions that the gateway ended; a page that leaves by itself is not one.
  void CountClosing(std::string_view reason) { CounterOf(reason).Increment(); }

 private:
  io::Counter& CounterOf(std::string_view reason) {
    return metrics_.AddCounter("usher_gateway_closings_total",
                               "Console sessions that the gateway ended, by reason.",
                               {{"reason", closings_.Of(reason)}});
  }

  io::Metrics& metrics_;
  io::BoundedLabel outcomes_{64};
  io::BoundedLabel closings_{32};

 public:
  io::Gauge& sessions;
  io::Gauge& agents;
  io::Counter& events;
};

}  // namespace usher::gateway
