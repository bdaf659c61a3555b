// SPDX-License-Identifier: Apache-2.0
#include "router/configuration/scalar.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

namespace usher::configuration {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t ms;
};
// Longest first where one begins another; largest first for printing otherwise.
constexpr std::array kUnits = {Unit{"ms", 1}, Unit{"d", 86'400'000}, Unit{"h", 3'600'000},
                               Unit{"m", 60'000}, Unit{"s", 1000}};

bool IsDigits(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<std::int64_t> ParseDigits(std::string_view text) {
  std::int64_t number = 0;
  if (!IsDigits(text)) return std::nullopt;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc{}) return std::nullopt;
  return number;
}

// `number` times `scale`, where that is whole: "1.5" by 1000 is 1500, "0.0005" by 1000 is nothing.
std::optional<std::int64_t> ParseScaled(std::string_view number, std::int64_t scale) {
  const std::size_t point = number.find('.');
  const auto whole = ParseDigits(number.substr(0, point));
  if (!whole || *whole > (std::int64_t{1} << 53) / scale) return std::nullopt;
  if (point == std::string_view::npos) return *whole * scale;
  const std::string_view decimals = number.substr(point + 1);
  const auto fraction = ParseDigits(decimals);
  if (!fraction || decimals.size() > 6) return std::nullopt;
  std::int64_t parts = 1;
  for (std::size_t i = 0; i < decimals.size(); ++i) parts *= 10;
  if (*fraction * scale % parts != 0) return std::nullopt;
  return *whole * scale + *fraction * scale / parts;
}

std::optional<std::int64_t> ParseFixed(std::string_view text, std::size_t at, std::size_t length) {
  if (at + length > text.size()) return std::nullopt;
  return ParseDigits(text.substr(at, length));
}

}  // namespace

std::optional<std::int64_t> ParseInteger(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  const auto number = ParseDigits(text);
  if (!number) return std::nullopt;
  return negative ? -*number : *number;
}

std::optional<Duration> ParseDuration(std::string_view text) {
  for (const Unit& unit : kUnits) {
    if (!text.ends_with(unit.name)) continue;
    const auto ms = ParseScaled(text.substr(0, text.size() - unit.name.size()), unit.ms);
    if (!ms || Duration{*ms} > kDurationMax) return std::nullopt;
    return Duration{*ms};
  }
  return std::nullopt;
}

std::optional<std::int32_t> ParsePercent(std::string_view text) {
  if (!text.ends_with('%')) return std::nullopt;
  const auto basis_points = ParseScaled(text.substr(0, text.size() - 1), 100);
  if (!basis_points || *basis_points > 10'000) return std::nullopt;
  return static_cast<std::int32_t>(*basis_points);
}

bool IsId(std::string_view text) {
  if (text.empty() || text.size() > 64 || text[0] < 'a' || text[0] > 'z') return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

std::optional<std::int64_t> ParseDate(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto year = ParseFixed(text, 0, 4);
  const auto month = ParseFixed(text, 5, 2);
  const auto day = ParseFixed(text, 8, 2);
  if (!year || !month || !day || *year < 1970 || *year > 2200) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{static_cast<int>(*year)},
                                         std::chrono::month{static_cast<unsigned>(*month)},
                                         std::chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days{date}.time_since_epoch().count();
}

std::optional<Duration> ParseLocalTime(std::string_view text) {
  if (text.size() != 16 && text.size() != 19) return std::nullopt;
  const auto day = ParseDate(text.substr(0, 10));
  const auto minute = ParseTimeOfDay(text.substr(11, 5));
  if (!day || !minute || (text[10] != 'T' && text[10] != ' ')) return std::nullopt;
  std::int64_t second = 0;
  if (text.size() == 19) {
    const auto given = ParseFixed(text, 17, 2);
    if (text[16] != ':' || !given || *given > 59) return std::nullopt;
    second = *given;
  }
  return Duration{*day * 86'400'000 + *minute * 60'000 + second * 1000};
}

std::optional<std::int32_t> ParseTimeOfDay(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  const auto hour = ParseFixed(text, 0, 2);
  const auto minute = ParseFixed(text, 3, 2);
  if (!hour || !minute || *minute > 59) return std::nullopt;
  const std::int64_t minutes = *hour * 60 + *minute;
  if (minutes > 1440) return std::nullopt;
  return static_cast<std::int32_t>(minutes);
}

std::string FormatDuration(Duration duration) {
  const std::int64_t ms = duration.count();
  if (ms == 0) return "0s";
  for (const Unit& unit : kUnits) {
    if (unit.ms > 1 && ms % unit.ms == 0)
      return std::to_string(ms / unit.ms) + std::string(unit.name);
  }
  return std::to_string(ms) + "ms";
}

std::string FormatPercent(std::int32_t basis_points) {
  std::string text = std::to_string(basis_points / 100);
  const std::int32_t rest = basis_points % 100;
  if (rest != 0) {
    text += rest < 10 ? ".0" : ".";
    text += std::to_string(rest % 10 == 0 ? rest / 10 : rest);
  }
  return text + "%";
}

}  // namespace usher::configuration
