// SPDX-License-Identifier: Apache-2.0
#include "tests/theory/call_centre.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace usher::theory {

CallCentre MakeCallCentre(const Load& load, const Length& length, Duration in_time) {
  CallCentre centre;
  engine::Domain& domain = centre.domain;
  domain.id = DomainId{"theory"};
  domain.queues.push_back({.id = QueueId{"calls"}, .service_level = {.within = in_time}});
  for (int i = 0; i < load.agents; ++i) {
    domain.agents.push_back(
        {.id = AgentId{"a" + std::to_string(i)}, .queues = {{QueueId{"calls"}, 0}}});
  }
  simulation::Traffic& traffic = centre.traffic;
  traffic.start = InstantFromUnixMs(1'767'571'200'000);  // 2026-01-05, a Monday
  const double counted_s = length.arrivals / load.per_hour * 3600;
  const double warm_up_s = std::max(counted_s / 9, length.warm_up_s);
  traffic.warm_up = Duration{static_cast<std::int64_t>(warm_up_s * 1000)};
  traffic.duration = traffic.warm_up + Duration{static_cast<std::int64_t>(counted_s * 1000)};
  traffic.conduct.handle =
      simulation::Distribution::Exponential(Duration{std::llround(load.handle_s * 1000)});
  simulation::Stream stream{.name = "calls", .queue = QueueId{"calls"}};
  stream.rates = {{Duration{0}, traffic.duration, load.per_hour}};
  traffic.streams.push_back(std::move(stream));
  traffic.rotas = {{{.at = traffic.start}}};
  traffic.agents.resize(domain.agents.size());
  return centre;
}

}  // namespace usher::theory
