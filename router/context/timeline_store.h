// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/id.h"
#include "base/result.h"
#include "router/store/redis_client.h"
#include "usher/context/v1/customer.pb.h"

namespace usher::context {

// Where an entry comes from in the domain's events: the commit, and the event's place in it.
struct FeedPosition {
  std::uint64_t sequence = 0;
  std::uint32_t index = 0;
};

struct TimelinePage {
  std::vector<v1::TimelineEntry> entries;  // newest first
  std::string next;                        // asks for the next page; empty on the last
};

// Each customer's history: only ever added to. Loop thread of the client.
class TimelineStore {
 public:
  explicit TimelineStore(store::RedisClient& redis) : redis_(redis) {}

  // Adds what an event means for a customer, once: an entry at or before the customer's last fed
  // position is known already. Entries of one customer must be fed in the order of the events.
  void Feed(const DomainId& domain, const CustomerId& customer, const FeedPosition& position,
            const v1::TimelineEntry& entry, std::function<void(Result<void>)> done);
  // Adds a note; the same request id adds it once. Gives it as it stands.
  void AddNote(const DomainId& domain, const CustomerId& customer, const std::string& request_id,
               v1::TimelineEntry entry, std::function<void(Result<v1::TimelineEntry>)> done);
  // `before` is TimelinePage::next of the page before; empty for the newest. BAD_PAGE_TOKEN.
  void Read(const DomainId& domain, const CustomerId& customer, const std::string& before,
            std::size_t limit, std::function<void(Result<TimelinePage>)> done);

  // The commit up to which every timeline has been fed; 0 at first.
  void ReadFed(const DomainId& domain, std::function<void(Result<std::uint64_t>)> done);
  void WriteFed(const DomainId& domain, std::uint64_t sequence,
                std::function<void(Result<void>)> done);

 private:
  store::RedisClient& redis_;
};

}  // namespace usher::context
