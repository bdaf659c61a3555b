// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <queue>
#include <utility>
#include <vector>

#include "base/id.h"
#include "base/time.h"

namespace usher::simulation {

// Something that people will do. Of one instant, what stands first here happens first: who is
// answered in the very instant in which her patience ends is answered.
enum class Deed : std::uint8_t {
  kDuty,  // an agent's rota says something else
  kConsoleBack,
  kConsoleLost,
  kReturn,  // an agent comes back who had missed offers
  kAnswer,  // accepts
  kReject,
  kHold,
  kHoldEnds,
  kTalkEnds,
  kExtend,  // a wrap-up
  kWrapUpEnds,
  kArrive,
  kRedial,
  kAbandon,
};

struct Happening {
  Instant at{};
  Deed deed = Deed::kArrive;
  std::uint32_t agent = 0;  // or the stream
  std::uint32_t turn = 0;   // stale when its subject is past this turn
  ContactId contact{};
  std::uint64_t detail = 0;  // an offer; a customer's number
};

// What is to come, in order; what stands equal, in the order of planning.
class Agenda {
 public:
  void Plan(const Happening& happening) { heap_.push({happening, planned_++}); }
  bool empty() const { return heap_.empty(); }
  const Happening& next() const { return heap_.top().happening; }
  Happening Take() {
    const Happening taken = heap_.top().happening;
    heap_.pop();
    return taken;
  }

 private:
  struct Planned {
    Happening happening;
    std::uint64_t order = 0;
    bool operator<(const Planned& other) const {  // the first is the greatest, for the heap
      if (happening.at != other.happening.at) return happening.at > other.happening.at;
      if (happening.deed != other.happening.deed) return happening.deed > other.happening.deed;
      return order > other.order;
    }
  };
  std::priority_queue<Planned> heap_;
  std::uint64_t planned_ = 0;
};

}  // namespace usher::simulation
