// SPDX-License-Identifier: Apache-2.0
#include "router/context/customer_store.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <optional>
#include <utility>

#include <openssl/rand.h>

#include "base/check.h"
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
constexpr int kIdentitiesMax = 64;
constexpr std::size_t kConflictsMax = 64;  // that are kept of one customer

// 80 random bits in Crockford's base 32: nobody guesses one, no two meet.
CustomerId NewCustomerId() {
  constexpr char kAlphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";
  std::array<unsigned char, 16> random{};
  USHER_CHECK(RAND_bytes(random.data(), static_cast<int>(random.size())) == 1,
              "the system gives no random bytes");
  std::string id = "cu_";
  for (const unsigned char byte : random) id += kAlphabet[byte % 32];
  return CustomerId{id};
}

Error UnknownCustomer(const std::string& who) {
  return {Code::kNotFound, "UNKNOWN_CUSTOMER", "there is no customer " + who,
          "resolve the customer's address first"};
}

Error Damaged(const CustomerId& customer) {
  return {Code::kDataLoss, "CUSTOMER_DAMAGED",
          "the record of " + customer.value() + " cannot be read", "restore it from a backup"};
}

// A record as it is stored has neither id nor what is counted elsewhere.
std::string ToRecord(v1::Customer customer) {
  customer.clear_id();
  customer.clear_contacts();
  return ToFramed(store::RecordKind::kCustomer, customer);
}

bool HasIdentity(const v1::Customer& customer, const v1::Identity& identity) {
  return std::any_of(customer.identities().begin(), customer.identities().end(),
                     [&](const v1::Identity& known) {
                       return known.kind() == identity.kind() && known.value() == identity.value();
                     });
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
  Set(*entry.mutable_at(), change.at);
  *entry.mutable_before() = before;
  *entry.mutable_after() = after;
  return ToFramed(store::RecordKind::kCustomerChange, entry);
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
  std::function<void(Result<Resolved>)> done;
};

struct CustomerStore::Editing {
  DomainId domain;
  CustomerId customer;
  Change change;
  std::function<Result<void>(v1::Customer&)> edit;
  std::function<void(Result<v1::Customer>)> done;
  int tries = 0;
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
  Result<v1::Identity> identity = Normalised(request.identity());
  if (!identity.ok()) return resolving->done(identity.error());
  *resolving->request.mutable_identity() = *std::move(identity);
  for (v1::Identity& also : *resolving->request.mutable_also()) {
    Result<v1::Identity> normalised = Normalised(also);
    if (!normalised.ok()) return resolving->done(normalised.error());
    also = *std::move(normalised);
  }
  if (Result<void> room = admit_(domain); !room.ok()) return FindOnly(resolving, room.error());
  Claim(resolving);
}

