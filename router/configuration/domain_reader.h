// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "router/configuration/diagnostic.h"
#include "router/configuration/yaml_document.h"
#include "router/engine/domain.h"

namespace usher::configuration {

// What a domain file says: a domain with every default filled in and every reference checked, or
// what is wrong with it. Never both: a file with one mistake is not applied in part.
struct DomainReading {
  std::optional<engine::Domain> domain;
  std::vector<Diagnostic> diagnostics;
  // Of a sound file of its own: its name and its text as a tree, in which warnings find their line.
  std::string file{};
  YamlNode::Ptr document{};

  bool ok() const { return domain.has_value(); }
};

// Whether `domain:` must be there. A scenario may leave it out; it is then `scenario`.
enum class DomainName { kRequired, kOptional };

// Reads the text of a domain file; `file` names it in diagnostics. Costs no I/O but the system's
// time zone database.
DomainReading ReadDomain(std::string_view text, std::string_view file,
                         DomainName name = DomainName::kRequired);

// Reads the file itself.
DomainReading ReadDomainFile(const std::string& path, DomainName name = DomainName::kRequired);

// Reads a domain that stands inside another document (a scenario), where `domain:` is optional.
DomainReading ReadInlineDomain(const YamlNode& node, std::string_view file);

}  // namespace usher::configuration
