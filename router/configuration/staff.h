// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <limits>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "router/engine/domain.h"
#include "router/engine/expression.h"

namespace usher::configuration {

inline constexpr std::int32_t kAnyTier = std::numeric_limits<std::int32_t>::max();

// Whom a contact of one queue may reach after so many of its steps.
struct Audience {
  engine::Requirement requirement;
  std::int32_t max_tier = kAnyTier;
  std::set<QueueId> queues;
};

// The agents of a domain as warnings ask for them. The domain must outlive it.
class Staff {
 public:
  explicit Staff(const engine::Domain& domain);

  // The agents who list the queue, by their places in the domain.
  const std::vector<std::size_t>& MembersOf(const QueueId& queue) const;
  const engine::Agent& agent(std::size_t place) const { return domain_.agents[place]; }
  std::size_t size() const { return domain_.agents.size(); }
  bool Serves(const engine::Agent& agent, engine::Channel channel) const;
  bool ServesAny(const engine::Agent& agent, engine::ChannelSet channels) const;

  // The agents whom such a contact could ever be offered to.
  std::set<std::size_t> Reached(const Audience& audience) const;
  // How many of these agents meet the requirement.
  std::size_t CountMatches(const engine::Requirement& requirement,
                           const std::vector<std::size_t>& agents) const;
  // All of them, by place.
  std::vector<std::size_t> Everybody() const;
  // A requirement of the domain, which was compiled before when it was read.
  engine::Requirement Compiled(const std::string& text) const;

 private:
  const engine::Domain& domain_;
  std::vector<engine::SkillLevels> levels_;              // by the agents' places
  std::map<QueueId, std::vector<std::size_t>> members_;  // agents who list it
  std::map<std::string, const engine::Profile*> profiles_;
};

}  // namespace usher::configuration
