// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "router/configuration/diagnostic.h"
#include "router/configuration/mapping_reader.h"
#include "router/configuration/yaml_document.h"
#include "router/engine/calendar.h"

namespace usher::configuration {

// Reads `{weekly: ["mon-fri 09:00-18:00", "sat 10:00-14:00"], closed: ["2026-12-25"]}`. Days are
// joined by `-` (a range, which may pass Sunday) and `,`; a span whose end is not after its start
// passes midnight into the next day, and `24:00` ends a day.
engine::Hours ReadHours(const std::string& id, const YamlNode& node, Diagnostics& diagnostics);

// Adds the spans that the key lists, written as in `weekly`.
void ReadOpenSpans(MappingReader& reader, std::string_view key, std::vector<engine::OpenSpan>& out);

}  // namespace usher::configuration
