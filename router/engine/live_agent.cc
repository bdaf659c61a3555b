// SPDX-License-Identifier: Apache-2.0
#include "router/engine/live_agent.h"

#include <algorithm>

#include "base/check.h"

namespace usher::engine {

void LiveAgent::GiveRoomBack(Channel channel) {
  std::uint16_t& held_here = load[static_cast<std::size_t>(channel)];
  USHER_CHECK(held_here > 0, "room is given back once");
  --held_here;
}

bool LiveAgent::HoldsAny() const {
  return std::any_of(load.begin(), load.end(),
                     [](std::uint16_t held_here) { return held_here > 0; });
}

const Membership* LiveAgent::FindMembership(QueueIndex queue) const {
  const auto found =
      std::lower_bound(memberships.begin(), memberships.end(), queue,
                       [](const Membership& m, QueueIndex wanted) { return m.queue < wanted; });
  return found != memberships.end() && found->queue == queue ? &*found : nullptr;
}

const WrapUp* LiveAgent::FindWrapUp(ContactId contact) const {
  for (const WrapUp& wrap_up : wrap_ups) {
    if (wrap_up.contact == contact) return &wrap_up;
  }
  return nullptr;
}

AgentDay RolledTo(const AgentDay& day, Instant now, const TimeZone& zone) {
  const std::int64_t today = zone.LocalDay(now);
  if (day.day == today) return day;
  const Instant midnight = zone.FromLocal(std::chrono::hours{24} * today);
  AgentDay rolled{.day = today};
  if (day.busy_since) rolled.busy_since = std::max(*day.busy_since, midnight);
  if (day.signed_in_since) rolled.signed_in_since = std::max(*day.signed_in_since, midnight);
  return rolled;
}

Duration BusyAt(const AgentDay& day, Instant now) {
  return day.busy + (day.busy_since ? now - *day.busy_since : Duration{0});
}

Duration SignedInAt(const AgentDay& day, Instant now) {
  return day.signed_in + (day.signed_in_since ? now - *day.signed_in_since : Duration{0});
}

}  // namespace usher::engine
