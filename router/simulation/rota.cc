// SPDX-License-Identifier: Apache-2.0
#include "router/simulation/rota.h"

#include <algorithm>
#include <optional>
#include <set>

namespace usher::simulation {
namespace {

constexpr std::int64_t kMinuteMs = 60'000;
constexpr std::int64_t kDayMs = 86'400'000;

struct Span {
  Instant from{};
  Instant to{};
  const Shifts::Break* pause = nullptr;
};

// 1970-01-01 was a Thursday, weekday 3 where Monday is 0.
std::int32_t WeekdayOf(std::int64_t day) {
  return static_cast<std::int32_t>(((day + 3) % 7 + 7) % 7);
}

const Span* SpanAt(const std::vector<Span>& spans, Instant at) {
  const auto found = std::find_if(spans.begin(), spans.end(), [&](const Span& span) {
    return span.from <= at && at < span.to;
  });
  return found == spans.end() ? nullptr : &*found;
}

}  // namespace

std::vector<Duty> RotaOf(const Shifts& shifts, const engine::TimeZone& zone, Instant start,
                         Instant end) {
  std::vector<Duty> rota;
  const std::int64_t last = zone.LocalDay(end);
  // A break that began yesterday may last until now.
  for (std::int64_t day = zone.LocalDay(start) - 1; day <= last; ++day) {
    const auto at = [&](std::int32_t minute) {
      return zone.FromLocal(Duration{day * kDayMs + minute * kMinuteMs});
    };
    std::vector<Span> work;
    std::vector<Span> pauses;
    if (shifts.always) work.push_back({at(0), at(24 * 60), nullptr});
    for (const engine::OpenSpan& span : shifts.weekly) {
      if (span.weekday == WeekdayOf(day)) {
        work.push_back({at(span.start_minute), at(span.end_minute), nullptr});
      }
    }
    for (const int before : {1, 0}) {
      for (const Shifts::Break& pause : shifts.breaks) {
        const Instant from =
            zone.FromLocal(Duration{(day - before) * kDayMs + pause.start_minute * kMinuteMs});
        pauses.push_back({from, from + pause.length, &pause});
      }
    }
    std::set<Instant> edges{at(0)};
    for (const auto* spans : {&work, &pauses}) {
      for (const Span& span : *spans) edges.insert({span.from, span.to});
    }
    for (const Instant edge : edges) {
      if (edge < at(0) || edge >= at(24 * 60)) continue;
      Duty duty{.at = edge, .what = Duty::What::kAway, .reason = {}};
      if (SpanAt(work, edge) != nullptr) {
        const Span* pause = SpanAt(pauses, edge);
        duty.what = pause == nullptr ? Duty::What::kWork : Duty::What::kBreak;
        if (pause != nullptr) duty.reason = pause->pause->reason;
      }
      if (duty.at >= end) break;
      // What was before the start is in force at the start.
      if (duty.at <= start) {
        duty.at = start;
        rota.clear();
      }
      if (rota.empty() || rota.back().what != duty.what || rota.back().reason != duty.reason) {
        rota.push_back(std::move(duty));
      }
    }
  }
  return rota;
}

}  // namespace usher::simulation
