// SPDX-License-Identifier: Apache-2.0
#include "router/store/reply_reader.h"

#include <charconv>
#include <string>
#include <utility>
#include <vector>

#include <hiredis/hiredis.h>

#include "base/check.h"

namespace usher::store {

namespace {

// hiredis calls these for each element; `parent->obj` is the array that was made before and `idx`
// the place in it, so a child is written where it belongs and needs no freeing of its own.
RedisReply* Place(const redisReadTask* task, RedisReply value) {
  if (task->parent == nullptr) return new RedisReply(std::move(value));
  RedisReply& place =
      static_cast<RedisReply*>(task->parent->obj)->items()[static_cast<std::size_t>(task->idx)];
  place = std::move(value);
  return &place;
}

void* MakeString(const redisReadTask* task, char* text, std::size_t size) {
  std::string copy(text, size);
  return Place(task, task->type == REDIS_REPLY_ERROR ? RedisReply::ErrorText(std::move(copy))
                                                     : RedisReply::Text(std::move(copy)));
}

void* MakeArray(const redisReadTask* task, int size) {
  return Place(task, RedisReply::Array(std::vector<RedisReply>(static_cast<std::size_t>(size))));
}

void* MakeInteger(const redisReadTask* task, long long value) {
  return Place(task, RedisReply::Integer(value));
}

void* MakeNil(const redisReadTask* task) { return Place(task, RedisReply()); }

// Only ever called with the outermost reply.
void FreeReply(void* reply) { delete static_cast<RedisReply*>(reply); }

redisReplyObjectFunctions reply_functions = {MakeString, MakeArray, MakeInteger, MakeNil,
                                             FreeReply};

constexpr std::size_t kIdleBufferBytes = 64 * 1024;

}  // namespace

void ReplyReader::Free::operator()(redisReader* reader) const { redisReaderFree(reader); }

ReplyReader::ReplyReader() : reader_(redisReaderCreateWithFunctions(&reply_functions)) {
  USHER_CHECK(reader_ != nullptr, "no memory for a reply reader");
  reader_->maxbuf = kIdleBufferBytes;
}

ReplyReader::~ReplyReader() = default;

void ReplyReader::Feed(std::string_view bytes) {
  // A failure is kept in the reader and given by Next().
  redisReaderFeed(reader_.get(), bytes.data(), bytes.size());
}

Result<std::optional<RedisReply>> ReplyReader::Next() {
  void* raw = nullptr;
  if (redisReaderGetReply(reader_.get(), &raw) != REDIS_OK) {
    return Error{Code::kDataLoss, "REDIS_PROTOCOL",
                 std::string("what came is not Redis' protocol: ") + reader_->errstr,
                 "check that the address is that of a Redis server without TLS"};
  }
  if (raw == nullptr) return std::optional<RedisReply>();
  const std::unique_ptr<RedisReply> reply(static_cast<RedisReply*>(raw));
  return std::optional<RedisReply>(std::move(*reply));
}

namespace {

void AppendLength(char mark, std::size_t length, std::string& out) {
  char text[24];
  text[0] = mark;
  char* end = std::to_chars(text + 1, text + sizeof text - 2, length).ptr;
  *end++ = '\r';
  *end++ = '\n';
  out.append(text, end);
}

}  // namespace

void AppendCommandHeader(std::size_t arguments, std::string& out) {
  AppendLength('*', arguments, out);
}

void AppendArgument(std::string_view argument, std::string& out) {
  AppendLength('$', argument.size(), out);
  out.append(argument);
  out.append("\r\n", 2);
}

}  // namespace usher::store
