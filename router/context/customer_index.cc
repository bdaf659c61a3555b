// SPDX-License-Identifier: Apache-2.0
#include "router/context/customer_index.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

#include "router/context/keys.h"

namespace usher::context {

namespace {

using store::RedisReply;

constexpr std::size_t kLetterShardBytes = 2;  // of terms that begin with a Latin letter
constexpr std::size_t kDigitShardBytes = 4;   // of phone numbers: the country and the operator
constexpr std::size_t kListedMax = 65'536;
// A list of shards that a crash of Redis lost is written again after so long.
constexpr std::chrono::seconds kListedFor{60};
constexpr std::size_t kReferencesAtOnce = 1'000;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLetter(char c) { return c >= 'a' && c <= 'z'; }
bool IsAscii(char c) { return static_cast<unsigned char>(c) < 0x80; }

std::size_t ShardBytes(std::string_view term) {
  return IsDigit(term.front()) ? kDigitShardBytes : kLetterShardBytes;
}

// Of a start that any number of letters may follow, all are in one shard.
bool HasOneShard(std::string_view start) {
  return !IsAscii(start.front()) || start.size() >= ShardBytes(start);
}

std::string ToMember(const std::string& term, const CustomerId& customer) {
  std::string member = term;
  member += '\0';
  member += customer.value();
  return member;
}

IndexHit ToHit(std::string_view member) {
  const std::size_t end = member.find('\0');
  if (end == std::string_view::npos) return {};
  return {CustomerId{std::string(member.substr(end + 1))}, std::string(member.substr(0, end))};
}

// Counts answers; the first failure is the result.
class AllDone {
 public:
  AllDone(std::size_t left, std::function<void(Result<void>)> done)
      : left_(left), done_(std::move(done)) {}

  void Take(const Result<RedisReply>& reply, const char* doing) {
    if (result_.ok() && !reply.ok()) result_ = reply.error();
    if (result_.ok() && reply.ok() && reply->IsError()) result_ = store::ToError(*reply, doing);
    if (--left_ == 0) done_(std::move(result_));
  }

