// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.h"
#include "base/result.h"
#include "router/context/timeline_hub.h"
#include "router/store/redis_keyspace.h"
#include "usher/context/v1/customer.pb.h"

namespace usher::context {

// Where an entry comes from in the domain's events: the commit, and the event's place in it.
struct FeedPosition {
  std::uint64_t sequence = 0;
  std::uint32_t index = 0;
};

struct FedEntry {
  FeedPosition position;
  v1::TimelineEntry entry;
};

struct TimelinePage {
  std::vector<v1::TimelineEntry> entries;  // newest first, or as was asked for
  std::string next;                        // asks for the next page; empty on the last
};

// An outside event as it stands in a timeline.
struct RecordedEntry {
  v1::TimelineEntry entry;
  bool repeated = false;  // it had been recorded before
};

// The name of its field in TimelineEntry: "opened"; empty: none is set.
std::string_view KindOf(const v1::TimelineEntry& entry);

// Each customer's history: only ever added to. Tells `hub` of every write, also of those whose
// answer got lost. Loop thread of the keyspace.
class TimelineStore {
 public:
  TimelineStore(store::RedisKeyspace& redis, TimelineHub& hub) : redis_(redis), hub_(hub) {}

  // Adds what events mean for a customer, once, with what the customer's meta says of them: an
  // entry at or before the customer's last fed position is known already. So entries of one
  // customer must be fed in the order of the events, and the next ones only when these are in: what
  // was refused could not be fed behind them.
  void Feed(const DomainId& domain, const CustomerId& customer,
            const std::vector<FedEntry>& entries, std::function<void(Result<void>)> done);
  // Adds a note, or another entry that no event of the log is worth; the same request id adds it
  // once. Gives it as it stands.
  void AddNote(const DomainId& domain, const CustomerId& customer, const std::string& request_id,
               v1::TimelineEntry entry, std::function<void(Result<v1::TimelineEntry>)> done);
  // Records outside events, all or none, in their order and each once: the same source and event id
  // add nothing and give what stands. `entries` are not empty and have `outside`.
  void Record(const DomainId& domain, const CustomerId& customer,
              std::vector<v1::TimelineEntry> entries,
              std::function<void(Result<std::vector<RecordedEntry>>)> done);
  // How outside events stand there, one for each of `entries`; nothing for what was not recorded.
  void FindRecorded(
      const DomainId& domain, const CustomerId& customer,
      const std::vector<v1::TimelineEntry>& entries,
      std::function<void(Result<std::vector<std::optional<v1::TimelineEntry>>>)> done);
  // `before` is TimelinePage::next of the page before; empty for the newest. BAD_PAGE_TOKEN.
  void Read(const DomainId& domain, const CustomerId& customer, const std::string& before,
            std::size_t limit, std::function<void(Result<TimelinePage>)> done);

  // Entries after the one with this id, or from the first; oldest first. `next` is the last one's
  // id where there are more.
  void ReadAfter(const DomainId& domain, const CustomerId& customer, const std::string& after,
                 std::size_t limit, std::function<void(Result<TimelinePage>)> done);

  // The commit up to which every timeline has been fed; 0 at first.
  void ReadFed(const DomainId& domain, std::function<void(Result<std::uint64_t>)> done);
  void WriteFed(const DomainId& domain, std::uint64_t sequence,
                std::function<void(Result<void>)> done);

 private:
  store::RedisKeyspace& redis_;
  TimelineHub& hub_;
};

}  // namespace usher::context
