// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/engine/naive_centre.h"

#include <tuple>

#include "tests/bench/engine/timing.h"

namespace usher::bench {

NaiveCentre::NaiveCentre(const Workload& workload) : workload_(workload) {
  const Shape& shape = workload.shape();
  for (int i = 0; i < shape.agents; ++i) {
    const Workload::Person& person = workload.people()[static_cast<std::size_t>(i)];
    Agent agent{std::vector<bool>(static_cast<std::size_t>(shape.queues)), person.levels};
    for (const int queue : person.queues) agent.queues[static_cast<std::size_t>(queue)] = true;
    agents_.push_back(std::move(agent));
  }
  for (int i = 0; i < shape.waiting; ++i) {
    waiting_.push_back({workload.WishOf(++arrived_), ++now_ + 20'000, arrived_});
  }
}

Pace NaiveCentre::Run(double seconds) {
  constexpr int kBlock = 4;
  std::int64_t arrival_ns = 0;
  std::int64_t match_ns = 0;
  std::int64_t done = 0;
  while (static_cast<double>(arrival_ns + match_ns) < seconds * 1e9) {
    std::int64_t from = CpuNs();
    for (int i = 0; i < kBlock; ++i) Arrive();
    arrival_ns += CpuNs() - from;
    from = CpuNs();
    for (int i = 0; i < kBlock; ++i) Release();
    match_ns += CpuNs() - from;
    done += kBlock;
  }
  return {.arrival_ns = static_cast<double>(arrival_ns) / static_cast<double>(done),
          .match_ns = static_cast<double>(match_ns) / static_cast<double>(done),
          .matches_per_release = 1};
}

bool NaiveCentre::Serves(const Agent& agent, const Wish& wish) {
  return agent.queues[static_cast<std::size_t>(wish.queue)] &&
         (wish.skill < 0 || agent.levels[static_cast<std::size_t>(wish.skill)] >= wish.level);
}

// Looks for a free agent, as the engine must; finds none, for all are busy.
void NaiveCentre::Arrive() {
  ++now_;
  const Contact contact{workload_.WishOf(++arrived_), now_ + 20'000, arrived_};
  const Agent* best = nullptr;
  for (const Agent& agent : agents_) {
    if (agent.busy || !Serves(agent, contact.wish)) continue;
    if (best == nullptr || agent.idle_since < best->idle_since) best = &agent;
  }
  if (best == nullptr) waiting_.push_back(contact);
}

void NaiveCentre::Release() {
  Agent& agent = agents_[next_++ % agents_.size()];
  agent.idle_since = ++now_;
  std::size_t best = waiting_.size();
  const auto key = [](const Contact& c) {
    return std::make_tuple(-c.wish.priority, c.due, c.sequence);
  };
  for (std::size_t i = 0; i < waiting_.size(); ++i) {
    if (!Serves(agent, waiting_[i].wish)) continue;
    if (best == waiting_.size() || key(waiting_[i]) < key(waiting_[best])) best = i;
  }
  if (best == waiting_.size()) return;
  waiting_[best] = waiting_.back();
  waiting_.pop_back();
}

}  // namespace usher::bench
