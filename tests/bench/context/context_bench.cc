// SPDX-License-Identifier: Apache-2.0
// How fast customers are found and read among many, what they take of Redis, and how fast timelines
// grow beside the same Redis' limit: a private Redis (everysec), the stores of a router on one
// loop.
//
//   context_bench [customers, default 1000000]

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/io/event_loop.h"
#include "base/io/log.h"
#include "router/context/case_store.h"
#include "router/context/customer_index.h"
#include "router/context/customer_search.h"
#include "router/context/customer_store.h"
#include "router/context/framed_message.h"
#include "router/context/functions.h"
#include "router/context/keys.h"
#include "router/context/timeline_hub.h"
#include "router/context/timeline_store.h"
#include "router/store/private_redis.h"
#include "tests/bench/context/people.h"

namespace usher::context {
namespace {

using Clock = std::chrono::steady_clock;
using store::RedisReply;

constexpr std::size_t kUnderWay = 256;
constexpr std::uint64_t kSearches = 20'000;
constexpr std::uint64_t kFetches = 5'000;
constexpr std::uint64_t kEntries = 500;  // of the customer whose context is fetched
constexpr std::uint64_t kCases = 3;      // that are open of that customer
constexpr std::uint64_t kAppends = 300'000;
constexpr std::uint64_t kTimelines = 10'000;  // that the appends go to

[[noreturn]] void Fail(const std::string& what) {
  std::fprintf(stderr, "context_bench: %s\n", what.c_str());
  std::exit(1);
}

double SecondsSince(Clock::time_point then) {
  return std::chrono::duration<double>(Clock::now() - then).count();
}

class Bench {
 public:
  explicit Bench(const store::RedisAddress& address) {
    loop_.Start("context");
    loop_.Call([&] {
      store::RedisKeyspaceOptions options;
      options.target = store::ToTarget(address);
      options.libraries = {ContextFunctions()};
      redis_ = store::MakeKeyspace(loop_, std::move(options), nullptr);
      index_ = std::make_unique<CustomerIndex>(
          *redis_, [](const DomainId&) { return std::vector<std::string>(); });
      customers_ = std::make_unique<CustomerStore>(
          *redis_, *index_, [](const DomainId&) { return Result<void>(); },
          [](const DomainId&) { return std::string(); });
      timelines_ = std::make_unique<TimelineStore>(*redis_, hub_);
      search_ = std::make_unique<CustomerSearch>(*index_, *customers_);
      cases_ = std::make_unique<CaseStore>(*redis_);
    });
    bool connected = false;
    while (!connected) loop_.Call([&] { connected = redis_->IsConnected(); });
  }

  ~Bench() {
    loop_.Call([this] {
      cases_.reset();
      search_.reset();
      timelines_.reset();
      customers_.reset();
      index_.reset();
      redis_.reset();
    });
  }

  void Run(std::uint64_t customers) {
    Load(customers);
    MeasureMemory(customers);
    MeasureSearch(customers);
    MeasureFetch();
    MeasureAppends();
  }

 private:
  using Step = std::function<void(std::uint64_t number, std::function<void()> done)>;

  // Does `step` for 0, 1, …, `under_way` at a time; gives the seconds that it took.
  double ForEach(std::uint64_t count, std::size_t under_way, const Step& step) {
    struct Walk {
      const Step& step;
      std::uint64_t count;
      std::uint64_t next;
      std::uint64_t left;
      std::promise<void> finished;
    };
    const auto walk = std::make_shared<Walk>(Walk{step, count, 0, count, {}});
    const Clock::time_point began = Clock::now();
    loop_.Call([&] {
      for (std::size_t i = 0; i < under_way; ++i) Go(walk);
    });
    walk->finished.get_future().wait();
    return SecondsSince(began);
  }

