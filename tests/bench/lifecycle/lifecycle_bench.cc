// SPDX-License-Identifier: Apache-2.0
// Load on a running router: submit -> offer -> accept -> complete. Prints one JSON object.
//
//   lifecycle_bench rate   --road batched|unary --server HOST:PORT --token-file FILE --agents N
//                          --router-pid PID --redis-pid PID --under-way N --warm-up S --seconds S
//   lifecycle_bench paced  --road … --server … --token-file … --agents N --per-second N
//                          --warm-up S --seconds S
//   lifecycle_bench memory --server … --token-file … --redis SOCKET --waiting N
//
// `rate` keeps N lifecycles under way; `paced` submits on a schedule that does not wait for answers
// and times submit -> offer; `memory` lets contacts wait that no agent takes and asks Redis.

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <hiredis/hiredis.h>
#include <unistd.h>

#include "base/io/event_loop.h"
#include "base/io/log.h"
#include "tests/bench/lifecycle/arguments.h"
#include "tests/bench/lifecycle/batched_road.h"
#include "tests/bench/lifecycle/fail.h"
#include "tests/bench/lifecycle/lifecycles.h"
#include "tests/bench/lifecycle/process_time.h"
#include "tests/bench/lifecycle/unary_road.h"

namespace usher::bench {

namespace {

using Clock = std::chrono::steady_clock;

void SleepFor(double seconds) {
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
}

std::string TokenOf(const Arguments& arguments) {
  std::ifstream file(arguments.Text("token-file"));
  std::string token;
  if (!(file >> token)) Fail("no token in " + arguments.Text("token-file"));
  return token;
}

// What is measured is said, and nothing is to be unwound: the streams end with the program.
[[noreturn]] void Leave() {
  std::fflush(stdout);
  std::_Exit(0);
}

// The load's loop with the road on it. It lives until Leave().
struct Load {
  Load(const Arguments& arguments, const std::string& road_name, int agents) {
    const std::string& server = arguments.Text("server");
    const auto open = road_name == "batched" ? OpenBatchedRoad
                      : road_name == "unary" ? OpenUnaryRoad
                                             : nullptr;
    if (open == nullptr) Fail("there is no road " + road_name);
    loop.Start("load");
    const auto ready = std::make_shared<std::promise<void>>();  // set while others wait for it
    loop.Call([&] {
      road = open(loop, server, TokenOf(arguments), lifecycles);
      lifecycles.set_road(*road);
      lifecycles.set_on_ready([ready] { ready->set_value(); });
      road->Open(agents);
    });
    if (ready->get_future().wait_for(std::chrono::seconds(30)) != std::future_status::ready) {
      Fail("the agents were not signed in within 30 s");
    }
  }

  // Reads on the loop's thread.
  template <class Read>
  auto Ask(Read read) {
    decltype(read()) value{};
    loop.Call([&] { value = read(); });
    return value;
  }

  io::EventLoop loop;
  Lifecycles lifecycles;
  std::unique_ptr<Road> road;
};

[[noreturn]] void Rate(const Arguments& arguments) {
  const auto router = static_cast<pid_t>(arguments.Number("router-pid"));
  const auto redis = static_cast<pid_t>(arguments.Number("redis-pid"));
  Load load(arguments, arguments.Text("road"), static_cast<int>(arguments.Number("agents")));
  load.loop.Call([&] {
    load.lifecycles.set_refill(true);
    for (int i = 0; i < static_cast<int>(arguments.Number("under-way")); ++i) {
      load.lifecycles.Begin();
    }
  });
  SleepFor(arguments.Number("warm-up"));
  const auto completed = [&] { return load.lifecycles.completed(); };
  const double own_before = CpuSeconds(getpid());
  const double router_before = CpuSeconds(router);
  const double redis_before = CpuSeconds(redis);
  const auto began = Clock::now();
  const std::uint64_t before = load.Ask(completed);
  SleepFor(arguments.Number("seconds"));
  const auto count = static_cast<double>(load.Ask(completed) - before);
  const double seconds = std::chrono::duration<double>(Clock::now() - began).count();
  if (count == 0) Fail("no lifecycle was completed");
  const auto micros = [count](double used) { return used * 1e6 / count; };
  std::printf(
      "{\"lifecycles\": %.0f, \"per_second\": %.1f, \"own_us\": %.2f, \"router_us\": %.2f, "
      "\"redis_us\": %.2f}\n",
      count, count / seconds, micros(CpuSeconds(getpid()) - own_before),
      micros(CpuSeconds(router) - router_before), micros(CpuSeconds(redis) - redis_before));
  Leave();
}

// Submits what is due each millisecond.
class Schedule {
 public:
  Schedule(Load& load, double per_second)
      : load_(load), per_second_(per_second), timer_(load.loop) {}

