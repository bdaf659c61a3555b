// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/id.h"
#include "base/result.h"
#include "base/time.h"
#include "router/context/customer_index.h"
#include "router/store/redis_keyspace.h"
#include "usher/context/v1/context_service.pb.h"
#include "usher/context/v1/customer.pb.h"

namespace usher::context {

// The most addresses of one customer.
inline constexpr int kIdentitiesMax = 64;

// Who changes a record, and when: it is on record with the change.
struct Change {
  std::string by;    // the token's subject
  std::string role;  // such as `agent`
  Instant at{};
  // Names the caller's request within the record, so that it changes it once: the method and the
  // request id. Empty: every call is a change of its own.
  std::string request{};
  std::string reverts{};  // the change that this one takes back
};

// The same change, as carried out for this request of `method`.
inline Change AsRequest(Change change, const char* method, const std::string& request_id) {
  if (!request_id.empty()) change.request = std::string(method) + ' ' + request_id;
  return change;
}

struct Resolved {
  v1::Customer customer;
  bool created = false;
  std::vector<v1::Identity> conflicts;  // addresses of `also` that are somebody else's
};

// A part of what was changed in one record.
struct ChangePage {
  std::vector<v1::CustomerChange> changes;  // newest first
  std::string next;                         // asks for the next page; empty on the last
};

struct CustomerPage {
  std::vector<v1::Customer> customers;  // newest first
  std::string next;
};

// The customers of all domains. An address belongs to the customer that first had it; nothing is
// ever merged here. The address, the list of customers and the record lie on different servers of a
// cluster. So each step is atomic and may be repeated, and the record, which says that a customer
// is there, is written last: a crash between two steps leaves nothing that the next call for the
// same address does not mend. A record that was merged into another is found as that other, by all
// but GetOwn; the other is shown with the addresses and counts of both.
//
// A record and what tells of its change (the audit, the timeline, the caller's request, addresses
// that left) are on one server, and written in one step: none of them is without the others. Loop
// thread of the keyspace.
class CustomerStore {
 public:
  // `admit` says whether there is room for new customers in the domain, or why not; `country` where
  // its national phone numbers are from, "" for nowhere. What is written is found by `index`.
  CustomerStore(store::RedisKeyspace& redis, CustomerIndex& index,
                std::function<Result<void>(const DomainId&)> admit,
                std::function<std::string(const DomainId&)> country)
      : redis_(redis), index_(index), admit_(std::move(admit)), country_(std::move(country)) {}

  // Is told when a record may have changed: the store has answered, well or not.
  void OnChange(std::function<void(const DomainId&, const CustomerId&)> changed) {
    changed_ = std::move(changed);
  }

  // Finds or creates the customer of request.identity, and adds to it what else was told: addresses
  // that are nobody's yet, a name and a language where none is known, that an address was verified.
  // An address that was stored in an earlier form is found, and written anew. Without room, one who
  // is known is found as he is, and any other refused as `admit` says.
  void Resolve(const DomainId& domain, const v1::ResolveCustomerRequest& request,
               const Change& change, std::function<void(Result<Resolved>)> done);
  // NOT_FOUND/UNKNOWN_CUSTOMER.
  void Get(const DomainId& domain, const CustomerId& customer,
           std::function<void(Result<v1::Customer>)> done);
  // The record itself, also where it was merged into another, and what is known of it alone.
  void GetOwn(const DomainId& domain, const CustomerId& customer,
              std::function<void(Result<v1::Customer>)> done);
  // The customer of an address. NOT_FOUND/UNKNOWN_CUSTOMER.
  void Find(const DomainId& domain, const v1::Identity& identity,
            std::function<void(Result<v1::Customer>)> done);
  // `edit` changes the record as it is now, or refuses; it may be called again when another change
  // comes in between. A request that was carried out before is not asked: it answers with the
  // record as it is. An edit that changes nothing is no change.
  void Edit(const DomainId& domain, const CustomerId& customer, const Change& change,
            std::function<Result<void>(v1::Customer&)> edit,
            std::function<void(Result<v1::Customer>)> done);
  // `before` is CustomerPage::next; empty for the newest.
  void List(const DomainId& domain, const std::string& before, std::size_t limit,
            std::function<void(Result<CustomerPage>)> done);

