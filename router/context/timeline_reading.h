// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.h"
#include "base/result.h"
#include "router/context/timeline_store.h"
#include "usher/context/v1/customer.pb.h"
#include "usher/type/v1/channel.pb.h"

namespace usher::context {

// Where an entry stands among those of several records: by its id, which says when it was recorded,
// then by the record. So the order is one, whichever records are read together.
struct TimelinePlace {
  std::uint64_t ms = 0;
  std::uint64_t number = 0;  // within the millisecond
  CustomerId record{};

  friend auto operator<=>(const TimelinePlace&, const TimelinePlace&) = default;
};

// The place of an entry as it was read: with id and customer_id.
TimelinePlace PlaceOf(const v1::TimelineEntry& entry);
// "1763784000000-0@cu_…", a page token; of an entry's id alone, before all of that id.
std::string ToText(const TimelinePlace& place);
std::optional<TimelinePlace> ParsePlace(std::string_view text);

// Which entries of which records, newest first.
struct TimelineQuery {
  std::vector<CustomerId> records;  // read as one, at least one
  std::string before;               // TimelinePage::next of the page before; empty for the newest
  std::size_t limit = 50;
  std::set<std::string, std::less<>> kinds{};                 // KindOf(); none: all
  type::v1::Channel channel = type::v1::CHANNEL_UNSPECIFIED;  // of all
  std::size_t scanned_max = 2'000;  // entries looked at; what is asked for may lie behind
};

// The record and those that were merged into it: what is read together.
std::vector<CustomerId> RecordsOf(const v1::Customer& customer);

// One page. It may have fewer entries than there are, or none, where few fit: `next` tells whether
// there is more to look at. BAD_PAGE_TOKEN.
void ReadTimeline(TimelineStore& store, const DomainId& domain, TimelineQuery query,
                  std::function<void(Result<TimelinePage>)> done);

}  // namespace usher::context
