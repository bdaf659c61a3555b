// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "router/engine/domain.h"

namespace usher::bench {

// A contact centre of twenty queues with three requirements each, and agents in two to four queues
// with five skills: what both the engine and the naive matcher are given.
inline constexpr int kQueues = 20;
inline constexpr int kSkills = 5;

struct Wish {
  int queue = 0;
  int skill = -1;  // -1: none
  int level = 0;
  std::int32_t priority = 0;
};
// The n-th contact; the same for every matcher.
Wish WishOf(std::uint64_t n);
std::string RequirementOf(const Wish& wish);

engine::Domain CentreWith(int agents);
// A name that sorts as its number.
std::string AgentName(int agent);

}  // namespace usher::bench
