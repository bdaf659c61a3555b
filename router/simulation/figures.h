// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "router/simulation/tally.h"

namespace usher::simulation {

// How a figure is shown, and what it is in JSON.
enum class Unit : std::uint8_t {
  kCount,  // how many; a mean over runs may have a fraction
  kShare,  // from 0 to 1; shown in percent
  kSeconds,
  kNumber,  // a mean number of things, such as workload in Erlang
};

// What a figure speaks of.
enum class Subject : std::uint8_t { kContacts = 1, kAgents = 2, kBoth = 3 };

struct Figure {
  std::string_view key;    // in JSON
  std::string_view title;  // in tables
  Unit unit = Unit::kCount;
  Subject subject = Subject::kContacts;
};

// Every figure of the report, in its order. docs/operate/simulate.md gives each formula.
const std::vector<Figure>& AllFigures();
// The place of a figure in AllFigures; the key must exist.
std::size_t FigureOf(std::string_view key);

// One value for each of AllFigures; not a number where there is none (nobody came, or the figure
// does not speak of this group).
using Values = std::vector<double>;

struct Report {
  Values all{};
  std::map<std::string, Values> queues{};    // by id
  std::map<std::string, Values> channels{};  // those that somebody used
  std::map<std::string, Values> agents{};    // by id
  double redials = 0;
};

Report ReportOf(const Tally& tally, std::uint64_t redials);

// The nearest-rank percentile of the waits of `answered` contacts, of whom those not in `waits_ms`
// waited nothing; not a number where nobody was answered. Sorts `waits_ms`.
double WaitPercentile(std::vector<std::int64_t>& waits_ms, std::int64_t answered, int percent);

}  // namespace usher::simulation
