// SPDX-License-Identifier: Apache-2.0
#include "router/configuration/staff.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "base/check.h"

namespace usher::configuration {

Staff::Staff(const engine::Domain& domain) : domain_(domain) {
  for (const engine::Profile& profile : domain.profiles) profiles_[profile.id] = &profile;
  for (std::size_t i = 0; i < domain.agents.size(); ++i) {
    const engine::Agent& agent = domain.agents[i];
    levels_.push_back(engine::LevelsOf(agent, domain.skills));
    for (const auto& [queue, tier] : agent.queues) members_[queue].push_back(i);
  }
}

const std::vector<std::size_t>& Staff::MembersOf(const QueueId& queue) const {
  static const std::vector<std::size_t> nobody;
  const auto found = members_.find(queue);
  return found == members_.end() ? nobody : found->second;
}

bool Staff::Serves(const engine::Agent& agent, engine::Channel channel) const {
  if (!agent.channels.Has(channel)) return false;
  if (agent.profile.empty()) return true;
  return profiles_.at(agent.profile)->channels.contains(channel);
}

bool Staff::ServesAny(const engine::Agent& agent, engine::ChannelSet channels) const {
  return std::any_of(
      engine::kChannels.begin(), engine::kChannels.end(),
      [&](engine::Channel channel) { return channels.Has(channel) && Serves(agent, channel); });
}

std::set<std::size_t> Staff::Reached(const Audience& audience) const {
  std::set<std::size_t> reached;
  for (const QueueId& queue : audience.queues) {
    for (const std::size_t member : MembersOf(queue)) {
      const bool open = agent(member).queues.at(queue) <= audience.max_tier;
      if (open && audience.requirement.Evaluate(levels_[member])) reached.insert(member);
    }
  }
  return reached;
}

std::size_t Staff::CountMatches(const engine::Requirement& requirement,
                                const std::vector<std::size_t>& agents) const {
  return static_cast<std::size_t>(
      std::count_if(agents.begin(), agents.end(),
                    [&](std::size_t place) { return requirement.Evaluate(levels_[place]); }));
}

std::vector<std::size_t> Staff::Everybody() const {
  std::vector<std::size_t> places(domain_.agents.size());
  std::iota(places.begin(), places.end(), std::size_t{0});
  return places;
}

engine::Requirement Staff::Compiled(const std::string& text) const {
  auto requirement = engine::Requirement::Compile(text, domain_.skills);
  USHER_CHECK(requirement.ok(), "a domain's requirements were compiled when it was read");
  return *std::move(requirement);
}

}  // namespace usher::configuration
