// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include "router/engine/state.h"
#include "router/engine/strategy.h"

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
  if (free_classes_.empty()) {
    demand->index = static_cast<ClassIndex>(class_at_.size());
    class_at_.emplace_back();
    firsts_.emplace_back();
  } else {
    demand->index = free_classes_.back();
    free_classes_.pop_back();
  }
  class_at_[demand->index] = demand.get();
  Staff(*demand);
  return *classes_.emplace(key, std::move(demand)).first->second;
}

void State::Staff(DemandClass& demand) {
  if (demand.queues.size() == 1) {
    for (const AgentIndex index : queues_[demand.queues[0]].agents) StaffWith(demand, index);
    return;
  }
  std::vector<AgentIndex> members;
  for (const QueueIndex queue : demand.queues) {
    const std::vector<AgentIndex>& agents = queues_[queue].agents;
    members.insert(members.end(), agents.begin(), agents.end());
  }
  std::sort(members.begin(), members.end());
  members.erase(std::unique(members.begin(), members.end()), members.end());
  for (const AgentIndex index : members) StaffWith(demand, index);
}

void State::StaffWith(DemandClass& demand, AgentIndex index) {
  LiveAgent& agent = agents_[index];
  const std::optional<std::int32_t> tier = demand.TierOf(agent);
  if (!tier) return;
  agent.classes.push_back({.demand = demand.index, .tier = *tier, .channel = demand.key.channel});
  agent.posts.emplace_back();
  if (HasStandingValue(queues_[demand.key.queue].config->strategy)) agent.has_values = true;
  if (agent.IsSignedIn()) ++demand.signed_in;
  if (!agent.is_unposted) Post(index, agent, agent.classes.size() - 1);
}

void State::InsertInOrder(DemandClass& demand, const OrderEntry& entry) {
  demand.order.Insert(entry);
  OrderEntry& first = firsts_[demand.index];
  if (first.contact == kNoIndex || entry < first) first = entry;
}

void State::EraseFromOrder(DemandClass& demand, const OrderEntry& entry) {
  demand.order.Erase(entry);
  OrderEntry& first = firsts_[demand.index];
  if (first.contact != entry.contact) return;
  first = demand.order.empty() ? OrderEntry{} : demand.order.front();
}

void State::ForgetEmptyClasses() {
  const auto is_empty = [](const DemandClass* demand) { return demand->contacts == 0; };
  for (LiveAgent& agent : agents_) {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < agent.classes.size(); ++i) {
      if (is_empty(class_at_[agent.classes[i].demand])) {
        if (agent.classes[i].is_posted) --agent.posted_in;
        continue;
      }
      agent.classes[kept] = agent.classes[i];
      agent.posts[kept++] = agent.posts[i];
    }
    agent.classes.resize(kept);
    agent.posts.resize(kept);
  }
  std::erase_if(matchable_, is_empty);
  std::erase_if(unserved_, is_empty);
  std::erase_if(stranded_, is_empty);
  for (ClassIndex index = 0; index < class_at_.size(); ++index) {
    if (class_at_[index] == nullptr || !is_empty(class_at_[index])) continue;
    class_at_[index] = nullptr;
    free_classes_.push_back(index);
  }
  std::erase_if(classes_, [&](const auto& entry) { return is_empty(entry.second.get()); });
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

// Only steps that are still to come can be skipped to.
void State::ListIfUnserved(DemandClass& demand) {
  if (demand.signed_in > 0 || demand.contacts == 0) return;
  if (demand.key.steps_in_force >= queues_[demand.key.queue].steps.size()) return;
  // Each by itself: where events are only folded, nobody takes the unserved, and a class that stood
  // empty meanwhile is no longer among the stranded.
  if (!std::exchange(demand.is_unserved, true)) unserved_.push_back(&demand);
  if (!std::exchange(demand.is_stranded, true)) stranded_.push_back(&demand);
}

// Somebody signed in, who may make a later step worth skipping to.
void State::ListStranded() {
  std::erase_if(stranded_, [](DemandClass* demand) {
    demand->is_stranded = demand->contacts > 0 && demand->signed_in == 0;
    return !demand->is_stranded;
  });
  for (DemandClass* demand : stranded_) ListIfUnserved(*demand);
}

std::vector<DemandClass*> State::TakeMatchable() {
  for (DemandClass* demand : matchable_) demand->is_listed = false;
  return std::exchange(matchable_, {});
}

std::vector<const DemandClass*> State::TakeUnserved() {
  std::vector<const DemandClass*> taken;
  for (DemandClass* demand : unserved_) {
    demand->is_unserved = false;
    if (demand->contacts > 0 && demand->signed_in == 0) taken.push_back(demand);
  }
  unserved_.clear();
  return taken;
}

}  // namespace usher::engine
