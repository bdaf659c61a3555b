// SPDX-License-Identifier: Apache-2.0
#include "router/context/case_store.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <memory>
#include <string_view>
#include <utility>

#include <openssl/rand.h>
#include <openssl/sha.h>

#include "base/check.h"
#include "base/failpoint.h"
#include "router/context/framed_message.h"
#include "router/context/functions.h"
#include "router/context/keys.h"

namespace usher::context {

namespace {

using store::RecordKind;
using store::RedisReply;

// Cases that were opened in the same millisecond must fit behind a page.
constexpr std::size_t kTiesMax = 64;
// A page is read in rounds of so many at least; after so many rounds it is given as it is.
constexpr std::size_t kMarksMin = 50;
constexpr int kRoundsMax = 20;

Instant At(const google::protobuf::Timestamp& timestamp) {
  return InstantFromUnixMs(timestamp.seconds() * 1000 + timestamp.nanos() / 1'000'000);
}

std::string ScoreOf(const v1::Case& case_now) {
  return std::to_string(ToUnixMs(At(case_now.opened_at())));
}

bool IsOpen(const v1::Case& case_now) {
  return case_now.status() == v1::Case::STATUS_OPEN ||
         case_now.status() == v1::Case::STATUS_PENDING;
}

// Fixed width, so that text compares as the positions do.
std::string ToText(std::uint64_t version, unsigned index) {
  std::array<char, 32> text{};
  const int length = std::snprintf(text.data(), text.size(), "%012llu-%02u",
                                   static_cast<unsigned long long>(version), index);
  return {text.data(), static_cast<std::size_t>(length)};
}

Result<StoredCase> ToCase(const std::string& case_id, std::string_view bytes) {
  StoredCase stored;
  stored.bytes = bytes;
  const Result<void> read = FromFramed(RecordKind::kCase, bytes, stored.record);
  if (read.ok()) {
    stored.record.mutable_case_()->set_id(case_id);
    return stored;
  }
  if (read.error().reason == "RECORD_TOO_NEW") return read.error();
  return Error{Code::kDataLoss, "CASE_DAMAGED", "the record of case " + case_id + " cannot be read",
               "restore it from a backup"};
}

// Where a page ends: the instant of opening and the case.
struct Mark {
  std::int64_t opened_ms = 0;
  std::string case_id;

  // Latest first; of the same instant by id.
  friend bool operator<(const Mark& a, const Mark& b) {
    if (a.opened_ms != b.opened_ms) return a.opened_ms > b.opened_ms;
    return a.case_id > b.case_id;
  }
};

std::optional<Mark> ToMark(std::string_view text) {
  const std::size_t dash = text.find('.');
  if (dash == std::string_view::npos) return std::nullopt;
  Mark mark;
  const auto [end, error] = std::from_chars(text.data(), text.data() + dash, mark.opened_ms);
  if (error != std::errc{} || end != text.data() + dash) return std::nullopt;
  mark.case_id = text.substr(dash + 1);
  return mark;
}

// Tells when the last of several calls is answered: the first error, if there was one.
class Gathered {
 public:
  Gathered(int calls, std::function<void(Result<void>)> done)
      : left_(calls), done_(std::move(done)) {}
  void Take(const Result<RedisReply>& reply, const char* what) {
    if (!reply.ok()) {
      error_ = reply.error();
    } else if (reply->IsError()) {
      error_ = store::ToError(*reply, what);
    }
    if (--left_ > 0) return;
    done_(error_ ? Result<void>(*error_) : Result<void>());
  }

 private:
  int left_;
  std::optional<Error> error_;
  std::function<void(Result<void>)> done_;
};

}  // namespace

// 80 bits in Crockford's base 32.
std::string CaseIdOf(const DomainId& domain, const std::string& request_name) {
  constexpr char kAlphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";
  std::array<unsigned char, SHA256_DIGEST_LENGTH> bytes{};
  if (request_name.empty()) {
    USHER_CHECK(RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1,
                "the system gives no random bytes");
  } else {
    const std::string text = domain.value() + '\n' + request_name;
    SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), bytes.data());
  }
  std::string id = "ca_";
  for (std::size_t i = 0; i < 16; ++i) id += kAlphabet[bytes[i] % 32];
  return id;
}

std::string CaseStore::ToBytes(const v1::CaseRecord& record) {
  v1::CaseRecord kept = record;
  kept.mutable_case_()->clear_id();
  return ToFramed(RecordKind::kCase, kept);
}

bool IsCaseId(std::string_view text) {
  return text.size() == 19 && text.starts_with("ca_") &&
         std::all_of(text.begin() + 3, text.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); });
}