  void Start() {
    began_ = Clock::now();
    Tick();
  }
  void Stop() { timer_.Cancel(); }

 private:
  void Tick() {
    const double passed = std::chrono::duration<double>(Clock::now() - began_).count();
    for (; static_cast<double>(submitted_) < passed * per_second_; ++submitted_) {
      load_.lifecycles.Begin();
    }
    timer_.Start(Duration{1}, [this] { Tick(); });
  }

  Load& load_;
  const double per_second_;
  io::Timer timer_;
  Clock::time_point began_;
  std::uint64_t submitted_ = 0;
};

double Quantile(const std::vector<double>& sorted, double share) {
  if (sorted.empty()) return NAN;
  const auto index = static_cast<std::size_t>(static_cast<double>(sorted.size()) * share);
  return sorted[std::min(index, sorted.size() - 1)];
}

[[noreturn]] void Paced(const Arguments& arguments) {
  Load load(arguments, arguments.Text("road"), static_cast<int>(arguments.Number("agents")));
  std::unique_ptr<Schedule> schedule;
  load.loop.Call([&] {
    schedule = std::make_unique<Schedule>(load, arguments.Number("per-second"));
    schedule->Start();
  });
  SleepFor(arguments.Number("warm-up"));
  const auto begun = [&] { return load.lifecycles.begun(); };
  load.loop.Call([&] { load.lifecycles.set_timing(true); });
  const std::uint64_t before = load.Ask(begun);
  SleepFor(arguments.Number("seconds"));
  load.loop.Call([&] { schedule->Stop(); });
  SleepFor(0.2);
  const std::uint64_t count = load.Ask(begun) - before;
  std::vector<double> waits = load.Ask([&] { return load.lifecycles.waits(); });
  std::sort(waits.begin(), waits.end());
  if (waits.empty()) Fail("nothing was offered");
  std::printf("{\"submitted\": %llu, \"offered\": %zu, \"p50_ms\": %.3f, \"p99_ms\": %.3f}\n",
              static_cast<unsigned long long>(count), waits.size(), Quantile(waits, 0.5),
              Quantile(waits, 0.99));
  Leave();
}

double RedisBytesUsed(redisContext* redis) {
  auto* reply = static_cast<redisReply*>(redisCommand(redis, "INFO memory"));
  if (reply == nullptr || reply->type != REDIS_REPLY_STRING) Fail("Redis does not say its memory");
  const std::string text(reply->str, reply->len);
  freeReplyObject(reply);
  return std::strtod(text.c_str() + text.find("used_memory:") + 12, nullptr);
}

[[noreturn]] void Memory(const Arguments& arguments) {
  redisContext* redis = redisConnectUnix(arguments.Text("redis").c_str());
  if (redis == nullptr || redis->err != 0) Fail("cannot connect to Redis");
  Load load(arguments, "batched", 0);
  const auto waiting = static_cast<std::uint64_t>(arguments.Number("waiting"));
  const double before = RedisBytesUsed(redis);
  // A thousand at a time, so that neither side has to keep them all in flight.
  for (std::uint64_t done = 0; done < waiting;) {
    const std::uint64_t next = std::min(waiting, done + 1000);
    load.loop.Call([&] {
      while (load.lifecycles.begun() < next) load.lifecycles.Begin();
    });
    while (load.Ask([&] { return load.lifecycles.submitted(); }) < next) SleepFor(0.002);
    done = next;
  }
  // The rows follow the log, and the log is trimmed behind them.
  SleepFor(1.5);
  std::printf("{\"waiting\": %llu, \"redis_bytes\": %.1f}\n",
              static_cast<unsigned long long>(waiting),
              (RedisBytesUsed(redis) - before) / static_cast<double>(waiting));
  Leave();
}

int Main(int argc, char** argv) {
  io::ConfigureLog({.level = io::LogLevel::kError});
  const std::string mode = argc > 1 ? argv[1] : "";
  const Arguments arguments(argc, argv, 2);
  if (mode == "rate") Rate(arguments);
  if (mode == "paced") Paced(arguments);
  if (mode == "memory") Memory(arguments);
  std::fprintf(stderr, "lifecycle_bench: rate, paced or memory, not \"%s\"\n", mode.c_str());
  return 2;
}

}  // namespace
}  // namespace usher::bench

int main(int argc, char** argv) { return usher::bench::Main(argc, argv); }
