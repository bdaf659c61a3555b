// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/engine/workload.h"

#include <cstdio>

#include "router/engine/random.h"

namespace usher::bench {

using engine::DrawAfter;

Wish WishOf(std::uint64_t n) {
  const std::uint64_t draw = DrawAfter(n * 7919).value;
  Wish wish{.queue = static_cast<int>(draw % kQueues)};
  if ((draw >> 8) % 3 != 0) {
    wish.skill = static_cast<int>((draw >> 16) % kSkills);
    wish.level = (draw >> 8) % 3 == 1 ? 30 : 60;
  }
  wish.priority = (draw >> 32) % 10 == 0 ? 1 : 0;
  return wish;
}

std::string RequirementOf(const Wish& wish) {
  if (wish.skill < 0) return "";
  return "skill" + std::to_string(wish.skill) + " >= " + std::to_string(wish.level);
}

std::string AgentName(int agent) {
  char name[16];
  std::snprintf(name, sizeof name, "a%06d", agent);
  return name;
}

engine::Domain CentreWith(int agents) {
  engine::Domain domain;
  domain.id = DomainId{"bench"};
  for (int i = 0; i < kSkills; ++i) domain.skills.push_back("skill" + std::to_string(i));
  for (int i = 0; i < kQueues; ++i) {
    engine::Queue queue;
    queue.id = QueueId{"q" + std::to_string(i)};
    domain.queues.push_back(queue);
  }
  for (int i = 0; i < agents; ++i) {
    const std::uint64_t draw = DrawAfter(static_cast<std::uint64_t>(i) * 104'729).value;
    engine::Agent agent;
    agent.id = AgentId{AgentName(i)};
    for (std::uint64_t q = 0; q < 2 + draw % 3; ++q) {
      agent.queues[QueueId{"q" + std::to_string((draw >> (8 + 5 * q)) % kQueues)}] = 0;
    }
    for (int s = 0; s < kSkills; ++s) {
      agent.skills["skill" + std::to_string(s)] =
          static_cast<std::int32_t>((draw >> (30 + 5 * s)) % 101);
    }
    domain.agents.push_back(agent);
  }
  return domain;
}

}  // namespace usher::bench
