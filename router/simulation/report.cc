// SPDX-License-Identifier: Apache-2.0
#include "router/simulation/report.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <map>
#include <string_view>

#include "router/configuration/json_text.h"

namespace usher::simulation {
namespace {

using configuration::QuoteJson;

std::string Fixed(double value, int decimals) {
  std::array<char, 64> text{};
  const auto [end, failure] = std::to_chars(text.data(), text.data() + text.size(), value,
                                            std::chars_format::fixed, decimals);
  if (failure != std::errc{}) return "?";
  const std::string shown(text.data(), end);
  // What rounds to nothing has no sign.
  return shown.find_first_not_of("-0.") == std::string::npos && shown[0] == '-' ? shown.substr(1)
                                                                                : shown;
}

// `12`, `81.25%`, `7.84s`.
std::string Show(double value, Unit unit) {
  if (std::isnan(value)) return "-";
  switch (unit) {
    case Unit::kCount:
      return Fixed(value, value == std::floor(value) ? 0 : 1);
    case Unit::kShare:
      return Fixed(value * 100, 2) + "%";
    case Unit::kSeconds:
      return Fixed(value, 2) + "s";
    case Unit::kNumber:
      return Fixed(value, 2);
  }
  return "-";
}

// `7.84s ± 0.05`.
std::string Show(const Estimate& estimate, Unit unit) {
  const std::string shown = Show(estimate.mean, unit);
  if (std::isnan(estimate.half_width)) return shown;
  const double scale = unit == Unit::kShare ? 100 : 1;
  return shown + " ± " + Fixed(estimate.half_width * scale, unit == Unit::kCount ? 1 : 2);
}

std::size_t WidthOf(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

// Columns as wide as their widest cell; all but the first are set to the right.
class Table {
 public:
  void Add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  std::string Text() const {
    std::vector<std::size_t> widths;
    for (const auto& row : rows_) {
      widths.resize(std::max(widths.size(), row.size()));
      for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], WidthOf(row[i]));
    }
    std::string text;
    for (const auto& row : rows_) {
      std::string line = "  ";
      for (std::size_t i = 0; i < row.size(); ++i) {
        const std::string gap(widths[i] - WidthOf(row[i]), ' ');
        line += i == 0 ? row[i] + gap : "  " + gap + row[i];
      }
      line.erase(line.find_last_not_of(' ') + 1);
      text += line + "\n";
    }
    return text;
  }

