// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "router/engine/expression.h"

namespace usher::engine {

// Contacts' own requirements, each text compiled once and known by a number above 0 that is not
// used again; 0 is the empty requirement.
class RequirementTable {
 public:
  void Reset(const std::vector<std::string>& skills);

  // Whether the text is known to compile.
  bool Knows(const std::string& text) const { return text.empty() || numbers_.contains(text); }
  // The text must compile: it was checked when it was submitted.
  std::uint32_t NumberOf(const std::string& text);
  const Requirement& Get(std::uint32_t number) const;
  const std::string& TextOf(std::uint32_t number) const;
  // Whether enough new ones came since the last KeepOnly that another look pays.
  bool IsCrowded() const { return entries_.size() > 4096 + 2 * kept_; }
  // Forgets all numbers but these.
  void KeepOnly(const std::set<std::uint32_t>& used);

 private:
  struct Entry {
    std::string text;
    Requirement requirement;
  };
  std::vector<std::string> skills_;
  std::map<std::uint32_t, Entry> entries_;
  std::map<std::string, std::uint32_t> numbers_;
  std::uint32_t last_ = 0;
  std::size_t kept_ = 0;
};

}  // namespace usher::engine
