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

  bool ok() const { return domain.has_value(); }
};

// Reads the text of a domain file; `file` names it in diagnostics. Costs no I/O but the system's
// time zone database.
DomainReading ReadDomain(std::string_view text, std::string_view file);

// Reads the file itself.
DomainReading ReadDomainFile(const std::string& path);

// Reads a domain that stands inside another document (a scenario); there `domain:` may be left out
// and is then `scenario`.
DomainReading ReadInlineDomain(const YamlNode& node, std::string_view file);

}  // namespace usher::configuration
