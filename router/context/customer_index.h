// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/id.h"
#include "base/result.h"
#include "router/context/customer_terms.h"
#include "router/context/folding.h"
#include "router/store/redis_keyspace.h"
#include "usher/context/v1/customer.pb.h"

namespace usher::context {

// A term of the index, and the customer whose it was said to be.
struct IndexHit {
  CustomerId customer;
  std::string term;
};

struct IndexHits {
  std::vector<IndexHit> hits;  // whole words first, then as the terms are ordered
  bool more = false;
};

// Which customers a word leads to: sorted sets of terms, each shard with a hash tag of its own, so
// that a cluster spreads them (keys.h).
//
// Terms and records lie on different servers, so they are not written at once. What a record gains
// is added here before it is written, and what it loses is removed after. So a crash in between
// leaves terms too many, never too few: whoever takes a hit must look whether the record has the
// term still, and gives it to Drop where it has not. Loop thread of the keyspace.
class CustomerIndex {
 public:
  // `fields` gives the ids of the fields of a domain that may be searched.
  CustomerIndex(store::RedisKeyspace& redis,
                std::function<std::vector<std::string>(const DomainId&)> fields)
      : redis_(redis), fields_(std::move(fields)) {
    PrepareFolding();
  }

  // Before a record is written. Fails: do not write it. `before` is empty for a new one. May call
  // `done` at once.
  void Add(const DomainId& domain, const CustomerId& customer, const v1::Customer& before,
           const v1::Customer& after, std::function<void(Result<void>)> done);
  // Once for each Add that did not fail, when it is known whether `after` was written.
  void Settle(const DomainId& domain, const CustomerId& customer, const v1::Customer& before,
              const v1::Customer& after, bool written);

  // From now on the customer is found by this number of an event outside, such as an order's.
  void AddReference(const DomainId& domain, const CustomerId& customer, std::string_view reference,
                    std::function<void(Result<void>)> done);
  // Whether one of the customer's references begins with `start`, which is folded.
  void HasReference(const DomainId& domain, const CustomerId& customer, const std::string& start,
                    std::function<void(Result<bool>)> done);
  // Adds all terms of a record that is there, and of its references, once more.
  void AddAll(const DomainId& domain, const v1::Customer& customer,
              std::function<void(Result<void>)> done);
  // Removes all terms of a record that goes, and of its references, whose own key stays.
  void Forget(const DomainId& domain, const v1::Customer& customer,
              std::function<void(Result<void>)> done);

  // Terms that begin with `start`, which is folded and not empty. A start of a letter or a few
  // digits is sought in at most kShardsMax shards.
  void Find(const DomainId& domain, const std::string& start, std::size_t limit,
            std::function<void(Result<IndexHits>)> done);
  // The customer does not have this term (any more). Does nothing while the record is being
  // changed.
  void Drop(const DomainId& domain, const IndexHit& hit);

  std::vector<std::string> FieldsOf(const DomainId& domain) const { return fields_(domain); }

  static constexpr std::size_t kShardsMax = 64;

 private:
  using Terms = std::set<std::string>;
  Terms TextsOf(const DomainId& domain, const v1::Customer& customer) const;
  void Write(const char* verb, const DomainId& domain, const CustomerId& customer,
             const Terms& terms, std::function<void(Result<void>)> done);
  void ReadReferences(const DomainId& domain, const CustomerId& customer, Terms read,
                      std::function<void(Result<Terms>)> done);
  void FindIn(const DomainId& domain, const std::vector<std::string>& shards, bool more,
              const std::string& start, std::size_t limit,
              std::function<void(Result<IndexHits>)> done);
  bool IsListed(const DomainId& domain, const std::string& shard);
  void Release(const DomainId& domain, const CustomerId& customer);

  store::RedisKeyspace& redis_;
  const std::function<std::vector<std::string>(const DomainId&)> fields_;
  // Changes under way of each record: its new terms are there before it.
  std::map<std::pair<DomainId, CustomerId>, int> changing_;
  // Shards that were listed a short while ago.
  std::set<std::pair<DomainId, std::string>> listed_;
  std::chrono::steady_clock::time_point listed_since_{};
};

// The name of the shard that a term lies in; for a start that is too short to tell, what the names
// of all its shards begin with.
std::string ShardOf(std::string_view term);

}  // namespace usher::context
