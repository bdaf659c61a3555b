// SPDX-License-Identifier: Apache-2.0
#include "router/service/call_orders.h"

#include <algorithm>

namespace usher::service {

namespace {

using routing::v1::CallOrder;
using routing::v1::CallOrderResult;

constexpr std::size_t kReasonBytesMax = 64;
constexpr std::size_t kMessageBytesMax = 512;

Error Silent() {
  return {Code::kDeadlineExceeded, "ADAPTER_SILENT",
          "the adapter did not say in time whether it was done",
          "look at the contact: it may have been done; if it was not, try again"};
}

Code ToCode(std::uint32_t code) {
  switch (static_cast<Code>(code)) {
    case Code::kInvalidArgument:
    case Code::kDeadlineExceeded:
    case Code::kNotFound:
    case Code::kAlreadyExists:
    case Code::kPermissionDenied:
    case Code::kResourceExhausted:
    case Code::kFailedPrecondition:
    case Code::kAborted:
    case Code::kUnavailable:
      return static_cast<Code>(code);
    // Those say something about our own caller's token, or are none of ours.
    case Code::kInternal:
    case Code::kDataLoss:
    case Code::kUnauthenticated:
      break;
  }
  return Code::kAborted;
}

bool IsReason(const std::string& text) {
  return !text.empty() && text.size() <= kReasonBytesMax &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
         });
}

// An adapter's refusal as a person is shown it, who must not be shown a page of it.
Error ToError(const CallOrderResult& result) {
  Error error{ToCode(result.code()), IsReason(result.reason()) ? result.reason() : "REFUSED",
              "the adapter refused it", "look at the adapter's log"};
  if (result.message().empty() || result.message().size() > kMessageBytesMax) return error;
  const std::size_t end = result.message().rfind("; ");
  error.message = result.message().substr(0, end);
  error.next_step =
      end == std::string::npos ? "look at the contact" : result.message().substr(end + 2);
  return error;
}

}  // namespace

Error AdapterAway(const std::string& adapter) {
  return {Code::kUnavailable, "ADAPTER_AWAY",
          "adapter " + adapter + ", which would do it, is not connected",
          "try again when it is back; calls under way go on meanwhile"};
}

CallOrders::CallOrders(io::EventLoop& loop, std::string adapter, std::function<void()> wake,
                       Duration time_limit)
    : adapter_(std::move(adapter)), wake_(std::move(wake)), time_limit_(time_limit), timer_(loop) {}

CallOrders::~CallOrders() { Fail(); }

void CallOrders::Send(CallOrder order, Done done) {
  if (outstanding_.size() >= kOutstandingMax) {
    return done(
        Error{Code::kResourceExhausted, "TOO_MANY_ORDERS",
              "the adapter has left " + std::to_string(kOutstandingMax) + " orders unanswered",
              "try again in a few seconds; look at the adapter's log"});
  }
  const std::uint64_t tag = ++last_tag_;
  order.set_tag(tag);
  to_send_.push_back(std::move(order));
  outstanding_.emplace(tag, std::move(done));
  deadlines_.emplace_back(Clock::now() + time_limit_, tag);
  if (!timer_.pending()) timer_.Start(time_limit_, [this] { Expire(); });
  wake_();
}

bool CallOrders::Take(const CallOrderResult& result) {
  const auto found = outstanding_.find(result.tag());
  if (found == outstanding_.end()) return false;
  const Done done = std::move(found->second);
  outstanding_.erase(found);
  while (!deadlines_.empty() && !outstanding_.contains(deadlines_.front().second)) {
    deadlines_.pop_front();
  }
  if (result.code() != 0) {
    done(ToError(result));
  } else {
    done(result.contact_id());
  }
  return true;
}

// Not sent any more either: whoever wanted it was told that it may not be done.
void CallOrders::Expire() {
  const Clock::time_point now = Clock::now();
  std::vector<Done> over;
  while (!deadlines_.empty() && deadlines_.front().first <= now) {
    const std::uint64_t tag = deadlines_.front().second;
    deadlines_.pop_front();
    const auto found = outstanding_.find(tag);
    if (found == outstanding_.end()) continue;
    over.push_back(std::move(found->second));
    outstanding_.erase(found);
    std::erase_if(to_send_, [tag](const CallOrder& order) { return order.tag() == tag; });
  }
  if (!deadlines_.empty()) {
    const auto left = std::chrono::ceil<Duration>(deadlines_.front().first - now);
    timer_.Start(std::max(left, Duration{1}), [this] { Expire(); });
  }
  for (const Done& done : over) done(Silent());
}

void CallOrders::Fail() {
  to_send_.clear();
  deadlines_.clear();
  timer_.Cancel();
  for (const auto& [tag, done] : std::exchange(outstanding_, {})) {
    done(AdapterAway(adapter_));
  }
}

void CallOrders::Fill(google::protobuf::RepeatedPtrField<CallOrder>& out) {
  for (std::size_t i = 0; i < kPerMessage && !to_send_.empty(); ++i) {
    *out.Add() = std::move(to_send_.front());
    to_send_.pop_front();
  }
}

}  // namespace usher::service
