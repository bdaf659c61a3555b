// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.h"

namespace usher::io {

enum class LogLevel { kDebug, kInfo, kWarning, kError, kOff };

// One named value of a log line.
struct LogField {
  using Value = std::variant<std::string_view, std::int64_t, std::uint64_t, double, bool>;

  LogField(std::string_view field_key, bool field_value) : key(field_key), value(field_value) {}
  LogField(std::string_view field_key, std::string_view field_value)
      : key(field_key), value(field_value) {}
  LogField(std::string_view field_key, const std::string& field_value)
      : key(field_key), value(std::string_view(field_value)) {}
  LogField(std::string_view field_key, const char* field_value)
      : key(field_key), value(std::string_view(field_value)) {}
  template <std::signed_integral T>
  LogField(std::string_view field_key, T field_value)
      : key(field_key), value(static_cast<std::int64_t>(field_value)) {}
  template <std::unsigned_integral T>
  LogField(std::string_view field_key, T field_value)
      : key(field_key), value(static_cast<std::uint64_t>(field_value)) {}
  template <std::floating_point T>
  LogField(std::string_view field_key, T field_value)
      : key(field_key), value(static_cast<double>(field_value)) {}

  std::string_view key;
  Value value;
};

enum class LogFormat {
  kJson,  // {"time":"2026-11-21T19:52:12.345Z","level":"info","event":"http_listening","port":8080}
  kText,  // 19:52:12.345 info  http_listening port=8080
};

struct LogOptions {
  LogLevel level = LogLevel::kInfo;
  LogFormat format = LogFormat::kJson;
  // Where finished lines (without the line end) go; empty means standard error. Called from any
  // thread, one at a time.
  std::function<void(std::string_view line)> sink{};
};

// Sets how this process logs. Until then: info, JSON, standard error.
void ConfigureLog(LogOptions options);

bool LogEnabled(LogLevel level);

// Writes one line; any thread. `event` is lower_snake, names what happened and never varies, what
// varies stands in `fields`:
//
//   Log(LogLevel::kInfo, "http_listening", {{"address", address}, {"port", port}});
//
// Control characters are escaped and broken UTF-8 is replaced, so that input can neither forge a
// line nor drive a terminal; texts are cut at 1 KiB. Callers pass no secrets, no personal data and
// no message bodies.
//
// Nobody waits for whoever reads standard error: when its pipe stays full for 100 ms, lines are
// dropped until there is room again, and then one line tells how many.
void Log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields = {});

// Logs the reason, message and next step of `error` as fields before `fields`.
void LogError(LogLevel level, std::string_view event, const Error& error,
              std::initializer_list<LogField> fields = {});

}  // namespace usher::io
