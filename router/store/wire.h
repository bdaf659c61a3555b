// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace usher::store {

// The wire format of Protocol Buffers, by hand: a record is read back by any protobuf tool
// (`protoc --decode_raw`), grows by new tags, and is written without a generated class or an
// allocation per field.

enum class WireType : std::uint32_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

constexpr std::uint64_t ZigZag(std::int64_t value) {
  return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}
constexpr std::int64_t UnZigZag(std::uint64_t value) {
  return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
}

constexpr std::size_t kVarintBytesMax = 10;

// Writes 1 to 10 bytes and returns how many.
inline std::size_t PutVarint(std::uint64_t value, char* to) {
  std::size_t size = 0;
  while (value >= 0x80) {
    to[size++] = static_cast<char>(value | 0x80);
    value >>= 7;
  }
  to[size++] = static_cast<char>(value);
  return size;
}

inline void AppendVarint(std::uint64_t value, std::string& out) {
  char bytes[kVarintBytesMax];
  out.append(bytes, PutVarint(value, bytes));
}

inline void AppendTag(std::uint32_t tag, WireType type, std::string& out) {
  AppendVarint(std::uint64_t{tag} << 3 | static_cast<std::uint32_t>(type), out);
}

inline void AppendVarintField(std::uint32_t tag, std::uint64_t value, std::string& out) {
  char bytes[2 * kVarintBytesMax];
  std::size_t size = PutVarint(std::uint64_t{tag} << 3, bytes);
  size += PutVarint(value, bytes + size);
  out.append(bytes, size);
}

inline void AppendBytesField(std::uint32_t tag, std::string_view value, std::string& out) {
  AppendTag(tag, WireType::kBytes, out);
  AppendVarint(value.size(), out);
  out.append(value);
}

// Room for the length of what is appended next; CloseNested puts it in. One byte is kept free,
// since most nested records are shorter than 128 bytes; longer ones are moved up.
inline std::size_t OpenNested(std::string& out) {
  out.push_back('\0');
  return out.size();
}
void CloseNested(std::size_t start, std::string& out);

// Reads fields one after the other. Every method that returns false has met a record that ends too
// early or is malformed; the reader is then beyond use. Never reads outside `bytes`, which must
// outlive it.
class WireReader {
 public:
  explicit WireReader(std::string_view bytes) : bytes_(bytes) {}

  bool AtEnd() const { return position_ == bytes_.size(); }
  std::size_t position() const { return position_; }

  // The tag of the next field, without taking it; 0 at the end or where it is malformed.
  std::uint32_t PeekTag();

  // Each takes the next field, whose tag was peeked, and wants it to be of that type.
  bool TakeVarint(std::uint64_t& value);
  bool TakeBytes(std::string_view& value);
  // Whatever type it has. Groups (types 3 and 4) are malformed here.
  bool Skip();
  // True when the next field, whose tag was peeked, is length-delimited.
  bool NextIsBytes() const { return peeked_ && peeked_type_ == 2; }

  // A bare varint, as packed lists hold them.
  bool ReadVarint(std::uint64_t& value);

 private:
  bool PeekHeader();
  bool Advance(std::uint64_t size, std::string_view& value);

  std::string_view bytes_;
  std::size_t position_ = 0;
  bool peeked_ = false;
  std::uint32_t peeked_tag_ = 0;
  std::uint32_t peeked_type_ = 0;
  std::size_t peeked_end_ = 0;
};

}  // namespace usher::store
