// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/id.h"
#include "base/result.h"
#include "router/context/customer_index.h"
#include "router/context/customer_store.h"
#include "router/store/redis_keyspace.h"
#include "usher/context/v1/context_service.pb.h"

namespace usher::context {

// What is compared of two records.
struct Comparison {
  std::string calling_code;         // of the country whose national numbers are understood
  std::vector<std::string> fields;  // whose equal values tell something
  // Addresses that one gave and that are the other's.
  std::vector<std::string> conflicts;
};

// What speaks for two records being one customer's, strongest first; empty: nothing.
std::vector<v1::Evidence> EvidenceOf(const v1::Customer& one, const v1::Customer& other,
                                     const Comparison& comparison);

// Names records that may be the same customer's. Looks at no more than kCandidatesMax of them, and
// changes nothing. Loop thread of the keyspace.
class CustomerDuplicates {
 public:
  CustomerDuplicates(store::RedisKeyspace& redis, CustomerIndex& index, CustomerStore& customers)
      : redis_(redis), index_(index), customers_(customers) {}

  struct Request {
    DomainId domain;
    CustomerId customer;
    std::string calling_code;
  };
  // NOT_FOUND/UNKNOWN_CUSTOMER.
  void Suggest(const Request& request,
               std::function<void(Result<v1::SuggestDuplicatesResponse>)> done);

  static constexpr std::size_t kCandidatesMax = 128;
  static constexpr std::size_t kSuggestionsMax = 20;

 private:
  struct Suggesting;
  void Probe(const std::shared_ptr<Suggesting>& suggesting);
  void ReadConflicts(const std::shared_ptr<Suggesting>& suggesting);
  void Compare(const std::shared_ptr<Suggesting>& suggesting);

  store::RedisKeyspace& redis_;
  CustomerIndex& index_;
  CustomerStore& customers_;
};

}  // namespace usher::context
