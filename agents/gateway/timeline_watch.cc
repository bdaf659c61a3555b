// SPDX-License-Identifier: Apache-2.0
#include "agents/gateway/timeline_watch.h"

#include <memory>
#include <utility>

#include "base/io/log.h"

namespace usher::gateway {

using context::v1::WatchTimelineResponse;

class TimelineWatch::Reader final : public RouterLink::TimelineFeed::Handler {
 public:
  explicit Reader(TimelineWatch& owner) : owner_(owner) {}
  bool OnMessage(WatchTimelineResponse&& news) override { return owner_.Heard(std::move(news)); }
  void OnDone(const Result<void>& result) override { owner_.Ended(result); }

 private:
  TimelineWatch& owner_;
};

TimelineWatch::TimelineWatch(io::EventLoop& loop, RouterLink& router, io::Acting person,
                             context::v1::WatchTimelineRequest request, Hooks hooks)
    : router_(router),
      person_(std::move(person)),
      request_(std::move(request)),
      hooks_(std::move(hooks)),
      backoff_(io::kLeaderBackoff, 1),
      again_(loop) {
  Open();
}

TimelineWatch::~TimelineWatch() {
  Stop();
  if (feed_) feed_->Abandon();
  Begun({});  // whoever waits for the beginning is told that the watch has been dealt with
}

void TimelineWatch::Stop() {
  stopped_ = true;
  again_.Cancel();
}

void TimelineWatch::Open() {
  feed_ = router_.WatchTimeline(person_, request_, std::make_unique<Reader>(*this), tried_);
}

bool TimelineWatch::Heard(WatchTimelineResponse&& news) {
  if (stopped_) return true;
  backoff_.Reset();
  if (!news.entries().empty()) request_.set_after_entry(news.entries().rbegin()->id());
  Begun({});
  hooks_.on_news(std::move(news));
  return true;
}

void TimelineWatch::Ended(const Result<void>& result) {
  feed_ = nullptr;
  if (stopped_) return;
  const Error error = result.ok() ? Error{Code::kUnavailable, "ROUTER_UNREACHABLE",
                                          "the router has ended the stream", "Try again."}
                                  : result.error();
  if (error.code == Code::kUnavailable) router_.PassOver(tried_);
  if (!begun_) return Begun(error);
  if (error.code != Code::kUnavailable) {
    stopped_ = true;
    return io::LogError(io::LogLevel::kWarning, "timeline_not_followed", error);
  }
  again_.Start(backoff_.Next(), [this] { Open(); });
}

void TimelineWatch::Begun(const Result<void>& result) {
  if (std::exchange(begun_, true)) return;
  if (!result.ok()) stopped_ = true;
  hooks_.on_begun(result);
}

}  // namespace usher::gateway
