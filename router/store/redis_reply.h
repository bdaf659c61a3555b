// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace usher::store {

// One answer of Redis (RESP2), owned by value. An error answer is a value too: whether "WRONGTYPE"
// is a failure is for the caller to say.
class RedisReply {
 public:
  enum class Kind : std::uint8_t { kNil, kText, kInteger, kArray, kError };

  RedisReply() = default;
  static RedisReply Text(std::string text);
  static RedisReply Integer(std::int64_t value);
  static RedisReply Array(std::vector<RedisReply> items);
  static RedisReply ErrorText(std::string text);

  Kind kind() const { return kind_; }
  bool IsNil() const { return kind_ == Kind::kNil; }
  bool IsError() const { return kind_ == Kind::kError; }
  bool IsText() const { return kind_ == Kind::kText; }
  bool IsArray() const { return kind_ == Kind::kArray; }

  // Bytes of a bulk string, a status or an error ("ERR no such key"); empty for other kinds.
  std::string_view text() const { return text_; }
  std::string TakeText() { return std::move(text_); }
  // The value of an integer; 0 for other kinds.
  std::int64_t integer() const { return integer_; }
  // The elements of an array; empty for other kinds.
  const std::vector<RedisReply>& items() const { return items_; }
  std::vector<RedisReply>& items() { return items_; }

  // An integer, or text that is a whole decimal number in range; otherwise nothing.
  std::optional<std::int64_t> AsInteger() const;
  std::optional<std::uint64_t> AsUnsigned() const;

  // Element `index` of an array, or a nil reply where there is none.
  const RedisReply& At(std::size_t index) const;

  // The first word of an error: "FENCED" of "FENCED epoch 7 leads"; empty for other kinds.
  std::string_view ErrorWord() const;

 private:
  friend class ReplyReader;

  Kind kind_ = Kind::kNil;
  std::int64_t integer_ = 0;
  std::string text_;
  std::vector<RedisReply> items_;
};

}  // namespace usher::store