 private:
  std::vector<std::vector<std::string>> rows_;
};

struct Column {
  std::string_view figure;
  std::string_view head;
};

// The columns of tables that have a line for each queue, channel or agent.
constexpr std::array<Column, 11> kWaitColumns = {{{"offered", "offered"},
                                                  {"answered", "answered"},
                                                  {"abandoned", "abandoned"},
                                                  {"refused", "refused"},
                                                  {"timed_out", "timed out"},
                                                  {"waiting", "still"},
                                                  {"service_level", "service level"},
                                                  {"answered_in_time_of_offered", "of offered"},
                                                  {"answer_wait_mean", "ASA"},
                                                  {"answer_wait_p95", "P95"},
                                                  {"abandon_wait_mean", "abandoned after"}}};
constexpr std::array<Column, 7> kWorkColumns = {{{"handle_mean", "handle time"},
                                                 {"transfers", "transfers"},
                                                 {"overflows", "overflows"},
                                                 {"offers", "offers"},
                                                 {"missed", "missed"},
                                                 {"rejected", "rejected"},
                                                 {"occupancy", "occupancy"}}};
constexpr std::array<Column, 9> kAgentColumns = {{{"accepted", "accepted"},
                                                  {"rejected", "rejected"},
                                                  {"missed", "missed"},
                                                  {"passed_on", "passed on"},
                                                  {"occupancy", "occupancy"},
                                                  {"utilisation", "utilisation"},
                                                  {"concurrency", "at once"},
                                                  {"signed_in_time", "signed in"},
                                                  {"not_ready_time", "not ready"}}};

template <std::size_t N>
std::string TableOf(const std::vector<std::string>& names,
                    const std::map<std::string, Estimates>& lines,
                    const std::array<Column, N>& columns) {
  Table table;
  std::vector<std::string> heads{""};
  for (const Column& column : columns) heads.emplace_back(column.head);
  table.Add(std::move(heads));
  for (const std::string& name : names) {
    const auto found = lines.find(name);
    if (found == lines.end()) continue;
    std::vector<std::string> row{name};
    for (const Column& column : columns) {
      const std::size_t figure = FigureOf(column.figure);
      row.push_back(Show(found->second[figure], AllFigures()[figure].unit));
    }
    table.Add(std::move(row));
  }
  return table.Text();
}

std::vector<std::string> NamesOf(const std::map<std::string, Estimates>& lines) {
  std::vector<std::string> names;
  for (const auto& [name, estimates] : lines) names.push_back(name);
  return names;
}

std::string AgentsHeading(std::size_t shown, std::size_t count) {
  if (shown == count) return "\nagents\n";
  return "\nagents: the first " + std::to_string(shown) + " of " + std::to_string(count) +
         "; --json tells of all\n";
}

std::string TextOfSide(const Side& side) {
  Table all;
  for (std::size_t i = 0; i < AllFigures().size(); ++i) {
    const Figure& figure = AllFigures()[i];
    all.Add({std::string(figure.title), Show(side.summary.all[i], figure.unit)});
  }
  all.Add({"called again", Show(side.summary.redials, Unit::kCount)});
  std::string text = "\nin all\n" + all.Text();
  text += "\nqueues\n" + TableOf(side.queues, side.summary.queues, kWaitColumns) + "\n" +
          TableOf(side.queues, side.summary.queues, kWorkColumns);
  text +=
      "\nchannels\n" + TableOf(NamesOf(side.summary.channels), side.summary.channels, kWaitColumns);
  std::vector<std::string> agents = side.agents;
  agents.resize(std::min(agents.size(), kAgentsShown));
  text += AgentsHeading(agents.size(), side.agents.size()) +
          TableOf(agents, side.summary.agents, kAgentColumns);
  return text;
}

// One figure a line: both sides, the difference, and whether it is more than chance.
std::string ComparisonOf(const Estimates& one, const Estimates& other, const Estimates& difference,
                         const std::vector<std::size_t>& figures) {
  Table table;
  table.Add({"", "A", "B", "B − A", ""});
  for (const std::size_t i : figures) {
    const Unit unit = AllFigures()[i].unit;
    if (std::isnan(one[i].mean) && std::isnan(other[i].mean)) continue;
    const bool none = std::isnan(difference[i].mean);
    table.Add({std::string(AllFigures()[i].title), Show(one[i], unit), Show(other[i], unit),
               none ? "-" : Show(difference[i], unit),
               none || difference[i].runs < 2  ? ""
               : difference[i].IsSignificant() ? "significant"
                                               : "chance"});
  }
  return table.Text();
}

template <std::size_t N>
std::vector<std::size_t> PlacesOf(const std::array<Column, N>& columns) {
  std::vector<std::size_t> places;
  for (const Column& column : columns) places.push_back(FigureOf(column.figure));
  return places;
}

std::string TextOfComparison(const Side& one, const Side& other, const Summary& difference) {
  std::vector<std::size_t> every(AllFigures().size());
  for (std::size_t i = 0; i < every.size(); ++i) every[i] = i;
  std::vector<std::size_t> chosen = PlacesOf(kWaitColumns);
  const auto more = PlacesOf(kWorkColumns);
  chosen.insert(chosen.end(), more.begin(), more.end());
  std::string text =
      "\nin all\n" + ComparisonOf(one.summary.all, other.summary.all, difference.all, every);
  for (const std::string& queue : one.queues) {
    const auto found = difference.queues.find(queue);
    if (found == difference.queues.end()) {
      text += "\nqueue " + queue + ": only in A\n";
      continue;
    }
    text += "\nqueue " + queue + "\n" +
            ComparisonOf(one.summary.queues.at(queue), other.summary.queues.at(queue),
                         found->second, chosen);
  }
  for (const std::string& queue : other.queues) {
    if (!difference.queues.contains(queue)) text += "\nqueue " + queue + ": only in B\n";
  }
  Table occupancies;
  occupancies.Add({"", "A", "B", "B − A"});
  const std::size_t occupancy = FigureOf("occupancy");
  std::size_t shown = 0;
  for (const std::string& agent : one.agents) {
    if (!difference.agents.contains(agent) || shown == kAgentsShown) continue;
    ++shown;
    occupancies.Add({agent, Show(one.summary.agents.at(agent)[occupancy], Unit::kShare),
                     Show(other.summary.agents.at(agent)[occupancy], Unit::kShare),
                     Show(difference.agents.at(agent)[occupancy], Unit::kShare)});
  }
  return text + "\noccupancy of agents who are in both" +
         (difference.agents.size() > shown ? ", the first " + std::to_string(shown) : "") + "\n" +
         occupancies.Text();
}

// --- JSON.

std::string Number(double value) {
  if (std::isnan(value)) return "null";
  std::array<char, 64> text{};
  const auto [end, failure] = std::to_chars(text.data(), text.data() + text.size(), value);
  return failure == std::errc{} ? std::string(text.data(), end) : "null";
}

std::string JsonOf(const Estimate& estimate, int runs) {
  if (runs == 1) return Number(estimate.mean);
  return "{\"mean\": " + Number(estimate.mean) +
         ", \"half_width\": " + Number(estimate.half_width) +
         ", \"runs\": " + std::to_string(estimate.runs) + "}";
}

// Figures that do not speak of such a group are left out.
std::string JsonOf(const Estimates& estimates, int runs, Subject subject) {
  std::string json;
  for (std::size_t i = 0; i < estimates.size(); ++i) {
    const Figure& figure = AllFigures()[i];
    const auto speaks = static_cast<unsigned>(figure.subject) & static_cast<unsigned>(subject);
    if (speaks == 0) continue;
    json += (json.empty() ? "" : ", ") + QuoteJson(figure.key) + ": " + JsonOf(estimates[i], runs);
  }
  return "{" + json + "}";
}

std::string JsonOf(const std::map<std::string, Estimates>& lines, int runs, Subject subject) {
  std::string json;
  for (const auto& [name, estimates] : lines) {
    json +=
        (json.empty() ? "" : ",\n    ") + QuoteJson(name) + ": " + JsonOf(estimates, runs, subject);
  }
  return "{" + json + "}";
}

std::string JsonOf(const Summary& summary, int runs) {
  return "{\"all\": " + JsonOf(summary.all, runs, Subject::kBoth) +
         ",\n   \"queues\": " + JsonOf(summary.queues, runs, Subject::kBoth) +
         ",\n   \"channels\": " + JsonOf(summary.channels, runs, Subject::kContacts) +
         ",\n   \"agents\": " + JsonOf(summary.agents, runs, Subject::kAgents) +
         ",\n   \"redials\": " + JsonOf(summary.redials, runs) + "}";
}

}  // namespace

