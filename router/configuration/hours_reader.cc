// SPDX-License-Identifier: Apache-2.0
#include "router/configuration/hours_reader.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <vector>

#include "router/configuration/mapping_reader.h"
#include "router/configuration/scalar.h"

namespace usher::configuration {
namespace {

constexpr std::array<std::string_view, 7> kWeekdays = {"mon", "tue", "wed", "thu",
                                                       "fri", "sat", "sun"};
constexpr std::int32_t kDayMinutes = 24 * 60;
constexpr std::size_t kSpansMax = 1000;  // hours are written by people
constexpr std::size_t kClosedMax = 10'000;

std::optional<std::int32_t> ParseWeekday(std::string_view text) {
  const auto found = std::find(kWeekdays.begin(), kWeekdays.end(), text);
  if (found == kWeekdays.end()) return std::nullopt;
  return static_cast<std::int32_t>(found - kWeekdays.begin());
}

// `mon`, `mon-fri`, `mon,wed-fri`; empty where it does not read so.
std::vector<std::int32_t> ParseDays(std::string_view text) {
  std::vector<std::int32_t> days;
  while (true) {
    const std::size_t comma = text.find(',');
    const std::string_view part = text.substr(0, comma);
    const std::size_t dash = part.find('-');
    const auto first = ParseWeekday(part.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : ParseWeekday(part.substr(dash + 1));
    if (!first || !last) return {};
    for (std::int32_t day = *first;; day = (day + 1) % 7) {
      days.push_back(day);
      if (day == *last) break;
    }
    if (comma == std::string_view::npos) return days;
    text.remove_prefix(comma + 1);
  }
}

// Adds the spans of one line such as "mon-fri 09:00-18:00"; false where it does not read so.
bool AddSpans(std::string_view text, std::vector<engine::OpenSpan>& spans) {
  const std::size_t blank = text.find(' ');
  if (blank == std::string_view::npos) return false;
  const std::string_view times = text.substr(blank + 1);
  const std::size_t dash = times.find('-');
  const auto start = ParseTimeOfDay(times.substr(0, dash));
  const auto end =
      dash == std::string_view::npos ? std::nullopt : ParseTimeOfDay(times.substr(dash + 1));
  if (!start || !end || *start == *end || *start == kDayMinutes) return false;
  const std::vector<std::int32_t> days = ParseDays(text.substr(0, blank));
  for (const std::int32_t day : days) {
    if (*start < *end) {
      spans.push_back({day, *start, *end});
      continue;
    }
    spans.push_back({day, *start, kDayMinutes});
    if (*end > 0) spans.push_back({(day + 1) % 7, 0, *end});
  }
  return !days.empty();
}

}  // namespace

void ReadOpenSpans(MappingReader& reader, std::string_view key,
                   std::vector<engine::OpenSpan>& out) {
  const YamlNode* spans = reader.Find(key);
  if (spans == nullptr) return;
  for (const YamlNode* item : ItemsOf(*spans)) {
    if (item->kind != YamlNode::Kind::kScalar || !AddSpans(item->text, out)) {
      reader.Complain(
          *item, std::string(key) + ": " + Shown(*item) + " is not like \"mon-fri 09:00-18:00\"");
    }
  }
}

engine::Hours ReadHours(const std::string& id, const YamlNode& node, Diagnostics& diagnostics) {
  engine::Hours hours{.id = id, .weekly = {}, .closed = {}};
  MappingReader reader(node, "hours " + id, diagnostics);
  ReadOpenSpans(reader, "weekly", hours.weekly);
  if (const YamlNode* closed = reader.Find("closed")) {
    for (const YamlNode* item : ItemsOf(*closed)) {
      const auto day = ParseDate(item->text);
      if (day) {
        hours.closed.push_back(*day);
      } else {
        reader.Complain(*item, "closed: " + Shown(*item) + " is not a date like 2026-12-25");
      }
    }
  }
  reader.Finish();
  if (hours.weekly.size() > kSpansMax || hours.closed.size() > kClosedMax) {
    reader.Complain(node, "lists too many spans or dates");
  }
  std::sort(hours.weekly.begin(), hours.weekly.end());
  std::sort(hours.closed.begin(), hours.closed.end());
  hours.closed.erase(std::unique(hours.closed.begin(), hours.closed.end()), hours.closed.end());
  return hours;
}

}  // namespace usher::configuration
