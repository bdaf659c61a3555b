// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "router/engine/event.h"
#include "router/scenario/contact_names.h"

namespace usher::scenario {

// What happened in a scenario so far, as expectations ask for it: for each kind what is new since
// the last expectation of that kind, and the last events for a failure's report.
class Journal {
 public:
  static constexpr std::array<std::string_view, 9> kKinds = {"offered",    "missed",   "rejected",
                                                             "withdrawn",  "assigned", "queued",
                                                             "overflowed", "closed",   "callback"};
  static constexpr std::size_t kLastEvents = 10;

  explicit Journal(Instant start) : start_(start) {}

  void Note(const engine::Event& event, const ContactNames& names);

  // `c1 -> ann` for each event of the kind since the last Take of it.
  std::vector<std::string> Take(std::string_view kind);

  // The last events as lines, oldest first.
  std::vector<std::string> LastEvents() const { return {last_.begin(), last_.end()}; }

 private:
  Instant start_;
  std::map<std::string_view, std::vector<std::string>> fresh_;
  std::deque<std::string> last_;
};

}  // namespace usher::scenario
