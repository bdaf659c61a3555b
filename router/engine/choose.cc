// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <limits>
#include <optional>
#include <vector>

#include "base/check.h"
#include "router/engine/core.h"
#include "router/engine/random.h"
#include "router/engine/strategy.h"

// Law 3: which of the ready agents a contact is offered to.

namespace usher::engine {
namespace {

// Those of the ready set who may be asked for one contact at this moment, in its order. Who has an
// outstanding offer of it is no candidate.
class Candidates {
 public:
  Candidates(const LiveContact& contact, std::uint64_t& tried) : contact_(contact), tried_(tried) {
    is_plain_ = contact.offers == nullptr;
    barred_ = contact.Barred();
    // A new round begins when every candidate was asked.
    is_new_round_ =
        !is_plain_ && First([&](const ReadyAgent& r) { return !WasAsked(r); }) == nullptr;
  }

  bool is_new_round() const { return is_new_round_; }
  // Whether the whole ready set may be asked.
  bool are_all() const { return is_plain_ && barred_ == kNoIndex; }

  // The first who was not asked in the round and for whom `accept(ready)` holds; null on a miss.
  template <class Accept>
  const ReadyAgent* Find(Accept&& accept) const {
    return First([&](const ReadyAgent& r) { return IsOpen(r) && accept(r); });
  }

  // The first, asked in the round or not; null on a miss.
  const ReadyAgent* FindAny() const {
    return First([](const ReadyAgent&) { return true; });
  }

  // All who were not asked in the round, while `visit(ready)` returns true.
  template <class Visit>
  void ForEach(Visit&& visit) const {
    contact_.demand->ready.ForEach([&](const ReadyAgent& ready) {
      ++tried_;
      return IsBeingAsked(ready) || !IsOpen(ready) || visit(ready);
    });
  }

 private:
  bool WasAsked(const ReadyAgent& r) const { return contact_.WasAskedInRound(r.agent); }
  bool IsBeingAsked(const ReadyAgent& r) const {
    return r.agent == barred_ || (!is_plain_ && contact_.FindOpenOffer(r.agent) != nullptr);
  }
  bool IsOpen(const ReadyAgent& r) const { return is_plain_ || is_new_round_ || !WasAsked(r); }

  template <class Accept>
  const ReadyAgent* First(Accept&& accept) const {
    const ReadyAgent* found = nullptr;
    contact_.demand->ready.ForEach([&](const ReadyAgent& ready) {
      ++tried_;
      if (IsBeingAsked(ready) || !accept(ready)) return true;
      found = &ready;
      return false;
    });
    return found;
  }

