// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>
#include <tuple>
#include <vector>

#include <benchmark/benchmark.h>

#include "router/engine/domain.h"
#include "tests/bench/engine/workload.h"

// The yardstick: the same work by looking at everybody. No events, no offers, no timers, plain
// arrays: it only finds who gets whom.

namespace usher::bench {
namespace {

struct NaiveAgent {
  std::vector<bool> queues;
  std::vector<std::int32_t> levels;
  std::int64_t idle_since = 0;
  bool busy = false;
};

struct NaiveContact {
  Wish wish;
  std::int64_t due = 0;
  std::uint64_t sequence = 0;
};

bool Serves(const NaiveAgent& agent, const Wish& wish) {
  return agent.queues[static_cast<std::size_t>(wish.queue)] &&
         (wish.skill < 0 || agent.levels[static_cast<std::size_t>(wish.skill)] >= wish.level);
}

class NaiveCentre {
 public:
  NaiveCentre(int waiting, int agents) {
    const engine::Domain domain = CentreWith(agents);
    for (const engine::Agent& config : domain.agents) {
      NaiveAgent agent;
      agent.queues.resize(kQueues);
      for (const auto& [queue, tier] : config.queues) {
        agent.queues[static_cast<std::size_t>(std::stoi(queue.value().substr(1)))] = true;
      }
      for (const auto& [skill, level] : config.skills) agent.levels.push_back(level);
      agent.busy = true;
      agents_.push_back(agent);
    }
    while (waiting_.size() < static_cast<std::size_t>(waiting)) Arrive();
  }

  // Looks for a free agent, as the engine must; finds none, for all are busy.
  void Arrive() {
    ++now_;
    const NaiveContact contact{WishOf(++arrived_), now_ + 20'000, arrived_};
    const NaiveAgent* best = nullptr;
    for (const NaiveAgent& agent : agents_) {
      if (agent.busy || !Serves(agent, contact.wish)) continue;
      if (best == nullptr || agent.idle_since < best->idle_since) best = &agent;
    }
    benchmark::DoNotOptimize(best);
    waiting_.push_back(contact);
  }

  void CompleteOne() {
    NaiveAgent& agent = agents_[next_++ % agents_.size()];
    agent.idle_since = ++now_;
    std::size_t best = waiting_.size();
    const auto key = [](const NaiveContact& c) {
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

 private:
  std::vector<NaiveAgent> agents_;
  std::vector<NaiveContact> waiting_;
  std::size_t next_ = 0;
  std::uint64_t arrived_ = 0;
  std::int64_t now_ = 0;
};

void NaiveLife(benchmark::State& state) {
  NaiveCentre centre(static_cast<int>(state.range(0)), static_cast<int>(state.range(1)));
  for (auto _ : state) {
    centre.Arrive();
    centre.CompleteOne();
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(NaiveLife)
    ->Args({1'000, 100})
    ->Args({1'000, 10'000})
    ->Args({100'000, 100})
    ->Args({100'000, 10'000})
    ->ArgNames({"waiting", "agents"});

}  // namespace
}  // namespace usher::bench
