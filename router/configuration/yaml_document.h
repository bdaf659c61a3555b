// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "router/configuration/diagnostic.h"

namespace usher::configuration {

// A YAML document as a tree of texts. Nothing is guessed from how a scalar looks: `no`, `on` and
// `1:30` stay text, as YAML 1.2's core schema has it, and whoever reads a value says what it must
// be. Only `~`, `null` and nothing at all are null.
struct YamlNode {
  enum class Kind { kNull, kScalar, kSequence, kMapping };
  using Ptr = std::shared_ptr<const YamlNode>;
  struct Entry {
    std::string key;
    int line = 0;
    Ptr value;
  };

  Kind kind = Kind::kNull;
  int line = 0;  // from 1
  std::string text;
  bool quoted = false;  // scalars: in quotes, or a block
  std::vector<Ptr> items;
  std::vector<Entry> entries;  // in the order of the file; keys are unique

  // Null on a miss.
  const YamlNode* Find(std::string_view key) const;
};

// What one text may hold: enough for 100,000 agents, too little to exhaust a server. `nodes_max`
// counts an alias as all that it stands for, so a "billion laughs" document ends early.
struct YamlBounds {
  std::size_t bytes_max = 32u << 20;
  std::size_t nodes_max = 4'000'000;
  std::size_t depth_max = 24;
};

// All documents of `text`, in order; empty ones are left out. On a syntax error, a duplicate key, a
// key that is not a scalar, or a bound exceeded, says so in `diagnostics` and returns nothing.
std::vector<YamlNode::Ptr> ReadYaml(std::string_view text, Diagnostics& diagnostics,
                                    const YamlBounds& bounds = {});

}  // namespace usher::configuration
