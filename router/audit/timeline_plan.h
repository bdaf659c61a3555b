// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/id.h"
#include "router/engine/engine.h"
#include "router/store/commit.h"

namespace usher::audit {

// Where in the events an entry of a timeline comes from.
struct Position {
  store::CommitSeq seq = 0;
  std::uint32_t index = 0;  // within the commit

  friend auto operator<=>(const Position&, const Position&) = default;
};

// "00000000000000000042-00000001"; nothing for another form.
std::optional<Position> ParsePosition(std::string_view text);
std::string ToText(const Position& position);

enum class EntryKind : std::uint8_t { kOpened, kAssigned, kTransferred, kClosed, kNote, kOther };
std::string_view ToString(EntryKind kind);

struct PlannedEntry {
  Position position;
  EntryKind kind = EntryKind::kOther;
  ContactId contact;
};

// Which entries the timelines must have, by the events of the log. Says so independently of the
// code that writes them: what agents ask each other (consults) is no contact of the customer, and
// neither is anything of a contact that nobody is known to have sent.
class TimelinePlan {
 public:
  // A commit that can be followed, with the state before its events; call for each event, in order.
  void Take(const engine::Engine& before, store::CommitSeq seq, std::uint32_t index,
            const engine::Event& event);
  // The commit was taken whole; one that is not taken leaves a hole, for which nothing is claimed.
  void Cover(store::CommitSeq seq);

  // Whether all entries of this commit are known.
  bool Covers(store::CommitSeq seq) const;
  // Of one customer, in order; empty when there are none.
  const std::vector<PlannedEntry>& Of(const CustomerId& customer) const;
  const std::unordered_map<CustomerId, std::vector<PlannedEntry>>& all() const { return entries_; }
  // What becomes of a contact while nobody routes it is not in its customer's timeline for sure.
  bool IsUncertain(ContactId contact) const { return uncertain_.contains(contact); }
  void SetUncertain(ContactId contact) { uncertain_.insert(contact); }

 private:
  std::unordered_map<CustomerId, std::vector<PlannedEntry>> entries_;
  std::vector<std::pair<store::CommitSeq, store::CommitSeq>> covered_;  // both ends included
  std::unordered_set<ContactId> uncertain_;
};

}  // namespace usher::audit
