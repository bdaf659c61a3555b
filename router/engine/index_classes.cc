// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include "router/engine/state.h"

// Demand classes: made when a contact first needs one, kept for the next.

namespace usher::engine {
namespace {

// Classes without contacts are kept, for the next contact is likely to want the same; this many
// more than are in use.
constexpr std::size_t kSpareClassesMax = 4096;

}  // namespace

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

DemandClass State::MakeDemand(const DemandKey& key) const {
  DemandClass demand;
  demand.key = key;
  demand.max_tier = MaxTierOf(key);
  demand.queues.push_back(key.queue);
  const LiveQueue& queue = queues_[key.queue];
  const Requirement* requirement = &queue.requirement;
  for (std::size_t i = 0; i < key.steps_in_force; ++i) {
    const LiveStep& step = queue.steps[i];
    if (step.requirement) requirement = &*step.requirement;
    for (const QueueIndex added : step.also) {
      if (std::find(demand.queues.begin(), demand.queues.end(), added) == demand.queues.end()) {
        demand.queues.push_back(added);
      }
    }
  }
  demand.requirement = Requirement::And(*requirement, requirements_.Get(key.requirement));
  return demand;
}

DemandClass& State::ClassFor(const DemandKey& key) {
  const auto known = classes_.find(key);
  if (known != classes_.end()) return *known->second;
  if (classes_.size() >= std::max(forget_at_, kSpareClassesMax)) ForgetEmptyClasses();
  auto demand = std::make_unique<DemandClass>(MakeDemand(key));
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
    if (agent.posted.Has(demand.key.channel)) {
      demand.ready.Insert(EntryOf(agent.posted, *tier, index));
    }
    return false;
  });
}

void State::ForgetEmptyClasses() {
  const auto is_empty = [](const DemandClass& demand) { return demand.contacts == 0; };
  for (LiveAgent& agent : agents_) {
    std::erase_if(agent.classes, [&](const ServedClass& s) { return is_empty(*s.demand); });
  }
  std::erase_if(matchable_, [&](const DemandClass* demand) { return is_empty(*demand); });
  std::erase_if(unserved_, [&](const DemandClass* demand) { return is_empty(*demand); });
  std::erase_if(classes_, [&](const auto& entry) { return is_empty(*entry.second); });
  forget_at_ = std::max(kSpareClassesMax, 2 * classes_.size());
}

std::uint32_t State::NumberOf(const std::string& requirement) {
  if (requirements_.IsCrowded()) {
    std::set<std::uint32_t> used;
    contacts_.ForEach([&](ContactSlot, const LiveContact& c) { used.insert(c.requirement); });
    for (const auto& [key, demand] : classes_) used.insert(key.requirement);
    requirements_.KeepOnly(used);
  }
  return requirements_.NumberOf(requirement);
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

}  // namespace usher::engine
