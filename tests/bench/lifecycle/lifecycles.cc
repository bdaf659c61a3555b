// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/lifecycle/lifecycles.h"

#include <string>
#include <utility>

#include "tests/bench/lifecycle/fail.h"

namespace usher::bench {

void Lifecycles::Begin() {
  const std::uint64_t number = ++begun_;
  open_.emplace(number, Open{.life = {}, .began = Clock::now(), .timed = timing_});
  road_->Submit(number);
}

Lifecycles::Open& Lifecycles::Get(std::uint64_t number) {
  const auto found = open_.find(number);
  if (found == open_.end()) Fail("the router told of contact " + std::to_string(number) + " twice");
  return found->second;
}

void Lifecycles::OnOffered(Life life) {
  Open& open = Get(life.number);
  if (open.timed) {
    waits_.push_back(std::chrono::duration<double, std::milli>(Clock::now() - open.began).count());
  }
  open.life = std::move(life);
  road_->Accept(open.life);
}

void Lifecycles::OnAccepted(std::uint64_t number) { road_->Complete(Get(number).life); }

void Lifecycles::OnCompleted(std::uint64_t number) {
  Get(number);
  open_.erase(number);
  ++completed_;
  if (refill_) Begin();
}

}  // namespace usher::bench
