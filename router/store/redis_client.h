// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "router/store/redis_address.h"
#include "router/store/redis_locator.h"
#include "router/store/redis_reply.h"
#include "router/store/server_facts.h"

namespace usher::io {
class EventLoop;
}

namespace usher::store {

// A library of Redis functions that a connection needs. The name carries a version or a hash of the
// code, so that routers of two versions can share one server for the time of an upgrade.
struct FunctionLibrary {
  std::string name;  // as in the code's first line `#!lua name=…`
  std::string code;
};

// What a client takes its server for.
enum class ServerUse : std::uint8_t {
  kStore,  // contacts are entrusted to it: CheckServerFacts, libraries
  kAsk,    // it is only asked: a Sentinel, or any node of a cluster for the map of slots
};

// What becomes of a reply that says that this server does not take the write (IsRedirection).
enum class Redirections : std::uint8_t {
  kFollow,  // the connection ends, as if it had been lost, and the right server is dialled
  kTell,    // the caller is told: other keys may well be at home on this server
};

struct RedisClientOptions {
  RedisAddress address;
  // Where the server can change: it is asked before each dial, in place of `address`.
  std::shared_ptr<RedisLocator> locator;
  std::uint16_t slot = 0;  // that the locator is asked for

  ServerUse use = ServerUse::kStore;
  Redirections redirections = Redirections::kFollow;
  // Loaded at connect where missing. One that is there is found even when Redis has no memory left.
  std::vector<FunctionLibrary> libraries;

  // Called on the loop, never inside a method of the client. `connected` also after each reconnect;
  // `lost` once for each `connected` that ended; `refused` when the server answered but may not be
  // used (CheckServerFacts, a wrong password): the client goes on trying, since an operator can
  // mend it, and says a reason again only when it changes.
  std::function<void(const ServerFacts&)> on_connected;
  std::function<void(const Error&)> on_lost;
  std::function<void(const Error&)> on_refused;

  std::size_t calls_outstanding_max = 65'536;
  std::size_t bytes_unsent_max = 256u << 20;
  Duration busy_after{5'000};       // the oldest call has waited so long: more are refused
  Duration reply_timeout{10'000};   // without any reply: the connection is given up; also when a
                                    // call has waited twice as long while others were answered
  Duration connect_timeout{5'000};  // from dialling to the end of the checks
  Duration backoff_min{20};
  Duration backoff_max{1'000};
};

// One pipelined connection to one Redis server at a time, on one event loop. With a locator it is
// the connection to whichever server takes the writes for its slot: when another has taken over,
// the connection ends and the next one goes there.
//
// Replies come in the order of the calls. When the connection is lost, every call without a reply
// is answered UNAVAILABLE with reason REDIS_LOST: it may or may not have been carried out, and only
// the caller can know what to do about that. The client reconnects by itself and never repeats a
// call.
//
//   client.Call({"GET", "k"}, [](Result<RedisReply> reply) { ... });
//
// All methods are called on the loop's thread (the constructor and Start() may come before it
// runs). Callbacks run on the loop, never inside Call(), and never after the client was destroyed.
class RedisClient {
 public:
  using ReplyCallback = std::function<void(Result<RedisReply>)>;

  RedisClient(io::EventLoop& loop, RedisClientOptions options);
  ~RedisClient();
  RedisClient(const RedisClient&) = delete;
  RedisClient& operator=(const RedisClient&) = delete;

  // Dials, and from then on keeps the connection up. Once.
  void Start();

  // Ends the connection, if there is one, as if it had been lost, and dials anew: for a user who
  // doubts that this is still the server to write to.
  void Reconnect(std::string_view why);

  bool IsConnected() const;
  // Of the present connection, or of the last one; as in the options before the first.
  const RedisAddress& address() const;
  // Facts of the present connection, or of the last one.
  const ServerFacts& facts() const;
  // Why there is no connection: UNAVAILABLE/REDIS_UNREACHABLE with the last cause, or the refusal.
  Error WhyNotConnected() const;

  // Sends one command. The arguments are copied before Call() returns. Fails without being sent:
  // WhyNotConnected(), RESOURCE_EXHAUSTED/REDIS_BUSY at either bound, or UNAVAILABLE/REDIS_SLOW
  // while the oldest call has waited for `busy_after`: what waits is answered first, so nothing
  // piles up behind a slow server. An error reply of Redis is a reply.
  void Call(std::span<const std::string_view> arguments, ReplyCallback callback);
  void Call(std::initializer_list<std::string_view> arguments, ReplyCallback callback);

  // For long commands, without an array of views: append the wire form of whole commands with
  // AppendCommandHeader and AppendArgument (reply_reader.h) to the buffer that this returns, then
  // call Sent() once for each. Only while IsConnected().
  std::string& Unsent();
  void Sent(ReplyCallback callback);

  // Loads the libraries again, for a server that has forgotten them ("Function not found").
  void LoadLibraries(std::function<void(Result<void>)> callback);

  std::size_t CallsOutstanding() const;
  // How long the oldest of them has had no answer; 0 when there is none.
  Duration WaitingFor() const;

 private:
  class Connection;
  std::shared_ptr<Connection> connection_;
};

// True for an error that says that the call was not carried out because this server does not take
// it now: MOVED, ASK, TRYAGAIN, READONLY, CLUSTERDOWN, MASTERDOWN, LOADING. It passes, or another
// server takes it.
bool IsRedirection(const RedisReply& reply);

// True for the reply to FCALL of a function that the server does not have.
bool IsFunctionMissing(const RedisReply& reply);

// An error reply as a failure: OOM, MISCONF, NOREPLICAS, READONLY, LOADING, BUSY and the like are
// UNAVAILABLE or RESOURCE_EXHAUSTED with a next step; anything else is INTERNAL/REDIS_ERROR.
Error ToError(const RedisReply& reply, std::string_view doing);

}  // namespace usher::store