  const LiveContact& contact_;
  std::uint64_t& tried_;
  AgentIndex barred_ = kNoIndex;  // is not asked, as if she were being asked already
  bool is_plain_ = true;
  bool is_new_round_ = false;
};

std::int32_t TierLimit(const LiveContact& contact, std::int32_t lowest_candidate) {
  std::int32_t tier = lowest_candidate;
  if (contact.offers) {
    for (const LiveOffer& offer : contact.offers->open) tier = std::min(tier, offer.tier);
  }
  return tier;
}

const ReadyAgent* BestByValue(const Candidates& candidates, const std::vector<LiveAgent>& agents,
                              const StrategyView& view) {
  const ReadyAgent* best = nullptr;
  StrategyValue best_value;
  candidates.ForEach([&](const ReadyAgent& ready) {
    if (best != nullptr && ready.tier != best->tier) return false;
    const StrategyValue value = ValueOf(agents[ready.agent], ready.agent, view);
    // Equal values keep the first, which holds nothing or is idle longer.
    if (best == nullptr || value < best_value) {
      best = &ready;
      best_value = value;
    }
    return true;
  });
  return best;
}

std::vector<const ReadyAgent*> ByAgent(std::vector<const ReadyAgent*> all) {
  std::sort(all.begin(), all.end(),
            [](const ReadyAgent* a, const ReadyAgent* b) { return a->agent < b->agent; });
  return all;
}

// Each of the lowest tier alike: the draw modulo their number picks one, in the order of ids, which
// is that of the ready set.
const ReadyAgent* AtRandom(const Candidates& candidates, const SortedChunks<ReadyAgent>& ready,
                           std::uint64_t draw) {
  if (candidates.are_all()) {
    const std::size_t count = ready.RankOfFirst(
        [tier = ready.front().tier](const ReadyAgent& r) { return r.tier > tier; });
    return &ready.At(draw % count);
  }
  std::vector<const ReadyAgent*> all;
  candidates.ForEach([&](const ReadyAgent& r) {
    if (!all.empty() && r.tier != all.front()->tier) return false;
    all.push_back(&r);
    return true;
  });
  return all.empty() ? nullptr : all[draw % all.size()];
}

// Each of any tier with its weight: the draw modulo the sum falls into one of their spans, laid end
// to end in the order of ids.
const ReadyAgent* AtRandomByTier(const Candidates& candidates, std::uint64_t draw) {
  std::vector<const ReadyAgent*> all;
  std::uint64_t sum = 0;
  candidates.ForEach([&](const ReadyAgent& ready) {
    all.push_back(&ready);
    sum += WeightOfTier(ready.tier);
    return true;
  });
  if (all.empty()) return nullptr;
  std::uint64_t point = draw % sum;
  const std::vector<const ReadyAgent*> ordered = ByAgent(std::move(all));
  for (const ReadyAgent* ready : ordered) {
    const std::uint64_t span = WeightOfTier(ready->tier);
    if (point < span) return ready;
    point -= span;
  }
  return ordered.back();
}

}  // namespace

std::optional<Engine::Core::Choice> Engine::Core::Choose(const LiveContact& contact) {
  const Candidates candidates(contact, cost_.agents_tried);
  const auto chosen = [&](const ReadyAgent& ready, std::uint64_t random) {
    return Choice{ready.agent, ready.tier, candidates.is_new_round(), random};
  };
  if (contact.prefer != kNoIndex) {
    const ReadyAgent* preferred = FindPreferred(contact, candidates.is_new_round());
    if (preferred != nullptr) return chosen(*preferred, state_.random());
    if (state_.HasPreferredHope(contact)) return std::nullopt;
  }
  const ReadyAgent* first = candidates.Find([](const ReadyAgent&) { return true; });
  if (first == nullptr) return std::nullopt;
  const LiveQueue& queue = state_.QueueOf(contact);
  switch (queue.config->strategy) {
    case Strategy::kRandom:
    case Strategy::kWeightedRandom: {
      const Draw draw = DrawAfter(state_.random());
      const bool by_tier = queue.config->strategy == Strategy::kWeightedRandom;
      const ReadyAgent* drawn = by_tier ? AtRandomByTier(candidates, draw.value)
                                        : AtRandom(candidates, contact.demand->ready, draw.value);
      USHER_CHECK(drawn != nullptr, "there is a first, so there is one to draw");
      return chosen(*drawn, draw.state);
    }
    case Strategy::kBroadcast:
    case Strategy::kProgressive:
      // All who are asked at once are of one tier: nobody of a higher one joins them. Nor does who
      // declined, while she stands there unasked.
      if (const std::int32_t limit = TierLimit(contact, first->tier); first->tier > limit) {
        if (candidates.FindAny()->tier <= limit) NoteRoundWait(contact, first->agent);
        return std::nullopt;
      }
      return chosen(*first, state_.random());
    default:
      break;
  }
  if (HasValue(queue.config->strategy) && !HasStandingValue(queue.config->strategy)) {
    const StrategyView view{queue, *contact.demand, state_.domain().timezone, now_};
    first = BestByValue(candidates, state_.agents(), view);
  }
  return chosen(*first, state_.random());
}

// Point 13: her place in the ready set, where she can be asked and was not in this round.
const ReadyAgent* Engine::Core::FindPreferred(const LiveContact& contact, bool is_new_round) const {
  const LiveAgent& agent = state_.agent(contact.prefer);
  if (!agent.readiness.Has(contact.channel)) return nullptr;
  if (!is_new_round && contact.WasAskedInRound(contact.prefer)) return nullptr;
  if (contact.FindOpenOffer(contact.prefer) != nullptr) return nullptr;
  const std::optional<std::int32_t> tier = contact.demand->TierOf(agent);
  if (!tier) return nullptr;
  return contact.demand->ready.LowerBound(state_.EntryOf(*contact.demand, contact.prefer, *tier));
}

}  // namespace usher::engine