  // The next one begins from the loop, not from within the answer to the last.
  template <class Walk>
  void Go(const std::shared_ptr<Walk>& walk) {
    loop_.Post([this, walk] {
      if (walk->next == walk->count) return;
      walk->step(walk->next++, [this, walk] {
        if (--walk->left == 0) return walk->finished.set_value();
        Go(walk);
      });
    });
  }

  RedisReply Redis(const std::vector<std::string>& words) {
    std::promise<RedisReply> given;
    loop_.Call([&] {
      const std::vector<std::string_view> call(words.begin(), words.end());
      redis_->Call(call, [&](Result<RedisReply> reply) {
        if (!reply.ok()) Fail(reply.error().message);
        given.set_value(*std::move(reply));
      });
    });
    return given.get_future().get();
  }

  void Load(std::uint64_t customers) {
    const double seconds =
        ForEach(customers, kUnderWay, [this](std::uint64_t number, std::function<void()> done) {
          const Person person = PersonOf(number);
          v1::ResolveCustomerRequest request;
          request.mutable_identity()->set_kind("phone");
          request.mutable_identity()->set_value(person.phone);
          request.add_also()->set_kind("email");
          request.mutable_also(0)->set_value(person.email);
          request.set_name(person.name);
          customers_->Resolve(domain_, request, by_,
                              [this, number, done = std::move(done)](Result<Resolved> resolved) {
                                if (!resolved.ok()) Fail(resolved.error().message);
                                if (number == 0) fetched_ = CustomerId{resolved->customer.id()};
                                if (number % 1'000 == 0) sample_.push_back(resolved->customer.id());
                                done();
                              });
        });
    std::printf(
        "%llu customers with a name, a phone number and a mail address: written in %.0f s\n",
        static_cast<unsigned long long>(customers), seconds);
    std::fflush(stdout);
  }

  std::int64_t MemoryOf(const std::string& key, const char* samples) {
    return Redis({"MEMORY", "USAGE", key, "SAMPLES", samples}).integer();
  }

  void MeasureMemory(std::uint64_t customers) {
    const std::string info(Redis({"INFO", "memory"}).text());
    const double all = std::atof(info.c_str() + info.find("used_memory:") + 12);
    double record = 0;
    double audit = 0;
    double timeline = 0;
    double addresses = 0;
    for (std::size_t i = 0; i < sample_.size(); ++i) {
      const CustomerId id{sample_[i]};
      record += static_cast<double>(MemoryOf(CustomerKey(domain_, id, "record"), "0"));
      audit += static_cast<double>(MemoryOf(CustomerKey(domain_, id, "audit"), "0"));
      timeline += static_cast<double>(MemoryOf(CustomerKey(domain_, id, "timeline"), "0"));
      const Person person = PersonOf(i * 1'000);
      addresses += static_cast<double>(MemoryOf(IdentityKey(domain_, "phone", person.phone), "0") +
                                       MemoryOf(IdentityKey(domain_, "email", person.email), "0"));
    }
    double index = 0;
    const RedisReply shards = Redis({"ZRANGE", ShardsKey(domain_), "0", "-1"});
    std::size_t terms = 0;
    for (const RedisReply& shard : shards.items()) {
      const std::string key = TermsKey(domain_, shard.text());
      index += static_cast<double>(MemoryOf(key, "100"));
      terms += static_cast<std::size_t>(Redis({"ZCARD", key}).integer());
    }
    const double sampled = static_cast<double>(sample_.size());
    const double each = static_cast<double>(customers);
    std::printf(
        "bytes of Redis each: %.0f in all; record %.0f, audit %.0f, timeline %.0f, addresses %.0f, "
        "index %.0f "
        "(%.1f terms, in %zu shards)\n",
        all / each, record / sampled, audit / sampled, timeline / sampled, addresses / sampled,
        index / each, static_cast<double>(terms) / each, shards.items().size());
    std::fflush(stdout);
  }

  static void Print(const char* what, std::vector<double>& times) {
    std::sort(times.begin(), times.end());
    const auto at = [&](double share) {
      return times[static_cast<std::size_t>(share * static_cast<double>(times.size() - 1))] * 1e3;
    };
    std::printf("  %-18s %7zu  p50 %7.2f  p99 %7.2f  max %7.2f ms\n", what, times.size(), at(0.5),
                at(0.99), times.back() * 1e3);
    std::fflush(stdout);
  }

  void MeasureSearch(std::uint64_t customers) {
    std::map<std::string, std::vector<double>> times;
    std::vector<double> all;
    std::uint64_t found = 0;
    ForEach(kSearches, 1, [&](std::uint64_t number, std::function<void()> done) {
      const std::uint64_t dice = Scramble(number + 77);
      const Typed typed = TypedFor(dice % customers, dice >> 32);
      const Clock::time_point began = Clock::now();
      search_->Search(
          {domain_, typed.text, 20, "86"},
          [&, typed, began, done = std::move(done)](Result<v1::SearchCustomersResponse> response) {
            if (!response.ok()) Fail(response.error().message);
            if (response->hits_size() > 0) ++found;
            times[typed.kind].push_back(SecondsSince(began));
            all.push_back(times[typed.kind].back());
            done();
          });
    });
    std::printf("search, one at a time, 20 hits at most; %.1f%% found somebody\n",
                100.0 * static_cast<double>(found) / static_cast<double>(kSearches));
    for (auto& [kind, some] : times) Print(kind.c_str(), some);
    Print("all", all);
  }

  v1::TimelineEntry Entry(std::uint64_t number) const {
    v1::TimelineEntry entry;
    entry.mutable_at()->set_seconds(1'764'000'000 + static_cast<std::int64_t>(number));
    entry.set_contact_id("c" + std::to_string(number));
    entry.set_channel(type::v1::CHANNEL_CHAT);
    if (number % 2 == 0) {
      entry.mutable_opened()->set_queue("support");
      entry.mutable_opened()->set_subject("about the bill of last month");
    } else {
      entry.mutable_closed()->set_outcome("completed");
      entry.mutable_closed()->set_disposition("solved");
      entry.mutable_closed()->set_agent_id("agent-17");
    }
    return entry;
  }

  void OpenCases() {
    ForEach(kCases, 1, [this](std::uint64_t number, std::function<void()> done) {
      CaseStore::CaseChange change;
      v1::Case& one = *change.after.mutable_case_();
      one.set_id(CaseIdOf(domain_, "bench-" + std::to_string(number)));
      one.set_customer_id(fetched_.value());
      one.set_subject("the bill of last month is wrong");
      one.set_status(v1::Case::STATUS_OPEN);
      one.set_owner("agent-17");
      one.set_version(1);
      one.mutable_opened_at()->set_seconds(1'764'000'000 + static_cast<std::int64_t>(number));
      cases_->Change(domain_, one.id(), change,
                     [this, one, done = std::move(done)](Result<bool> changed) {
                       if (!changed.ok() || !*changed) Fail("a case cannot be opened");
                       cases_->Tell(domain_, one, {}, [done](Result<void> told) {
                         if (!told.ok()) Fail(told.error().message);
                         done();
                       });
                     });
    });
  }

  // The record, the open cases and the first page of the timeline, asked for together as a console
  // does.
  void MeasureFetch() {
    ForEach(kEntries, 1, [this](std::uint64_t number, std::function<void()> done) {
      timelines_->Feed(domain_, fetched_, {{{number + 1, 0}, Entry(number)}},
                       [done = std::move(done)](Result<void> fed) {
                         if (!fed.ok()) Fail(fed.error().message);
                         done();
                       });
    });
    OpenCases();
    std::vector<double> times;
    ForEach(kFetches, 1, [&](std::uint64_t, std::function<void()> done) {
      const Clock::time_point began = Clock::now();
      const auto left = std::make_shared<int>(3);
      const auto end = [&, left, began, done = std::move(done)] {
        if (--*left > 0) return;
        times.push_back(SecondsSince(began));
        done();
      };
      customers_->Get(domain_, fetched_, [end](Result<v1::Customer> customer) {
        if (!customer.ok()) Fail(customer.error().message);
        end();
      });
      cases_->ReadList(domain_, {.customers = {fetched_}}, "", 50, [end](Result<CasePage> page) {
        if (!page.ok() || page->cases.size() != kCases) Fail("the cases are not whole");
        end();
      });
      timelines_->Read(domain_, fetched_, "", 50, [end](Result<TimelinePage> page) {
        if (!page.ok() || page->entries.size() != 50) Fail("the timeline is not whole");
        end();
      });
    });
    std::printf(
        "the context of a customer with %llu entries: record, %llu open cases and 50 entries\n",
        static_cast<unsigned long long>(kEntries), static_cast<unsigned long long>(kCases));
    Print("fetch", times);
  }

  void MeasureAppends() {
    const std::string bytes = ToFramed(store::RecordKind::kTimelineEntry, Entry(1));
    const auto append = [this](std::uint64_t number, std::function<void()> done) {
      const CustomerId customer{"cu_bench" + std::to_string(number % kTimelines)};
      timelines_->Feed(domain_, customer, {{{number + 1, 0}, Entry(number)}},
                       [done = std::move(done)](Result<void> fed) {
                         if (!fed.ok()) Fail(fed.error().message);
                         done();
                       });
    };
    const auto add = [this, &bytes](std::uint64_t number, std::function<void()> done) {
      const std::string key = "usher:{bench/" + std::to_string(number % kTimelines) + "}:bare";
      redis_->Call({"XADD", key, "*", "e", bytes},
                   [done = std::move(done)](Result<RedisReply> reply) {
                     if (!reply.ok() || reply->IsError()) Fail("XADD failed");
                     done();
                   });
    };
    // Alternately, so that what else the machine does falls on both.
    for (int repetition = 0; repetition < 3; ++repetition) {
      const double appends = static_cast<double>(kAppends) / ForEach(kAppends, kUnderWay, append);
      const double bare = static_cast<double>(kAppends) / ForEach(kAppends, kUnderWay, add);
      std::printf("timeline appends a second: %.0f; bare XADD: %.0f; ratio %.2f\n", appends, bare,
                  appends / bare);
      std::fflush(stdout);
    }
  }

  const DomainId domain_{"acme"};
  const Change by_{.by = "bench", .role = "adapter", .at = InstantFromUnixMs(1'764'000'000'000)};
  io::EventLoop loop_;
  std::unique_ptr<store::RedisKeyspace> redis_;
  TimelineHub hub_;
  std::unique_ptr<CustomerIndex> index_;
  std::unique_ptr<CustomerStore> customers_;
  std::unique_ptr<TimelineStore> timelines_;
  std::unique_ptr<CustomerSearch> search_;
  std::unique_ptr<CaseStore> cases_;
  std::vector<std::string> sample_;
  CustomerId fetched_;
};

}  // namespace
}  // namespace usher::context

int main(int argc, char** argv) {
  usher::io::ConfigureLog({.level = usher::io::LogLevel::kError});
  const std::uint64_t customers = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1'000'000;
  if (customers == 0) usher::context::Fail("no customers");
  std::string dir = "/tmp/usher-bench-XXXXXX";
  if (mkdtemp(dir.data()) == nullptr) usher::context::Fail("no folder in /tmp");
  {
    usher::store::PrivateRedisOptions options;
    options.data_dir = dir;
    options.fsync_always = false;
    auto redis = usher::store::PrivateRedis::Start(options);
    if (!redis.ok()) usher::context::Fail(redis.error().message);
    usher::context::Bench((*redis)->address()).Run(customers);
  }
  std::filesystem::remove_all(dir);
}