std::string TextOf(const StudyReport& report) {
  std::string text = report.side.file + " with " + report.traffic_file + ", seed " +
                     std::to_string(report.seed) + ": " + std::to_string(report.runs) +
                     (report.runs == 1 ? " run of " : " runs of ") + Fixed(report.hours, 2) +
                     " hours";
  if (report.warm_up_hours > 0) {
    text += " after a warm-up of " + Fixed(report.warm_up_hours, 2) + " hours";
  }
  text += "\n";
  if (report.runs > 1) text += "means over the runs, ± half of their 95 % confidence intervals\n";
  if (!report.other) return text + TextOfSide(report.side);
  text += "A: " + report.side.file + "\nB: " + report.other->file + "\n";
  if (report.runs == 1) text += "with --runs 10 or more it tells which differences are chance\n";
  return text + TextOfComparison(report.side, *report.other, *report.difference);
}

std::string JsonOf(const StudyReport& report) {
  std::string json = "{\"traffic\": " + QuoteJson(report.traffic_file) +
                     ", \"seed\": " + std::to_string(report.seed) +
                     ", \"runs\": " + std::to_string(report.runs) +
                     ", \"hours\": " + Number(report.hours) +
                     ", \"warm_up_hours\": " + Number(report.warm_up_hours) +
                     ",\n  \"domain\": " + QuoteJson(report.side.file) +
                     ",\n  \"report\": " + JsonOf(report.side.summary, report.runs);
  if (report.other) {
    json += ",\n  \"compared_with\": " + QuoteJson(report.other->file) +
            ",\n  \"other_report\": " + JsonOf(report.other->summary, report.runs) +
            ",\n  \"difference\": " + JsonOf(*report.difference, report.runs);
  }
  return json + "}\n";
}

}  // namespace usher::simulation