void CustomerStore::FindOnly(const std::shared_ptr<Resolving>& resolving, Error no_room) {
  Find(resolving->domain, resolving->request.identity(),
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
      if (customer.ok()) {
        resolving->resolved.customer = *std::move(customer);
        resolving->customer = CustomerId{resolving->resolved.customer.id()};
        return ClaimNext(resolving);
      }
      if (customer.error().code != Code::kNotFound) {
        return resolving->done(customer.error());
      }
      // New, or claimed by a call that did not get further.
      Create(resolving, resolving->customer);
    });
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
  redis_.Call({"ZADD", CustomersKey(resolving->domain), "NX",
               std::to_string(ToUnixMs(resolving->change.at)), customer.value()},
              [this, resolving, fresh](Result<RedisReply> reply) {
                if (!reply.ok()) return resolving->done(reply.error());
                if (reply->IsError()) {
                  return resolving->done(store::ToError(*reply, "list a customer"));
                }
                WriteFirst(resolving, fresh);
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
  if (HasIdentity(resolving->resolved.customer, also)) return ClaimNext(resolving);
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
  const bool learns = !resolving->added.empty() ||
                      (known.name().empty() && !request.name().empty()) ||
                      (known.language().empty() && !request.language().empty());
  if (!learns) return resolving->done(std::move(resolving->resolved));
  const auto edit = [resolving](v1::Customer& customer) -> Result<void> {
    if (customer.name().empty()) customer.set_name(resolving->request.name());
    if (customer.language().empty()) customer.set_language(resolving->request.language());
    for (const v1::Identity& added : resolving->added) {
      if (customer.identities_size() >= kIdentitiesMax) break;
      if (!HasIdentity(customer, added)) *customer.add_identities() = added;
    }
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
    std::uint64_t contacts = 0;
    std::optional<Result<RedisReply>> record;
    int left = 2;
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
    found.customer.set_contacts(static_cast<std::uint32_t>(reading->contacts));
    reading->done(std::move(found));
  };
  redis_.Call({"HGET", CustomerKey(domain, customer, "meta"), "contacts"},
              [reading, finish](Result<RedisReply> reply) {
                if (reply.ok()) reading->contacts = reply->AsUnsigned().value_or(0);
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
  const Result<v1::Identity> normalised = Normalised(identity);
  if (!normalised.ok()) return done(normalised.error());
  redis_.Call({"GET", IdentityKey(domain, normalised->kind(), normalised->value())},
              [this, domain, done = std::move(done)](Result<RedisReply> reply) {
                if (!reply.ok()) return done(reply.error());
                if (reply->IsError()) return done(store::ToError(*reply, "find a customer"));
                if (!reply->IsText()) return done(UnknownCustomer("with this address"));
                Get(domain, CustomerId{std::string(reply->text())}, done);
              });
}

void CustomerStore::Edit(const DomainId& domain, const CustomerId& customer, const Change& change,
                         std::function<Result<void>(v1::Customer&)> edit,
                         std::function<void(Result<v1::Customer>)> done) {
  TryEdit(std::make_shared<Editing>(
      Editing{domain, customer, change, std::move(edit), std::move(done), 0}));
}

void CustomerStore::TryEdit(const std::shared_ptr<Editing>& editing) {
  if (++editing->tries > kEditTriesMax) {
    return editing->done(
        Error{Code::kAborted, "CUSTOMER_BUSY",
              "the record of " + editing->customer.value() + " was changed by others all the while",
              "try again"});
  }
  ReadStanding(editing->domain, editing->customer, kMergedMax,
               [this, editing](Result<Stored> before) {
                 if (!before.ok()) return editing->done(before.error());
                 v1::Customer after = before->customer;
                 if (Result<void> edited = editing->edit(after); !edited.ok()) {
                   return editing->done(edited.error());
                 }
                 after.set_version(before->customer.version() + 1);
                 Replace(editing->domain, editing->change, *before, after,
                         [this, editing, after](Result<bool> written) {
                           if (!written.ok()) return editing->done(written.error());
                           if (*written) return Present(editing->domain, after, editing->done);
                           TryEdit(editing);
                         });
               });
}

void CustomerStore::Replace(const DomainId& domain, const Change& change, const Stored& before,
                            v1::Customer after, std::function<void(Result<bool>)> done) {
  const CustomerId customer{before.customer.id()};
  after.set_version(before.customer.version() + 1);
  index_.Add(
      domain, customer, before.customer, after,
      [this, domain, customer, change, before, after, done = std::move(done)](Result<void> added) {
        if (!added.ok()) return done(added.error());
        redis_.Call(
            {"FCALL", ContextFunctionsByName().replace, "2",
             CustomerKey(domain, customer, "record"), CustomerKey(domain, customer, "audit"),
             before.bytes, ToRecord(after),
             AuditEntry(change, before.bytes.empty() ? v1::Customer{} : before.customer, after)},
            [this, domain, customer, before, after, done](Result<RedisReply> reply) {
              const bool written = reply.ok() && reply->integer() == 1;
              index_.Settle(domain, customer, before.customer, after, written);
              if (!reply.ok()) return done(reply.error());
              if (reply->IsError()) {
                return done(store::ToError(*reply, "write a customer"));
              }
              done(written);
            });
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
