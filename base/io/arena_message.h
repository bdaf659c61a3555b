// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <google/protobuf/arena.h>

namespace usher::io {

// One message at a time, of a stream, with all its parts on one arena: a batch of many small parts
// costs a fraction of what allocating and freeing each would. Moving a part out of it copies.
template <class Message>
class ArenaMessage {
 public:
  // An empty one. The last one and all its parts are gone.
  Message& Renew() {
    arena_.Reset();
    message_ = google::protobuf::Arena::CreateMessage<Message>(&arena_);
    return *message_;
  }

  // The last renewed; there must be one.
  Message& operator*() { return *message_; }

 private:
  // Blocks grow up to a size that the allocator still keeps at hand.
  static google::protobuf::ArenaOptions Options() {
    google::protobuf::ArenaOptions options;
    options.max_block_size = 32 << 10;
    return options;
  }

  google::protobuf::Arena arena_{Options()};
  Message* message_ = nullptr;
};

}  // namespace usher::io
