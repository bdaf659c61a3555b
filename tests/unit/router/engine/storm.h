// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <random>

#include "router/engine/engine.h"

namespace usher::engine {

// A domain that uses every strategy and most of what a queue can say, and commands at random
// against it: likely ones, impossible ones, and ones that come at the very instant of a deadline.
Domain StormDomain(std::uint64_t variant);

class Storm {
 public:
  explicit Storm(std::uint64_t seed) : random_(seed) {}

  Command Next(const Engine& engine, Instant now);
  Instant NextInstant(const Engine& engine, Instant now);
  std::uint64_t Below(std::uint64_t bound) { return random_() % bound; }

 private:
  Submit NextSubmit(const Engine& engine, Instant now);
  Command NextForContact(const Engine& engine, ContactId contact);
  Command NextForAgent(const Engine& engine);
  AgentId AnyAgent(const Engine& engine);
  QueueId AnyQueue(const Engine& engine);

  std::mt19937_64 random_;  // its sequence is fixed by the standard
};

}  // namespace usher::engine
