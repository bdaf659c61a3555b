// SPDX-License-Identifier: Apache-2.0
#include "router/context/customer_store.h"

#include <algorithm>
#include <charconv>
#include <memory>
#include <optional>
#include <utility>

#include "router/context/customer_fields.h"
#include "router/context/customer_id.h"
#include "router/context/framed_message.h"
#include "router/context/functions.h"
#include "router/context/identity.h"
#include "router/context/keys.h"
#include "router/context/stream_id.h"

namespace usher::context {

namespace {

using store::RedisReply;

constexpr int kEditTriesMax = 16;
constexpr int kAlsoMax = 8;
constexpr std::size_t kConflictsMax = 64;  // that are kept of one customer
constexpr char kRepeated[] = "REQUEST_REPEATED";

Error UnknownCustomer(const std::string& who) {
  return {Code::kNotFound, "UNKNOWN_CUSTOMER", "there is no customer " + who,
          "resolve the customer's address first"};
}

Error Busy(const CustomerId& customer) {
  return {Code::kAborted, "CUSTOMER_BUSY",
          "the record of " + customer.value() + " was changed by others all the while",
          "try again"};
}

Error Damaged(const CustomerId& customer) {
  return {Code::kDataLoss, "CUSTOMER_DAMAGED",
          "the record of " + customer.value() + " cannot be read", "restore it from a backup"};
}

// What is counted elsewhere is no part of the record.
void ClearCounts(v1::Customer& customer) {
  customer.clear_contacts();
  customer.clear_open_cases();
  customer.clear_last_agent();
  customer.clear_last_contact_at();
}

std::string ToRecord(v1::Customer customer) {
  customer.clear_id();
  ClearCounts(customer);
  return ToFramed(store::RecordKind::kCustomer, customer);
}

bool HasIdentity(const v1::Customer& customer, const v1::Identity& identity) {
  return FindIdentity(customer, identity) != nullptr;
}

// Adds it where there is room, or marks it as verified where it is.
void AddIdentity(v1::Customer& customer, const v1::Identity& identity) {
  if (v1::Identity* known = FindIdentity(customer, identity)) {
    if (identity.verified()) known->set_verified(true);
  } else if (customer.identities_size() < kIdentitiesMax) {
    *customer.add_identities() = identity;
  }
}

std::string AddressOf(const v1::Identity& identity) {
  return identity.kind() + ':' + identity.value();
}

// What people see of a record that was merged into `whole`.
void AddPart(const v1::Customer& part, v1::Customer& whole) {
  for (const v1::Identity& identity : part.identities()) {
    if (!HasIdentity(whole, identity)) *whole.add_identities() = identity;
  }
  whole.set_contacts(whole.contacts() + part.contacts());
  whole.set_open_cases(whole.open_cases() + part.open_cases());
  if (part.last_contact_at().seconds() > whole.last_contact_at().seconds()) {
    *whole.mutable_last_contact_at() = part.last_contact_at();
    whole.set_last_agent(part.last_agent());
  }
}

void Set(google::protobuf::Timestamp& out, Instant at) {
  out.set_seconds(ToUnixMs(at) / 1000);
  out.set_nanos(static_cast<std::int32_t>(ToUnixMs(at) % 1000 * 1'000'000));
}

// One line a change: who, when, and the record before and after.
std::string AuditEntry(const Change& change, const v1::Customer& before,
                       const v1::Customer& after) {
  v1::CustomerChange entry;
  entry.set_by(change.by);
  entry.set_role(change.role);
  entry.set_reverts(change.reverts);
  Set(*entry.mutable_at(), change.at);
  *entry.mutable_before() = before;
  ClearCounts(*entry.mutable_before());
  *entry.mutable_after() = after;
  ClearCounts(*entry.mutable_after());
  return ToFramed(store::RecordKind::kCustomerChange, entry);
}

// What the customer's timeline tells of the change.
std::string ProfileEntry(const Change& change, const std::vector<std::string>& fields,
                         const std::string& change_id) {
  v1::TimelineEntry entry;
  Set(*entry.mutable_at(), change.at);
  entry.mutable_profile()->set_by(change.by);
  entry.mutable_profile()->set_change_id(change_id);
  for (const std::string& field : fields) entry.mutable_profile()->add_fields(field);
  return ToFramed(store::RecordKind::kTimelineEntry, entry);
}

// Which record was merged into which is told of by an entry of its own.
bool IsForTimeline(const std::vector<std::string>& fields) {
  return std::any_of(fields.begin(), fields.end(), [](const std::string& field) {
    return field != "merged" && field != "merged_into";
  });
}

// The id of a stream's entry right behind this one.
std::string NextStreamId(std::string_view id) {
  const std::size_t dash = std::min(id.find('-'), id.size());
  std::uint64_t number = 0;
  if (dash < id.size()) std::from_chars(id.data() + dash + 1, id.data() + id.size(), number);
  return std::string(id.substr(0, dash)) + '-' + std::to_string(number + 1);
}

Result<v1::CustomerChange> ToChange(const RedisReply& item, const CustomerId& customer) {
  v1::CustomerChange change;
  const Result<void> read =
      FromFramed(store::RecordKind::kCustomerChange, item.At(1).At(1).text(), change);
  if (!read.ok()) {
    if (read.error().reason == "RECORD_TOO_NEW") return read.error();
    return Error{Code::kDataLoss, "CHANGE_DAMAGED",
                 "change " + std::string(item.At(0).text()) + " of customer " + customer.value() +
                     " cannot be read",
                 "restore it from a backup"};
  }
  change.set_id(std::string(item.At(0).text()));
  return change;
}

Result<ChangePage> ToChangePage(const RedisReply& reply, const CustomerId& customer,
                                std::size_t limit) {
  ChangePage page;
  for (const RedisReply& item : reply.items()) {
    if (page.changes.size() == limit) {
      page.next = page.changes.back().id();
      break;
    }
    Result<v1::CustomerChange> change = ToChange(item, customer);
    if (!change.ok()) return change.error();
    page.changes.push_back(*std::move(change));
  }
  return page;
}

}  // namespace

struct CustomerStore::Resolving {
  DomainId domain;
  v1::ResolveCustomerRequest request;
  Change change;
  CustomerId customer;
  Resolved resolved;
  int next_also = 0;
  std::vector<v1::Identity> added;
  v1::Identity told;  // request.identity as the caller wrote it
  std::vector<v1::Identity> replaced;
  int tries = 0;
  std::function<void(Result<Resolved>)> done;
};

struct CustomerStore::Editing {
  DomainId domain;
  CustomerId customer;
  Change change;
  std::function<Result<void>(v1::Customer&)> edit;
  std::function<void(Result<v1::Customer>)> done;
  Stored before;
  int tries = 0;
};

// A record that is being written, with all that tells of it.
struct CustomerStore::Writing {
  DomainId domain;
  CustomerId customer;
  Change change;
  Stored before;
  v1::Customer after;
  std::vector<std::string> fields;  // that changed
  bool is_change = false;           // none: only the request is kept
  std::string id;                   // the change's
  int tries = 0;
  std::function<void(Result<bool>)> done;
};

void CustomerStore::Resolve(const DomainId& domain, const v1::ResolveCustomerRequest& request,
                            const Change& change, std::function<void(Result<Resolved>)> done) {
  auto resolving = std::make_shared<Resolving>();
  resolving->domain = domain;
  resolving->request = request;
  resolving->change = change;
  resolving->done = std::move(done);
  if (request.also_size() > kAlsoMax) {
    return resolving->done(Error{Code::kInvalidArgument, "TOO_MANY_IDENTITIES",
                                 "also has more than 8 addresses", "send at most 8"});
  }
  const std::string country = country_(domain);
  Result<v1::Identity> identity = Normalised(request.identity(), country);
  if (!identity.ok()) return resolving->done(identity.error());
  resolving->told = request.identity();
  *resolving->request.mutable_identity() = *std::move(identity);
  for (v1::Identity& also : *resolving->request.mutable_also()) {
    Result<v1::Identity> normalised = Normalised(also, country);
    if (!normalised.ok()) return resolving->done(normalised.error());
    also = *std::move(normalised);
  }
  if (Result<void> room = admit_(domain); !room.ok()) return FindOnly(resolving, room.error());
  Claim(resolving);
}

void CustomerStore::FindOnly(const std::shared_ptr<Resolving>& resolving, Error no_room) {
  Find(resolving->domain, resolving->told,
       [resolving, no_room = std::move(no_room)](Result<v1::Customer> known) {
         if (!known.ok()) {
           return resolving->done(known.error().code == Code::kNotFound ? no_room : known.error());
         }
         resolving->resolved.customer = *std::move(known);
         resolving->done(std::move(resolving->resolved));
       });
}

// The address is given to a new customer unless it has one: whoever is first wins.
void CustomerStore::Claim(const std::shared_ptr<Resolving>& resolving) {
  const v1::Identity& identity = resolving->request.identity();
  const std::string key = IdentityKey(resolving->domain, identity.kind(), identity.value());
  const CustomerId candidate = NewCustomerId();
  redis_.Call({"SET", key, candidate.value(), "NX", "GET"}, [this, resolving,
                                                             candidate](Result<RedisReply> reply) {
    if (!reply.ok()) return resolving->done(reply.error());
    if (reply->IsError()) {
      return resolving->done(store::ToError(*reply, "resolve a customer"));
    }
    resolving->customer = reply->IsText() ? CustomerId{std::string(reply->text())} : candidate;
    resolving->resolved.created = !reply->IsText();
    Get(resolving->domain, resolving->customer, [this, resolving](Result<v1::Customer> customer) {
      if (customer.ok()) return Meet(resolving, *std::move(customer));
      if (customer.error().code != Code::kNotFound) {
        return resolving->done(customer.error());
      }
      // New, or claimed by a call that did not get further. Or known by an earlier form.
      MeetFormer(resolving);
    });
  });
}

// Looks for the address in the other forms in which it may be stored before somebody is created.
// Their keys stay: as long as the customer has the address they lead to him, whichever form two
// calls at once look for.
void CustomerStore::MeetFormer(const std::shared_ptr<Resolving>& resolving) {
  const v1::Identity& identity = resolving->request.identity();
  FindOwner(resolving->domain, identity.kind(),
            FormerValues(resolving->told, identity, country_(resolving->domain)),
            [this, resolving](Result<CustomerId> owner) {
              if (!owner.ok()) return resolving->done(owner.error());
              if (!*owner) return Create(resolving, resolving->customer);
              Adopt(resolving, *owner);
            });
}

// The address leads to the one who has it in an earlier form. The record is written anew when he is
// met: now, or by a later call where this one does not get so far.
void CustomerStore::Adopt(const std::shared_ptr<Resolving>& resolving, const CustomerId& owner) {
  const v1::Identity& identity = resolving->request.identity();
  redis_.Call({"FCALL", ContextFunctionsByName().pass_on, "1",
               IdentityKey(resolving->domain, identity.kind(), identity.value()),
               resolving->customer.value(), owner.value()},
              [this, resolving, owner](Result<RedisReply> reply) {
                if (!reply.ok()) return resolving->done(reply.error());
                if (reply->IsError()) {
                  return resolving->done(store::ToError(*reply, "find a customer"));
                }
                resolving->customer = owner;
                resolving->resolved.created = false;
                Get(resolving->domain, owner, [this, resolving](Result<v1::Customer> customer) {
                  if (customer.ok()) return Meet(resolving, *std::move(customer));
                  if (customer.error().code != Code::kNotFound) {
                    return resolving->done(customer.error());
                  }
                  Create(resolving, resolving->customer);
                });
              });
}

// The one to whom the address leads. Where the record does not have it a call did not get further:
// one that gave it to him, which is ended here, or one that took it from him.
void CustomerStore::Meet(const std::shared_ptr<Resolving>& resolving, v1::Customer known) {
  const CustomerId owner = resolving->customer;  // merged into `known`, or the same
  resolving->customer = CustomerId{known.id()};
  resolving->resolved.customer = std::move(known);
  const v1::Identity& identity = resolving->request.identity();
  if (HasIdentity(resolving->resolved.customer, identity)) return ClaimNext(resolving);
  redis_.Call({"SISMEMBER", CustomerKey(resolving->domain, owner, "releases"), AddressOf(identity)},
              [this, resolving, owner](Result<RedisReply> reply) {
                if (!reply.ok()) return resolving->done(reply.error());
                if (reply->IsError()) {
                  return resolving->done(store::ToError(*reply, "find a customer"));
                }
                if (reply->integer() == 1) return FinishRelease(resolving, owner);
                const v1::Identity& told = resolving->request.identity();
                resolving->added.push_back(told);
                for (const std::string& value :
                     FormerValues(resolving->told, told, country_(resolving->domain))) {
                  v1::Identity former = told;
                  former.set_value(value);
                  resolving->replaced.push_back(std::move(former));
                }
                ClaimNext(resolving);
              });
}

// The address was taken from the customer: what comes from it is somebody new.
void CustomerStore::FinishRelease(const std::shared_ptr<Resolving>& resolving,
                                  const CustomerId& owner) {
  if (++resolving->tries > kEditTriesMax) return resolving->done(Busy(owner));
  Release(resolving->domain, owner, {resolving->request.identity()},
          [this, resolving](Result<void> released) {
            if (!released.ok()) return resolving->done(released.error());
            resolving->resolved = {};
            Claim(resolving);
          });
}

void CustomerStore::Create(const std::shared_ptr<Resolving>& resolving,
                           const CustomerId& customer) {
  v1::Customer fresh;
  fresh.set_name(resolving->request.name());
  fresh.set_language(resolving->request.language());
  *fresh.add_identities() = resolving->request.identity();
  Set(*fresh.mutable_created_at(), resolving->change.at);
  fresh.set_version(1);
  Enlist(resolving->domain, customer, resolving->change.at,
         [this, resolving, fresh](Result<void> listed) {
           if (!listed.ok()) return resolving->done(listed.error());
           WriteFirst(resolving, fresh);
         });
}

void CustomerStore::Enlist(const DomainId& domain, const CustomerId& customer, Instant at,
                           std::function<void(Result<void>)> done) {
  redis_.Call({"ZADD", CustomersKey(domain), "NX", std::to_string(ToUnixMs(at)), customer.value()},
              [done = std::move(done)](Result<RedisReply> reply) {
                if (!reply.ok()) return done(reply.error());
                if (reply->IsError()) return done(store::ToError(*reply, "list a customer"));
                done({});
              });
}

// Nothing is written where another call was faster.
void CustomerStore::WriteFirst(const std::shared_ptr<Resolving>& resolving,
                               const v1::Customer& fresh) {
  v1::Customer nobody;
  nobody.set_id(resolving->customer.value());
  Replace(resolving->domain, resolving->change, {nobody, ""}, fresh,
          [this, resolving](Result<bool> written) {
            if (!written.ok()) return resolving->done(written.error());
            Get(resolving->domain, resolving->customer,
                [this, resolving](Result<v1::Customer> customer_now) {
                  if (!customer_now.ok()) return resolving->done(customer_now.error());
                  resolving->resolved.customer = *std::move(customer_now);
                  ClaimNext(resolving);
                });
          });
}

// Further addresses, one after the other: those that nobody has become this customer's.
void CustomerStore::ClaimNext(const std::shared_ptr<Resolving>& resolving) {
  if (resolving->next_also == resolving->request.also_size()) return Complete(resolving);
  const v1::Identity& also = resolving->request.also(resolving->next_also++);
  if (const v1::Identity* known = FindIdentity(resolving->resolved.customer, also)) {
    if (also.verified() && !known->verified()) resolving->added.push_back(also);
    return ClaimNext(resolving);
  }
  FindOwner(resolving->domain, also.kind(), FormerValues(also, also, country_(resolving->domain)),
            [this, resolving, also](Result<CustomerId> owner) {
              if (!owner.ok()) return resolving->done(owner.error());
              if (!*owner || *owner == resolving->customer) return ClaimAlso(resolving, also);
              resolving->resolved.conflicts.push_back(also);
              NoteConflict(resolving, also, *owner);
            });
}

void CustomerStore::ClaimAlso(const std::shared_ptr<Resolving>& resolving,
                              const v1::Identity& also) {
  redis_.Call({"SET", IdentityKey(resolving->domain, also.kind(), also.value()),
               resolving->customer.value(), "NX", "GET"},
              [this, resolving, also](Result<RedisReply> reply) {
                if (!reply.ok()) return resolving->done(reply.error());
                if (reply->IsError()) {
                  return resolving->done(store::ToError(*reply, "add an address"));
                }
                if (reply->IsText() && reply->text() != resolving->customer.value()) {
                  resolving->resolved.conflicts.push_back(also);
                  return NoteConflict(resolving, also, CustomerId{std::string(reply->text())});
                }
                resolving->added.push_back(also);
                ClaimNext(resolving);
              });
}

// Both records tell of it, so that it is seen from either that they may be one person's. It is a
// hint only: where it cannot be kept, the call goes on.
void CustomerStore::NoteConflict(const std::shared_ptr<Resolving>& resolving,
                                 const v1::Identity& also, const CustomerId& owner) {
  const auto left = std::make_shared<int>(2);
  const auto finish = [this, resolving, left] {
    if (--*left == 0) ClaimNext(resolving);
  };
  const std::string address = ' ' + also.kind() + ':' + also.value();
  for (const auto& [one, other] :
       {std::pair{resolving->customer, owner}, std::pair{owner, resolving->customer}}) {
    const std::string key = CustomerKey(resolving->domain, one, "conflicts");
    const std::string member = other.value() + address;
    redis_.Call({"SMEMBERS", key}, [this, key, member, finish](Result<RedisReply> known) {
      if (!known.ok() || known->items().size() >= kConflictsMax) return finish();
      redis_.Call({"SADD", key, member}, [finish](const Result<RedisReply>&) { finish(); });
    });
  }
}

void CustomerStore::Complete(const std::shared_ptr<Resolving>& resolving) {
  const v1::Customer& known = resolving->resolved.customer;
  const v1::ResolveCustomerRequest& request = resolving->request;
  const v1::Identity* met = FindIdentity(known, request.identity());
  if (met != nullptr && request.identity().verified() && !met->verified()) {
    resolving->added.push_back(request.identity());
  }
  const bool learns = !resolving->added.empty() ||
                      (known.name().empty() && !request.name().empty()) ||
                      (known.language().empty() && !request.language().empty());
  if (!learns) return resolving->done(std::move(resolving->resolved));
  const auto edit = [resolving](v1::Customer& customer) -> Result<void> {
    if (customer.name().empty()) customer.set_name(resolving->request.name());
    if (customer.language().empty()) customer.set_language(resolving->request.language());
    for (const v1::Identity& replaced : resolving->replaced) EraseIdentity(customer, replaced);
    for (const v1::Identity& added : resolving->added) AddIdentity(customer, added);
    return {};
  };
  Edit(resolving->domain, resolving->customer, resolving->change, edit,
       [resolving](Result<v1::Customer> customer) {
         if (!customer.ok()) return resolving->done(customer.error());
         resolving->resolved.customer = *std::move(customer);
         resolving->done(std::move(resolving->resolved));
       });
}

// Both are asked for at once; whichever answer comes last tells.
void CustomerStore::Read(const DomainId& domain, const CustomerId& customer,
                         std::function<void(Result<Stored>)> done) {
  struct Reading {
    v1::Customer counts;
    std::optional<Result<RedisReply>> record;
    int left = 3;
    std::function<void(Result<Stored>)> done;
  };
  const auto reading = std::make_shared<Reading>();
  reading->done = std::move(done);
  const auto finish = [reading, customer] {
    if (--reading->left > 0) return;
    const Result<RedisReply>& reply = *reading->record;
    if (!reply.ok()) return reading->done(reply.error());
    if (reply->IsError()) return reading->done(store::ToError(*reply, "read a customer"));
    if (!reply->IsText()) return reading->done(UnknownCustomer(customer.value()));
    Stored found;
    found.bytes = reply->text();
    const Result<void> read = FromFramed(store::RecordKind::kCustomer, found.bytes, found.customer);
    if (!read.ok()) {
      const bool is_too_new = read.error().reason == "RECORD_TOO_NEW";
      return reading->done(is_too_new ? read.error() : Damaged(customer));
    }
    found.customer.set_id(customer.value());
    found.customer.MergeFrom(reading->counts);
    reading->done(std::move(found));
  };
  redis_.Call(
      {"HMGET", CustomerKey(domain, customer, "meta"), "contacts", "last_agent", "last_contact_at"},
      [reading, finish](Result<RedisReply> reply) {
        if (reply.ok() && reply->items().size() == 3) {
          v1::Customer& counts = reading->counts;
          counts.set_contacts(static_cast<std::uint32_t>(reply->At(0).AsUnsigned().value_or(0)));
          counts.set_last_agent(std::string(reply->At(1).text()));
          if (const auto at = reply->At(2).AsUnsigned()) {
            Set(*counts.mutable_last_contact_at(),
                InstantFromUnixMs(static_cast<std::int64_t>(*at)));
          }
        }
        finish();
      });
  redis_.Call({"ZCARD", CustomerKey(domain, customer, "open_cases")},
              [reading, finish](Result<RedisReply> reply) {
                if (reply.ok() && !reply->IsError()) {
                  reading->counts.set_open_cases(static_cast<std::uint32_t>(reply->integer()));
                }
                finish();
              });
  redis_.Call({"GET", CustomerKey(domain, customer, "record")},
              [reading, finish](Result<RedisReply> reply) {
                reading->record = std::move(reply);
                finish();
              });
}

void CustomerStore::Get(const DomainId& domain, const CustomerId& customer,
                        std::function<void(Result<v1::Customer>)> done) {
  ReadStanding(domain, customer, kMergedMax,
               [this, domain, done = std::move(done)](Result<Stored> found) {
                 if (!found.ok()) return done(found.error());
                 Present(domain, std::move(found->customer), done);
               });
}

void CustomerStore::GetOwn(const DomainId& domain, const CustomerId& customer,
                           std::function<void(Result<v1::Customer>)> done) {
  Read(domain, customer, [done = std::move(done)](Result<Stored> found) {
    if (!found.ok()) return done(found.error());
    done(std::move(found->customer));
  });
}

void CustomerStore::ReadStanding(const DomainId& domain, const CustomerId& customer, int steps_left,
                                 std::function<void(Result<Stored>)> done) {
  Read(domain, customer,
       [this, domain, customer, steps_left, done = std::move(done)](Result<Stored> found) {
         if (!found.ok() || found->customer.merged_into().empty()) return done(std::move(found));
         if (steps_left == 0) return done(Damaged(customer));
         ReadStanding(domain, CustomerId{found->customer.merged_into()}, steps_left - 1, done);
       });
}

// Answers come in any order; the addresses stand in the order of the merges.
void CustomerStore::Present(const DomainId& domain, v1::Customer customer,
                            std::function<void(Result<v1::Customer>)> done) {
  if (customer.merged().empty()) return done(std::move(customer));
  struct Presenting {
    v1::Customer customer;
    std::vector<v1::Customer> parts;
    Result<void> result;
    std::size_t left = 0;
    std::function<void(Result<v1::Customer>)> done;
  };
  const auto presenting = std::make_shared<Presenting>();
  presenting->customer = std::move(customer);
  presenting->done = std::move(done);
  const std::vector<std::string> ids(presenting->customer.merged().begin(),
                                     presenting->customer.merged().end());
  presenting->parts.resize(ids.size());
  presenting->left = ids.size();
  for (std::size_t i = 0; i < ids.size(); ++i) {
    GetOwn(domain, CustomerId{ids[i]}, [presenting, i](Result<v1::Customer> part) {
      if (part.ok()) {
        presenting->parts[i] = *std::move(part);
      } else if (part.error().code != Code::kNotFound) {
        presenting->result = part.error();
      }
      if (--presenting->left > 0) return;
      if (!presenting->result.ok()) return presenting->done(presenting->result.error());
      for (const v1::Customer& one : presenting->parts) AddPart(one, presenting->customer);
      presenting->done(std::move(presenting->customer));
    });
  }
}

void CustomerStore::Find(const DomainId& domain, const v1::Identity& identity,
                         std::function<void(Result<v1::Customer>)> done) {
  const std::string country = country_(domain);
  const Result<v1::Identity> normalised = Normalised(identity, country);
  if (!normalised.ok()) return done(normalised.error());
  std::vector<std::string> values = FormerValues(identity, *normalised, country);
  values.insert(values.begin(), normalised->value());
  FindOwner(domain, normalised->kind(), std::move(values),
            [this, domain, done = std::move(done)](Result<CustomerId> owner) {
              if (!owner.ok()) return done(owner.error());
              if (!*owner) return done(UnknownCustomer("with this address"));
              Get(domain, *owner, done);
            });
}

// Whose the first of these values is that is somebody's; empty where none is.
void CustomerStore::FindOwner(const DomainId& domain, const std::string& kind,
                              std::vector<std::string> values,
                              std::function<void(Result<CustomerId>)> done) {
  if (values.empty()) return done(CustomerId{});
  const std::string key = IdentityKey(domain, kind, values.front());
  values.erase(values.begin());
  redis_.Call({"GET", key}, [this, domain, kind, values = std::move(values),
                             done = std::move(done)](Result<RedisReply> reply) mutable {
    if (!reply.ok()) return done(reply.error());
    if (reply->IsError()) return done(store::ToError(*reply, "find a customer"));
    if (reply->IsText()) return done(CustomerId{std::string(reply->text())});
    FindOwner(domain, kind, std::move(values), std::move(done));
  });
}

void CustomerStore::Edit(const DomainId& domain, const CustomerId& customer, const Change& change,
                         std::function<Result<void>(v1::Customer&)> edit,
                         std::function<void(Result<v1::Customer>)> done) {
  const auto editing = std::make_shared<Editing>(
      Editing{domain, customer, change, std::move(edit), std::move(done), {}, 0});
  TryEdit(editing);
}

void CustomerStore::FindRequest(const DomainId& domain, const CustomerId& customer,
                                const std::string& request,
                                std::function<void(Result<bool>)> done) {
  if (request.empty()) return done(false);
  redis_.Call({"ZSCORE", CustomerKey(domain, customer, "requests"), request},
              [done = std::move(done)](Result<RedisReply> reply) {
                if (!reply.ok()) return done(reply.error());
                if (reply->IsError()) return done(store::ToError(*reply, "find a request"));
                done(reply->IsText());
              });
}

void CustomerStore::TryEdit(const std::shared_ptr<Editing>& editing) {
  if (++editing->tries > kEditTriesMax) return editing->done(Busy(editing->customer));
  ReadStanding(
      editing->domain, editing->customer, kMergedMax, [this, editing](Result<Stored> before) {
        if (!before.ok()) return editing->done(before.error());
        editing->before = *std::move(before);
        if (editing->tries > 1) return EditOnce(editing);
        // A repeated call must not be refused for what it did itself, such as a version that grew.
        FindRequest(editing->domain, CustomerId{editing->before.customer.id()},
                    editing->change.request, [this, editing](Result<bool> repeated) {
                      if (!repeated.ok()) return editing->done(repeated.error());
                      if (!*repeated) return EditOnce(editing);
                      Present(editing->domain, std::move(editing->before.customer), editing->done);
                    });
      });
}

void CustomerStore::EditOnce(const std::shared_ptr<Editing>& editing) {
  v1::Customer after = editing->before.customer;
  if (Result<void> edited = editing->edit(after); !edited.ok()) {
    return editing->done(edited.error());
  }
  Replace(editing->domain, editing->change, editing->before, std::move(after),
          [this, editing](Result<bool> written) {
            const bool repeated = !written.ok() && written.error().reason == kRepeated;
            if (!written.ok() && !repeated) return editing->done(written.error());
            if (!repeated && !*written) return TryEdit(editing);
            Get(editing->domain, editing->customer, editing->done);
          });
}

void CustomerStore::Replace(const DomainId& domain, const Change& change, const Stored& before,
                            v1::Customer after, std::function<void(Result<bool>)> done) {
  const auto writing = std::make_shared<Writing>();
  writing->domain = domain;
  writing->customer = CustomerId{before.customer.id()};
  writing->change = change;
  writing->before = before;
  writing->after = std::move(after);
  writing->after.set_version(before.customer.version() + 1);
  writing->fields = ChangedFields(before.customer, writing->after);
  writing->id = std::to_string(ToUnixMs(change.at)) + "-0";
  writing->done = std::move(done);
  writing->is_change = before.bytes.empty() || !writing->fields.empty();
  if (!writing->is_change) return change.request.empty() ? writing->done(true) : Write(writing);
  index_.Add(domain, writing->customer, before.customer, writing->after,
             [this, writing](Result<void> added) {
               if (!added.ok()) return writing->done(added.error());
               Write(writing);
             });
}

void CustomerStore::Finish(const std::shared_ptr<Writing>& writing, Result<bool> written) {
  if (writing->is_change) {
    index_.Settle(writing->domain, writing->customer, writing->before.customer, writing->after,
                  written.ok() && *written);
  }
  if (changed_) changed_(writing->domain, writing->customer);
  writing->done(std::move(written));
}

// The change's id is made here, because the timeline's entry holds it: the instant, or the id right
// behind the last change's where that is later.
void CustomerStore::Write(const std::shared_ptr<Writing>& writing) {
  if (++writing->tries > kEditTriesMax) return Finish(writing, Busy(writing->customer));
  const auto key = [&](const char* what) {
    return CustomerKey(writing->domain, writing->customer, what);
  };
  const v1::Customer& before = writing->before.customer;
  const v1::Customer& after = writing->after;
  const bool is_new = writing->before.bytes.empty();
  const bool is_told = !is_new && IsForTimeline(writing->fields);
  const std::vector<v1::Identity> leaving = IdentitiesMissing(after, before);
  std::vector<std::string> words = {
      "FCALL",
      ContextFunctionsByName().replace,
      "5",
      key("record"),
      key("audit"),
      key("timeline"),
      key("requests"),
      key("releases"),
      writing->before.bytes,
      writing->is_change ? ToRecord(after) : "",
      writing->id,
      AuditEntry(writing->change, is_new ? v1::Customer{} : before, after),
      is_told ? ProfileEntry(writing->change, writing->fields, writing->id) : "",
      writing->change.request,
      std::to_string(ToUnixMs(writing->change.at)),
      std::to_string(leaving.size())};
  // By their normal forms, as they are looked for: the record may have an earlier one.
  const std::string country = country_(writing->domain);
  const auto add = [&](const v1::Identity& identity) {
    const Result<v1::Identity> normal = Normalised(identity, country);
    words.push_back(AddressOf(normal.ok() ? *normal : identity));
  };
  for (const v1::Identity& identity : leaving) add(identity);
  for (const v1::Identity& identity : IdentitiesMissing(before, after)) add(identity);
  const std::vector<std::string_view> arguments(words.begin(), words.end());
  redis_.Call(arguments, [this, writing](Result<RedisReply> reply) {
    if (!reply.ok()) return Finish(writing, reply.error());
    if (reply->IsError()) return Finish(writing, store::ToError(*reply, "write a customer"));
    switch (reply->At(0).integer()) {
      case 1:
        return Finish(writing, true);
      case 2:
        writing->id = NextStreamId(reply->At(1).text());
        return Write(writing);
      case 3:
        return Finish(writing,
                      Error{Code::kAlreadyExists, kRepeated,
                            "this request changed " + writing->customer.value() + " before",
                            "read the customer"});
      default:
        return Finish(writing, false);
    }
  });
}

void CustomerStore::Release(const DomainId& domain, const CustomerId& customer,
                            std::vector<v1::Identity> identities,
                            std::function<void(Result<void>)> done) {
  if (identities.empty()) return done({});
  const v1::Identity identity = identities.back();
  identities.pop_back();
  // Its other forms lead to it as well.
  std::vector<std::string> values = FormerValues(identity, identity, country_(domain));
  values.push_back(identity.value());
  ReleaseValues(domain, customer, identity, std::move(values),
                [this, domain, customer, identities = std::move(identities),
                 done = std::move(done)](Result<void> released) mutable {
                  if (!released.ok()) return done(released);
                  Release(domain, customer, std::move(identities), std::move(done));
                });
}

// The form that is in the record last: until then the address is known to be on its way out.
void CustomerStore::ReleaseValues(const DomainId& domain, const CustomerId& customer,
                                  const v1::Identity& identity, std::vector<std::string> values,
                                  std::function<void(Result<void>)> done) {
  const bool is_over = values.empty();
  const std::string key = is_over ? "" : IdentityKey(domain, identity.kind(), values.front());
  if (!is_over) values.erase(values.begin());
  const auto next = [this, domain, customer, identity, is_over, values = std::move(values),
                     done = std::move(done)](Result<RedisReply> reply) mutable {
    if (!reply.ok()) return done(reply.error());
    if (reply->IsError()) return done(store::ToError(*reply, "release an address"));
    if (is_over) return done({});
    ReleaseValues(domain, customer, identity, std::move(values), std::move(done));
  };
  if (is_over) {
    redis_.Call({"SREM", CustomerKey(domain, customer, "releases"), AddressOf(identity)}, next);
  } else {
    redis_.Call({"FCALL", ContextFunctionsByName().pass_on, "1", key, customer.value(), ""}, next);
  }
}

void CustomerStore::GetChange(const DomainId& domain, const CustomerId& customer,
                              const std::string& id,
                              std::function<void(Result<v1::CustomerChange>)> done) {
  if (!IsStreamId(id)) {
    return done(Error{Code::kInvalidArgument, "BAD_CHANGE_ID", "change_id is not one of ours",
                      "take one that ListChanges gives"});
  }
  redis_.Call({"XRANGE", CustomerKey(domain, customer, "audit"), id, id},
              [customer, id, done = std::move(done)](Result<RedisReply> reply) {
                if (!reply.ok()) return done(reply.error());
                if (reply->IsError()) return done(store::ToError(*reply, "read a change"));
                if (reply->items().empty()) {
                  return done(Error{Code::kNotFound, "UNKNOWN_CHANGE",
                                    "customer " + customer.value() + " has no change " + id,
                                    "take one that ListChanges gives"});
                }
                done(ToChange(reply->At(0), customer));
              });
}

void CustomerStore::List(const DomainId& domain, const std::string& before, std::size_t limit,
                         std::function<void(Result<CustomerPage>)> done) {
  std::size_t from = 0;
  const auto [end, error] = std::from_chars(before.data(), before.data() + before.size(), from);
  if (!before.empty() && (error != std::errc{} || end != before.data() + before.size())) {
    return done(Error{Code::kInvalidArgument, "BAD_PAGE_TOKEN", "page_token is not one of ours",
                      "use next_page_token of the page before"});
  }
  const std::string stop = std::to_string(from + limit);
  redis_.Call({"ZREVRANGE", CustomersKey(domain), std::to_string(from), stop},
              [this, domain, from, limit, done = std::move(done)](Result<RedisReply> reply) {
                if (!reply.ok()) return done(reply.error());
                if (reply->IsError()) return done(store::ToError(*reply, "list customers"));
                CustomerPage page;
                const std::size_t count = std::min(limit, reply->items().size());
                if (reply->items().size() > limit) page.next = std::to_string(from + limit);
                if (count == 0) return done(std::move(page));
                std::vector<CustomerId> ids;
                for (std::size_t i = 0; i < count; ++i) {
                  ids.emplace_back(std::string(reply->At(i).text()));
                }
                ReadPage(domain, ids, std::move(page), done);
              });
}

void CustomerStore::ListChanges(const DomainId& domain, const CustomerId& customer,
                                const std::string& before, std::size_t limit,
                                std::function<void(Result<ChangePage>)> done) {
  if (!before.empty() && !IsStreamId(before)) {
    return done(Error{Code::kInvalidArgument, "BAD_PAGE_TOKEN", "page_token is not one of ours",
                      "use next_page_token of the page before"});
  }
  redis_.Call({"XREVRANGE", CustomerKey(domain, customer, "audit"),
               before.empty() ? "+" : '(' + before, "-", "COUNT", std::to_string(limit + 1)},
              [customer, limit, done = std::move(done)](Result<RedisReply> reply) {
                if (!reply.ok()) return done(reply.error());
                if (reply->IsError()) return done(store::ToError(*reply, "read the changes"));
                done(ToChangePage(*reply, customer, limit));
              });
}

// Answers come in any order. A customer that is half created is left out, as is a record that was
// merged into another.
void CustomerStore::ReadPage(const DomainId& domain, const std::vector<CustomerId>& ids,
                             CustomerPage page, std::function<void(Result<CustomerPage>)> done) {
  struct Reading {
    CustomerPage page;
    std::vector<std::optional<v1::Customer>> found;
    std::size_t left = 0;
    std::function<void(Result<CustomerPage>)> done;
  };
  const auto reading = std::make_shared<Reading>();
  reading->page = std::move(page);
  reading->found.resize(ids.size());
  reading->left = ids.size();
  reading->done = std::move(done);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    GetOwn(domain, ids[i], [reading, i](Result<v1::Customer> customer) {
      if (customer.ok() && customer->merged_into().empty())
        reading->found[i] = *std::move(customer);
      if (--reading->left > 0) return;
      for (std::optional<v1::Customer>& one : reading->found) {
        if (one) reading->page.customers.push_back(*std::move(one));
      }
      reading->done(std::move(reading->page));
    });
  }
}

}  // namespace usher::context
