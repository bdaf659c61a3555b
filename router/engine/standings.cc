// SPDX-License-Identifier: Apache-2.0
#include "router/engine/standings.h"

#include <algorithm>
#include <utility>

#include "router/engine/random.h"
#include "router/engine/strategy.h"

namespace usher::engine {
namespace {

struct Candidate {
  AgentIndex agent = kNoIndex;
  CandidateRank rank{};
};

// In the order of kHurdleOrder, but the one who is being asked got furthest of all.
std::size_t PlaceOf(HurdleKind kind) {
  if (kind == HurdleKind::kAskedNow) return kHurdleOrder.size();
  return static_cast<std::size_t>(std::find(kHurdleOrder.begin(), kHurdleOrder.end(), kind) -
                                  kHurdleOrder.begin());
}

StrategyValue ValueIn(const CandidateRank& rank) {
  return {rank.value.numerator, rank.value.denominator};
}

// The first part in which two ranks differ.
Decider DeciderOf(const CandidateRank& a, const CandidateRank& b) {
  if (a.preferred != b.preferred) return Decider::kPreferred;
  if (a.tier != b.tier) return Decider::kTier;
  if (!(ValueIn(a) == ValueIn(b))) return Decider::kStrategy;
  if (a.holds != b.holds) return Decider::kHoldsNothing;
  if (a.idle_since != b.idle_since) return Decider::kIdleSince;
  return Decider::kId;
}

bool IsBefore(const Candidate& a, const Candidate& b) {
  const CandidateRank& x = a.rank;
  const CandidateRank& y = b.rank;
  switch (DeciderOf(x, y)) {
    case Decider::kPreferred:
      return x.preferred;
    case Decider::kTier:
      return x.tier < y.tier;
    case Decider::kStrategy:
      return ValueIn(x) < ValueIn(y);
    case Decider::kHoldsNothing:
      return y.holds;
    case Decider::kIdleSince:
      return x.idle_since < y.idle_since;
    default:
      return a.agent < b.agent;  // indexes rise with the ids
  }
}

bool IsDrawn(Strategy strategy) {
  return strategy == Strategy::kRandom || strategy == Strategy::kWeightedRandom;
}

bool HoldsPoint(const CandidateRank& rank, std::uint64_t point) {
  return point >= rank.draw_from && point - rank.draw_from < rank.draw_width;
}

// Gives each candidate her part of the draw, in the order of ids, and puts the drawn one first.
// `candidates` are sorted by rank.
DrawFacts DrawOver(std::vector<Candidate>& candidates, Strategy strategy, std::uint64_t random) {
  std::vector<Candidate*> by_id;
  const std::int32_t lowest = candidates.front().rank.tier;
  for (Candidate& candidate : candidates) {
    if (strategy == Strategy::kRandom && candidate.rank.tier != lowest) continue;
    by_id.push_back(&candidate);
  }
  std::sort(by_id.begin(), by_id.end(),
            [](const Candidate* a, const Candidate* b) { return a->agent < b->agent; });
  DrawFacts draw{.value = DrawAfter(random).value, .of = 0};
  for (Candidate* candidate : by_id) {
    candidate->rank.draw_from = draw.of;
    candidate->rank.draw_width =
        strategy == Strategy::kRandom ? 1 : WeightOfTier(candidate->rank.tier);
    draw.of += candidate->rank.draw_width;
  }
  draw.point = draw.value % draw.of;
  const auto drawn = std::find_if(candidates.begin(), candidates.end(), [&](const Candidate& c) {
    return HoldsPoint(c.rank, draw.point);
  });
  if (drawn != candidates.end()) std::rotate(candidates.begin(), drawn, drawn + 1);
  return draw;
}

Decider DeciderAmong(const std::vector<Candidate>& candidates) {
  if (candidates.size() < 2) return Decider::kNobodyElse;
  const bool is_drawn = candidates[0].rank.draw_width > 0 && candidates[1].rank.draw_width > 0;
  return is_drawn ? Decider::kDraw : DeciderOf(candidates[0].rank, candidates[1].rank);
}

CandidateRank RankOf(const Hurdles& hurdles, AgentIndex index) {
  const State& state = hurdles.state();
  const LiveContact& contact = hurdles.contact();
  const LiveAgent& agent = state.agent(index);
  const StrategyView view{state.QueueOf(contact), *contact.demand, state.domain().timezone,
                          hurdles.now()};
  const StrategyValue value = ValueOf(agent, index, view);
  return {.preferred = contact.prefer == index,
          .tier = contact.demand->TierOf(agent).value_or(0),
          .value = {value.numerator, value.denominator},
          .holds = agent.HoldsAny(),
          .idle_since = agent.idle_since};
}

void AddPast(ContactFacts& facts, const State& state, const ContactOffers& offers,
             std::size_t limit) {
  facts.past_offers_total = offers.past.size();
  const std::size_t skipped = offers.past.size() - std::min(limit, offers.past.size());
  for (std::size_t i = skipped; i < offers.past.size(); ++i) {
    const EndedOffer& past = offers.past[i];
    facts.past_offers.push_back({past.id, state.agent(past.agent).id, past.end, past.in_round});
  }
}

void AddOffers(ContactFacts& facts, const State& state, const LiveContact& contact, Instant now,
               std::size_t limit) {
  if (!contact.offers) return;
  for (const LiveOffer& open : contact.offers->open) {
    if (facts.offers.size() >= limit) break;
    facts.offers.push_back(
        {open.id, state.agent(open.agent).id, open.made, open.deadline, open.alone, open.tier});
  }
  AddPast(facts, state, *contact.offers, limit);
  if (contact.offers->offer_again_from && *contact.offers->offer_again_from > now) {
    facts.offer_again_from = contact.offers->offer_again_from;
  }
}

void AddRequirement(ContactFacts& facts, const State& state, const LiveContact& contact,
                    const DemandClass& demand) {
  const LiveQueue& queue = state.QueueOf(contact);
  facts.requirement = demand.requirement.Canonical();
  facts.queue_requirement = queue.requirement.Canonical();
  for (std::uint32_t i = 0; i < contact.steps_in_force; ++i) {
    if (!queue.steps[i].requirement) continue;
    facts.queue_requirement = queue.steps[i].requirement->Canonical();
    facts.requirement_step = i + 1;
  }
  facts.own_requirement = state.requirements().Get(contact.requirement).Canonical();
}

// The queues whose contacts the agent may be a member for: her own, and those with a step that adds
// one of hers.
std::vector<const LiveQueue*> QueuesOf(const State& state, const LiveAgent& agent) {
  std::vector<const LiveQueue*> queues;
  const auto is_hers = [&](QueueIndex queue) { return agent.FindMembership(queue) != nullptr; };
  for (const LiveQueue& queue : state.queues()) {
    const bool reaches = is_hers(state.IndexOf(queue)) ||
                         std::any_of(queue.steps.begin(), queue.steps.end(), [&](const auto& step) {
                           return std::any_of(step.also.begin(), step.also.end(), is_hers);
                         });
    if (reaches) queues.push_back(&queue);
  }
  return queues;
}

}  // namespace

RankedTable TableOf(const Hurdles& hurdles, std::size_t limit) {
  const State& state = hurdles.state();
  const Strategy strategy = state.QueueOf(hurdles.contact()).config->strategy;
  RankedTable ranked;
  StandingTable& table = ranked.table;
  std::vector<Candidate> candidates;
  std::vector<std::pair<HurdleKind, AgentIndex>> stopped;
  for (const AgentIndex index : hurdles.Members()) {
    const LiveAgent& agent = state.agent(index);
    ++table.members;
    if (hurdles.CouldServe(agent)) {
      ++table.could_serve;
      if (agent.IsSignedIn()) ++table.could_serve_signed_in;
    }
    const HurdleKind kind = hurdles.Of(agent);
    if (kind == HurdleKind::kNone) {
      candidates.push_back({index, RankOf(hurdles, index)});
    } else {
      ++table.counts[kind];
      stopped.emplace_back(kind, index);
    }
  }
  table.candidates = candidates.size();
  std::sort(candidates.begin(), candidates.end(), IsBefore);
  if (IsDrawn(strategy) && !candidates.empty() && !candidates.front().rank.preferred) {
    ranked.draw = DrawOver(candidates, strategy, state.random());
  }
  ranked.decider = DeciderAmong(candidates);
  std::sort(stopped.begin(), stopped.end(), [](const auto& a, const auto& b) {
    if (a.first != b.first) return PlaceOf(a.first) > PlaceOf(b.first);
    return a.second < b.second;
  });
  const auto add = [&](AgentIndex index, std::optional<CandidateRank> rank) {
    const LiveAgent& agent = state.agent(index);
    if (table.agents.size() < limit) {
      table.agents.push_back({agent.id, hurdles.Describe(agent), std::move(rank)});
    }
  };
  for (const Candidate& candidate : candidates) add(candidate.agent, candidate.rank);
  for (const auto& [kind, index] : stopped) add(index, {});
  return ranked;
}

ContactFacts FactsOf(const State& state, const LiveContact& contact, Instant now,
                     std::size_t limit) {
  const LiveQueue& queue = state.QueueOf(contact);
  const DemandClass demand =
      state.MakeDemand({contact.queue, contact.channel, contact.steps_in_force, contact.requirement,
                        contact.MaxTier()});
  ContactFacts facts{.contact = contact.id,
                     .state = contact.state,
                     .queue = queue.id,
                     .channel = contact.channel,
                     .strategy = queue.config->strategy,
                     .key = contact.key,
                     .parts = contact.Parts(),
                     .arrived = contact.arrived,
                     .waited = contact.WaitedAt(now),
                     .waited_in_queue = contact.WaitedInQueueAt(now)};
  AddRequirement(facts, state, contact, demand);
  facts.steps = static_cast<std::uint32_t>(queue.steps.size());
  facts.steps_fired = contact.steps_fired;
  facts.steps_in_force = contact.steps_in_force;
  facts.max_tier = demand.max_tier;
  for (std::size_t i = 1; i < demand.queues.size(); ++i) {
    facts.also.push_back(state.queue(demand.queues[i]).id);
  }
  if (contact.prefer != kNoIndex) facts.prefer = state.agent(contact.prefer).id;
  facts.prefer_declined = contact.prefer_declined;
  if (contact.Waits()) {
    const Hurdles hurdles(state, contact, now);
    if (hurdles.HasHope()) facts.prefer_until = hurdles.HopeEnds();
    facts.offers_allowed = state.OffersAllowed(contact, now);
  }
  AddOffers(facts, state, contact, now, limit);
  return facts;
}

ContactStandings StandingsOf(const State& state, const LiveAgent& agent, Instant now,
                             const StandingsWish& wish) {
  ContactStandings standings;
  std::vector<OrderEntry> first;  // of each queue the first `limit`
  for (const LiveQueue* queue : QueuesOf(state, agent)) {
    std::size_t taken = 0;
    queue->order.ForEach([&](const OrderEntry& entry) {
      if (wish.before && !(entry.key() < *wish.before)) return false;
      const LiveContact& contact = state.contacts()[entry.contact];
      if (!contact.demand->IsMember(agent)) return true;
      if (wish.waiting_only && contact.state != ContactState::kWaiting) {
        ++standings.offered;
        return true;
      }
      ++standings.total;
      ++standings.counts[Hurdles(state, contact, now).Of(agent)];
      if (++taken <= wish.limit) first.push_back(entry);
      return true;
    });
  }
  std::sort(first.begin(), first.end());
  if (first.size() > wish.limit) first.resize(wish.limit);
  for (const OrderEntry& entry : first) {
    const LiveContact& contact = state.contacts()[entry.contact];
    standings.contacts.push_back({contact.id, state.QueueOf(contact).id, contact.channel,
                                  contact.key, Hurdles(state, contact, now).Describe(agent)});
  }
  return standings;
}

}  // namespace usher::engine
