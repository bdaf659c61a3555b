// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/engine/workload.h"

#include <algorithm>
#include <cstdio>

#include "router/engine/random.h"

namespace usher::bench {
namespace {

using engine::DrawAfter;

// A stream of draws from one number.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(DrawAfter(seed * 104'729).value) {}

  int Below(int end) {
    const engine::Draw draw = DrawAfter(state_);
    state_ = draw.state;
    return static_cast<int>(draw.value % static_cast<std::uint64_t>(end));
  }

 private:
  std::uint64_t state_;
};

std::string SkillName(int skill) { return "skill" + std::to_string(skill); }

constexpr int kSkillsHeldMax = 10;
constexpr int kSpareQueues = 10;

struct QueueRange {
  int begin = 0;
  int count = 0;
};

int QueuesOf(const Shape& shape) {
  return shape.queues + (shape.spare_agents > 0 ? kSpareQueues : 0);
}

Workload::Person PersonOf(int number, const Shape& shape, QueueRange range) {
  Dice dice(static_cast<std::uint64_t>(number) + 1);
  Workload::Person person;
  const int memberships = std::min(range.count, 2 + dice.Below(3));
  while (static_cast<int>(person.queues.size()) < memberships) {
    const int queue = range.begin + dice.Below(range.count);
    if (std::count(person.queues.begin(), person.queues.end(), queue) == 0) {
      person.queues.push_back(queue);
    }
  }
  person.levels.assign(static_cast<std::size_t>(shape.skills), -1);
  while (static_cast<int>(person.skills.size()) < std::min(shape.skills, kSkillsHeldMax)) {
    const int skill = dice.Below(shape.skills);
    int& level = person.levels[static_cast<std::size_t>(skill)];
    if (level >= 0) continue;
    level = dice.Below(101);
    person.skills.push_back(skill);
  }
  return person;
}

}  // namespace

Workload::Workload(const Shape& shape) : shape_(shape) {
  for (int i = 0; i < shape.agents + shape.spare_agents; ++i) {
    const bool is_spare = i >= shape.agents;
    people_.push_back(PersonOf(
        i, shape, is_spare ? QueueRange{shape.queues, kSpareQueues} : QueueRange{0, shape.queues}));
  }
}

Wish Workload::WishOf(std::uint64_t n) const {
  const auto person = Dice(n).Below(shape_.agents);
  return WishOf(people_[static_cast<std::size_t>(person)], n);
}

Wish Workload::SpareWishOf(std::uint64_t n) const {
  const auto person = shape_.agents + Dice(n).Below(shape_.spare_agents);
  return WishOf(people_[static_cast<std::size_t>(person)], n);
}

Wish Workload::WishOf(const Person& person, std::uint64_t n) const {
  Dice dice(n + 0x5EED);
  const auto one_of = [&](const std::vector<int>& values) {
    return values[static_cast<std::size_t>(dice.Below(static_cast<int>(values.size())))];
  };
  Wish wish{.queue = one_of(person.queues), .priority = dice.Below(10) == 0 ? 1 : 0};
  const int skill = one_of(person.skills);
  const int level = 30 * dice.Below(3);
  if (level > 0 && person.levels[static_cast<std::size_t>(skill)] >= level) {
    wish.skill = skill;
    wish.level = level;
  }
  return wish;
}

engine::Submit Workload::SubmitOf(const Wish& wish) const {
  engine::Submit submit{
      .channel = engine::Channel::kChat, .queue = QueueName(wish.queue), .priority = wish.priority};
  if (wish.skill >= 0) {
    submit.requirement = SkillName(wish.skill) + " >= " + std::to_string(wish.level);
  }
  return submit;
}

engine::Domain Workload::Domain() const {
  engine::Domain domain;
  domain.id = DomainId{"bench"};
  for (int i = 0; i < shape_.skills; ++i) domain.skills.push_back(SkillName(i));
  for (int i = 0; i < QueuesOf(shape_); ++i) {
    engine::Queue queue;
    queue.id = QueueName(i);
    domain.queues.push_back(queue);
  }
  for (const Person& person : people_) {
    engine::Agent agent;
    agent.id = AgentName(static_cast<int>(domain.agents.size()));
    for (const int queue : person.queues) agent.queues[QueueName(queue)] = 0;
    for (const int skill : person.skills) {
      agent.skills[SkillName(skill)] = person.levels[static_cast<std::size_t>(skill)];
    }
    domain.agents.push_back(std::move(agent));
  }
  return domain;
}

AgentId AgentName(int agent) {
  char name[16];
  std::snprintf(name, sizeof name, "a%06d", agent);
  return AgentId{name};
}

QueueId QueueName(int queue) { return QueueId{"q" + std::to_string(queue)}; }

}  // namespace usher::bench
