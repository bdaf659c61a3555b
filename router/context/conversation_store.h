// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/id.h"
#include "base/result.h"
#include "base/time.h"
#include "router/store/redis_keyspace.h"
#include "usher/context/v1/conversation.pb.h"

namespace usher::context {

// The most messages of one conversation; the next is refused with CONVERSATION_FULL.
inline constexpr std::size_t kMessagesMax = 10'000;

// A message that was appended, or had been before.
struct Appended {
  v1::Message message;
  bool repeated = false;
};

// A part of a conversation.
struct Messages {
  std::vector<v1::Message> messages;  // oldest first, or as was asked for
  bool more = false;
};

// What was said in each contact's conversation. Loop thread of the keyspace; calls for one
// conversation are carried out in their order.
class ConversationStore {
 public:
  explicit ConversationStore(store::RedisKeyspace& redis) : redis_(redis) {}

  // Numbers the message and makes it durable. The same client id of the same author appends
  // nothing and gives the first message's number. `message.at` must be set.
  void Append(const DomainId& domain, v1::Message message,
              std::function<void(Result<Appended>)> done);
  // Messages after `after`, at most `limit`. None of a conversation that is kept no longer.
  void Read(const DomainId& domain, const std::string& contact, std::uint64_t after,
            std::size_t limit, std::function<void(Result<Messages>)> done);
  // Messages before number `before`, or the last ones for 0; newest first, at most `limit`.
  void ReadBack(const DomainId& domain, const std::string& contact, std::uint64_t before,
                std::size_t limit, std::function<void(Result<Messages>)> done);
  // The conversation is kept until then and no longer. Again is harmless.
  void KeepUntil(const DomainId& domain, const std::string& contact, Instant until,
                 std::function<void(Result<void>)> done);
  // Moves a side's mark; it never goes back. Tells where it stands, or nothing when it stayed.
  void Mark(const DomainId& domain, const std::string& contact, const v1::Mark& mark,
            std::function<void(Result<v1::Mark>)> done);
  // One a side that has marks.
  void ReadMarks(const DomainId& domain, const std::string& contact,
                 std::function<void(Result<std::vector<v1::Mark>>)> done);

 private:
  store::RedisKeyspace& redis_;
};

}  // namespace usher::context
