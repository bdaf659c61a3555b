// SPDX-License-Identifier: Apache-2.0
#include "router/engine/requirement_table.h"

#include <utility>

#include "base/check.h"

namespace usher::engine {
namespace {
const Requirement kNoRequirement;
const std::string kNoText;
}  // namespace

void RequirementTable::Reset(const std::vector<std::string>& skills) {
  skills_ = skills;
  entries_.clear();
  numbers_.clear();
}

std::uint32_t RequirementTable::NumberOf(const std::string& text) {
  if (text.empty()) return 0;
  const auto known = numbers_.find(text);
  if (known != numbers_.end()) return known->second;
  Result<Requirement> compiled = Requirement::Compile(text, skills_);
  USHER_CHECK(compiled.ok(), "a stored requirement compiles");
  entries_.emplace(++last_, Entry{text, *std::move(compiled)});
  numbers_.emplace(text, last_);
  return last_;
}

const Requirement& RequirementTable::Get(std::uint32_t number) const {
  if (number == 0) return kNoRequirement;
  const auto found = entries_.find(number);
  USHER_CHECK(found != entries_.end(), "a requirement's number is known");
  return found->second.requirement;
}

const std::string& RequirementTable::TextOf(std::uint32_t number) const {
  if (number == 0) return kNoText;
  const auto found = entries_.find(number);
  USHER_CHECK(found != entries_.end(), "a requirement's number is known");
  return found->second.text;
}

void RequirementTable::KeepOnly(const std::set<std::uint32_t>& used) {
  std::erase_if(entries_, [&](const auto& entry) { return !used.contains(entry.first); });
  std::erase_if(numbers_, [&](const auto& entry) { return !used.contains(entry.second); });
  kept_ = entries_.size();
}

}  // namespace usher::engine
