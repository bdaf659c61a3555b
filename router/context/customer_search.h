// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "base/id.h"
#include "base/result.h"
#include "router/context/customer_index.h"
#include "router/context/customer_store.h"
#include "usher/context/v1/context_service.pb.h"

namespace usher::context {

// Finds customers by words. The index says whose they may be; the records, which are read for every
// answer, say whose they are. A query looks at no more than kCandidatesMax records, however many
// customers are called Wang: within those the best come first, exact before begun, then whoever was
// in touch last; `more` tells that there are others. Loop thread of the keyspace.
class CustomerSearch {
 public:
  CustomerSearch(CustomerIndex& index, CustomerStore& customers)
      : index_(index), customers_(customers) {}

  struct Request {
    DomainId domain;
    std::string text;
    std::size_t limit = 20;
    std::string calling_code;  // of the country whose national numbers are understood
  };
  // A query without letters or digits finds nobody.
  void Search(const Request& request,
              std::function<void(Result<v1::SearchCustomersResponse>)> done);

  static constexpr std::size_t kCandidatesMax = 512;

 private:
  struct Searching;
  void FindStarts(const std::shared_ptr<Searching>& searching);
  void TakeHits(const std::shared_ptr<Searching>& searching, const IndexHits& hits);
  void FindWords(const std::shared_ptr<Searching>& searching);
  void LookAt(const std::shared_ptr<Searching>& searching, std::function<void()> then);
  void Judge(const std::shared_ptr<Searching>& searching, const IndexHit& hit,
             const v1::Customer& own, std::function<void()> then);
  void JudgeReference(const std::shared_ptr<Searching>& searching, const IndexHit& hit,
                      const v1::Customer& own, std::function<void()> then);
  void Take(const std::shared_ptr<Searching>& searching, const v1::Customer& own, Fit fit);
  void Finish(const std::shared_ptr<Searching>& searching);

  CustomerIndex& index_;
  CustomerStore& customers_;
};

}  // namespace usher::context
