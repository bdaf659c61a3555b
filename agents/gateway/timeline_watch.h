// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "agents/gateway/router_link.h"
#include "base/io/backoff.h"
#include "base/io/event_loop.h"
#include "base/result.h"
#include "usher/context/v1/context_service.pb.h"

namespace usher::gateway {

// Follows one customer's timeline for one console. Once it has begun, a router that goes away is
// nothing that the console hears of: the watch goes on after the last entry that it told, at
// whichever router leads then. Loop thread only.
class TimelineWatch {
 public:
  struct Hooks {
    // Called once: the router has answered, or why it does not. After a failure nothing follows.
    std::function<void(const Result<void>&)> on_begun;
    std::function<void(context::v1::WatchTimelineResponse&&)> on_news;
  };

  // `person`: whose rights count.
  TimelineWatch(io::EventLoop& loop, RouterLink& router, io::Acting person,
                context::v1::WatchTimelineRequest request, Hooks hooks);
  ~TimelineWatch();
  TimelineWatch(const TimelineWatch&) = delete;
  TimelineWatch& operator=(const TimelineWatch&) = delete;

  // Nothing is told any more; may be called from within a hook, where destroying may not.
  void Stop();

 private:
  class Reader;

  void Open();
  bool Heard(context::v1::WatchTimelineResponse&& news);
  void Ended(const Result<void>& result);
  void Begun(const Result<void>& result);

  RouterLink& router_;
  const io::Acting person_;
  context::v1::WatchTimelineRequest request_;  // moves on with every entry
  const Hooks hooks_;
  io::Backoff backoff_;
  io::Timer again_;
  io::LeaderChannel::Place tried_ = 0;
  RouterLink::TimelineFeed* feed_ = nullptr;  // owned by itself until it has ended
  bool begun_ = false;
  bool stopped_ = false;
};

}  // namespace usher::gateway
