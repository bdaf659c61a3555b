// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "router/configuration/diagnostic.h"
#include "router/configuration/mapping_reader.h"
#include "router/configuration/yaml_document.h"
#include "router/engine/domain.h"

namespace usher::configuration {

// What the parts of a domain file may refer to.
struct Vocabulary {
  Names skills{"skill"};
  Names hours{"hours"};
  Names queues{"queue"};
  Names profiles{"profile"};
  Names agents{"agent"};
};

inline constexpr std::int32_t kPriorityMax = 1'000'000;  // either way; sums stay far from overflow
inline constexpr std::int32_t kTierMax = 1000;
inline constexpr std::size_t kStepsMax = 100;

engine::Queue ReadQueue(const std::string& id, const YamlNode& node, const Vocabulary& vocabulary,
                        Diagnostics& diagnostics);

// Reads the requirement of `key`, complaining where it does not compile.
void ReadRequirement(MappingReader& reader, std::string_view key,
                     const std::vector<std::string>& skills, std::optional<std::string>& out);

// Complains about overflows that lead back to their queue without any time passing.
void CheckOverflowCycles(const std::vector<engine::Queue>& queues, const YamlNode& node,
                         Diagnostics& diagnostics);

}  // namespace usher::configuration
