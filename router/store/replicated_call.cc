// SPDX-License-Identifier: Apache-2.0
#include "router/store/replicated_call.h"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace usher::store {

namespace {

constexpr std::array<std::string_view, 20> kReads = {
    "EXISTS", "GET",       "HGET",     "HGETALL",   "HMGET", "INFO",   "LRANGE",
    "MGET",   "PING",      "SCAN",     "TYPE",      "XLEN",  "XRANGE", "XREVRANGE",
    "ZRANGE", "ZREVRANGE", "SMEMBERS", "SISMEMBER", "ZCARD", "ZSCORE",
};

// Two replies that make one answer.
struct Replicating {
  std::optional<Result<RedisReply>> reply;
  RedisClient::ReplyCallback callback;
};

// Nothing when all of them have it.
std::optional<Error> ShortageOf(const Result<RedisReply>& confirmed, std::uint32_t wanted) {
  std::string why;
  if (!confirmed.ok()) {
    why = confirmed.error().message;
  } else if (confirmed->IsError()) {
    why = confirmed->text();
  } else if (confirmed->integer() < std::int64_t{wanted}) {
    why = "only " + std::to_string(confirmed->integer()) + " of " + std::to_string(wanted) + " did";
  } else {
    return std::nullopt;
  }
  return Error{Code::kUnavailable, "NOT_REPLICATED",
               "replicas did not confirm a write in time: " + why,
               "try again with the same request id; look at the replicas of Redis"};
}

}  // namespace

bool IsWrite(std::string_view command) {
  return std::ranges::find(kReads, command) == kReads.end();
}

void CallReplicated(RedisClient& client, std::span<const std::string_view> arguments,
                    const ReplicaWait& wait, RedisClient::ReplyCallback callback) {
  if (wait.replicas == 0 || !client.IsConnected() || !IsWrite(arguments.front())) {
    return client.Call(arguments, std::move(callback));
  }
  const std::uint32_t wanted = std::max(wait.replicas, client.facts().replicas_in_step);
  const auto replicating = std::make_shared<Replicating>();
  replicating->callback = std::move(callback);
  client.Call(arguments, [replicating](Result<RedisReply> reply) {
    if (reply.ok() && !reply->IsError()) {
      replicating->reply = std::move(reply);
    } else {
      std::exchange(replicating->callback, nullptr)(std::move(reply));
    }
  });
  client.Call({"WAIT", std::to_string(wanted), std::to_string(wait.at_most.count())},
              [&client, replicating, wanted](Result<RedisReply> confirmed) {
                if (!replicating->callback) return;  // answered with its error
                const std::optional<Error> shortage = ShortageOf(confirmed, wanted);
                if (!shortage) return replicating->callback(*std::move(replicating->reply));
                if (confirmed.ok()) client.Reconnect(shortage->message);
                replicating->callback(*shortage);
              });
}

}  // namespace usher::store
