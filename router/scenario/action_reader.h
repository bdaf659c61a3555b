// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "router/configuration/domain_reader.h"
#include "router/configuration/mapping_reader.h"
#include "router/scenario/scenario.h"

namespace usher::scenario {

// Where an action of a file stands: what it may refer to.
struct ActionSite {
  Instant start{};  // that `due` and `not_before` count from
  // Reads the domain of an `apply`; complains by itself and then gives nothing.
  std::function<std::optional<engine::Domain>(const configuration::YamlNode&)> read_domain;
};

// Every action's key, as in the documentation.
const std::vector<std::string>& ActionVerbs();

// Every reason that `refused:` and `says:` may name.
const configuration::Names& ReasonNames();

// Reads the action `verb` and its further keys from the step. Nothing where it complained.
std::optional<Action> ReadAction(std::string_view verb, configuration::MappingReader& step,
                                 const ActionSite& site);

}  // namespace usher::scenario
