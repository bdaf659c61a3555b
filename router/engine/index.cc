// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <limits>
#include <utility>

#include "base/check.h"
#include "router/engine/capacity.h"
#include "router/engine/state.h"

// How the derived indexes follow the state: orders of contacts, ready sets, timers.

namespace usher::engine {
namespace {

// Classes without contacts are kept, for the next contact is likely to want the same; this many
// more than are in use.
constexpr std::size_t kSpareClassesMax = 4096;

// What is overdue (a step of a new configuration) is due now: within an instant the kinds decide
// the order, not by how much something is late.
void Consider(Timer& best, Instant clock, Instant at, TimerKind kind) {
  at = std::max(at, clock);
  if (std::tie(at, kind) < std::tie(best.at, best.kind)) {
    best.at = at;
    best.kind = kind;
  }
}

ReadyAgent EntryOf(const Readiness& readiness, std::int32_t tier, AgentIndex agent) {
  return {tier, readiness.holds, readiness.idle_since, agent};
}

bool Has(const Readiness& readiness, Channel channel) {
  return (readiness.channels >> static_cast<int>(channel)) & 1u;
}

}  // namespace

// --- Contacts.

void State::Leave(ContactSlot slot) {
  LiveContact& contact = contacts_[slot];
  if (!contact.in_queue_order) return;
  const OrderEntry entry = OrderEntry::Of(contact.key, slot);
  if (contact.in_class_order) contact.demand->order.Erase(entry);
  --contact.demand->contacts;
  contact.demand = nullptr;
  queues_[contact.queue].order.Erase(entry);
  if (contact.counted_offered) --queues_[contact.queue].offered;
  contact.in_queue_order = false;
  contact.in_class_order = false;
  contact.counted_offered = false;
  contact.hoping = false;
}

void State::Settle(ContactSlot slot) {
  LiveContact& contact = contacts_[slot];
  if (!contact.Waits()) {
    Leave(slot);
    Rearm(slot, contact);
    return;
  }
  const OrderEntry entry = OrderEntry::Of(contact.key, slot);
  LiveQueue& queue = queues_[contact.queue];
  if (!contact.in_queue_order) {
    queue.order.Insert(entry);
    contact.in_queue_order = true;
    contact.demand = &ClassFor(DemandOf(contact));
    ++contact.demand->contacts;
    ListIfUnserved(*contact.demand);
  }
  if (contact.hoping && !HasPreferredHope(contact)) contact.hoping = false;
  const bool is_offered = contact.state == ContactState::kOffered;
  if (is_offered != contact.counted_offered) {
    queue.offered += is_offered ? 1 : std::size_t(-1);
    contact.counted_offered = is_offered;
  }
  const bool is_offerable = IsOfferable(contact);
  if (is_offerable != contact.in_class_order) {
    if (is_offerable)
      contact.demand->order.Insert(entry);
    else
      contact.demand->order.Erase(entry);
    contact.in_class_order = is_offerable;
  }
  if (is_offerable) ListIfMatchable(*contact.demand);
  Rearm(slot, contact);
}

void State::Settle(LiveContact& contact) { Settle(contacts_.SlotOf(contact.id)); }

void State::SetAside(ContactSlot slot) {
  LiveContact& contact = contacts_[slot];
  contact.hoping = true;
  agents_[contact.prefer].hopefuls.push_back(slot);
  Settle(slot);
}

void State::Rearm(ContactSlot slot, LiveContact& contact) {
  const Timer next = NextTimerOf(slot, contact);
  if (next.at == contact.timer_at && static_cast<std::uint8_t>(next.kind) == contact.timer_kind) {
    return;
  }
  if (contact.timer_at != kNever) {
    timers_.Erase(
        {contact.timer_at, contact.id.value(), slot, static_cast<TimerKind>(contact.timer_kind)});
  }
  if (next.at != kNever) timers_.Insert(next);
  contact.timer_at = next.at;
  contact.timer_kind = static_cast<std::uint8_t>(next.kind);
}

Timer State::NextTimerOf(ContactSlot slot, const LiveContact& contact) const {
  Timer best{kNever, contact.id.value(), slot, TimerKind::kContactNudge};
  if (contact.state == ContactState::kScheduled) {
    if (contact.wishes && contact.wishes->not_before) {
      Consider(best, clock_, *contact.wishes->not_before, TimerKind::kArrival);
    }
    return best;
  }
  if (!contact.Waits()) return best;
  const LiveQueue& queue = queues_[contact.queue];
  const Instant since_queue = contact.waiting_since - contact.waited_in_queue;
  if (contact.steps_fired < queue.steps.size()) {
    Consider(best, clock_, since_queue + queue.steps[contact.steps_fired].config->at,
             TimerKind::kStep);
  }
  if (contact.wishes && contact.wishes->wait_limit) {
    const Instant since = contact.waiting_since - contact.waited;
    Consider(best, clock_, since + *contact.wishes->wait_limit, TimerKind::kWaitLimit);
  } else if (queue.config->wait_limit) {
    Consider(best, clock_, since_queue + *queue.config->wait_limit, TimerKind::kWaitLimit);
  }
  if (queue.empty_since && queue.MayLeaveWhenEmpty() && contact.state == ContactState::kWaiting) {
    const WhenEmpty& when = queue.config->when_empty;
    Consider(best, clock_, std::max(*queue.empty_since + when.after, since_queue + when.newcomers),
             TimerKind::kEmptyQueue);
  }
  const Timer nudge = NextNudgeOf(slot, contact);
  return nudge < best ? nudge : best;
}

Timer State::NextNudgeOf(ContactSlot slot, const LiveContact& contact) const {
  Timer best{kNever, contact.id.value(), slot, TimerKind::kContactNudge};
  const auto consider = [&](Instant at) {
    if (at > clock_) Consider(best, clock_, at, TimerKind::kContactNudge);
  };
  if (contact.offers && contact.offers->offer_again_from)
    consider(*contact.offers->offer_again_from);
  if (contact.prefer != kNoIndex && !contact.prefer_declined) {
    consider(contact.waiting_since - contact.waited_in_queue + PreferForOf(contact));
  }
  const Queue& config = *queues_[contact.queue].config;
  if (config.strategy == Strategy::kProgressive && contact.offers &&
      contact.offers->offering_since && config.progressive > Duration{0}) {
    const Instant since = *contact.offers->offering_since;
    consider(since + ((clock_ - since) / config.progressive + 1) * config.progressive);
  }
  return best;
}

std::size_t State::OffersAllowed(const LiveContact& contact) const {
  const Queue& config = *queues_[contact.queue].config;
  constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();
  if (config.strategy == Strategy::kBroadcast) {
    return config.broadcast == 0 ? kAll : static_cast<std::size_t>(config.broadcast);
  }
  if (config.strategy != Strategy::kProgressive) return 1;
  if (!contact.offers || !contact.offers->offering_since) return 1;
  if (config.progressive <= Duration{0}) return kAll;
  const Duration running = clock_ - *contact.offers->offering_since;
  return 1 + static_cast<std::size_t>(running / config.progressive);
}

bool State::IsOfferable(const LiveContact& contact) const {
  if (!contact.Waits() || contact.hoping) return false;
  if (!contact.offers) return true;
  const ContactOffers& offers = *contact.offers;
  if (offers.offer_again_from && *offers.offer_again_from > clock_) return false;
  if (offers.open.empty()) return true;
  return !offers.open.front().alone && offers.open.size() < OffersAllowed(contact);
}

Duration State::PreferForOf(const LiveContact& contact) const {
  if (contact.wishes && contact.wishes->prefer_for) return *contact.wishes->prefer_for;
  return queues_[contact.queue].config->prefer_for;
}

bool State::HasPreferredHope(const LiveContact& contact) const {
  if (contact.prefer == kNoIndex || contact.prefer_declined || contact.demand == nullptr) {
    return false;
  }
  if (contact.WaitedInQueueAt(clock_) >= PreferForOf(contact)) return false;
  const LiveAgent& preferred = agents_[contact.prefer];
  return preferred.presence == Presence::kAvailable &&
         contact.demand->TierOf(preferred).has_value();
}

// --- Demand classes.

DemandKey State::DemandOf(const LiveContact& contact) const {
  return {contact.queue, contact.channel, contact.steps_in_force, contact.requirement,
          contact.MaxTier()};
}

std::optional<std::int32_t> State::MaxTierOf(const DemandKey& key) const {
  const LiveQueue& queue = queues_[key.queue];
  std::optional<std::int32_t> max_tier = key.max_tier ? key.max_tier : queue.first_max_tier;
  for (std::size_t i = 0; i < key.steps_in_force; ++i) {
    if (queue.steps[i].config->max_tier) max_tier = queue.steps[i].config->max_tier;
  }
  return max_tier;
}

DemandClass& State::ClassFor(const DemandKey& key) {
  const auto known = classes_.find(key);
  if (known != classes_.end()) return *known->second;
  if (classes_.size() > kSpareClassesMax) ForgetEmptyClasses();
  auto demand = std::make_unique<DemandClass>();
  demand->key = key;
  demand->max_tier = MaxTierOf(key);
  demand->queues.push_back(key.queue);
  const LiveQueue& queue = queues_[key.queue];
  const Requirement* requirement = &queue.requirement;
  for (std::size_t i = 0; i < key.steps_in_force; ++i) {
    const LiveStep& step = queue.steps[i];
    if (step.requirement) requirement = &*step.requirement;
    for (const QueueIndex added : step.also) {
      if (std::find(demand->queues.begin(), demand->queues.end(), added) == demand->queues.end()) {
        demand->queues.push_back(added);
      }
    }
  }
  demand->requirement = Requirement::And(*requirement, requirements_.Get(key.requirement));
  Staff(*demand);
  return *classes_.emplace(key, std::move(demand)).first->second;
}

void State::Staff(DemandClass& demand) {
  for (const QueueIndex queue : demand.queues) {
    for (const AgentIndex index : queues_[queue].agents) demand.servers.push_back(index);
  }
  std::sort(demand.servers.begin(), demand.servers.end());
  demand.servers.erase(std::unique(demand.servers.begin(), demand.servers.end()),
                       demand.servers.end());
  std::erase_if(demand.servers, [&](AgentIndex index) {
    LiveAgent& agent = agents_[index];
    const std::optional<std::int32_t> tier = demand.TierOf(agent);
    if (!tier) return true;
    agent.classes.push_back({&demand, *tier});
    if (agent.IsSignedIn()) ++demand.signed_in;
    if (Has(agent.posted, demand.key.channel)) {
      demand.ready.Insert(EntryOf(agent.posted, *tier, index));
    }
    return false;
  });
}

void State::ForgetEmptyClasses() {
  std::size_t in_use = 0;
  for (const auto& [key, demand] : classes_) in_use += demand->contacts > 0 ? 1 : 0;
  if (classes_.size() - in_use <= kSpareClassesMax) return;
  const auto is_empty = [](const DemandClass& demand) { return demand.contacts == 0; };
  for (LiveAgent& agent : agents_) {
    std::erase_if(agent.classes, [&](const ServedClass& s) { return is_empty(*s.demand); });
  }
  std::erase_if(matchable_, [&](const DemandClass* demand) { return is_empty(*demand); });
  std::erase_if(unserved_, [&](const DemandClass* demand) { return is_empty(*demand); });
  std::erase_if(classes_, [&](const auto& entry) { return is_empty(*entry.second); });
  std::set<std::uint32_t> used;
  contacts_.ForEach([&](ContactSlot, const LiveContact& c) { used.insert(c.requirement); });
  requirements_.KeepOnly(used);
}

const DemandClass& State::WithSteps(const DemandClass& demand, std::uint16_t steps_in_force) {
  DemandKey key = demand.key;
  key.steps_in_force = steps_in_force;
  return ClassFor(key);
}

void State::ListIfMatchable(DemandClass& demand) {
  if (demand.is_listed || !demand.IsMatchable()) return;
  demand.is_listed = true;
  matchable_.push_back(&demand);
}

void State::ListAgain(DemandClass& demand) { ListIfMatchable(demand); }

void State::ListIfUnserved(DemandClass& demand) {
  if (demand.is_unserved || demand.signed_in > 0 || demand.contacts == 0) return;
  demand.is_unserved = true;
  unserved_.push_back(&demand);
}

std::vector<DemandClass*> State::TakeMatchable() {
  for (DemandClass* demand : matchable_) demand->is_listed = false;
  return std::exchange(matchable_, {});
}

std::vector<DemandClass*> State::TakeUnserved() {
  for (DemandClass* demand : unserved_) demand->is_unserved = false;
  return std::exchange(unserved_, {});
}

// --- Agents.

Readiness State::ReadinessOf(const LiveAgent& agent) const {
  Readiness readiness{0, agent.HoldsAny(), agent.idle_since};
  if (agent.presence != Presence::kAvailable || agent.grace_ends) return readiness;
  if (agent.asked_from && *agent.asked_from > clock_) return readiness;
  for (const Channel channel : kChannels) {
    if (HasRoom(agent, channel)) readiness.channels |= 1u << static_cast<int>(channel);
  }
  return readiness;
}

void State::SettleAgent(AgentIndex index) {
  LiveAgent& agent = agents_[index];
  const Readiness readiness = ReadinessOf(agent);
  if (readiness != agent.posted) PostReadiness(index, agent, readiness);
  Rearm(index, agent);
  for (const ContactSlot slot : std::exchange(agent.hopefuls, {})) {
    LiveContact& contact = contacts_[slot];
    if (!contact.id || !contact.hoping || contact.prefer != index) continue;
    contact.hoping = false;
    Settle(slot);
  }
}

void State::PostReadiness(AgentIndex index, LiveAgent& agent, const Readiness& readiness) {
  for (const ServedClass& served : agent.classes) {
    DemandClass& demand = *served.demand;
    const Channel channel = demand.key.channel;
    if (Has(agent.posted, channel)) {
      demand.ready.Erase(EntryOf(agent.posted, served.tier, index));
    }
    if (Has(readiness, channel)) {
      demand.ready.Insert(EntryOf(readiness, served.tier, index));
      ListIfMatchable(demand);
    }
  }
  agent.posted = readiness;
}

void State::Rearm(AgentIndex index, LiveAgent& agent) {
  const Timer next = NextTimerOf(index, agent);
  if (next.at == agent.timer_at && static_cast<std::uint8_t>(next.kind) == agent.timer_kind) return;
  if (agent.timer_at != kNever) {
    timers_.Erase({agent.timer_at, index, index, static_cast<TimerKind>(agent.timer_kind)});
  }
  if (next.at != kNever) timers_.Insert(next);
  agent.timer_at = next.at;
  agent.timer_kind = static_cast<std::uint8_t>(next.kind);
}

Timer State::NextTimerOf(AgentIndex index, const LiveAgent& agent) const {
  Timer best{kNever, index, index, TimerKind::kAgentNudge};
  if (agent.grace_ends) Consider(best, clock_, *agent.grace_ends, TimerKind::kGrace);
  if (agent.asked_from && *agent.asked_from > clock_) {
    Consider(best, clock_, *agent.asked_from, TimerKind::kAgentNudge);
  }
  return best;
}

// --- The clock.

void State::MoveClock(Instant now) { clock_ = std::max(clock_, now); }

void State::Nudge(const Timer& timer) {
  if (timer.kind == TimerKind::kAgentNudge) {
    SettleAgent(timer.ref);
    return;
  }
  contacts_[timer.ref].hoping = false;
  Settle(timer.ref);
}

// --- What changed.

void State::MarkDirty(LiveContact& contact) {
  if (!contact.dirty) dirty_contacts_.push_back(contact.id);
  contact.dirty = true;
}

void State::MarkDirty(LiveAgent& agent) {
  if (!std::exchange(agent.dirty, true)) dirty_agents_.push_back(agent.id);
}

void State::MarkDirty(LiveQueue& queue) {
  if (!std::exchange(queue.dirty, true)) dirty_queues_.push_back(queue.id);
}

// --- Lookups.

const LiveAgent* State::FindAgent(const AgentId& agent) const {
  const auto found = agent_index_.find(agent.value());
  return found == agent_index_.end() ? nullptr : &agents_[found->second];
}

const LiveQueue* State::FindQueue(const QueueId& queue) const {
  const auto found = queue_index_.find(queue.value());
  return found == queue_index_.end() ? nullptr : &queues_[found->second];
}

AgentIndex State::IndexOf(const LiveAgent& agent) const {
  return static_cast<AgentIndex>(&agent - agents_.data());
}

QueueIndex State::IndexOf(const LiveQueue& queue) const {
  return static_cast<QueueIndex>(&queue - queues_.data());
}

const LiveContact* State::FindByExternalId(Channel channel, const std::string& external_id) const {
  const auto found = external_ids_.find(ExternalKey(channel, external_id));
  return found == external_ids_.end() ? nullptr : &contacts_[found->second];
}

std::string ExternalKey(Channel channel, const std::string& external_id) {
  return std::string(1, static_cast<char>('0' + static_cast<int>(channel))) + external_id;
}

}  // namespace usher::engine
