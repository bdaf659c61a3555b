// SPDX-License-Identifier: Apache-2.0
// The yardstick of what Redis allows: durable lifecycles with nothing before Redis. Each of a
// lifecycle's four transitions is one function call that writes a hash, two sorted sets and a
// stream, made after the last one was answered; N lifecycles are under way, pipelined on one
// connection. Prints one JSON object.
//
// With replicas a transition counts as answered when so many of them have it: what is under way is
// sent together, with one WAIT behind it.
//
//   redis_limit --redis SOCKET --redis-pid PID --replicas N --under-way N --warm-up S --seconds S

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <iterator>
#include <string>

#include <hiredis/hiredis.h>
#include <unistd.h>

#include "tests/bench/lifecycle/arguments.h"
#include "tests/bench/lifecycle/fail.h"
#include "tests/bench/lifecycle/process_time.h"

namespace {

using Clock = std::chrono::steady_clock;
using usher::bench::CpuSeconds;
using usher::bench::Fail;

constexpr int kTransitions = 4;

// The last transition takes the contact away, as a finished contact leaves a router's memory; the
// stream keeps the latest, as a log does that is trimmed behind its readers.
constexpr char kFunction[] = R"(#!lua name=limit
redis.register_function('transition', function(keys, args)
  local id, state = args[1], args[2]
  if state == 'closed' then
    redis.call('DEL', keys[1])
    redis.call('ZREM', keys[2], id)
    redis.call('ZREM', keys[3], id)
  else
    redis.call('HSET', keys[1], 'state', state, 'agent', args[3], 'at', args[4])
    redis.call('ZADD', keys[2], args[4], id)
    redis.call('ZADD', keys[3], args[4], id)
  end
  redis.call('XADD', keys[4], 'MAXLEN', '~', '10000', '*', 'c', id, 's', state, 'a', args[3])
  return 1
end))";

constexpr const char* kStates[kTransitions] = {"waiting", "offered", "assigned", "closed"};

class Limit {
 public:
  Limit(const std::string& socket, int replicas)
      : redis_(redisConnectUnix(socket.c_str())), replicas_(replicas) {
    if (redis_ == nullptr || redis_->err != 0) Stop("cannot connect");
    freeReplyObject(Check(redisCommand(redis_, "FUNCTION LOAD %s", kFunction)));
  }

  void Begin() { Append({++started_, 0}); }

  // Sends what is to be sent, waits for answers and takes all that came; each answered transition
  // is followed by the next one.
  void Turn() {
    if (replicas_ > 0) return TurnReplicated();
    void* reply = Read();
    do {
      freeReplyObject(Check(reply));
      Next();
      if (redisGetReplyFromReader(redis_, &reply) != REDIS_OK) Stop("lost");
    } while (reply != nullptr);
  }

  std::uint64_t completed() const { return completed_; }

 private:
  struct Transition {
    std::uint64_t lifecycle = 0;
    int number = 0;
  };

  // All that is under way, then the replicas' word that they have it.
  void TurnReplicated() {
    if (redisAppendCommand(redis_, "WAIT %d %d", replicas_, kReplicaWaitMs) != REDIS_OK) {
      Stop("cannot send");
    }
    const std::size_t sent = waiting_.size();
    for (std::size_t i = 0; i < sent; ++i) freeReplyObject(Check(Read()));
    void* reply = Check(Read());
    if (static_cast<redisReply*>(reply)->integer < replicas_) Fail("Redis: too few replicas");
    freeReplyObject(reply);
    for (std::size_t i = 0; i < sent; ++i) Next();
  }

  void* Read() {
    void* reply = nullptr;
    if (redisGetReply(redis_, &reply) != REDIS_OK) Stop("lost");
    return reply;
  }

  void Next() {
    Transition transition = waiting_.front();
    waiting_.pop_front();
    if (++transition.number < kTransitions) return Append(transition);
    ++completed_;
    Begin();
  }

  void Append(const Transition& transition) {
    const std::string id = "c" + std::to_string(transition.lifecycle);
    const std::string key = "usher:{bench}:contact:" + id;
    const std::string agent = "a" + std::to_string(transition.lifecycle % 256);
    const std::string at = std::to_string(1'764'000'000'000 + transition.lifecycle);
    const char* arguments[] = {"FCALL",
                               "transition",
                               "4",
                               key.c_str(),
                               "usher:{bench}:queue",
                               "usher:{bench}:deadlines",
                               "usher:{bench}:log",
                               id.c_str(),
                               kStates[transition.number],
                               agent.c_str(),
                               at.c_str()};
    if (redisAppendCommandArgv(redis_, std::size(arguments), arguments, nullptr) != REDIS_OK) {
      Stop("cannot send");
    }
    waiting_.push_back(transition);
  }

  void* Check(void* reply) {
    const auto* answer = static_cast<redisReply*>(reply);
    if (answer == nullptr) Stop("lost");
    if (answer->type == REDIS_REPLY_ERROR) Fail(answer->str);
    return reply;
  }

  [[noreturn]] void Stop(const std::string& what) {
    Fail("Redis: " + what + ": " + (redis_ != nullptr ? redis_->errstr : "no memory"));
  }

  static constexpr int kReplicaWaitMs = 5'000;

  redisContext* redis_;
  int replicas_;
  std::deque<Transition> waiting_;  // in the order of their answers
  std::uint64_t started_ = 0;
  std::uint64_t completed_ = 0;
};

double RunFor(Limit& limit, double seconds) {
  const auto began = Clock::now();
  double passed = 0;
  while (passed < seconds) {
    limit.Turn();
    passed = std::chrono::duration<double>(Clock::now() - began).count();
  }
  return passed;
}

}  // namespace

int main(int argc, char** argv) {
  const usher::bench::Arguments arguments(argc, argv, 1);
  const auto redis = static_cast<pid_t>(arguments.Number("redis-pid"));
  Limit limit(arguments.Text("redis"), static_cast<int>(arguments.Number("replicas")));
  for (int i = 0; i < static_cast<int>(arguments.Number("under-way")); ++i) limit.Begin();
  RunFor(limit, arguments.Number("warm-up"));
  const std::uint64_t before = limit.completed();
  const double own_before = CpuSeconds(getpid());
  const double redis_before = CpuSeconds(redis);
  const double seconds = RunFor(limit, arguments.Number("seconds"));
  const auto count = static_cast<double>(limit.completed() - before);
  std::printf(
      "{\"lifecycles\": %.0f, \"per_second\": %.1f, \"own_us\": %.2f, \"redis_us\": %.2f}\n", count,
      count / seconds, (CpuSeconds(getpid()) - own_before) * 1e6 / count,
      (CpuSeconds(redis) - redis_before) * 1e6 / count);
}