// Both are asked for at once, and of one slot: what the second says holds for the first.
void CaseStore::Find(const DomainId& domain, const std::string& case_id, const CaseRequest& request,
                     std::function<void(Result<FoundCase>)> done) {
  struct Finding {
    FoundCase found;
    std::function<void(Result<FoundCase>)> done;
    std::optional<Error> error;
  };
  const auto finding = std::make_shared<Finding>();
  finding->done = std::move(done);
  // It would be part of a key.
  if (!IsCaseId(case_id)) {
    return finding->done(Error{Code::kInvalidArgument,
                               case_id.empty() ? "MISSING_CASE_ID" : "BAD_CASE_ID",
                               "case_id is not one of ours", "list the cases"});
  }
  if (!request.name.empty()) {
    redis_.Call({"HGET", CaseKey(domain, case_id, "case_requests"), request.name},
                [finding, fingerprint = request.fingerprint](const Result<RedisReply>& reply) {
                  if (!reply.ok()) {
                    finding->error = reply.error();
                  } else if (reply->IsError()) {
                    finding->error = store::ToError(*reply, "read a case's requests");
                  } else if (reply->IsText()) {
                    finding->found.is_repeated = reply->text() == fingerprint;
                    finding->found.is_reused = !finding->found.is_repeated;
                  }
                });
  }
  redis_.Call({"GET", CaseKey(domain, case_id, "case")},
              [finding, case_id](const Result<RedisReply>& reply) {
                if (finding->error) return finding->done(*finding->error);
                if (!reply.ok()) return finding->done(reply.error());
                if (reply->IsError()) return finding->done(store::ToError(*reply, "read a case"));
                if (reply->IsText()) {
                  Result<StoredCase> stored = ToCase(case_id, reply->text());
                  if (!stored.ok()) return finding->done(stored.error());
                  finding->found.stored = *std::move(stored);
                }
                finding->done(std::move(finding->found));
              });
}

void CaseStore::Change(const DomainId& domain, const std::string& case_id, const CaseChange& change,
                       std::function<void(Result<bool>)> done) {
  const std::string step =
      change.step == nullptr ? "" : ToFramed(RecordKind::kCaseStep, *change.step);
  redis_.Call({"FCALL", ContextFunctionsByName().change_case, "3", CaseKey(domain, case_id, "case"),
               CaseKey(domain, case_id, "case_steps"), CaseKey(domain, case_id, "case_requests"),
               change.before, ToBytes(change.after), std::to_string(change.after.case_().version()),
               step, change.request.name, change.request.fingerprint},
              [done = std::move(done)](const Result<RedisReply>& reply) {
                if (!reply.ok()) return done(reply.error());
                if (reply->IsError()) return done(store::ToError(*reply, "change a case"));
                done(reply->integer() == 1);
              });
}

void CaseStore::ReadSteps(const DomainId& domain, const std::string& case_id, std::uint64_t after,
                          std::function<void(Result<std::vector<ReadStep>>)> done) {
  redis_.Call(
      {"XRANGE", CaseKey(domain, case_id, "case_steps"), '(' + std::to_string(after) + "-0", "+",
       "COUNT", std::to_string(kStepsMax)},
      [case_id, done = std::move(done)](const Result<RedisReply>& reply) {
        if (!reply.ok()) return done(reply.error());
        if (reply->IsError()) return done(store::ToError(*reply, "read the steps of a case"));
        std::vector<ReadStep> steps;
        for (const RedisReply& item : reply->items()) {
          ReadStep& read = steps.emplace_back();
          const std::string_view id = item.At(0).text();
          read.version =
              RedisReply::Text(std::string(id.substr(0, id.find('-')))).AsUnsigned().value_or(0);
          const Result<void> sound =
              FromFramed(RecordKind::kCaseStep, item.At(1).At(1).text(), read.step);
          if (sound.ok()) continue;
          if (sound.error().reason == "RECORD_TOO_NEW") return done(sound.error());
          return done(Error{Code::kDataLoss, "CASE_DAMAGED",
                            "step " + std::string(id) + " of case " + case_id + " cannot be read",
                            "restore it from a backup"});
        }
        done(std::move(steps));
      });
}

void CaseStore::Tell(const DomainId& domain, const v1::Case& case_now,
                     const std::vector<ReadStep>& steps, std::function<void(Result<void>)> done) {
  const CustomerId customer{case_now.customer_id()};
  std::vector<std::string> words = {"FCALL",
                                    ContextFunctionsByName().tell_case,
                                    "4",
                                    CustomerKey(domain, customer, "timeline"),
                                    CustomerKey(domain, customer, "told_cases"),
                                    CustomerKey(domain, customer, "cases"),
                                    CustomerKey(domain, customer, "open_cases"),
                                    case_now.id(),
                                    ScoreOf(case_now),
                                    IsOpen(case_now) ? "1" : "0",
                                    ToText(case_now.version(), 99)};
  for (const ReadStep& read : steps) {
    for (int i = 0; i < read.step.entries_size(); ++i) {
      words.push_back(ToText(read.version, static_cast<unsigned>(i)));
      words.push_back(ToFramed(RecordKind::kTimelineEntry, read.step.entries(i)));
    }
  }
  const std::vector<std::string_view> arguments(words.begin(), words.end());
  redis_.Call(arguments, [done = std::move(done)](const Result<RedisReply>& reply) {
    if (!reply.ok()) return done(reply.error());
    if (reply->IsError()) return done(store::ToError(*reply, "tell of a case"));
    done({});
  });
}

