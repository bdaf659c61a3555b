// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/id.h"
#include "router/store/commit.h"

namespace usher::audit {

// Something that is not as it should be.
struct Finding {
  std::string reason;     // "ROW_DAMAGED": for programs
  std::string key;        // of Redis; "usher:{acme}:log 17" for a part of one
  std::string what;       // in words
  std::string next_step;  // for the operator
};

// What was gone through.
struct Counts {
  std::uint64_t commits = 0;
  std::uint64_t events = 0;  // folded
  std::uint64_t checkpoints = 0;
  std::uint64_t open_contacts = 0;
  std::uint64_t closed_contacts = 0;
  std::uint64_t agents = 0;
  std::uint64_t queues = 0;
  std::uint64_t members = 0;  // of queues
  std::uint64_t parked = 0;
  std::uint64_t customers = 0;
  std::uint64_t addresses = 0;
  std::uint64_t timeline_entries = 0;
  std::uint64_t compared_entries = 0;  // of these, with the events that they tell of
  std::uint64_t conversations = 0;
  std::uint64_t messages = 0;
  std::uint64_t cases = 0;
};

// What an audit of one domain found. At most kFindingsMax findings are kept, each key and reason
// once; the others are counted.
class DomainReport {
 public:
  static constexpr std::size_t kFindingsMax = 1'000;

  explicit DomainReport(DomainId named) : domain(std::move(named)) {}

  void Add(Finding finding);
  // What could not be looked at, and why; no finding.
  void Note(std::string note) { notes.push_back(std::move(note)); }

  bool is_clean() const { return found == 0; }

  DomainId domain;
  store::CommitSeq first_seq = 0;  // of the log
  store::CommitSeq last_seq = 0;   // that was folded
  Counts counts;
  std::uint64_t found = 0;
  std::vector<Finding> findings;
  std::vector<std::string> notes;

 private:
  std::set<std::pair<std::string, std::string>> known_;
};

// For people and for programs; both end with a newline.
std::string ToText(const DomainReport& report);
std::string ToJson(const std::vector<DomainReport>& reports);

}  // namespace usher::audit
