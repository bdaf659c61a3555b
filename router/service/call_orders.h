// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <google/protobuf/repeated_ptr_field.h>

#include "base/io/event_loop.h"
#include "base/result.h"
#include "base/time.h"
#include "usher/routing/v1/call.pb.h"

namespace usher::service {

// The call orders of one adapter's stream: on their way to it, and what came of them. Each is
// answered exactly once: by the adapter, by the limit, or by the end of the stream. Loop thread.
class CallOrders {
 public:
  // What came of an order: the contact of one that placed a call, else "".
  using Done = std::function<void(Result<std::string>)>;

  // A person waits for each: an adapter that leaves more unanswered does nothing for them.
  static constexpr std::size_t kOutstandingMax = 1'000;
  static constexpr std::size_t kPerMessage = 200;
  static constexpr Duration kTimeLimit{10'000};

  // `wake` is called when there is an order to fill.
  CallOrders(io::EventLoop& loop, std::string adapter, std::function<void()> wake,
             Duration time_limit = kTimeLimit);
  // As Fail().
  ~CallOrders();
  CallOrders(const CallOrders&) = delete;
  CallOrders& operator=(const CallOrders&) = delete;

  // Gives the order its tag. RESOURCE_EXHAUSTED/TOO_MANY_ORDERS; DEADLINE_EXCEEDED/ADAPTER_SILENT
  // once the limit is over; UNAVAILABLE/ADAPTER_AWAY; else as the adapter refused it.
  void Send(routing::v1::CallOrder order, Done done);
  // False for a tag that nobody waits for: it was answered before, or too late.
  bool Take(const routing::v1::CallOrderResult& result);
  // The stream is over: all that are outstanding end with ADAPTER_AWAY.
  void Fail();

  void Fill(google::protobuf::RepeatedPtrField<routing::v1::CallOrder>& out);

 private:
  using Clock = std::chrono::steady_clock;

  void Expire();

  const std::string adapter_;
  const std::function<void()> wake_;
  const Duration time_limit_;
  io::Timer timer_;
  std::uint64_t last_tag_ = 0;
  std::deque<routing::v1::CallOrder> to_send_;
  std::map<std::uint64_t, Done> outstanding_;
  std::deque<std::pair<Clock::time_point, std::uint64_t>> deadlines_;  // also of answered ones
};

// Of the adapter that has a call, or should have it.
Error AdapterAway(const std::string& adapter);

}  // namespace usher::service
