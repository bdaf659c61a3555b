// SPDX-License-Identifier: Apache-2.0
#include "router/store/wire.h"

namespace usher::store {

namespace {
constexpr std::uint64_t kTagMax = (1u << 29) - 1;  // protobuf's own bound
}  // namespace

void CloseNested(std::size_t start, std::string& out) {
  const std::size_t size = out.size() - start;
  char bytes[kVarintBytesMax];
  const std::size_t length = PutVarint(size, bytes);
  if (length == 1) {
    out[start - 1] = bytes[0];
  } else {
    out.replace(start - 1, 1, bytes, length);
  }
}

bool WireReader::ReadVarint(std::uint64_t& value) {
  value = 0;
  for (unsigned shift = 0; shift < 64 && position_ < bytes_.size(); shift += 7) {
    const auto byte = static_cast<unsigned char>(bytes_[position_++]);
    if (shift == 63 && byte > 1) return false;
    value |= std::uint64_t{byte & 0x7fu} << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

bool WireReader::PeekHeader() {
  if (peeked_) return true;
  const std::size_t start = position_;
  std::uint64_t header = 0;
  const bool read = !AtEnd() && ReadVarint(header);
  peeked_end_ = position_;
  position_ = start;
  if (!read || header >> 3 == 0 || header >> 3 > kTagMax) return false;
  peeked_tag_ = static_cast<std::uint32_t>(header >> 3);
  peeked_type_ = static_cast<std::uint32_t>(header & 7);
  peeked_ = true;
  return true;
}

std::uint32_t WireReader::PeekTag() { return PeekHeader() ? peeked_tag_ : 0; }

bool WireReader::Advance(std::uint64_t size, std::string_view& value) {
  if (size > bytes_.size() - position_) return false;
  value = bytes_.substr(position_, static_cast<std::size_t>(size));
  position_ += static_cast<std::size_t>(size);
  return true;
}

bool WireReader::TakeVarint(std::uint64_t& value) {
  if (!PeekHeader() || peeked_type_ != static_cast<std::uint32_t>(WireType::kVarint)) return false;
  position_ = peeked_end_;
  peeked_ = false;
  return ReadVarint(value);
}

bool WireReader::TakeBytes(std::string_view& value) {
  if (!PeekHeader() || peeked_type_ != static_cast<std::uint32_t>(WireType::kBytes)) return false;
  position_ = peeked_end_;
  peeked_ = false;
  std::uint64_t size = 0;
  return ReadVarint(size) && Advance(size, value);
}

bool WireReader::Skip() {
  if (!PeekHeader()) return false;
  std::uint64_t number = 0;
  std::string_view bytes;
  switch (static_cast<WireType>(peeked_type_)) {
    case WireType::kVarint:
      return TakeVarint(number);
    case WireType::kBytes:
      return TakeBytes(bytes);
    case WireType::kFixed64:
    case WireType::kFixed32:
      position_ = peeked_end_;
      peeked_ = false;
      return Advance(peeked_type_ == static_cast<std::uint32_t>(WireType::kFixed64) ? 8 : 4, bytes);
  }
  return false;
}

}  // namespace usher::store
