// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <tuple>
#include <utility>

#include "router/engine/core.h"
#include "router/engine/engine.h"
#include "router/engine/standings.h"
#include "router/engine/why.h"

// Why a contact still waits, and what would end that.

namespace usher::engine {
namespace {

class EndsOfWaiting {
 public:
  EndsOfWaiting(const State& state, const LiveContact& contact, Instant now)
      : state_(state), contact_(contact), now_(now), hurdles_(state, contact, now) {}

  std::vector<WaitEnd> Take(std::size_t limit) {
    if (contact_.state == ContactState::kScheduled) {
      if (contact_.wishes && contact_.wishes->not_before) {
        AddAt(WaitEndKind::kArrival, *contact_.wishes->not_before);
      }
    } else if (const std::optional<Instant> ends = state_.HoldEndsOf(contact_)) {
      AddAt(WaitEndKind::kHoldLimit, std::max(*ends, now_)).agent = state_.agent(contact_.agent).id;
    } else if (contact_.Waits()) {
      AddOffers();
      AddPauses();
      AddSteps();
      AddLimits();
      AddAgents();
    }
    return Sorted(limit);
  }

 private:
  WaitEnd& AddAt(WaitEndKind kind, Instant at) {
    timed_.push_back({.kind = kind, .at = at});
    return timed_.back();
  }

  Instant SinceQueue() const { return contact_.waiting_since - contact_.waited_in_queue; }

  void AddOffers() {
    if (!contact_.HasOpenOffer()) return;
    for (const LiveOffer& offer : contact_.offers->open) {
      AddAt(WaitEndKind::kOfferEnds, offer.deadline).agent = state_.agent(offer.agent).id;
    }
    const Queue& config = *state_.QueueOf(contact_).config;
    if (config.strategy != Strategy::kProgressive || config.progressive <= Duration{0} ||
        !contact_.offers->offering_since) {
      return;
    }
    const Instant since = *contact_.offers->offering_since;
    AddAt(WaitEndKind::kOneMoreAsked,
          since + ((now_ - since) / config.progressive + 1) * config.progressive);
  }

  void AddPauses() {
    if (hurdles_.IsPausing()) AddAt(WaitEndKind::kRetryEnds, *contact_.offers->offer_again_from);
    if (hurdles_.HasHope()) {
      AddAt(WaitEndKind::kPreferredEnds, hurdles_.HopeEnds()).agent =
          state_.agent(contact_.prefer).id;
    }
  }

  // Up to the first step after which the contact is no longer here.
  void AddSteps() {
    const LiveQueue& queue = state_.QueueOf(contact_);
    DemandKey key = contact_.demand->key;
    for (std::size_t i = contact_.steps_fired; i < queue.steps.size(); ++i) {
      const LiveStep& step = queue.steps[i];
      const DemandClass before = state_.MakeDemand(key);
      key.steps_in_force = std::max(key.steps_in_force, static_cast<std::uint16_t>(i + 1));
      WaitEnd& end = AddAt(WaitEndKind::kStep, std::max(SinceQueue() + step.config->at, now_));
      end.step = static_cast<std::uint32_t>(i + 1);
      end.in_force = i < contact_.steps_in_force;
      end.gives_up = step.config->give_up;
      end.offers_callback = step.config->callback;
      if (step.config->give_up) return;
      if (step.overflow != kNoIndex) {
        end.overflow = state_.queue(step.overflow).id;
        key.queue = step.overflow;
        key.steps_in_force = 0;
      }
      CountAgents(before, state_.MakeDemand(key), end);
      if (step.overflow != kNoIndex) return;
    }
  }

  void CountAgents(const DemandClass& before, const DemandClass& after, WaitEnd& end) const {
    std::vector<AgentIndex> members;
    for (const QueueIndex queue : after.queues) {
      const auto& agents = state_.queue(queue).agents;
      members.insert(members.end(), agents.begin(), agents.end());
    }
    std::sort(members.begin(), members.end());
    members.erase(std::unique(members.begin(), members.end()), members.end());
    for (const AgentIndex index : members) {
      const LiveAgent& agent = state_.agent(index);
      if (!agent.IsSignedIn() || !after.TierOf(agent)) continue;
      ++end.agents_after;
      if (!before.TierOf(agent)) ++end.agents_added;
    }
  }

