// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.h"
#include "base/result.h"
#include "router/store/redis_client.h"
#include "router/store/redis_reply.h"
#include "router/store/redis_session.h"
#include "router/store/redis_target.h"

namespace usher::store {

// What a key of ours says of itself: `usher:{<domain>}:<what>`, or
// `usher:{<domain>/<owner>}:<what>` for customers ("cu_…"), conversations ("c42") and addresses
// ("id/email:ann@example.com").
struct KeyName {
  std::string_view domain;
  std::string_view owner;  // empty: the domain itself
  std::string_view what;   // "log", "contact:42", "timeline", …
};

// Nothing for a key that is not ours. Views into `key`.
std::optional<KeyName> ParseKeyName(std::string_view key);

// The keys of one domain itself, and those of its customers, conversations and addresses, as SCAN
// takes patterns.
std::string PatternOfDomain(const DomainId& domain);
std::string PatternOfOwners(const DomainId& domain);

// All keys of a Redis, wherever they are: on one server, on the primary of a few, or spread over a
// cluster. For tools that go through everything beside a router at work: every call waits for its
// answer, and Redis is asked for small pages only. One thread uses it; a second one, inside, moves
// the bytes.
class KeyWalk {
 public:
  using Words = std::vector<std::string>;
  // Gives a page of keys; a failure ends the walk and is its result.
  using Take = std::function<Result<void>(std::span<const std::string> keys)>;

  // UNAVAILABLE/REDIS_UNREACHABLE, or what CheckServerFacts says. As in every call:
  // DEADLINE_EXCEEDED/WALK_TIMEOUT after the deadline, UNAVAILABLE/STOPPING when told to stop.
  // `libraries` are loaded on every server where they are missing.
  static Result<std::unique_ptr<KeyWalk>> Open(const RedisTarget& target, Patience patience,
                                               std::vector<FunctionLibrary> libraries = {});
  ~KeyWalk();
  KeyWalk(const KeyWalk&) = delete;
  KeyWalk& operator=(const KeyWalk&) = delete;

  // Sent to the server that has the command's first key. An error reply of Redis is a failure;
  // `doing` is for its message.
  Result<RedisReply> Call(const Words& words, std::string_view doing);
  // Sends all of them before it waits; answers in their order. The first failure is the result. At
  // most kCallsAtOnce are under way, however many there are.
  Result<std::vector<RedisReply>> CallAll(std::span<const Words> calls, std::string_view doing);

  // Every key that fits `pattern`, from all servers, in no order: those that are there from the
  // beginning to the end at least once, some perhaps twice, those that come or go meanwhile
  // perhaps. (While slots of a cluster move, a key may be missed.) Needs the command SCAN:
  // FAILED_PRECONDITION/REDIS_NO_PERMISSION.
  Result<void> Walk(std::string_view pattern, const Take& take);

  // The domains that have a lease here, by name. Walks.
  Result<std::vector<DomainId>> FindDomains();

 private:
  class Wires;
  explicit KeyWalk(std::unique_ptr<Wires> wires);
  std::unique_ptr<Wires> wires_;
};

inline constexpr std::size_t kCallsAtOnce = 256;
inline constexpr std::size_t kWalkPageKeys = 512;  // that Redis looks at for one page

}  // namespace usher::store
