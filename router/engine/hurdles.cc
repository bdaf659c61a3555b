// SPDX-License-Identifier: Apache-2.0
#include "router/engine/hurdles.h"

#include <algorithm>

#include "router/engine/capacity.h"

namespace usher::engine {
namespace {

constexpr std::size_t kFreshMax = 3;

RoomFacts RoomOf(const State& state, const LiveAgent& agent, Channel channel) {
  RoomFacts room{.shortage = ShortageOfRoom(agent, channel), .channel = channel};
  room.load = LoadOf(agent);
  room.holdings = HoldingsOf(state, agent);
  if (agent.profile == nullptr) return room;
  const auto capacity = agent.profile->channels.find(channel);
  if (capacity == agent.profile->channels.end()) return room;
  room.channel_max = capacity->second.max;
  room.cost = capacity->second.cost;
  if (room.shortage == RoomShortage::kAlongside) {
    for (const auto& [other, held] : room.load) {
      if (other != channel && !capacity->second.alongside.Has(other)) {
        room.beside = other;
        break;
      }
    }
  }
  if (agent.profile->units) {
    room.units = agent.profile->units;
    for (const auto& [other, held] : room.load) {
      const auto of = agent.profile->channels.find(other);
      if (of != agent.profile->channels.end()) {
        room.units_used += std::int64_t{of->second.cost} * held;
      }
    }
  }
  return room;
}

}  // namespace

bool IsInRejectDelay(const LiveAgent& agent, Instant now) {
  return agent.asked_from && *agent.asked_from > now;
}

std::map<Channel, std::int32_t> LoadOf(const LiveAgent& agent) {
  std::map<Channel, std::int32_t> load;
  for (const Channel channel : kChannels) {
    const std::int32_t held = agent.load[static_cast<std::size_t>(channel)];
    if (held > 0) load.emplace(channel, held);
  }
  return load;
}

std::vector<Holding> HoldingsOf(const State& state, const LiveAgent& agent) {
  std::vector<Holding> holdings;
  const auto add = [&](Holding holding) {
    if (holdings.size() < kHoldingsMax) holdings.push_back(holding);
  };
  for (const AgentOffer& offer : agent.offers) {
    const LiveContact& contact = state.contacts()[offer.contact];
    const LiveOffer* open = contact.FindOpenOffer(state.IndexOf(agent));
    add({contact.id, contact.channel, HoldingKind::kOffered, open->deadline});
  }
  for (const ContactId id : agent.assigned) {
    const LiveContact* contact = state.FindContact(id);
    add({id, contact->channel, HoldingKind::kAssigned, {}});
  }
  for (const WrapUp& wrap_up : agent.wrap_ups) {
    add({wrap_up.contact, wrap_up.channel, HoldingKind::kWrapping, wrap_up.ends});
  }
  return holdings;
}

HurdleKind Hurdles::After(const LiveAgent& agent, HurdleKind passed) const {
  bool is_behind = passed == HurdleKind::kNone;
  for (const HurdleKind kind : kHurdleOrder) {
    if (is_behind && Stops(kind, agent)) return kind;
    is_behind = is_behind || kind == passed;
  }
  return HurdleKind::kNone;
}

bool Hurdles::Stops(HurdleKind kind, const LiveAgent& agent) const {
  const DemandClass& demand = *contact_.demand;
  const AgentIndex index = state_.IndexOf(agent);
  const auto* open = contact_.HasOpenOffer() ? &contact_.offers->open : nullptr;
  switch (kind) {
    case HurdleKind::kNone:
      return false;
    case HurdleKind::kAskedNow:
      return contact_.FindOpenOffer(index) != nullptr;
    case HurdleKind::kNotMember:
      return !demand.IsMember(agent) || index == contact_.Barred();
    case HurdleKind::kOffline:
      return !agent.IsSignedIn();
    case HurdleKind::kWrongChannel:
      return !ServesChannel(agent, contact_.channel);
    case HurdleKind::kWrongSkill:
      return !demand.requirement.Evaluate(agent.levels);
    case HurdleKind::kTierClosed: {
      const std::optional<std::int32_t> tier = MembershipTier(agent);
      return tier && demand.max_tier && *tier > *demand.max_tier;
    }
    case HurdleKind::kNotReady:
      return agent.IsSignedIn() && agent.presence != Presence::kAvailable;
    case HurdleKind::kConsoleLost:
      return agent.grace_ends.has_value();
    case HurdleKind::kRejectDelay:
      return IsInRejectDelay(agent, now_);
    case HurdleKind::kNoRoom:
      return !HasRoom(agent, contact_.channel);
    case HurdleKind::kAskedAlone:
      return open != nullptr && open->front().alone;
    case HurdleKind::kEnoughAsked:
      return open != nullptr && open->size() >= state_.OffersAllowed(contact_, now_);
    case HurdleKind::kPreferredWait:
      return contact_.prefer != index && HasHope();
    case HurdleKind::kRetryWait:
      return IsPausing();
    case HurdleKind::kAskedBefore:
      return contact_.WasAskedInRound(index) && !IsNewRound();
    case HurdleKind::kTierBehind:
      return contact_.prefer != index && IsBehindTier(agent);
  }
  return false;
}

bool Hurdles::CouldServe(const LiveAgent& agent) const {
  return contact_.demand->TierOf(agent).has_value();
}

std::vector<AgentIndex> Hurdles::Members() const {
  std::vector<AgentIndex> members;
  for (const QueueIndex queue : contact_.demand->queues) {
    const auto& agents = state_.queue(queue).agents;
    members.insert(members.end(), agents.begin(), agents.end());
  }
  std::sort(members.begin(), members.end());
  members.erase(std::unique(members.begin(), members.end()), members.end());
  // Who asks for a consult is not one of those who may be asked.
  std::erase(members, contact_.Barred());
  return members;
}

bool Hurdles::IsPresentCandidate(const LiveAgent& agent) const {
  return agent.presence == Presence::kAvailable && !agent.grace_ends &&
         !IsInRejectDelay(agent, now_) && CouldServe(agent) && HasRoom(agent, contact_.channel) &&
         contact_.FindOpenOffer(state_.IndexOf(agent)) == nullptr;
}

std::vector<AgentId> Hurdles::Fresh(std::size_t limit) const {
  std::vector<AgentId> fresh;
  for (const AgentIndex index : Members()) {
    if (fresh.size() >= limit) break;
    const LiveAgent& agent = state_.agent(index);
    if (!contact_.WasAskedInRound(index) && IsPresentCandidate(agent)) fresh.push_back(agent.id);
  }
  return fresh;
}

bool Hurdles::IsNewRound() const {
  if (!is_new_round_) is_new_round_ = contact_.offers != nullptr && Fresh(1).empty();
  return *is_new_round_;
}

bool Hurdles::HasHope() const {
  if (!has_hope_) has_hope_ = state_.HasPreferredHope(contact_, now_);
  return *has_hope_;
}

Instant Hurdles::HopeEnds() const {
  return contact_.waiting_since - contact_.waited_in_queue + state_.PreferForOf(contact_);
}

bool Hurdles::IsPausing() const {
  return contact_.offers && contact_.offers->offer_again_from &&
         *contact_.offers->offer_again_from > now_;
}

// Of a broadcast, all who are asked at once are of one tier.
bool Hurdles::IsBehindTier(const LiveAgent& agent) const {
  const std::optional<std::int32_t> asked = LowestTierAsked();
  const std::optional<std::int32_t> tier = MembershipTier(agent);
  return asked && tier && *tier > *asked;
}

std::optional<std::int32_t> Hurdles::LowestTierAsked() const {
  std::optional<std::int32_t> lowest;
  if (!contact_.HasOpenOffer()) return lowest;
  for (const LiveOffer& offer : contact_.offers->open) {
    if (!lowest || offer.tier < *lowest) lowest = offer.tier;
  }
  return lowest;
}

std::optional<std::int32_t> Hurdles::MembershipTier(const LiveAgent& agent) const {
  std::optional<std::int32_t> lowest;
  for (const QueueIndex queue : contact_.demand->queues) {
    const Membership* membership = agent.FindMembership(queue);
    if (membership != nullptr && (!lowest || membership->tier < *lowest)) lowest = membership->tier;
  }
  return lowest;
}

AgentHurdle Hurdles::Describe(const LiveAgent& agent) const {
  const DemandClass& demand = *contact_.demand;
  const AgentIndex index = state_.IndexOf(agent);
  AgentHurdle hurdle{.kind = Of(agent)};
  if (hurdle.kind != HurdleKind::kNone) hurdle.then = After(agent, hurdle.kind);
  hurdle.could_serve = CouldServe(agent);
  hurdle.tier = MembershipTier(agent);
  switch (hurdle.kind) {
    case HurdleKind::kAskedNow: {
      const LiveOffer& offer = *contact_.FindOpenOffer(index);
      hurdle.since = offer.made;
      hurdle.ends = offer.deadline;
      break;
    }
    case HurdleKind::kWrongSkill:
      hurdle.shortfalls = demand.requirement.ShortfallsOf(agent.levels, state_.domain().skills);
      if (hurdle.shortfalls.size() > kShortfallsMax) hurdle.shortfalls.resize(kShortfallsMax);
      break;
    case HurdleKind::kTierClosed:
      hurdle.max_tier = demand.max_tier;
      break;
    case HurdleKind::kOffline:
    case HurdleKind::kNotReady:
      if (agent.presence_since != Instant{}) hurdle.since = agent.presence_since;
      hurdle.reason = agent.reason;
      break;
    case HurdleKind::kConsoleLost:
      hurdle.ends = agent.grace_ends;
      break;
    case HurdleKind::kRejectDelay:
      hurdle.ends = agent.asked_from;
      break;
    case HurdleKind::kNoRoom:
      hurdle.room = RoomOf(state_, agent, contact_.channel);
      break;
    case HurdleKind::kAskedAlone:
      hurdle.only = state_.agent(contact_.offers->open.front().agent).id;
      break;
    case HurdleKind::kEnoughAsked:
      hurdle.being_asked = contact_.offers->open.size();
      break;
    case HurdleKind::kPreferredWait:
      hurdle.only = state_.agent(contact_.prefer).id;
      hurdle.ends = HopeEnds();
      break;
    case HurdleKind::kRetryWait:
      hurdle.ends = contact_.offers->offer_again_from;
      break;
    case HurdleKind::kAskedBefore:
      hurdle.asked_end = contact_.FindPastOffer(index)->end;
      hurdle.fresh = Fresh(kFreshMax);
      break;
    case HurdleKind::kTierBehind:
      hurdle.max_tier = LowestTierAsked();
      break;
    case HurdleKind::kNone:
    case HurdleKind::kNotMember:
    case HurdleKind::kWrongChannel:
      break;
  }
  return hurdle;
}

}  // namespace usher::engine
