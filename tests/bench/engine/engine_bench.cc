// SPDX-License-Identifier: Apache-2.0
#include <deque>
#include <string>
#include <variant>
#include <vector>

#include <benchmark/benchmark.h>

#include "router/engine/engine.h"
#include "tests/bench/engine/allocation.h"
#include "tests/bench/engine/workload.h"

// The engine alone: no store, no network. One iteration is a whole life: a contact arrives, an
// agent completes her last one and is offered the first that she can take, and accepts it.

namespace usher::engine {
namespace {

class Centre {
 public:
  Centre(std::size_t waiting, int agents) {
    Do(ApplyDomain{bench::CentreWith(agents), 1});
    for (int i = 0; i < agents; ++i) Do(SignIn{AgentId{bench::AgentName(i)}});
    // First everyone gets busy; a few agents may find nobody they can serve.
    for (int i = 0; i < 4 * agents; ++i) Arrive();
    while (Waiting() < waiting) Arrive();
    while (Waiting() > waiting) CompleteOne();
  }

  void Arrive() {
    const bench::Wish wish = bench::WishOf(++arrived_);
    now_ += Duration{1};
    Do(Submit{.channel = Channel::kChat,
              .queue = QueueId{"q" + std::to_string(wish.queue)},
              .priority = wish.priority,
              .requirement = bench::RequirementOf(wish)});
    AcceptAll();
  }

  // The contact that was taken first is done; its agent is offered the next.
  void CompleteOne() {
    const ContactId contact = busy_.front();
    busy_.pop_front();
    now_ += Duration{1};
    Do(Complete{.contact = contact});
    AcceptAll();
  }

  std::size_t Waiting() const { return engine_.contact_count() - busy_.size(); }
  std::size_t accepted() const { return accepted_; }
  const Engine& engine() const { return engine_; }

 private:
  void Do(const Command& command) {
    events_.clear();
    engine_.Execute(command, now_, events_);
    if (++commands_ % 1024 == 0) engine_.TakeDirty();
  }

  void AcceptAll() {
    std::vector<Offered> offers;
    for (const Event& event : events_) {
      if (const auto* offered = std::get_if<Offered>(&event.body)) offers.push_back(*offered);
    }
    for (const Offered& offer : offers) {
      Do(Accept{.contact = offer.contact, .agent = offer.agent});
      busy_.push_back(offer.contact);
      ++accepted_;
    }
  }

  Engine engine_;
  Instant now_ = InstantFromUnixMs(1'767'571'200'000);
  std::vector<Event> events_;
  std::deque<ContactId> busy_;
  std::uint64_t arrived_ = 0;
  std::uint64_t commands_ = 0;
  std::size_t accepted_ = 0;
};

void Life(benchmark::State& state) {
  Centre centre(static_cast<std::size_t>(state.range(0)), static_cast<int>(state.range(1)));
  const std::size_t accepted_before = centre.accepted();
  for (auto _ : state) {
    centre.Arrive();
    centre.CompleteOne();
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(centre.accepted() - accepted_before));
  state.counters["waiting"] = static_cast<double>(centre.Waiting());
  const DispatchCost& cost = centre.engine().cost();
  state.counters["agents_tried_per_offer"] =
      static_cast<double>(cost.agents_tried) / static_cast<double>(cost.offers);
  state.counters["contacts_tried_per_offer"] =
      static_cast<double>(cost.contacts_tried) / static_cast<double>(cost.offers);
}
BENCHMARK(Life)
    ->Args({1'000, 100})
    ->Args({1'000, 10'000})
    ->Args({100'000, 100})
    ->Args({100'000, 10'000})
    ->ArgNames({"waiting", "agents"});

// A waiting contact without payload: what n of them add to what the engine holds.
void BytesPerWaitingContact(benchmark::State& state) {
  const auto contacts = static_cast<std::int64_t>(state.range(0));
  double bytes = 0;
  for (auto _ : state) {
    Engine engine;
    std::vector<Event> events;
    const Instant now = InstantFromUnixMs(1'767'571'200'000);
    engine.Execute(ApplyDomain{bench::CentreWith(10), 1}, now, events);
    events = {};
    engine.TakeDirty();
    const std::int64_t before = bench::AllocatedBytes();
    for (std::int64_t i = 0; i < contacts; ++i) {
      const bench::Wish wish = bench::WishOf(static_cast<std::uint64_t>(i));
      engine.Execute(Submit{.channel = Channel::kChat,
                            .queue = QueueId{"q" + std::to_string(wish.queue)},
                            .priority = wish.priority,
                            .requirement = bench::RequirementOf(wish)},
                     now + Duration{i}, events);
      events = {};
      if (i % 1000 == 0) engine.TakeDirty();
    }
    engine.TakeDirty();
    bytes = static_cast<double>(bench::AllocatedBytes() - before) / static_cast<double>(contacts);
  }
  state.counters["bytes"] = bytes;
}
BENCHMARK(BytesPerWaitingContact)->Arg(100'000)->Iterations(1);

}  // namespace
}  // namespace usher::engine
