// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/id.h"
#include "base/result.h"
#include "router/context/customer_index.h"
#include "router/context/customer_store.h"
#include "router/store/redis_keyspace.h"

namespace usher::context {

// Builds the index of the customers that were there before it: after an upgrade, after it was lost,
// or when other fields may be searched than before. A few customers at a time, oldest first; how
// far it is stands in Redis, so another router goes on from there. Customers who come meanwhile get
// into the index by themselves. Loop thread of the keyspace.
class IndexBuilder {
 public:
  IndexBuilder(store::RedisKeyspace& redis, CustomerIndex& index, CustomerStore& customers)
      : redis_(redis), index_(index), customers_(customers) {}

  // Does the next part; true: there is none, the index is whole for the fields of now.
  void Step(const DomainId& domain, std::function<void(Result<bool>)> done);

  static constexpr std::size_t kCustomersAtOnce = 64;

 private:
  // Up to which customer: the instant of creation, and how many of that instant.
  struct Place {
    bool whole = false;
    std::string fields;
    std::string since = "-inf";
    std::uint64_t skip = 0;
  };
  static Place ToPlace(const std::string& text, const std::string& fields);
  static std::string ToText(const Place& place);
  void ReadPage(const DomainId& domain, const Place& place, std::function<void(Result<bool>)> done);
  void AddPage(const DomainId& domain, const std::vector<CustomerId>& ids, const Place& next,
               std::function<void(Result<bool>)> done);
  void Keep(const DomainId& domain, const Place& place, std::function<void(Result<bool>)> done);

  store::RedisKeyspace& redis_;
  CustomerIndex& index_;
  CustomerStore& customers_;
};

}  // namespace usher::context