  void AddLimits() {
    const LiveQueue& queue = state_.QueueOf(contact_);
    if (contact_.wishes && contact_.wishes->wait_limit) {
      const Instant since = contact_.waiting_since - contact_.waited;
      AddAt(WaitEndKind::kWaitLimit, std::max(since + *contact_.wishes->wait_limit, now_));
    } else if (queue.config->wait_limit) {
      AddAt(WaitEndKind::kWaitLimit, std::max(SinceQueue() + *queue.config->wait_limit, now_));
    }
    if (queue.empty_since && queue.MayLeaveWhenEmpty() &&
        contact_.state == ContactState::kWaiting) {
      const WhenEmpty& when = queue.config->when_empty;
      const Instant at = std::max(*queue.empty_since + when.after, SinceQueue() + when.newcomers);
      AddAt(WaitEndKind::kEmptyQueue, std::max(at, now_));
    }
  }

  void AddAgents() {
    WaitEnd sign_in{.kind = WaitEndKind::kSignsIn};
    bool can_anybody = false;
    for (const AgentIndex index : hurdles_.Members()) {
      const LiveAgent& agent = state_.agent(index);
      if (!hurdles_.CouldServe(agent)) continue;
      can_anybody = true;
      if (!agent.IsSignedIn()) {
        if (sign_in.agents++ == 0) sign_in.agent = agent.id;
      } else {
        AddAgent(agent);
      }
    }
    if (sign_in.agents > 0) actions_.push_back(std::move(sign_in));
    if (!can_anybody) actions_.push_back({.kind = WaitEndKind::kNobodyCan});
  }

  void AddAgent(const LiveAgent& agent) {
    const HurdleKind kind = hurdles_.Of(agent);
    WaitEnd end{.agent = agent.id, .then = hurdles_.After(agent, kind)};
    switch (kind) {
      case HurdleKind::kRejectDelay:
        end.kind = WaitEndKind::kRejectDelayEnds;
        end.at = agent.asked_from;
        timed_.push_back(std::move(end));
        return;
      case HurdleKind::kNoRoom:
        end.kind = WaitEndKind::kRoomFrees;
        end.holdings = HoldingsOf(state_, agent);
        for (const Holding& holding : end.holdings) {
          if (holding.ends && (!end.at || *holding.ends < *end.at)) end.at = holding.ends;
        }
        break;
      case HurdleKind::kConsoleLost:
        end.kind = WaitEndKind::kConsoleBack;
        end.at = agent.grace_ends;
        break;
      case HurdleKind::kNotReady:
        end.kind = WaitEndKind::kBecomesReady;
        break;
      default:
        return;
    }
    actions_.push_back(std::move(end));
  }

  std::vector<WaitEnd> Sorted(std::size_t limit) {
    std::sort(timed_.begin(), timed_.end(), [](const WaitEnd& a, const WaitEnd& b) {
      return std::tie(*a.at, a.kind, a.step, a.agent) < std::tie(*b.at, b.kind, b.step, b.agent);
    });
    std::sort(actions_.begin(), actions_.end(), [](const WaitEnd& a, const WaitEnd& b) {
      return std::tie(a.kind, a.agent) < std::tie(b.kind, b.agent);
    });
    if (timed_.size() > limit) timed_.resize(limit);
    if (actions_.size() > limit) actions_.resize(limit);
    timed_.insert(timed_.end(), actions_.begin(), actions_.end());
    return std::move(timed_);
  }

  const State& state_;
  const LiveContact& contact_;
  Instant now_;
  Hurdles hurdles_;
  std::vector<WaitEnd> timed_;
  std::vector<WaitEnd> actions_;
};

}  // namespace

std::optional<ContactExplanation> Engine::ExplainContact(ContactId id, Instant at,
                                                         std::size_t limit) const {
  const State& state = core_->state();
  const LiveContact* contact = state.FindContact(id);
  if (contact == nullptr) return std::nullopt;
  at = std::max(at, state.clock());
  ContactExplanation explanation{.at = at,
                                 .version = state.version(),
                                 .why = engine::WhyWaiting(state, *contact, at),
                                 .contact = FactsOf(state, *contact, at, limit),
                                 .position = PositionOf(id),
                                 .estimated_wait = EstimatedWaitOf(id, at)};
  const bool is_with_agent = contact->state == ContactState::kAssigned ||
                             contact->state == ContactState::kHeld ||
                             contact->state == ContactState::kWrapping;
  if (is_with_agent && contact->agent != kNoIndex) {
    explanation.agent = state.agent(contact->agent).id;
  }
  if (contact->Waits()) {
    explanation.table = TableOf(Hurdles(state, *contact, at), limit).table;
  }
  explanation.ends = EndsOfWaiting(state, *contact, at).Take(limit);
  return explanation;
}

}  // namespace usher::engine