 private:
  std::size_t left_;
  Result<void> result_;
  std::function<void(Result<void>)> done_;
};

}  // namespace

std::string ShardOf(std::string_view term) {
  if (term.empty()) return {};
  if (!IsAscii(term.front())) {
    std::string name = "=";
    const std::string_view letter = LettersOf(term).front();
    for (const char c : letter) {
      std::array<char, 3> hex{};
      std::snprintf(hex.data(), hex.size(), "%02x", static_cast<unsigned char>(c));
      name += hex.data();
    }
    return name;
  }
  std::string name;
  for (const char c : term.substr(0, ShardBytes(term))) {
    name += IsDigit(c) || IsLetter(c) ? c : '_';
  }
  return name;
}

CustomerIndex::Terms CustomerIndex::TextsOf(const DomainId& domain,
                                            const v1::Customer& customer) const {
  Terms texts;
  for (Term& term : TermsOf(customer, fields_(domain))) texts.insert(std::move(term.text));
  return texts;
}

bool CustomerIndex::IsListed(const DomainId& domain, const std::string& shard) {
  const auto now = std::chrono::steady_clock::now();
  if (now - listed_since_ > kListedFor || listed_.size() >= kListedMax) {
    listed_.clear();
    listed_since_ = now;
  }
  return listed_.contains({domain, shard});
}

// `verb` is ZADD or ZREM. A shard is listed before it has its first term.
void CustomerIndex::Write(const char* verb, const DomainId& domain, const CustomerId& customer,
                          const Terms& terms, std::function<void(Result<void>)> done) {
  if (terms.empty()) return done({});
  const bool adds = std::string_view(verb) == "ZADD";
  std::map<std::string, std::vector<std::string>> members;
  std::vector<std::string> unlisted;
  for (const std::string& term : terms) {
    const std::string shard = ShardOf(term);
    if (!members.contains(shard) && adds && !IsListed(domain, shard)) unlisted.push_back(shard);
    std::vector<std::string>& words = members[shard];
    if (adds) words.emplace_back("0");
    words.push_back(ToMember(term, customer));
  }
  const auto all =
      std::make_shared<AllDone>(members.size() + (unlisted.empty() ? 0 : 1), std::move(done));
  if (!unlisted.empty()) {
    const std::string key = ShardsKey(domain);
    std::vector<std::string_view> call = {"ZADD", key};
    for (const std::string& shard : unlisted) call.insert(call.end(), {"0", shard});
    redis_.Call(call, [this, domain, unlisted, all](Result<RedisReply> reply) {
      if (reply.ok() && !reply->IsError()) {
        for (const std::string& shard : unlisted) listed_.emplace(domain, shard);
      }
      all->Take(reply, "list a shard of the index of customers");
    });
  }
  for (const auto& [shard, words] : members) {
    const std::string key = TermsKey(domain, shard);
    std::vector<std::string_view> call = {verb, key};
    call.insert(call.end(), words.begin(), words.end());
    redis_.Call(call, [all](Result<RedisReply> reply) {
      all->Take(reply, "write the index of customers");
    });
  }
}

void CustomerIndex::Add(const DomainId& domain, const CustomerId& customer,
                        const v1::Customer& before, const v1::Customer& after,
                        std::function<void(Result<void>)> done) {
  Terms gained = TextsOf(domain, after);
  for (const std::string& term : TextsOf(domain, before)) gained.erase(term);
  ++changing_[{domain, customer}];
  Write("ZADD", domain, customer, gained,
        [this, domain, customer, done = std::move(done)](Result<void> added) {
          if (!added.ok()) Release(domain, customer);
          done(std::move(added));
        });
}

void CustomerIndex::Release(const DomainId& domain, const CustomerId& customer) {
  const auto changing = changing_.find({domain, customer});
  if (changing != changing_.end() && --changing->second == 0) changing_.erase(changing);
}

void CustomerIndex::Settle(const DomainId& domain, const CustomerId& customer,
                           const v1::Customer& before, const v1::Customer& after, bool written) {
  Release(domain, customer);
  if (!written) return;
  Terms lost = TextsOf(domain, before);
  if (lost.empty()) return;
  for (const std::string& term : TextsOf(domain, after)) lost.erase(term);
  Write("ZREM", domain, customer, lost, [](const Result<void>& removed) {
    usher::Drop(removed, "whoever finds the customer by it sees that it is not so");
  });
}

void CustomerIndex::AddReference(const DomainId& domain, const CustomerId& customer,
                                 std::string_view reference,
                                 std::function<void(Result<void>)> done) {
  const std::string term = FoldedText(reference);
  if (term.empty()) return done({});
  ++changing_[{domain, customer}];
  const auto finish = [this, domain, customer, done = std::move(done)](Result<void> result) {
    Release(domain, customer);
    done(std::move(result));
  };
  Write("ZADD", domain, customer, {term}, [this, domain, customer, term, finish](Result<void> in) {
    if (!in.ok()) return finish(std::move(in));
    redis_.Call({"ZADD", CustomerKey(domain, customer, "references"), "0", term},
                [finish](Result<RedisReply> reply) {
                  if (!reply.ok()) return finish(reply.error());
                  if (reply->IsError()) return finish(store::ToError(*reply, "keep a reference"));
                  finish({});
                });
  });
}

void CustomerIndex::HasReference(const DomainId& domain, const CustomerId& customer,
                                 const std::string& start, std::function<void(Result<bool>)> done) {
  const std::string from = '[' + start;
  const std::string to = '(' + start + '\xff';
  redis_.Call(
      {"ZRANGE", CustomerKey(domain, customer, "references"), from, to, "BYLEX", "LIMIT", "0", "1"},
      [done = std::move(done)](Result<RedisReply> reply) {
        if (!reply.ok()) return done(reply.error());
        if (reply->IsError()) return done(store::ToError(*reply, "read a reference"));
        done(!reply->items().empty());
      });
}

// In pages: a customer of many orders does not hold up the others.
void CustomerIndex::ReadReferences(const DomainId& domain, const CustomerId& customer, Terms read,
                                   std::function<void(Result<Terms>)> done) {
  const std::size_t from = read.size();
  redis_.Call({"ZRANGE", CustomerKey(domain, customer, "references"), std::to_string(from),
               std::to_string(from + kReferencesAtOnce - 1)},
              [this, domain, customer, read = std::move(read),
               done = std::move(done)](Result<RedisReply> reply) mutable {
                if (!reply.ok()) return done(reply.error());
                if (reply->IsError()) return done(store::ToError(*reply, "read references"));
                for (const RedisReply& item : reply->items()) read.emplace(item.text());
                if (reply->items().size() < kReferencesAtOnce) return done(std::move(read));
                ReadReferences(domain, customer, std::move(read), std::move(done));
              });
}

void CustomerIndex::AddAll(const DomainId& domain, const v1::Customer& customer,
                           std::function<void(Result<void>)> done) {
  const CustomerId id{customer.id()};
  ReadReferences(domain, id, {},
                 [this, domain, id, terms = TextsOf(domain, customer),
                  done = std::move(done)](Result<Terms> references) mutable {
                   if (!references.ok()) return done(references.error());
                   terms.merge(*references);
                   Write("ZADD", domain, id, terms, done);
                 });
}

void CustomerIndex::Forget(const DomainId& domain, const v1::Customer& customer,
                           std::function<void(Result<void>)> done) {
  const CustomerId id{customer.id()};
  ReadReferences(domain, id, {},
                 [this, domain, id, terms = TextsOf(domain, customer),
                  done = std::move(done)](Result<Terms> references) mutable {
                   if (!references.ok()) return done(references.error());
                   terms.merge(*references);
                   Write("ZREM", domain, id, terms, done);
                 });
}

void CustomerIndex::Find(const DomainId& domain, const std::string& start, std::size_t limit,
                         std::function<void(Result<IndexHits>)> done) {
  if (start.empty()) return done(IndexHits{});
  const std::string shard = ShardOf(start);
  if (HasOneShard(start)) return FindIn(domain, {shard}, false, start, limit, std::move(done));
  redis_.Call({"ZRANGE", ShardsKey(domain), '[' + shard, '(' + shard + '\xff', "BYLEX", "LIMIT",
               "0", std::to_string(kShardsMax + 1)},
              [this, domain, start, limit, done = std::move(done)](Result<RedisReply> reply) {
                if (!reply.ok()) return done(reply.error());
                if (reply->IsError()) return done(store::ToError(*reply, "read the index"));
                std::vector<std::string> shards;
                for (const RedisReply& item : reply->items()) shards.emplace_back(item.text());
                const bool more = shards.size() > kShardsMax;
                if (more) shards.resize(kShardsMax);
                FindIn(domain, shards, more, start, limit, done);
              });
}

// Of each shard first the whole words, then what goes on within the word. No folded text has a
// letter between NUL and the blank, and no text at all has the byte ff.
void CustomerIndex::FindIn(const DomainId& domain, const std::vector<std::string>& shards,
                           bool more, const std::string& start, std::size_t limit,
                           std::function<void(Result<IndexHits>)> done) {
  struct Finding {
    std::vector<std::vector<IndexHit>> whole;
    std::vector<std::vector<IndexHit>> begun;
    Result<void> result;
    IndexHits found;
    std::size_t left = 0;
    std::function<void(Result<IndexHits>)> done;
  };
  if (shards.empty()) return done(IndexHits{});
  const auto finding = std::make_shared<Finding>();
  finding->whole.resize(shards.size());
  finding->begun.resize(shards.size());
  finding->found.more = more;
  finding->left = 2 * shards.size();
  finding->done = std::move(done);
  const auto take = [finding, limit](std::vector<IndexHit>& to, const Result<RedisReply>& reply) {
    if (!reply.ok()) {
      finding->result = reply.error();
    } else if (reply->IsError()) {
      finding->result = store::ToError(*reply, "read the index");
    } else {
      for (const RedisReply& item : reply->items()) to.push_back(ToHit(item.text()));
    }
    if (--finding->left > 0) return;
    if (!finding->result.ok()) return finding->done(finding->result.error());
    std::vector<IndexHit>& hits = finding->found.hits;
    for (std::vector<std::vector<IndexHit>>* part : {&finding->whole, &finding->begun}) {
      for (std::vector<IndexHit>& some : *part)
        std::move(some.begin(), some.end(), std::back_inserter(hits));
    }
    if (hits.size() > limit) {
      hits.resize(limit);
      finding->found.more = true;
    }
    finding->done(std::move(finding->found));
  };
  const std::string first = '[' + start + '\0';
  const std::string middle = start + '!';
  const std::string last = '(' + start + '\xff';
  const std::string count = std::to_string(limit + 1);
  for (std::size_t i = 0; i < shards.size(); ++i) {
    const std::string key = TermsKey(domain, shards[i]);
    redis_.Call({"ZRANGE", key, first, '(' + middle, "BYLEX", "LIMIT", "0", count},
                [finding, take, i](Result<RedisReply> reply) { take(finding->whole[i], reply); });
    redis_.Call({"ZRANGE", key, '[' + middle, last, "BYLEX", "LIMIT", "0", count},
                [finding, take, i](Result<RedisReply> reply) { take(finding->begun[i], reply); });
  }
}

void CustomerIndex::Drop(const DomainId& domain, const IndexHit& hit) {
  if (changing_.contains({domain, hit.customer})) return;
  Write("ZREM", domain, hit.customer, {hit.term}, [](const Result<void>& removed) {
    usher::Drop(removed, "the next who finds it removes it");
  });
}

}  // namespace usher::context
