// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/io/event_loop.h"
#include "router/service/context_node.h"
#include "usher/context/v1/case_record.pb.h"
#include "usher/context/v1/privacy_service.pb.h"

namespace usher::service {

// Erases one customer everywhere, as `EraseCustomer` says. One a call; it keeps itself alive until
// it has answered. Loop thread only.
//
// The intent is stored first, with the ids of the records, and everything after it is found from
// what is still there and may be repeated: whatever leads to more is removed after what it leads
// to, and the record, from which all begins, last. So one that was cut short at any step, by a
// crash of the router or of Redis, is finished by the router that leads next (FindUnfinished), or
// by the same call made again. While it is under way in this router nobody reads or changes the
// customer.
//
//   1. no contact is open; the intent
//   2. the domain's past is cut to now, once all timelines were fed up to there
//   3. what is left of each contact: how it ended, its conversation; the cases
//   4. search terms, addresses, what other records say of shared addresses, the list of customers
//   5. each record's own keys, the record among them, at once
//   6. the intent becomes the proof, without ids
//   7. Redis writes its append-only file anew, and it is waited for; the proof says so
class Erasure : public std::enable_shared_from_this<Erasure> {
 public:
  using Done = std::function<void(Result<context::v1::EraseCustomerResponse>)>;

  struct Wish {
    CustomerId customer;  // none: `hash`, of one of whom only the file may still tell
    std::string hash{};   // as Erasure.customer_hash
    std::string by;
    std::string reason;
    Instant at{};
  };

  // Those of a domain that were begun and did not come to their end.
  static void FindUnfinished(ContextNode& node, const DomainId& domain,
                             std::function<void(Result<std::vector<Wish>>)> done);

  Erasure(ContextNode& node, DomainNode& led, Wish wish, Done done);
  ~Erasure();
  void Begin();

 private:
  using Step = void (Erasure::*)();

  // By the customer whom the call named, or by the hash of one of whom nothing is left.
  std::string Field() const;
  // The domain as it is led now; ends with the error where it is not.
  DomainNode* Led();
  void Then(Step step);
  void Fail(const Error& error);
  // True where a failpoint ends it here.
  bool IsCut();
  // Writes the intent, or the proof as it is.
  void Store(Step then);
  void Name(Step then);
  void StoreNamed();
  void Forget();
  void OnIntent(const Result<store::RedisReply>& reply);
  void OnRecords(const Result<std::vector<CustomerId>>& records);
  void StoreIntent();
  void ReadRecords();
  void ReadContacts(std::size_t record, const std::string& after);
  void CheckClosed();
  void WaitForTimelines();
  void CutPast();
  void EraseContacts();
  void FindCases();
  void EraseCases(const std::set<std::string>& cases);
  void AddOwnersOf(const std::string& id, const context::v1::CaseRecord& record,
                   std::vector<std::vector<std::string>>& calls) const;
  void AddCase(const std::string& id, std::vector<std::vector<std::string>>& calls) const;
  void EraseTerms();
  void EraseAddresses();
  void EraseConflicts();
  void EraseFromList();
  void EraseRecords();
  void StoreProof();
  void RewriteFile();
  void WaitForFile();
  void Finish();

  // Many calls at once; on with the step when all are answered.
  void CallAll(const std::vector<std::vector<std::string>>& calls, Step then);

  ContextNode& node_;
  io::EventLoop& loop_;
  const DomainId domain_;
  const Wish wish_;
  Done done_;
  context::v1::Erasure proof_;
  std::vector<CustomerId> records_;
  std::vector<context::v1::Customer> customers_;
  std::set<std::string> contacts_;  // as c42; as many as the timelines name
  std::function<void(Result<void>)> go_;
  std::uint64_t checkpoint_ = 0;
  int looks_ = 0;
  io::Timer again_;
};

}  // namespace usher::service
