// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/id.h"
#include "base/result.h"
#include "router/context/customer_store.h"
#include "router/store/redis_keyspace.h"
#include "usher/context/v1/customer.pb.h"

namespace usher::context {

// Changes of a customer that give or take addresses: by hand, one at a time for each customer.
//
// An address is claimed before the record has it, and let go after the record has it no more; a
// crash between leads as follows.
//   claimed, not in the record    The address leads to the customer; who comes from it is met, and
//                                 the record gets it (CustomerStore::Resolve), or the call is
//                                 repeated.
//   not in the record, not let go It is in the record's `releases`, written with the record; who
//                                 comes from it, or is given it, finds it there and lets it go.
// Loop thread of the keyspace.
class CustomerDesk {
 public:
  using Done = std::function<void(Result<v1::Customer>)>;

  // The most changes of one customer that wait for another one; the next is refused with
  // ABORTED/CUSTOMER_BUSY.
  static constexpr std::size_t kWaitingMax = 64;

  CustomerDesk(store::RedisKeyspace& redis, CustomerStore& customers)
      : redis_(redis), customers_(customers) {}

  // Creates a customer as told; id, version and times are given here. The same request id of the
  // same domain meets the same record. ALREADY_EXISTS/IDENTITY_TAKEN, BAD_IDENTITY,
  // TOO_MANY_IDENTITIES, or why there is no room.
  void Create(const DomainId& domain, v1::Customer wanted, const Change& change,
              const std::string& request_id, Done done);
  // Gives an address, or marks the one that the customer has as verified.
  // ALREADY_EXISTS/IDENTITY_TAKEN names the customer who has it.
  void AddIdentity(const DomainId& domain, const CustomerId& customer, const v1::Identity& identity,
                   const Change& change, Done done);
  // Takes an address. NOT_FOUND/UNKNOWN_IDENTITY.
  void RemoveIdentity(const DomainId& domain, const CustomerId& customer,
                      const v1::Identity& identity, const Change& change, Done done);
  // Takes a change back (TakeBack, customer_fields.h), addresses included.
  // FAILED_PRECONDITION/CHANGED_SINCE, ALREADY_EXISTS/IDENTITY_TAKEN, NOT_FOUND/UNKNOWN_CHANGE.
  void Revert(const DomainId& domain, const CustomerId& customer, const std::string& change_id,
              const Change& change, Done done);

 private:
  struct Creating;
  struct Reverting;
  struct Claiming;
  using Who = std::pair<DomainId, CustomerId>;
  using Step = std::function<void(Done)>;

  // Runs the step when those before it are over; it answers once.
  void InLine(const Who& who, Done done, Step step);
  void RunNext(const Who& who);

  void CreateNew(const std::shared_ptr<Creating>& creating);
  void Complete(const std::shared_ptr<Creating>& creating);
  void GiveTo(const Who& who, const v1::Identity& identity, const Change& change, Done done);
  void TakeFrom(const Who& who, const v1::Identity& identity, const Change& change, Done done);
  void RevertNow(const std::shared_ptr<Reverting>& reverting);

  // Makes all addresses the customer's, or none. IDENTITY_TAKEN.
  void Claim(const Who& who, std::vector<v1::Identity> identities,
             std::function<void(Result<void>)> done);
  void ClaimNext(const std::shared_ptr<Claiming>& claiming);
  void ClaimFrom(const std::shared_ptr<Claiming>& claiming, const v1::Customer& owner);
  void ClaimKey(const std::shared_ptr<Claiming>& claiming);
  void GiveUp(const std::shared_ptr<Claiming>& claiming, Error why);

  store::RedisKeyspace& redis_;
  CustomerStore& customers_;
  std::map<Who, std::deque<std::function<void()>>> lines_;  // the first is under way
};

}  // namespace usher::context
