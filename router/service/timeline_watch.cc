// SPDX-License-Identifier: Apache-2.0
#include "router/service/timeline_watch.h"

#include <algorithm>
#include <utility>

#include "router/context/framed_message.h"
#include "router/context/stream_id.h"
#include "router/context/timeline_reading.h"
#include "router/service/context_call.h"

namespace usher::service {

namespace {

using namespace context::v1;  // NOLINT(google-build-using-namespace): this file speaks it

constexpr std::size_t kMessageBytes = 2 << 20;  // with the entry that it ends with within 4 MiB
constexpr char kStream[] = "watch_timeline";

}  // namespace

Result<std::unique_ptr<TimelineWatch>> TimelineWatch::Open(ContextNode& node,
                                                           const DomainId& domain,
                                                           const WatchTimelineRequest& request,
                                                           Feed& feed) {
  const Result<CustomerId> customer = ParseCustomerId(request.customer_id());
  if (!customer.ok()) return customer.error();
  if (!request.after_entry().empty() && !context::IsStreamId(request.after_entry())) {
    return Error{Code::kInvalidArgument, "BAD_ENTRY_ID", "after_entry is no id of an entry",
                 "send the id of the last entry that you have, or none"};
  }
  if (node.timeline_hub.Count(domain) >= kWatchesMax) {
    return Error{Code::kResourceExhausted, "TOO_MANY_WATCHES",
                 "as many customers are followed as may be",
                 "end watches that nobody looks at, or try again"};
  }
  std::unique_ptr<TimelineWatch> watch(
      new TimelineWatch(node, domain, *customer, request.after_entry(), feed));
  watch->Refresh();
  return watch;
}

TimelineWatch::TimelineWatch(ContextNode& node, const DomainId& domain, const CustomerId& customer,
                             const std::string& after_entry, Feed& feed)
    : node_(node),
      domain_(domain),
      customer_(customer),
      after_entry_(after_entry),
      feed_(feed),
      alive_(std::make_shared<int>(0)) {
  node_.timeline_hub.Join(domain_, *this);
  // Before anything is read: what comes from here on is not missed.
  node_.timeline_hub.Subscribe(domain_, customer_, *this);
}

TimelineWatch::~TimelineWatch() {
  node_.timeline_hub.Leave(domain_, *this);
  node_.timeline_hub.Unsubscribe(domain_, customer_, *this);
  for (const auto& [record, place] : places_) {
    node_.timeline_hub.Unsubscribe(domain_, record, *this);
  }
}

void TimelineWatch::OnTimelineChanged(const CustomerId& customer) {
  const auto place = places_.find(customer);
  if (place != places_.end()) place->second.more = true;
  Refresh();
}

// One round: the record, then what is new of each timeline.
void TimelineWatch::Refresh() {
  if (failed_) return;
  if (reading_ || !to_tell_.empty()) {
    again_ = true;
    return;
  }
  reading_ = true;
  again_ = false;
  node_.customers.Get(domain_, customer_,
                      [this, weak = std::weak_ptr(alive_)](Result<Customer> customer) {
                        if (weak.expired() || failed_) return;
                        if (!customer.ok()) return Fail(customer.error());
                        OnRecord(*std::move(customer));
                      });
}

void TimelineWatch::OnRecord(Customer customer) {
  FollowRecords(customer);
  std::string bytes = context::ToFramed(store::RecordKind::kCustomer, customer);
  if (bytes != told_record_) {
    told_record_ = std::move(bytes);
    record_ = std::make_unique<Customer>(std::move(customer));
  }
  ++reads_;  // none of the reads is the last before all are under way
  for (auto& [record, place] : places_) {
    if (!place.known) {
      FindEnd(record);
    } else if (place.more) {
      ReadEntries(record);
    }
  }
  --reads_;
  if (reads_ == 0) OnRead();
}

// Records come and go as they are merged and taken out again. The past of one that comes is no
// news: who follows reads it as a part of the timeline.
void TimelineWatch::FollowRecords(const Customer& customer) {
  const bool is_first = places_.empty();
  const std::vector<CustomerId> records = context::RecordsOf(customer);
  for (const CustomerId& record : records) {
    const auto [place, is_new] = places_.try_emplace(record);
    if (!is_new) continue;
    node_.timeline_hub.Subscribe(domain_, record, *this);
    if (is_first && !after_entry_.empty()) {
      place->second.after = after_entry_;
    } else {
      place->second.known = false;
    }
  }
  std::erase_if(places_, [&](const auto& entry) {
    if (std::find(records.begin(), records.end(), entry.first) != records.end()) return false;
    if (entry.first != customer_) {
      node_.timeline_hub.Unsubscribe(domain_, entry.first, *this);
    }
    return true;
  });
}

void TimelineWatch::FindEnd(const CustomerId& record) {
  ++reads_;
  node_.timelines.Read(
      domain_, record, "", 1,
      [this, record, weak = std::weak_ptr(alive_)](Result<context::TimelinePage> page) {
        if (weak.expired() || failed_) return;
        if (!page.ok()) return Fail(page.error());
        Place& place = places_.at(record);
        place.known = true;
        place.more = false;
        if (!page->entries.empty()) place.after = page->entries.front().id();
        if (--reads_ == 0) OnRead();
      });
}

void TimelineWatch::ReadEntries(const CustomerId& record) {
  ++reads_;
  Place& place = places_.at(record);
  place.more = false;  // until more comes while it is read
  node_.timelines.ReadAfter(
      domain_, record, place.after, kReadPage,
      [this, record, weak = std::weak_ptr(alive_)](Result<context::TimelinePage> page) {
        if (weak.expired() || failed_) return;
        if (!page.ok()) return Fail(page.error());
        Place& read = places_.at(record);
        if (!page->next.empty()) read.more = true;
        for (TimelineEntry& entry : page->entries) {
          read.after = entry.id();
          read_.push_back(std::move(entry));
        }
        if (--reads_ == 0) OnRead();
      });
}

void TimelineWatch::OnRead() {
  reading_ = false;
  std::sort(read_.begin(), read_.end(), [](const TimelineEntry& a, const TimelineEntry& b) {
    return context::PlaceOf(a) < context::PlaceOf(b);
  });
  for (TimelineEntry& entry : read_) to_tell_.push_back(std::move(entry));
  read_.clear();
  again_ = again_ || std::any_of(places_.begin(), places_.end(),
                                 [](const auto& entry) { return entry.second.more; });
  if (!to_tell_.empty() || record_) return feed_.Wake();
  if (again_) Refresh();
}

bool TimelineWatch::Fill(WatchTimelineResponse& message) {
  if (record_) *message.mutable_customer() = std::move(*std::exchange(record_, nullptr));
  std::size_t bytes = 0;
  while (!to_tell_.empty() && bytes < kMessageBytes) {
    bytes += to_tell_.front().ByteSizeLong();
    *message.add_entries() = std::move(to_tell_.front());
    to_tell_.pop_front();
  }
  if (to_tell_.empty() && again_ && !reading_) Refresh();
  return message.has_customer() || message.entries_size() > 0;
}

void TimelineWatch::OnStalled() { node_.slow_readers.CountCut(domain_, kStream); }

// What was read and not told is told to whoever follows again.
void TimelineWatch::Fail(const Error& why) {
  if (std::exchange(failed_, true)) return;
  to_tell_.clear();
  record_.reset();
  feed_.Finish(why);
}

}  // namespace usher::service
