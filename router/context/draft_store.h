// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/id.h"
#include "base/result.h"
#include "router/store/redis_keyspace.h"
#include "usher/context/v1/conversation.pb.h"

namespace usher::context {

// What an agent has begun to write in each contact's conversation: one draft each, beside the
// messages. It is kept as the message that it will be. Loop thread of the keyspace; holds nothing
// of its own, so one may be made for a call.
class DraftStore {
 public:
  explicit DraftStore(store::RedisKeyspace& redis) : redis_(redis) {}

  // Keeps the draft in place of the one whose version it says, 0 where there is none, and gives it
  // with its new version; one without text, files and head removes it. The same draft of the same
  // agent again is kept already. `saved_at` must be set. ABORTED/DRAFT_CHANGED when another stands;
  // one that stands there damaged is written over.
  void Save(const DomainId& domain, v1::Draft draft, std::function<void(Result<v1::Draft>)> done);
  // With version 0 where there is none. DATA_LOSS/DRAFT_DAMAGED.
  void Read(const DomainId& domain, const std::string& contact,
            std::function<void(Result<v1::Draft>)> done);
  // Nothing is left of it. Again is harmless.
  void Remove(const DomainId& domain, const std::string& contact,
              std::function<void(Result<void>)> done);

 private:
  struct Saving;
  static void Try(store::RedisKeyspace& redis, const DomainId& domain, Saving saving);

  store::RedisKeyspace& redis_;
};

}  // namespace usher::context
