// SPDX-License-Identifier: Apache-2.0
#include "router/service/erasure.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include <openssl/sha.h>

#include "base/failpoint.h"
#include "base/io/log.h"
#include "router/context/framed_message.h"
#include "router/context/keys.h"
#include "router/service/customer_access.h"
#include "router/service/text_ids.h"
#include "router/service/wire.h"
#include "router/store/keys.h"

namespace usher::service {

namespace {

using context::CustomerKey;
using store::RecordKind;
using store::RedisReply;

constexpr char kPage[] = "500";            // of a timeline, at one time
constexpr std::size_t kCallsAtOnce = 200;  // under way
constexpr Duration kLookAgain{200};
// A timeline feed keeps its position every second; a rewritten file takes about a second a GB.
constexpr int kFeedLooksMax = 50;    // ten seconds
constexpr int kFileLooksMax = 1500;  // five minutes

// Every part of a customer's own keys (keys.h).
constexpr std::array kParts = {"record",   "meta",     "timeline",   "notes",      "outside",
                               "audit",    "reads",    "references", "conflicts",  "merged",
                               "requests", "releases", "cases",      "open_cases", "told_cases"};

std::string HashOf(const DomainId& domain, const CustomerId& customer) {
  const std::string text = domain.value() + '/' + customer.value();
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (const unsigned char byte : digest) out += {kDigits[byte >> 4], kDigits[byte & 15]};
  return out;
}

Error StillOpen(const std::string& contact) {
  return {Code::kFailedPrecondition, "CONTACTS_OPEN",
          "contact " + contact + " of the customer is open",
          "wait until the customer's contacts are over, or cancel them"};
}

}  // namespace

Erasure::Erasure(ContextNode& node, DomainNode& led, Wish wish, Done done)
    : node_(node),
      loop_(led.runtime.loop()),
      domain_(led.runtime.domain()),
      wish_(std::move(wish)),
      done_(std::move(done)),
      again_(loop_) {}

Erasure::~Erasure() {
  for (const CustomerId& record : records_) node_.being_erased.erase({domain_, record});
}

DomainNode* Erasure::Led() {
  const Result<DomainNode*> led = node_.find_led(domain_);
  if (led.ok()) return *led;
  Fail(led.error());
  return nullptr;
}

void Erasure::Then(Step step) {
  if (!IsCut()) (this->*step)();
}

bool Erasure::IsCut() {
  if (!FailsHere(Failpoint::kEraseStep)) return false;
  Fail({Code::kUnavailable, "FAILPOINT", "a failpoint cut the erasure", "disarm it"});
  return true;
}

// It is named before it is begun, and until it is over: a crash leaves names too many.
void Erasure::Name(Step then) {
  node_.redis.Call({"SADD", context::ErasingKey(domain_), Field()},
                   [self = shared_from_this(), then](const Result<RedisReply>& reply) {
                     if (!reply.ok()) return self->Fail(reply.error());
                     if (reply->IsError()) {
                       return self->Fail(store::ToError(*reply, "name an erasure"));
                     }
                     self->Then(then);
                   });
}

void Erasure::Store(Step then) {
  node_.redis.Call({"HSET", context::ErasuresKey(domain_), proof_.customer_hash(),
                    context::ToFramed(RecordKind::kErasure, proof_)},
                   [self = shared_from_this(), then](const Result<RedisReply>& reply) {
                     if (!reply.ok()) return self->Fail(reply.error());
                     if (reply->IsError()) {
                       return self->Fail(store::ToError(*reply, "store an erasure"));
                     }
                     self->Then(then);
                   });
}

// --------------------------------------------------------------------------------- those
// unfinished

namespace {

struct Unfinished {
  DomainId domain;
  std::vector<std::string> fields;  // left to look at
  std::vector<Erasure::Wish> found;
  std::optional<Error> damaged;
};

// None where nothing is left to do.
Result<std::optional<Erasure::Wish>> WishOf(const DomainId& domain, const std::string& field,
                                            const RedisReply& stored) {
  // One that was named, and never begun.
  if (stored.IsNil()) return std::optional<Erasure::Wish>();
  context::v1::Erasure proof;
  const Result<void> read = context::FromFramed(RecordKind::kErasure, stored.text(), proof);
  if (!read.ok()) return read.error();
  if (proof.records().empty() && !proof.in_file()) return std::optional<Erasure::Wish>();
  Erasure::Wish wish{
      .customer = {}, .hash = field, .by = proof.by(), .reason = proof.reason(), .at = {}};
  for (const std::string& record : proof.records()) {
    if (HashOf(domain, CustomerId{record}) == field) wish.customer = CustomerId{record};
  }
  return std::optional(std::move(wish));
}

void Look(ContextNode& node, const std::shared_ptr<Unfinished>& unfinished,
          const std::function<void(Result<std::vector<Erasure::Wish>>)>& done) {
  if (unfinished->fields.empty()) {
    // What can be read goes first.
    if (unfinished->found.empty() && unfinished->damaged) return done(*unfinished->damaged);
    return done(std::move(unfinished->found));
  }
  const std::string field = unfinished->fields.back();
  unfinished->fields.pop_back();
  node.redis.Call({"HGET", context::ErasuresKey(unfinished->domain), field},
                  [&node, unfinished, field, done](const Result<RedisReply>& reply) {
                    if (!reply.ok()) return done(reply.error());
                    if (reply->IsError()) return done(store::ToError(*reply, "read an erasure"));
                    const auto wish = WishOf(unfinished->domain, field, *reply);
                    if (!wish.ok()) unfinished->damaged = wish.error();
                    if (wish.ok() && *wish) unfinished->found.push_back(**wish);
                    if (!wish.ok() || *wish) return Look(node, unfinished, done);
                    node.redis.Call({"SREM", context::ErasingKey(unfinished->domain), field},
                                    [&node, unfinished, done](const Result<RedisReply>& removed) {
                                      if (!removed.ok()) return done(removed.error());
                                      Look(node, unfinished, done);
                                    });
                  });
}

}  // namespace

void Erasure::FindUnfinished(ContextNode& node, const DomainId& domain,
                             std::function<void(Result<std::vector<Wish>>)> done) {
  node.redis.Call({"SMEMBERS", context::ErasingKey(domain)},
                  [&node, domain, done = std::move(done)](const Result<RedisReply>& reply) {
                    if (!reply.ok()) return done(reply.error());
                    if (reply->IsError()) return done(store::ToError(*reply, "list erasures"));
                    const auto unfinished =
                        std::make_shared<Unfinished>(Unfinished{domain, {}, {}, {}});
                    for (const RedisReply& field : reply->items()) {
                      unfinished->fields.emplace_back(field.text());
                    }
                    Look(node, unfinished, done);
                  });
}

void Erasure::Fail(const Error& error) {
  if (go_) std::exchange(go_, nullptr)(error);
  if (done_) std::exchange(done_, nullptr)(error);
}

void Erasure::CallAll(const std::vector<std::vector<std::string>>& calls, Step then) {
  struct Running {
    std::vector<std::vector<std::string>> calls;
    std::size_t next = 0;
    std::size_t under_way = 0;
    std::function<void(const std::shared_ptr<Running>&)> more;
    bool failed = false;
  };
  const auto running = std::make_shared<Running>();
  running->calls = calls;
  running->more = [self = shared_from_this(), then](const std::shared_ptr<Running>& state) {
    while (state->next < state->calls.size() && state->under_way < kCallsAtOnce) {
      const std::vector<std::string>& call = state->calls[state->next++];
      const std::vector<std::string_view> arguments(call.begin(), call.end());
      const bool removes_keys = call.front() == "DEL" || call.front() == "UNLINK";
      ++state->under_way;
      self->node_.redis.Call(
          arguments, [self, state, removes_keys](const Result<RedisReply>& reply) {
            --state->under_way;
            if (state->failed) return;
            if (!reply.ok() || reply->IsError()) {
              state->failed = true;
              state->more = nullptr;
              return self->Fail(reply.ok() ? store::ToError(*reply, "erase a customer")
                                           : reply.error());
            }
            const auto removed = removes_keys ? static_cast<std::uint64_t>(reply->integer()) : 0;
            self->proof_.set_keys(self->proof_.keys() + removed);
            const auto more = state->more;
            more(state);
          });
    }
    if (state->next < state->calls.size() || state->under_way > 0) return;
    state->more = nullptr;
    self->Then(then);
  };
  const auto more = running->more;
  more(running);
}

// ------------------------------------------------------------------------------------- the intent

std::string Erasure::Field() const {
  return wish_.customer ? HashOf(domain_, wish_.customer) : wish_.hash;
}

void Erasure::Begin() {
  node_.redis.Call(
      {"HGET", context::ErasuresKey(domain_), Field()},
      [self = shared_from_this()](const Result<RedisReply>& reply) { self->OnIntent(reply); });
}

void Erasure::OnIntent(const Result<RedisReply>& reply) {
  if (!reply.ok()) return Fail(reply.error());
  if (reply->IsError()) return Fail(store::ToError(*reply, "look for an erasure"));
  if (reply->IsText()) {
    const Result<void> read = context::FromFramed(RecordKind::kErasure, reply->text(), proof_);
    if (!read.ok()) return Fail(read.error());
    // Nothing is left of it: only the file may still be to be written.
    if (proof_.records().empty()) return proof_.in_file() ? RewriteFile() : Forget();
    std::vector<CustomerId> records;
    for (const std::string& record : proof_.records()) records.emplace_back(record);
    return OnRecords(records);
  }
  FindRecords(node_, domain_, wish_.customer,
              [self = shared_from_this()](const Result<std::vector<CustomerId>>& records) {
                self->OnRecords(records);
              });
}

void Erasure::OnRecords(const Result<std::vector<CustomerId>>& records) {
  if (!records.ok()) return Fail(records.error());
  for (const CustomerId& record : *records) {
    if (!node_.being_erased.insert({domain_, record}).second) {
      return Fail({Code::kAborted, "BEING_ERASED", "the customer is being erased by another call",
                   "wait for that one"});
    }
    records_.push_back(record);
  }
  ReadRecords();
}

void Erasure::ReadRecords() {
  if (customers_.size() == records_.size()) return ReadContacts(0, "-");
  const CustomerId& record = records_[customers_.size()];
  node_.customers.GetOwn(
      domain_, record, [self = shared_from_this(), record](Result<context::v1::Customer> customer) {
        if (customer.ok()) {
          self->customers_.push_back(*std::move(customer));
          return self->ReadRecords();
        }
        // A record that is gone already, or that never was.
        const bool is_resumed = !self->proof_.records().empty();
        if (customer.error().code != Code::kNotFound || !is_resumed) {
          return self->Fail(customer.error());
        }
        self->customers_.emplace_back().set_id(record.value());
        self->ReadRecords();
      });
}

void Erasure::ReadContacts(std::size_t record, const std::string& after) {
  if (record == records_.size()) return CheckClosed();
  node_.redis.Call(
      {"XRANGE", CustomerKey(domain_, records_[record], "timeline"), after, "+", "COUNT", kPage},
      [self = shared_from_this(), record](const Result<RedisReply>& reply) {
        if (!reply.ok()) return self->Fail(reply.error());
        if (reply->IsError()) return self->Fail(store::ToError(*reply, "read a timeline"));
        if (reply->items().empty()) return self->ReadContacts(record + 1, "-");
        for (const RedisReply& item : reply->items()) {
          context::v1::TimelineEntry entry;
          // What is damaged goes with the rest; its contact is named by other entries too.
          const Result<void> read =
              context::FromFramed(RecordKind::kTimelineEntry, item.At(1).At(1).text(), entry);
          if (read.ok() && ParseContactId(entry.contact_id()).ok()) {
            self->contacts_.insert(entry.contact_id());
          }
        }
        self->ReadContacts(record, '(' + std::string(reply->items().back().At(0).text()));
      });
}

// Looks at every open contact: for one call in a long while that is cheap enough.
void Erasure::CheckClosed() {
  DomainNode* led = Led();
  if (led == nullptr) return;
  const engine::Engine& engine = led->runtime.engine();
  for (const ContactId id : engine.Contacts()) {
    const auto contact = engine.FindContact(id);
    if (contact && std::ranges::find(records_, contact->customer) != records_.end()) {
      return Fail(StillOpen(ToText(id)));
    }
  }
  StoreIntent();
}

void Erasure::StoreIntent() {
  if (proof_.customer_hash().empty()) {
    proof_.set_customer_hash(Field());
    proof_.set_by(wish_.by);
    proof_.set_reason(wish_.reason);
    *proof_.mutable_at() = ToTimestamp(wish_.at);
    for (const CustomerId& record : records_) proof_.add_records(record.value());
  }
  Name(&Erasure::StoreNamed);
}

void Erasure::StoreNamed() { Store(&Erasure::CutPast); }

void Erasure::Forget() {
  node_.redis.Call({"SREM", context::ErasingKey(domain_), Field()},
                   [self = shared_from_this()](const Result<RedisReply>& reply) {
                     if (!reply.ok()) return self->Fail(reply.error());
                     if (reply->IsError()) {
                       return self->Fail(store::ToError(*reply, "forget an erasure"));
                     }
                     self->Finish();
                   });
}

// --------------------------------------------------------------------------------------- the past

void Erasure::CutPast() {
  DomainNode* led = Led();
  if (led == nullptr) return;
  led->runtime.CutHistory(
      {.ready =
           [self = shared_from_this()](store::CommitSeq seq, std::function<void(Result<void>)> go) {
             self->checkpoint_ = seq;
             self->go_ = std::move(go);
             self->WaitForTimelines();
           },
       .done =
           [self = shared_from_this()](const Result<store::CommitSeq>& cut) {
             self->go_ = nullptr;
             if (!cut.ok()) return self->Fail(cut.error());
             self->proof_.set_cut_to_sequence(*cut);
             self->Then(&Erasure::EraseContacts);
           }});
}

// What has not been fed could not be fed any more: other customers' timelines would miss it.
void Erasure::WaitForTimelines() {
  node_.timelines.ReadFed(domain_, [self = shared_from_this()](const Result<std::uint64_t>& fed) {
    if (!fed.ok()) return self->Fail(fed.error());
    if (*fed >= self->checkpoint_) return std::exchange(self->go_, nullptr)({});
    if (++self->looks_ > kFeedLooksMax) {
      return self->Fail({Code::kUnavailable, "TIMELINES_BEHIND",
                         "the timelines are not fed up to now", "try again in a minute"});
    }
    self->again_.Start(kLookAgain, [self] { self->WaitForTimelines(); });
  });
}

// ------------------------------------------------------------------------------------ what is left

void Erasure::EraseContacts() {
  const store::Keys keys(domain_);
  std::vector<std::vector<std::string>> calls;
  for (const std::string& text : contacts_) {
    const std::string row = keys.Contact(*ParseContactId(text));
    calls.push_back({"DEL", row});
    calls.push_back({"HDEL", keys.Parked(), row});
    calls.push_back({"UNLINK", context::ConversationKey(domain_, text, "messages"),
                     context::ConversationKey(domain_, text, "said"),
                     context::ConversationKey(domain_, text, "marks"),
                     context::ConversationKey(domain_, text, "draft")});
  }
  CallAll(calls, &Erasure::FindCases);
}

void Erasure::FindCases() {
  const auto left = std::make_shared<std::size_t>(records_.size());
  const auto found = std::make_shared<std::set<std::string>>();
  for (const CustomerId& record : records_) {
    node_.redis.Call({"ZRANGE", CustomerKey(domain_, record, "cases"), "0", "-1"},
                     [self = shared_from_this(), left, found](const Result<RedisReply>& reply) {
                       if (!reply.ok()) self->Fail(reply.error());
                       if (reply.ok()) {
                         for (const RedisReply& item : reply->items()) found->emplace(item.text());
                       }
                       if (--*left == 0 && self->done_) self->EraseCases(*found);
                     });
  }
}

// The lists that name a case first: what is left in one is read against the case, and names
// nothing.
void Erasure::EraseCases(const std::set<std::string>& cases) {
  if (cases.empty()) return EraseTerms();
  const auto left = std::make_shared<std::size_t>(cases.size());
  const auto calls = std::make_shared<std::vector<std::vector<std::string>>>();
  for (const std::string& id : cases) {
    node_.cases.Find(
        domain_, id, {},
        [self = shared_from_this(), id, left, calls](const Result<context::FoundCase>& found) {
          // A damaged one does not say whose it was; its owner's list skips it.
          if (!found.ok() && found.error().code != Code::kDataLoss) {
            self->Fail(found.error());
          }
          if (found.ok() && found->stored) {
            self->AddOwnersOf(id, found->stored->record, *calls);
          }
          self->AddCase(id, *calls);
          if (--*left == 0 && self->done_) self->CallAll(*calls, &Erasure::EraseTerms);
        });
  }
}

void Erasure::AddOwnersOf(const std::string& id, const context::v1::CaseRecord& record,
                          std::vector<std::vector<std::string>>& calls) const {
  std::set<std::string> owners(record.former_owners().begin(), record.former_owners().end());
  owners.insert(record.case_().owner());
  owners.erase("");
  for (const std::string& owner : owners) {
    calls.push_back({"ZREM", context::OwnedCasesKey(domain_, AgentId{owner}), id});
  }
}

void Erasure::AddCase(const std::string& id, std::vector<std::vector<std::string>>& calls) const {
  calls.push_back({"ZREM", context::PromisesKey(domain_), id});
  calls.push_back({"ZREM", context::OpenCasesKey(domain_), id});
  calls.push_back({"UNLINK", context::CaseKey(domain_, id, "case"),
                   context::CaseKey(domain_, id, "case_steps"),
                   context::CaseKey(domain_, id, "case_requests")});
}

void Erasure::EraseTerms() {
  const auto left = std::make_shared<std::size_t>(customers_.size());
  for (const context::v1::Customer& customer : customers_) {
    node_.index.Forget(domain_, customer,
                       [self = shared_from_this(), left](const Result<void>& forgotten) {
                         if (!forgotten.ok()) self->Fail(forgotten.error());
                         if (--*left == 0 && self->done_) self->EraseAddresses();
                       });
  }
}

// Only those that lead to these records: what was taken off a record may be another's by now.
void Erasure::EraseAddresses() {
  struct Address {
    std::string key;
    CustomerId record;
  };
  const auto addresses = std::make_shared<std::vector<Address>>();
  for (std::size_t i = 0; i < customers_.size(); ++i) {
    for (const context::v1::Identity& identity : customers_[i].identities()) {
      addresses->push_back(
          {context::IdentityKey(domain_, identity.kind(), identity.value()), records_[i]});
    }
  }
  if (addresses->empty()) return EraseConflicts();
  const auto left = std::make_shared<std::size_t>(addresses->size());
  const auto found = std::make_shared<std::vector<std::vector<std::string>>>();
  for (const Address& address : *addresses) {
    node_.redis.Call({"GET", address.key}, [self = shared_from_this(), left, found,
                                            address](const Result<RedisReply>& reply) {
      if (!reply.ok()) self->Fail(reply.error());
      const bool ours = reply.ok() && reply->IsText() &&
                        std::ranges::find(self->records_, CustomerId{std::string(reply->text())}) !=
                            self->records_.end();
      if (ours) found->push_back({"DEL", address.key});
      if (--*left == 0 && self->done_) self->CallAll(*found, &Erasure::EraseConflicts);
    });
  }
}

// Both records tell of an address that both gave; the other's word of it goes too.
void Erasure::EraseConflicts() {
  const auto calls = std::make_shared<std::vector<std::vector<std::string>>>();
  const auto left = std::make_shared<std::size_t>(records_.size());
  for (const CustomerId& record : records_) {
    node_.redis.Call(
        {"SMEMBERS", CustomerKey(domain_, record, "conflicts")},
        [self = shared_from_this(), record, calls, left](const Result<RedisReply>& reply) {
          if (!reply.ok()) self->Fail(reply.error());
          if (reply.ok()) {
            for (const RedisReply& item : reply->items()) {
              const std::string_view member = item.text();
              const std::size_t space = member.find(' ');
              if (space == std::string_view::npos) continue;
              const CustomerId other{std::string(member.substr(0, space))};
              calls->push_back({"SREM", CustomerKey(self->domain_, other, "conflicts"),
                                record.value() + std::string(member.substr(space))});
            }
          }
          if (--*left == 0 && self->done_) self->CallAll(*calls, &Erasure::EraseFromList);
        });
  }
}

void Erasure::EraseFromList() {
  std::vector<std::vector<std::string>> calls;
  for (const CustomerId& record : records_) {
    calls.push_back({"ZREM", context::CustomersKey(domain_), record.value()});
  }
  CallAll(calls, &Erasure::EraseRecords);
}

// One command a record: there is no moment in which a part of it is left.
void Erasure::EraseRecords() {
  std::vector<std::vector<std::string>> calls;
  for (const CustomerId& record : records_) {
    std::vector<std::string>& call = calls.emplace_back();
    call.emplace_back("UNLINK");
    for (const char* part : kParts) call.push_back(CustomerKey(domain_, record, part));
  }
  CallAll(calls, &Erasure::StoreProof);
}

// --------------------------------------------------------------------------------------- the proof

void Erasure::StoreProof() {
  proof_.clear_records();
  proof_.set_in_file(true);
  Store(&Erasure::RewriteFile);
}

// Redis' file still tells how everything that is gone came about, until it is written anew.
void Erasure::RewriteFile() {
  DomainNode* led = Led();
  if (led == nullptr) return;
  led->runtime.AskServer(
      {"BGREWRITEAOF"}, [self = shared_from_this()](const Result<RedisReply>& reply) {
        if (!reply.ok()) return self->Fail(reply.error());
        const bool under_way = reply->text().find("already in progress") != std::string_view::npos;
        if (reply->IsError() && !under_way) {
          return self->Fail({Code::kFailedPrecondition, "FILE_NOT_REWRITTEN",
                             "nothing is left in Redis, but its append-only file was not written "
                             "anew: " +
                                 std::string(reply->text()),
                             "let Usher's user run BGREWRITEAOF and call again, or run it there"});
        }
        self->looks_ = 0;
        // One that began before may have begun with what is gone: another one follows it.
        if (under_way) {
          self->again_.Start(kLookAgain, [self] { self->RewriteFile(); });
          return;
        }
        self->WaitForFile();
      });
}

void Erasure::WaitForFile() {
  DomainNode* led = Led();
  if (led == nullptr) return;
  led->runtime.AskServer(
      {"INFO", "persistence"}, [self = shared_from_this()](const Result<RedisReply>& reply) {
        if (!reply.ok()) return self->Fail(reply.error());
        const std::string_view info = reply->text();
        const auto says = [info](std::string_view line) {
          return info.find(line) != std::string_view::npos;
        };
        if (!says("aof_rewrite_in_progress:1") && !says("aof_rewrite_scheduled:1")) {
          if (says("aof_last_bgrewrite_status:ok")) {
            self->proof_.set_in_file(false);
            return self->Store(&Erasure::Forget);
          }
          return self->Fail({Code::kUnavailable, "FILE_NOT_REWRITTEN",
                             "Redis could not write its append-only file anew",
                             "look into Redis' log, then call again"});
        }
        if (++self->looks_ > kFileLooksMax) {
          return self->Fail({Code::kUnavailable, "FILE_NOT_REWRITTEN",
                             "Redis is still writing its append-only file anew",
                             "call again later; nothing is left in Redis itself"});
        }
        self->again_.Start(kLookAgain, [self] { self->WaitForFile(); });
      });
}

void Erasure::Finish() {
  io::Log(io::LogLevel::kInfo, "customer_erased",
          {{"domain", domain_.value()},
           {"customer_hash", proof_.customer_hash()},
           {"keys", proof_.keys()},
           {"cut_to_sequence", proof_.cut_to_sequence()}});
  context::v1::EraseCustomerResponse response;
  response.set_keys(proof_.keys());
  response.set_cut_to_sequence(proof_.cut_to_sequence());
  if (done_) std::exchange(done_, nullptr)(std::move(response));
}

}  // namespace usher::service
