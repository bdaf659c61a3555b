// SPDX-License-Identifier: Apache-2.0
// How fast one domain's log takes commits: a private Redis, one DomainStore, 64 commits under way.
// Prints a table: batches of 1, 16 and 256 events, everysec and always, with the processor time of
// this process and of Redis for each event.
//
//   store_bench [seconds per row, default 3]

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <sys/resource.h>
#include <unistd.h>

#include "base/io/event_loop.h"
#include "base/io/log.h"
#include "router/store/domain_store.h"
#include "router/store/keys.h"
#include "router/store/past_reader.h"
#include "router/store/private_redis.h"
#include "router/store/redis_client.h"

namespace usher::store {
namespace {

constexpr int kUnderWay = 64;

double OwnCpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double CpuSecondsOf(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string word;
  for (int i = 0; i < 13; ++i) file >> word;
  double user = 0;
  double system = 0;
  file >> user >> system;
  return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

// Events as a lifecycle has them: queued, offered, assigned, closed.
CommitBatch MakeBatch(std::size_t events) {
  CommitBatch batch;
  for (std::size_t i = 0; i < events; ++i) {
    const ContactId contact{1'000'000 + i / 4};
    const Instant at = InstantFromUnixMs(1'764'000'000'000);
    switch (i % 4) {
      case 0:
        batch.events.push_back({at, engine::Queued{.contact = contact,
                                                   .queue = QueueId{"billing"},
                                                   .key = {0, at, i},
                                                   .arrived = at}});
        break;
      case 1:
        batch.events.push_back({at, engine::Offered{.offer = OfferId{i},
                                                    .contact = contact,
                                                    .agent = AgentId{"agent-17"},
                                                    .deadline = at}});
        break;
      case 2:
        batch.events.push_back({at, engine::Assigned{.contact = contact,
                                                     .agent = AgentId{"agent-17"},
                                                     .offer = OfferId{i},
                                                     .queue = QueueId{"billing"}}});
        break;
      default:
        batch.events.push_back(
            {at, engine::ConversationEnded{
                     .contact = contact, .agent = AgentId{"agent-17"}, .disposition = "solved"}});
    }
    batch.replies.push_back({"request-" + std::to_string(i), i, {.contact = contact}, ""});
  }
  return batch;
}

struct Row {
  std::size_t events = 0;
  bool always = false;
  std::chrono::seconds time{3};
};

void Measure(const Row& row) {
  std::string dir = "/tmp/usher-bench-XXXXXX";
  if (mkdtemp(dir.data()) == nullptr) std::abort();
  {
    PrivateRedisOptions redis_options;
    redis_options.data_dir = dir;
    redis_options.fsync_always = row.always;
    auto redis = PrivateRedis::Start(redis_options);
    if (!redis.ok()) {
      std::fprintf(stderr, "%s\n", redis.error().message.c_str());
      std::exit(1);
    }
    io::EventLoop loop;
    loop.Start("store");
    std::unique_ptr<DomainStore> store;
    std::promise<void> finished;
    std::size_t commits = 0;
    int open = 0;
    bool over = false;
    const CommitBatch batch = MakeBatch(row.events);
    std::function<void()> next = [&] {
      ++open;
      store->Commit(batch, [&](Result<CommitSeq> done) {
        if (!done.ok()) std::abort();
        --open;
        ++commits;
        if (!over) return next();
        if (open == 0) finished.set_value();
      });
    };
    DomainStoreOptions options;
    options.domain = DomainId{"bench"};
    options.router_id = "bench";
    options.address = (*redis)->address();
    options.durability = row.always ? Durability::kAlways : Durability::kEverySec;
    std::promise<void> loaded;
    loop.Call([&] {
      store = std::make_unique<DomainStore>(loop, options);
      store->Load(Takeover::kForce, [&](Result<LoadedState> state) {
        if (!state.ok()) std::abort();
        loaded.set_value();
      });
    });
    loaded.get_future().wait();
    const double own = OwnCpuSeconds();
    const double server = CpuSecondsOf((*redis)->pid());
    const auto began = std::chrono::steady_clock::now();
    loop.Call([&] {
      for (int i = 0; i < kUnderWay; ++i) next();
    });
    std::this_thread::sleep_for(row.time);
    loop.Call([&] { over = true; });
    finished.get_future().wait();
    const double wall =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    const double events = static_cast<double>(commits * row.events);
    std::printf("%8zu  %-8s  %10.0f  %12.0f  %12.2f  %12.2f\n", row.events,
                row.always ? "always" : "everysec", static_cast<double>(commits) / wall,
                events / wall, (OwnCpuSeconds() - own) * 1e6 / events,
                (CpuSecondsOf((*redis)->pid()) - server) * 1e6 / events);
    std::fflush(stdout);
    loop.Call([&] { store.reset(); });
  }
  std::filesystem::remove_all(dir);
}

using PastTime = std::chrono::duration<double>;

// As an explanation reads it.
PastTime ReadPast(const DomainStoreOptions& options) {
  const auto began = std::chrono::steady_clock::now();
  auto reader = PastReader::Open(options.domain, ToTarget(options.address),
                                 {.deadline = began + std::chrono::minutes{5}});
  if (!reader.ok()) std::abort();
  const Result<PastExtent> extent = reader->Extent();
  if (!extent.ok() || extent->starts.empty()) std::abort();
  if (!reader->ReadRows(extent->starts.back()).ok()) std::abort();
  return std::chrono::steady_clock::now() - began;
}

// What a waiting contact costs in Redis, how long rows take to write and to load again, and what a
// checkpoint of them costs the commits beside it.
void MeasureRows(std::uint64_t contacts) {
  std::string dir = "/tmp/usher-bench-XXXXXX";
  if (mkdtemp(dir.data()) == nullptr) std::abort();
  {
    PrivateRedisOptions redis_options;
    redis_options.data_dir = dir;
    redis_options.fsync_always = false;
    auto redis = PrivateRedis::Start(redis_options);
    if (!redis.ok()) std::abort();
    io::EventLoop loop;
    loop.Start("store");
    DomainStoreOptions options;
    options.domain = DomainId{"bench"};
    options.router_id = "bench";
    options.address = (*redis)->address();
    options.durability = Durability::kEverySec;
    options.history.checkpoint_log_bytes = 1;  // due as soon as rows are written
    engine::DomainRow domain;
    domain.version = 1;
    domain.domain.queues = {engine::Queue{.id = QueueId{"billing"}}};
    RowChanges changes;
    changes.domain = &domain;
    for (std::uint64_t i = 1; i <= contacts; ++i) {
      engine::ContactRow& row = changes.contacts.emplace_back();
      row.id = ContactId{i};
      row.queue = QueueId{"billing"};
      row.submitted = row.arrived = InstantFromUnixMs(1'764'000'000'000);
      row.waiting_since = row.arrived;
      row.key = {0, row.arrived, i};
      row.customer = CustomerId{"c" + std::to_string(i)};
      row.external_id = "e" + std::to_string(i);
    }
    std::unique_ptr<DomainStore> store;
    std::unique_ptr<RedisClient> client;
    std::promise<std::int64_t> before;
    std::promise<std::int64_t> after;
    std::promise<void> loaded;
    const auto used = [&](std::promise<std::int64_t>& to) {
      client->Call({"INFO", "memory"}, [&](Result<RedisReply> reply) {
        const std::string text(reply->text());
        to.set_value(std::atoll(text.c_str() + text.find("used_memory:") + 12));
      });
    };
    RedisClientOptions plain;
    plain.address = options.address;
    plain.on_connected = [&](const ServerFacts&) { used(before); };
    loop.Call([&] {
      client = std::make_unique<RedisClient>(loop, plain);
      client->Start();
    });
    const std::int64_t empty = before.get_future().get();
    std::chrono::steady_clock::time_point began;
    std::chrono::steady_clock::time_point projected_at;
    // One commit after the other for as long as the checkpoint is made.
    std::promise<void> checkpointed;
    std::chrono::duration<double> longest{0};
    std::size_t commits = 0;
    std::function<void()> next_commit = [&] {
      const auto sent = std::chrono::steady_clock::now();
      store->Commit(MakeBatch(1), [&, sent](Result<CommitSeq> done) {
        if (!done.ok()) std::abort();
        longest = std::max<std::chrono::duration<double>>(longest,
                                                          std::chrono::steady_clock::now() - sent);
        ++commits;
        client->Call({"HVALS", Keys(options.domain).Checkpoints()}, [&](Result<RedisReply> notes) {
          const bool made = notes->items().size() == 1 && !notes->At(0).text().empty();
          made ? checkpointed.set_value() : next_commit();
        });
      });
    };
    loop.Call([&] {
      store = std::make_unique<DomainStore>(loop, options);
      store->Load(Takeover::kForce, [&](Result<LoadedState> state) {
        if (!state.ok()) std::abort();
        store->Commit(MakeBatch(1), nullptr);
        began = std::chrono::steady_clock::now();
        store->Project(changes, 1, [&](Result<void> done) {
          if (!done.ok()) std::abort();
          projected_at = std::chrono::steady_clock::now();
          next_commit();
        });
      });
    });
    checkpointed.get_future().wait();
    const std::chrono::duration<double> copied = std::chrono::steady_clock::now() - projected_at;
    const std::chrono::duration<double> projected = projected_at - began;
    loop.Call([&] { used(after); });
    const double bytes = static_cast<double>(after.get_future().get() - empty);
    const PastTime past = ReadPast(options);
    const double own = OwnCpuSeconds();
    const double server = CpuSecondsOf((*redis)->pid());
    loop.Call([&] {
      store = std::make_unique<DomainStore>(loop, options);
      began = std::chrono::steady_clock::now();
      store->Load(Takeover::kForce, [&](Result<LoadedState> state) {
        if (!state.ok() || state->contacts.size() != contacts) std::abort();
        loaded.set_value();
      });
    });
    loaded.get_future().wait();
    const std::chrono::duration<double> load = std::chrono::steady_clock::now() - began;
    std::printf(
        "\n%llu waiting contacts: %.0f bytes of Redis each with their copy in a checkpoint\n"
        "  written in %.2f s; loaded in %.2f s, of which the router computed %.2f s and Redis %.2f "
        "s\n"
        "  copied as a checkpoint in %.2f s; a commit beside it took at most %.1f ms, %.1f ms in "
        "the "
        "mean of %zu\n"
        "  the checkpoint was read in %.2f s\n",
        static_cast<unsigned long long>(contacts), bytes / static_cast<double>(contacts),
        projected.count(), load.count(), OwnCpuSeconds() - own,
        CpuSecondsOf((*redis)->pid()) - server, copied.count(), longest.count() * 1e3,
        copied.count() * 1e3 / static_cast<double>(commits), commits, past.count());
    loop.Call([&] {
      store.reset();
      client.reset();
    });
  }
  std::filesystem::remove_all(dir);
}

}  // namespace
}  // namespace usher::store

int main(int argc, char** argv) {
  using namespace usher::store;
  usher::io::ConfigureLog({.level = usher::io::LogLevel::kError});
  const std::chrono::seconds time{argc > 1 ? std::atoi(argv[1]) : 3};
  std::printf("%8s  %-8s  %10s  %12s  %12s  %12s\n", "events", "fsync", "commits/s", "events/s",
              "router us/ev", "redis us/ev");
  for (const bool always : {false, true}) {
    for (const std::size_t events : {1u, 16u, 256u}) Measure({events, always, time});
  }
  MeasureRows(100'000);
}
