// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "router/store/redis_reply.h"

struct redisReader;

namespace usher::store {

// Cuts a byte stream into replies with hiredis' reader, building RedisReply values directly. Bytes
// may come in any pieces. After an error the stream is beyond use.
class ReplyReader {
 public:
  ReplyReader();
  ~ReplyReader();
  ReplyReader(const ReplyReader&) = delete;
  ReplyReader& operator=(const ReplyReader&) = delete;

  void Feed(std::string_view bytes);

  // The next whole reply, nothing when more bytes are needed, or DATA_LOSS/REDIS_PROTOCOL.
  Result<std::optional<RedisReply>> Next();

 private:
  struct Free {
    void operator()(redisReader* reader) const;
  };
  std::unique_ptr<redisReader, Free> reader_;
};

// Appends one command in the wire form: `*2\r\n$3\r\nGET\r\n$1\r\nk\r\n`.
void AppendCommandHeader(std::size_t arguments, std::string& out);
void AppendArgument(std::string_view argument, std::string& out);

}  // namespace usher::store
