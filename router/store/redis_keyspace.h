// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <initializer_list>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "router/store/polled_locator.h"
#include "router/store/redis_client.h"
#include "router/store/redis_target.h"
#include "router/store/replicated_call.h"

namespace usher::store {

struct RedisKeyspaceOptions {
  RedisTarget target;
  std::vector<FunctionLibrary> libraries;  // loaded on every server that takes writes
  ReplicaWait replica_wait;                // what answers to writes wait for
  // As of RedisClientOptions, of whichever server.
  std::function<void(const Error&)> on_lost;
  std::function<void(const Error&)> on_refused;

  // Where keys are spread over servers:
  std::size_t calls_waiting_max = 65'536;  // for a server to be known or to come back
  Duration patience{5'000};                // then such a call fails
  Duration retry_every{50};                // while one waits
};

// All keys, wherever they are: on one server, on the primary of a few, or spread over a cluster.
// For users whose calls touch one hash tag each and hang on no connection; a domain's log, whose
// commits follow each other, has a RedisClient of its own.
//
// A call is sent to the server that its first key belongs to (KeyOf). Calls for one slot are
// carried out in the order in which they were made; calls for others may overtake them, answers
// too. When the answer may have been lost with a connection the call fails with REDIS_LOST, as with
// RedisClient; a call that was surely not carried out, because a slot moves or a primary fails
// over, is sent again until `patience` ends. (One exception to the order: while a cluster is just
// coming back, a call may be refused and the next one, already under way, be taken.)
//
// Loop thread only. Callbacks never run inside Call(), nor after it was destroyed.
class RedisKeyspace {
 public:
  virtual ~RedisKeyspace() = default;

  virtual void Call(std::span<const std::string_view> arguments,
                    RedisClient::ReplyCallback callback) = 0;
  void Call(std::initializer_list<std::string_view> arguments,
            RedisClient::ReplyCallback callback) {
    Call(std::span(arguments.begin(), arguments.size()), std::move(callback));
  }
  // Every server that takes writes is reached.
  virtual bool IsConnected() const = 0;
};

// `locator` is MakeLocator's of the same target: null for a single server.
std::unique_ptr<RedisKeyspace> MakeKeyspace(io::EventLoop& loop, RedisKeyspaceOptions options,
                                            std::shared_ptr<PolledLocator> locator);

// The key that decides where a command is carried out: the first key of FCALL, else the word after
// the command, as in all commands that Usher uses.
std::string_view KeyOf(std::span<const std::string_view> arguments);

}  // namespace usher::store
