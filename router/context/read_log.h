// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "base/id.h"
#include "base/result.h"
#include "base/time.h"
#include "router/store/redis_keyspace.h"
#include "usher/context/v1/privacy_service.pb.h"

namespace usher::context {

struct ReadPage {
  std::vector<v1::CustomerRead> reads;  // newest first
  std::string next;                     // asks for the next page; empty on the last
};

// Who read what of each customer. A read is written before its answer is given, on the connection
// and to the server that the answer comes from, so it costs no round trip of its own. Loop thread
// of the keyspace.
//
// Bounded by `kept`, beyond which a read is dropped, and by kReadsMax for one customer, beyond
// which the oldest go: about 100 bytes each. A customer whom nobody reads any more loses the log
// whole when the last read is too old.
class ReadLog {
 public:
  static constexpr std::size_t kReadsMax = 20'000;  // of one record, about

  explicit ReadLog(store::RedisKeyspace& redis) : redis_(redis) {}

  // `read.at` must be set. A record that is not there has no readers: nothing is written.
  void Record(const DomainId& domain, const CustomerId& customer, const v1::CustomerRead& read,
              Duration kept, std::function<void(Result<void>)> done);
  // The reads of these records, which are one customer's, as one list. `before` is ReadPage::next;
  // empty for the newest. BAD_PAGE_TOKEN.
  void List(const DomainId& domain, const std::vector<CustomerId>& records,
            const std::string& before, std::size_t limit,
            std::function<void(Result<ReadPage>)> done);

 private:
  store::RedisKeyspace& redis_;
};

}  // namespace usher::context