  // What was changed in one record. `before` is ChangePage::next of the page before; empty for the
  // newest. BAD_PAGE_TOKEN.
  void ListChanges(const DomainId& domain, const CustomerId& customer, const std::string& before,
                   std::size_t limit, std::function<void(Result<ChangePage>)> done);
  // One change. NOT_FOUND/UNKNOWN_CHANGE, INVALID_ARGUMENT/BAD_CHANGE_ID.
  void GetChange(const DomainId& domain, const CustomerId& customer, const std::string& id,
                 std::function<void(Result<v1::CustomerChange>)> done);

  // For what changes several keys in several steps:

  // A record, and the bytes that it was read from; none for one that is to be created.
  struct Stored {
    v1::Customer customer;
    std::string bytes;
  };
  // As GetOwn; for changes of several records that take several steps.
  void Read(const DomainId& domain, const CustomerId& customer,
            std::function<void(Result<Stored>)> done);
  // Writes `after` where `before` is; false: it was changed meanwhile. The version grows by one.
  // ALREADY_EXISTS/REQUEST_REPEATED: change.request was carried out before. Where the record stays
  // as it is the request alone is kept.
  void Replace(const DomainId& domain, const Change& change, const Stored& before,
               v1::Customer after, std::function<void(Result<bool>)> done);
  // What people are shown of a record: with the addresses and counts of those merged into it.
  void Present(const DomainId& domain, v1::Customer customer,
               std::function<void(Result<v1::Customer>)> done);
  // Whether the request changed this record before.
  void FindRequest(const DomainId& domain, const CustomerId& customer, const std::string& request,
                   std::function<void(Result<bool>)> done);
  // Lets go of addresses that left the record, so that they may be somebody else's.
  void Release(const DomainId& domain, const CustomerId& customer,
               std::vector<v1::Identity> identities, std::function<void(Result<void>)> done);
  // Puts a customer into the domain's list; once.
  void Enlist(const DomainId& domain, const CustomerId& customer, Instant at,
              std::function<void(Result<void>)> done);
  Result<void> Admit(const DomainId& domain) const { return admit_(domain); }
  std::string CountryOf(const DomainId& domain) const { return country_(domain); }

  static constexpr int kMergedMax = 32;  // records in one

 private:
  struct Resolving;
  struct Editing;
  struct Writing;
  // The record that stands for this one: itself, or what it was merged into.
  void ReadStanding(const DomainId& domain, const CustomerId& customer, int steps_left,
                    std::function<void(Result<Stored>)> done);
  void NoteConflict(const std::shared_ptr<Resolving>& resolving, const v1::Identity& also,
                    const CustomerId& owner);
  void FindOnly(const std::shared_ptr<Resolving>& resolving, Error no_room);
  void Claim(const std::shared_ptr<Resolving>& resolving);
  void MeetFormer(const std::shared_ptr<Resolving>& resolving);
  void ClaimAlso(const std::shared_ptr<Resolving>& resolving, const v1::Identity& also);
  void Adopt(const std::shared_ptr<Resolving>& resolving, const CustomerId& owner);
  void Meet(const std::shared_ptr<Resolving>& resolving, v1::Customer known);
  void FinishRelease(const std::shared_ptr<Resolving>& resolving, const CustomerId& owner);
  void Create(const std::shared_ptr<Resolving>& resolving, const CustomerId& customer);
  void WriteFirst(const std::shared_ptr<Resolving>& resolving, const v1::Customer& fresh);
  void ClaimNext(const std::shared_ptr<Resolving>& resolving);
  void Complete(const std::shared_ptr<Resolving>& resolving);
  void FindOwner(const DomainId& domain, const std::string& kind, std::vector<std::string> values,
                 std::function<void(Result<CustomerId>)> done);
  void ReleaseValues(const DomainId& domain, const CustomerId& customer,
                     const v1::Identity& identity, std::vector<std::string> values,
                     std::function<void(Result<void>)> done);
  void TryEdit(const std::shared_ptr<Editing>& editing);
  void EditOnce(const std::shared_ptr<Editing>& editing);
  void Write(const std::shared_ptr<Writing>& writing);
  void Finish(const std::shared_ptr<Writing>& writing, Result<bool> written);
  void ReadPage(const DomainId& domain, const std::vector<CustomerId>& ids, CustomerPage page,
                std::function<void(Result<CustomerPage>)> done);

  store::RedisKeyspace& redis_;
  CustomerIndex& index_;
  const std::function<Result<void>(const DomainId&)> admit_;
  const std::function<std::string(const DomainId&)> country_;
  std::function<void(const DomainId&, const CustomerId&)> changed_;
};

}  // namespace usher::context
