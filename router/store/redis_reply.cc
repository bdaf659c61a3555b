// SPDX-License-Identifier: Apache-2.0
#include "router/store/redis_reply.h"

#include <charconv>
#include <utility>

namespace usher::store {

namespace {

template <class Number>
std::optional<Number> Parse(std::string_view text) {
  Number value{};
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return value;
}

}  // namespace

RedisReply RedisReply::Text(std::string text) {
  RedisReply reply;
  reply.kind_ = Kind::kText;
  reply.text_ = std::move(text);
  return reply;
}

RedisReply RedisReply::Integer(std::int64_t value) {
  RedisReply reply;
  reply.kind_ = Kind::kInteger;
  reply.integer_ = value;
  return reply;
}

RedisReply RedisReply::Array(std::vector<RedisReply> items) {
  RedisReply reply;
  reply.kind_ = Kind::kArray;
  reply.items_ = std::move(items);
  return reply;
}

RedisReply RedisReply::ErrorText(std::string text) {
  RedisReply reply = Text(std::move(text));
  reply.kind_ = Kind::kError;
  return reply;
}

std::optional<std::int64_t> RedisReply::AsInteger() const {
  if (kind_ == Kind::kInteger) return integer_;
  return kind_ == Kind::kText ? Parse<std::int64_t>(text_) : std::nullopt;
}

std::optional<std::uint64_t> RedisReply::AsUnsigned() const {
  if (kind_ == Kind::kText) return Parse<std::uint64_t>(text_);
  if (kind_ != Kind::kInteger || integer_ < 0) return std::nullopt;
  return static_cast<std::uint64_t>(integer_);
}

const RedisReply& RedisReply::At(std::size_t index) const {
  static const RedisReply nil;
  return index < items_.size() ? items_[index] : nil;
}

std::string_view RedisReply::ErrorWord() const {
  if (kind_ != Kind::kError) return {};
  return std::string_view(text_).substr(0, text_.find(' '));
}

}  // namespace usher::store
