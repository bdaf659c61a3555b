// SPDX-License-Identifier: Apache-2.0
#include "router/store/keys.h"

#include <algorithm>
#include <charconv>

namespace usher::store {

namespace {

constexpr std::int64_t kDueOffset = std::int64_t{1} << 47;
constexpr std::uint64_t kWideMax = (std::uint64_t{1} << 48) - 1;
constexpr std::size_t kFixedBytes = 8 + 1 + 12 + 1 + 12 + 1;

void PutHex(std::uint64_t value, int digits, std::string& out) {
  constexpr char kDigits[] = "0123456789abcdef";
  for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) {
    out.push_back(kDigits[(value >> shift) & 15]);
  }
}

}  // namespace

std::string QueueMember(const engine::OrderKey& key, ContactId contact) {
  // Higher priorities first: count down from the highest.
  const std::int64_t priority = std::int64_t{INT32_MAX} - key.priority;
  const std::int64_t due = std::clamp(ToUnixMs(key.due), -kDueOffset, kDueOffset - 1) + kDueOffset;
  std::string member;
  member.reserve(kFixedBytes + 20);
  PutHex(static_cast<std::uint64_t>(priority), 8, member);
  member.push_back(':');
  PutHex(static_cast<std::uint64_t>(due), 12, member);
  member.push_back(':');
  PutHex(std::min(key.sequence, kWideMax), 12, member);
  member.push_back(':');
  member += std::to_string(contact.value());
  return member;
}

std::optional<ContactId> ContactOfMember(std::string_view member) {
  if (member.size() <= kFixedBytes || member[kFixedBytes - 1] != ':') return std::nullopt;
  std::uint64_t id = 0;
  const char* const end = member.data() + member.size();
  const auto [stop, error] = std::from_chars(member.data() + kFixedBytes, end, id);
  if (error != std::errc{} || stop != end || id == 0) return std::nullopt;
  return ContactId{id};
}

}  // namespace usher::store
