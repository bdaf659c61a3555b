// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "router/configuration/domain_reader.h"

namespace usher::configuration {

// Gathers warnings about a domain, each with the line of the thing that it is about.
//
//   list.Add({"queues", "support", "steps", "1"}, "step 2 of support adds nobody");
class WarningList {
 public:
  // More than a person mends in one go; of what comes later only the number is said.
  static constexpr std::size_t kMax = 200;

  // The way from the top of the file to a thing: keys, and positions in lists from 0.
  using Path = std::vector<std::string>;

  explicit WarningList(const DomainReading& reading) : reading_(reading) {}

  // The line is that of as much of the path as the file holds.
  void Add(const Path& path, std::string message);
  // Whether the file itself says the last part of the path. A default that the file does not say
  // is nobody's mistake.
  bool Says(const Path& path) const;
  // By line; those of one line in the order in which they were found.
  std::vector<Diagnostic> Take() &&;

 private:
  struct Place {
    int line = 0;
    bool whole = false;
  };
  Place Find(const Path& path) const;

  const DomainReading& reading_;
  std::size_t left_out_ = 0;
  std::multimap<int, std::string> warnings_;  // by line; equal lines keep their order
};

// "1 agent", "3 agents".
std::string Count(std::size_t number, std::string_view thing);

}  // namespace usher::configuration
