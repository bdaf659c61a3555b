// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/id.h"
#include "base/io/server_stream.h"
#include "base/result.h"
#include "router/service/context_node.h"
#include "usher/context/v1/context_service.pb.h"

namespace usher::service {

// `WatchTimeline`: one customer's record and the entries of its timeline, with those of the records
// that were merged into it; first what is after an entry, then what comes.
//
// Everything that is told is read from the store, behind what was told before, so there is neither
// gap nor double between reading and living; TimelineHub only says when to read. What waits is at
// most what one round of reading gave: a slow reader is not read for until it has taken that, and
// one that takes nothing is cut by the stream. Loop thread.
class TimelineWatch final : public io::FeedHandler<context::v1::WatchTimelineResponse>,
                            public context::TimelineSink {
 public:
  using Feed = io::ServerFeed<context::v1::WatchTimelineResponse>;
  static constexpr std::size_t kWatchesMax = 20'000;  // of one domain
  static constexpr std::size_t kReadPage = 200;       // entries of one record at a time

  // INVALID_ARGUMENT: MISSING_CUSTOMER_ID, BAD_CUSTOMER_ID, BAD_ENTRY_ID;
  // RESOURCE_EXHAUSTED/TOO_MANY_WATCHES. The stream ends with NOT_FOUND/UNKNOWN_CUSTOMER where
  // there is no such customer, also when it is erased.
  static Result<std::unique_ptr<TimelineWatch>> Open(
      ContextNode& node, const DomainId& domain, const context::v1::WatchTimelineRequest& request,
      Feed& feed);
  ~TimelineWatch() override;

  bool Fill(context::v1::WatchTimelineResponse& message) override;
  void OnStalled() override;
  void OnTimelineChanged(const CustomerId& customer) override;
  void OnTimelinesCut(const Error& why) override { feed_.Finish(why); }

 private:
  TimelineWatch(ContextNode& node, const DomainId& domain, const CustomerId& customer,
                const std::string& after_entry, Feed& feed);
  void Refresh();
  void OnRecord(context::v1::Customer customer);
  void FollowRecords(const context::v1::Customer& customer);
  void FindEnd(const CustomerId& record);
  void ReadEntries(const CustomerId& record);
  void OnRead();
  void Fail(const Error& why);

  // What was told of one record.
  struct Place {
    std::string after;  // the last entry; empty: from the first
    bool more = true;   // there may be entries behind it
    bool known = true;  // false: it is the present end, which is not read yet
  };

  ContextNode& node_;
  const DomainId domain_;
  const CustomerId customer_;
  const std::string after_entry_;  // as it was asked for
  Feed& feed_;
  std::map<CustomerId, Place> places_;
  std::vector<context::v1::TimelineEntry> read_;  // in this round, of all records
  std::deque<context::v1::TimelineEntry> to_tell_;
  std::string told_record_;                        // its bytes; empty: not told yet
  std::unique_ptr<context::v1::Customer> record_;  // to tell
  std::size_t reads_ = 0;                          // under way
  bool reading_ = false;
  bool again_ = false;  // something came meanwhile
  bool failed_ = false;
  std::shared_ptr<int> alive_;
};

}  // namespace usher::service
