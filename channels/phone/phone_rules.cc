// SPDX-License-Identifier: Apache-2.0
#include "channels/phone/phone_rules.h"

#include <algorithm>

namespace usher::phone {

namespace {

constexpr std::size_t kNumberBytesMax = 32;

std::string With(const std::string& pattern, std::string_view mark, const std::string& value) {
  const std::size_t at = pattern.find(mark);
  if (at == std::string::npos) return pattern;
  return pattern.substr(0, at) + value + pattern.substr(at + mark.size());
}

bool Fits(std::string_view pattern, std::string_view number) {
  if (pattern.empty() || pattern.back() != '*') return pattern == number;
  pattern.remove_suffix(1);
  return number.substr(0, pattern.size()) == pattern;
}

}  // namespace

const NumberRule* PhoneRules::Find(std::string_view number) const {
  const NumberRule* best = nullptr;
  for (const NumberRule& rule : numbers) {
    if (!Fits(rule.number, number)) continue;
    const bool exact = rule.number.back() != '*';
    if (best == nullptr || exact || rule.number.size() > best->number.size()) best = &rule;
    if (exact) break;
  }
  return best;
}

std::string PhoneRules::AddressOf(const std::string& agent) const {
  const auto own = agent_addresses.find(agent);
  return own != agent_addresses.end() ? own->second : With(agent_address, "{agent}", agent);
}

std::string PhoneRules::AddressOutside(const std::string& number) const {
  return outside_address.empty() ? std::string() : With(outside_address, "{number}", number);
}

bool IsNumber(std::string_view text) {
  return !text.empty() && text.size() <= kNumberBytesMax &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || c == '+' || c == '*' || c == '#';
         });
}

}  // namespace usher::phone
