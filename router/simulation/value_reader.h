// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "router/configuration/mapping_reader.h"
#include "router/configuration/yaml_document.h"
#include "router/simulation/distribution.h"
#include "router/simulation/traffic.h"

// The kinds of values that only traffic files hold. Each reads the value of `key`; what is absent
// or wrong leaves the output as it was, and what is wrong is said.
namespace usher::simulation {

// `30s`; `{exponential: 3m}`; `{uniform: {from: 2s, to: 8s}}`;
// `{lognormal: {mean: 4m, deviation: 3m}}`; `{erlang: {k: 3, mean: 4m}}`; `none` where it may be.
enum class Endless : std::uint8_t { kNo, kYes };
void ReadDistribution(configuration::MappingReader& reader, std::string_view key,
                      std::optional<Distribution>& out, Endless endless = Endless::kNo);
void ReadDistribution(configuration::MappingReader& reader, std::string_view key,
                      Distribution& out);

// `5%`, in hundredths of a percent.
void ReadChance(configuration::MappingReader& reader, std::string_view key, std::int32_t& out);

// `gold`, or `{choose: {gold: 10%, silver: 30%}}`; the texts must be among `names` where that is
// not null.
void ReadChosenText(configuration::MappingReader& reader, std::string_view key,
                    const configuration::Names* names, ChosenText& out);

// A number with at most three decimals, `120` or `37.5`, from 0 to 10 million.
std::optional<double> ParseRate(const configuration::YamlNode& node);

}  // namespace usher::simulation
