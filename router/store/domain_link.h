// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "router/store/functions.h"
#include "router/store/keys.h"
#include "router/store/memory_gate.h"
#include "router/store/redis_client.h"

namespace usher::store {

// The failure that an error reply of one of our functions means: FENCED, LOG_DIVERGED,
// PROJECTION_DIVERGED, CHECKPOINT_DIVERGED, DOMAIN_LED_ELSEWHERE, RESTORE_INCOMPLETE, or what
// ToError says.
Error ToStoreError(const RedisReply& reply, std::string_view doing);

// What the parts of a domain's store share: the connection, the keys, the fence, the memory left. A
// reply is only delivered while the owner lives, and the owner lives until its delivery ended.
class DomainLink {
 public:
  DomainLink(io::EventLoop& loop, RedisClientOptions client_options, const DomainId& domain,
             std::string router, const MemoryReserve& reserve)
      : keys(domain),
        functions(DomainFunctionsByName()),
        router_id(std::move(router)),
        memory(reserve),
        client(loop, std::move(client_options)) {}

  void SetOwner(std::weak_ptr<void> owner) { owner_ = std::move(owner); }

  // Begins a call of a function with the fence as its first two arguments; the caller appends
  // `keys` keys to the result, then AppendFence, then `arguments` more arguments, then calls Send.
  std::string& BeginCall(std::string_view function, std::size_t key_count,
                         std::size_t argument_count) {
    std::string& out = client.Unsent();
    AppendCall(function, key_count, argument_count, out);
    return out;
  }
  static void AppendCall(std::string_view function, std::size_t key_count,
                         std::size_t argument_count, std::string& out);
  void AppendFence(std::string& out) const;
  void Send(RedisClient::ReplyCallback callback) { client.Sent(Guard(std::move(callback))); }

  void Call(std::initializer_list<std::string_view> arguments,
            RedisClient::ReplyCallback callback) {
    client.Call(arguments, Guard(std::move(callback)));
  }
  void Call(std::span<const std::string_view> arguments, RedisClient::ReplyCallback callback) {
    client.Call(arguments, Guard(std::move(callback)));
  }
  void LoadFunctions(std::function<void(Result<void>)> callback);

  // Cuts the log before commit `keep_from` (0: nowhere) and removes checkpoints.
  enum class TrimTo : std::uint8_t {
    kWholeNodes,  // some older commits may stay: cheap
    kExactly,     // no byte of an older commit stays
  };
  void Trim(std::uint64_t keep_from, TrimTo how, std::span<const std::uint64_t> dropped,
            RedisClient::ReplyCallback callback);

  const Keys keys;
  const DomainFunctionNames& functions;
  const std::string router_id;
  std::string epoch;  // decimal; empty while this store does not lead
  // With durability replicated: how many replicas must have a commit before it counts. All that are
  // in step, as any of them may be promoted while the old primary still takes writes; one that it
  // did not wait for would not have them.
  std::uint32_t replicas_awaited = 0;
  MemoryGate memory;  // of the server
  RedisClient client;

 private:
  RedisClient::ReplyCallback Guard(RedisClient::ReplyCallback callback);
  std::weak_ptr<void> owner_;
};

}  // namespace usher::store