void CaseStore::List(const DomainId& domain, const v1::CaseRecord& record,
                     std::function<void(Result<void>)> done) {
  const v1::Case& now = record.case_();
  const bool is_owned = !now.owner().empty();
  const int calls = record.former_owners_size() + 1 + (is_owned ? 1 : 0);
  const auto gathered = std::make_shared<Gathered>(calls, std::move(done));
  const auto take = [gathered](const Result<RedisReply>& reply) {
    gathered->Take(reply, "list a case");
  };
  const auto put = [&](const std::string& key) {
    if (IsOpen(now)) {
      redis_.Call({"ZADD", key, ScoreOf(now), now.id()}, take);
    } else {
      redis_.Call({"ZREM", key, now.id()}, take);
    }
  };
  for (const std::string& former : record.former_owners()) {
    // She may own it again by now: the last word is said below.
    redis_.Call({"ZREM", OwnedCasesKey(domain, AgentId{former}), now.id()}, take);
  }
  put(OpenCasesKey(domain));
  if (is_owned) put(OwnedCasesKey(domain, AgentId{now.owner()}));
}

void CaseStore::Watch(const DomainId& domain, const std::string& case_id, Instant now,
                      std::function<void(Result<std::string>)> done) {
  redis_.Call({"FCALL", ContextFunctionsByName().watch_case, "1", PromisesKey(domain), case_id,
               std::to_string(ToUnixMs(now))},
              [done = std::move(done)](const Result<RedisReply>& reply) {
                if (!reply.ok()) return done(reply.error());
                if (reply->IsError()) return done(store::ToError(*reply, "watch a case"));
                done(std::string(reply->text()));
              });
}

void CaseStore::Leave(const DomainId& domain, const std::string& case_id,
                      const std::string& watched, std::optional<Instant> next,
                      std::function<void(Result<void>)> done) {
  redis_.Call({"FCALL", ContextFunctionsByName().leave_case, "1", PromisesKey(domain), case_id,
               watched, next ? std::to_string(ToUnixMs(*next)) : std::string()},
              [done = std::move(done)](const Result<RedisReply>& reply) {
                if (!reply.ok()) return done(reply.error());
                if (reply->IsError()) return done(store::ToError(*reply, "leave a case"));
                done({});
              });
}

void CaseStore::ReadDue(const DomainId& domain, Instant now, std::size_t limit,
                        std::function<void(Result<std::vector<DueCase>>)> done) {
  redis_.Call(
      {"ZRANGE", PromisesKey(domain), "-inf", std::to_string(ToUnixMs(now)), "BYSCORE", "LIMIT",
       "0", std::to_string(limit), "WITHSCORES"},
      [done = std::move(done)](const Result<RedisReply>& reply) {
        if (!reply.ok()) return done(reply.error());
        if (reply->IsError()) return done(store::ToError(*reply, "read what is promised"));
        std::vector<DueCase> due;
        for (std::size_t i = 0; i + 1 < reply->items().size(); i += 2) {
          due.push_back({std::string(reply->At(i).text()), std::string(reply->At(i + 1).text())});
        }
        done(std::move(due));
      });
}

void CaseStore::ReadNextDue(const DomainId& domain,
                            std::function<void(Result<std::optional<Instant>>)> done) {
  redis_.Call({"ZRANGE", PromisesKey(domain), "0", "0", "WITHSCORES"},
              [done = std::move(done)](const Result<RedisReply>& reply) {
                if (!reply.ok()) return done(reply.error());
                if (reply->IsError()) return done(store::ToError(*reply, "read what is promised"));
                const std::optional<std::int64_t> at = reply->At(1).AsInteger();
                done(at ? std::optional(InstantFromUnixMs(*at)) : std::nullopt);
              });
}

// --- lists ---

struct CaseStore::Listing {
  DomainId domain;
  CaseList list;
  std::size_t limit = 0;
  std::optional<Mark> before;  // what was read so far ends here
  std::vector<Mark> marks;     // of this round
  bool is_last = false;        // there are no marks behind these
  int rounds = 0;
  std::size_t answers_left = 0;
  std::vector<std::optional<v1::Case>> cases;  // of `marks`
  CasePage page;
  std::optional<Error> error;
  std::function<void(Result<CasePage>)> done;

