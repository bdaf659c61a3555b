// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "router/engine/command.h"
#include "router/engine/domain.h"

namespace usher::bench {

// How large a contact centre is. With few skills (5) every agent has all, and a queue has up to 11
// different requirements; with many (50) each has ten of them, and a queue up to 101.
struct Shape {
  int waiting = 0;
  int agents = 0;
  int queues = 0;
  int skills = 5;
  int spare_agents = 0;  // besides, idle: in ten queues of their own, where nobody waits
};

// What one contact asks for.
struct Wish {
  int queue = 0;
  int skill = -1;  // -1: none
  int level = 0;
  std::int32_t priority = 0;
};

// A contact centre of a shape, the same for every matcher: agents in up to four queues, contacts
// that somebody can serve (each is made to fit an agent drawn at random), one in ten of a higher
// priority, one in three without a requirement. All chats, one at a time.
class Workload {
 public:
  explicit Workload(const Shape& shape);

  struct Person {
    std::vector<int> queues;  // distinct
    std::vector<int> levels;  // by skill; -1: not held
    std::vector<int> skills;  // those that are held
  };

  const Shape& shape() const { return shape_; }
  const std::vector<Person>& people() const { return people_; }
  // The n-th contact for the agents, and for the spare ones.
  Wish WishOf(std::uint64_t n) const;
  Wish SpareWishOf(std::uint64_t n) const;
  engine::Submit SubmitOf(const Wish& wish) const;
  engine::Domain Domain() const;

 private:
  Wish WishOf(const Person& person, std::uint64_t n) const;

  Shape shape_;
  std::vector<Person> people_;
};

// A name that sorts as its number.
AgentId AgentName(int agent);
QueueId QueueName(int queue);

}  // namespace usher::bench
