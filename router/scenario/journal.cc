// SPDX-License-Identifier: Apache-2.0
#include "router/scenario/journal.h"

#include <utility>

#include "router/scenario/event_text.h"

namespace usher::scenario {

void Journal::Note(const engine::Event& event, const ContactNames& names) {
  std::string pair = PairOf(event, names);
  if (!pair.empty()) fresh_[engine::NameOf(event)].push_back(std::move(pair));
  last_.push_back(TextOf(event, start_, names));
  if (last_.size() > kLastEvents) last_.pop_front();
}

std::vector<std::string> Journal::Take(std::string_view kind) {
  return std::exchange(fresh_[kind], {});
}

}  // namespace usher::scenario