  // Whether the case is in the list by its own record.
  bool Holds(const v1::Case& found) const {
    if (!list.with_ended && !IsOpen(found)) return false;
    if (list.owner && found.owner() != list.owner.value()) return false;
    return list.customers.empty() ||
           std::find(list.customers.begin(), list.customers.end(),
                     CustomerId{found.customer_id()}) != list.customers.end();
  }

  std::vector<std::string> Keys() const {
    std::vector<std::string> keys;
    for (const CustomerId& customer : list.customers) {
      keys.push_back(CustomerKey(domain, customer, list.with_ended ? "cases" : "open_cases"));
    }
    if (!keys.empty()) return keys;
    return {list.owner ? OwnedCasesKey(domain, list.owner) : OpenCasesKey(domain)};
  }
};

void CaseStore::ReadList(const DomainId& domain, const CaseList& list, const std::string& before,
                         std::size_t limit, std::function<void(Result<CasePage>)> done) {
  const auto listing = std::make_shared<Listing>();
  listing->domain = domain;
  listing->list = list;
  listing->limit = limit;
  listing->done = std::move(done);
  if (!before.empty()) {
    listing->before = ToMark(before);
    if (!listing->before) {
      return listing->done(Error{Code::kInvalidArgument, "BAD_PAGE_TOKEN",
                                 "page_token is not one of ours",
                                 "use next_page_token of the page before"});
    }
  }
  ReadMarks(listing);
}

// What does not belong into the list is left out, so a page may take several rounds.
void CaseStore::ReadMarks(const std::shared_ptr<Listing>& listing) {
  ++listing->rounds;
  listing->marks.clear();
  const std::size_t wanted = std::max(listing->limit, kMarksMin);
  const std::vector<std::string> keys = listing->Keys();
  const std::string from =
      listing->before ? std::to_string(listing->before->opened_ms) : std::string("+inf");
  listing->answers_left = keys.size();
  for (const std::string& key : keys) {
    redis_.Call({"ZRANGE", key, from, "-inf", "BYSCORE", "REV", "LIMIT", "0",
                 std::to_string(wanted + 1 + kTiesMax), "WITHSCORES"},
                [this, listing, wanted](const Result<RedisReply>& reply) {
                  if (!reply.ok()) {
                    listing->error = reply.error();
                  } else if (reply->IsError()) {
                    listing->error = store::ToError(*reply, "list cases");
                  } else {
                    for (std::size_t i = 0; i + 1 < reply->items().size(); i += 2) {
                      Mark mark{reply->At(i + 1).AsInteger().value_or(0),
                                std::string(reply->At(i).text())};
                      if (listing->before && !(*listing->before < mark)) continue;
                      listing->marks.push_back(std::move(mark));
                    }
                  }
                  if (--listing->answers_left > 0) return;
                  if (listing->error) return listing->done(*listing->error);
                  std::sort(listing->marks.begin(), listing->marks.end());
                  listing->is_last = listing->marks.size() <= wanted;
                  if (!listing->is_last) listing->marks.resize(wanted);
                  ReadListed(listing);
                });
  }
}

// A record that cannot be read is left out as well: `usher verify` names it.
void CaseStore::ReadListed(const std::shared_ptr<Listing>& listing) {
  const std::vector<Mark>& marks = listing->marks;
  if (marks.empty()) return listing->done(std::move(listing->page));
  listing->cases.assign(marks.size(), std::nullopt);
  listing->answers_left = marks.size();
  for (std::size_t i = 0; i < marks.size(); ++i) {
    Find(listing->domain, marks[i].case_id, {}, [this, listing, i](Result<FoundCase> found) {
      if (!found.ok() && found.error().code != Code::kDataLoss) listing->error = found.error();
      if (found.ok() && found->stored && listing->Holds(found->stored->record.case_())) {
        listing->cases[i] = std::move(*found->stored->record.mutable_case_());
      }
      if (--listing->answers_left > 0) return;
      if (listing->error) return listing->done(*listing->error);
      FillPage(listing);
    });
  }
}

void CaseStore::FillPage(const std::shared_ptr<Listing>& listing) {
  CasePage& page = listing->page;
  std::size_t taken = 0;
  for (; taken < listing->cases.size() && page.cases.size() < listing->limit; ++taken) {
    std::optional<v1::Case>& one = listing->cases[taken];
    if (one) page.cases.push_back(*std::move(one));
  }
  const bool is_all = listing->is_last && taken == listing->cases.size();
  if (is_all) return listing->done(std::move(page));
  listing->before = listing->marks[taken - 1];
  if (page.cases.size() < listing->limit && listing->rounds < kRoundsMax) {
    return ReadMarks(listing);
  }
  page.next = std::to_string(listing->before->opened_ms) + '.' + listing->before->case_id;
  listing->done(std::move(page));
}

}  // namespace usher::context
