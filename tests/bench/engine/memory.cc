// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/engine/memory.h"

#include <vector>

#include <malloc.h>

#include "router/engine/engine.h"

namespace usher::bench {
namespace {

double AllocatedBytes() {
  const auto info = mallinfo2();
  return static_cast<double>(info.uordblks) + static_cast<double>(info.hblkhd);
}

double SettledBytes() {
  malloc_trim(0);
  return AllocatedBytes();
}

// An engine that is given one command after another, a millisecond apart.
class Runner {
 public:
  engine::Outcome Do(const engine::Command& command) {
    events_.clear();
    now_ += Duration{1};
    const engine::Outcome outcome = engine_.Execute(command, now_, events_);
    if (now_.time_since_epoch().count() % 1024 == 0) engine_.TakeDirty();
    return outcome;
  }

  // What it holds now, without what waits to be written or told.
  double Bytes() {
    engine_.TakeDirty();
    events_ = {};
    return SettledBytes();
  }

 private:
  engine::Engine engine_;
  Instant now_ = InstantFromUnixMs(1'767'571'200'000);
  std::vector<engine::Event> events_;
};

}  // namespace

// Nobody is signed in, so that all wait; and a first crowd has made the demand classes.
double BytesPerWaitingContact(const Workload& workload) {
  const int crowd = workload.shape().waiting;
  Runner runner;
  runner.Do(engine::ApplyDomain{workload.Domain(), 1});
  double before = 0;
  for (int i = 0; i < 2 * crowd; ++i) {
    if (i == crowd) before = runner.Bytes();
    runner.Do(workload.SubmitOf(workload.WishOf(static_cast<std::uint64_t>(i % crowd))));
  }
  return (runner.Bytes() - before) / crowd;
}

AgentBytes BytesPerAgent(const Workload& workload) {
  const Shape& shape = workload.shape();
  AgentBytes bytes;
  const double empty = SettledBytes();
  Runner runner;
  {
    const engine::Domain domain = workload.Domain();
    bytes.configuration = (SettledBytes() - empty) / shape.agents;
    runner.Do(engine::ApplyDomain{domain, 1});
  }
  for (int i = 0; i < shape.agents; ++i) runner.Do(engine::SignIn{AgentName(i)});
  // Everything is asked for once, and nothing stays.
  for (int i = 0; i < shape.waiting; ++i) {
    const engine::Submit submit = workload.SubmitOf(workload.WishOf(static_cast<std::uint64_t>(i)));
    runner.Do(engine::Abandon{.contact = runner.Do(submit).contact});
  }
  bytes.all = (runner.Bytes() - empty) / shape.agents;
  return bytes;
}

}  // namespace usher::bench
