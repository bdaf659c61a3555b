// SPDX-License-Identifier: Apache-2.0
#include "base/io/log.h"

#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <memory>
#include <mutex>
#include <utility>

#include <poll.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <unistd.h>

#include "base/io/json_text.h"

namespace usher::io {
namespace {

constexpr std::size_t kTextBytesMax = 1024;
constexpr int kReaderPatienceMs = 100;

struct Output {
  std::atomic<LogLevel> level{LogLevel::kInfo};
  std::mutex mutex;
  LogFormat format = LogFormat::kJson;
  std::function<void(std::string_view)> sink;
  std::shared_ptr<spdlog::logger> stderr_logger = MakeStderrLogger();
  bool stderr_blocked = false;
  std::uint64_t lines_dropped = 0;  // since it was blocked

  static std::shared_ptr<spdlog::logger> MakeStderrLogger() {
    auto logger =
        std::make_shared<spdlog::logger>("", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    logger->set_pattern("%v");
    return logger;
  }
};

// Never destroyed: threads may log until the very end of the process.
Output& TheOutput() {
  static Output* const output = new Output;
  return *output;
}

const char* LevelName(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kError:
      return "error";
    case LogLevel::kOff:
      break;
  }
  return "off";
}

std::string TimeText(LogFormat format) {
  const auto now = std::chrono::system_clock::now();
  const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  const auto ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() % 1000;
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char text[40];
  const char* pattern = format == LogFormat::kJson ? "%Y-%m-%dT%H:%M:%S" : "%H:%M:%S";
  const std::size_t size = std::strftime(text, sizeof text, pattern, &utc);
  std::snprintf(text + size, sizeof text - size, ".%03d%s", static_cast<int>(ms),
                format == LogFormat::kJson ? "Z" : "");
  return text;
}

// Cuts between characters, never inside one.
std::string_view Cut(std::string_view text) {
  if (text.size() <= kTextBytesMax) return text;
  std::size_t end = kTextBytesMax;
  while (end > kTextBytesMax - 4 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end);
}

void AppendText(std::string& line, std::string_view text) {
  const std::string_view cut = Cut(text);
  AppendJsonString(line, cut);
  if (cut.size() < text.size()) line.insert(line.size() - 1, "…");
}

bool IsPlainWord(std::string_view text) {
  if (text.empty() || text.size() > kTextBytesMax) return false;
  for (const char c : text) {
    if (c <= ' ' || c > '~' || c == '"' || c == '=' || c == '\\') return false;
  }
  return true;
}

void AppendValue(std::string& line, const LogField::Value& value, LogFormat format) {
  if (const auto* text = std::get_if<std::string_view>(&value)) {
    if (format == LogFormat::kText && IsPlainWord(*text)) {
      line += *text;
    } else {
      AppendText(line, *text);
    }
  } else if (const auto* flag = std::get_if<bool>(&value)) {
    line += *flag ? "true" : "false";
  } else if (const auto* number = std::get_if<double>(&value)) {
    char digits[32];
    std::snprintf(digits, sizeof digits, "%.6g", *number);
    line += std::isfinite(*number) ? digits : "null";
  } else if (const auto* natural = std::get_if<std::uint64_t>(&value)) {
    line += std::to_string(*natural);
  } else {
    line += std::to_string(std::get<std::int64_t>(value));
  }
}

std::string JsonLine(LogLevel level, std::string_view event,
                     std::initializer_list<std::initializer_list<LogField>> groups) {
  std::string line = "{\"time\":\"" + TimeText(LogFormat::kJson) + "\",\"level\":\"";
  line += LevelName(level);
  line += "\",\"event\":";
  AppendText(line, event);
  for (const auto& fields : groups) {
    for (const LogField& field : fields) {
      line += ',';
      AppendText(line, field.key);
      line += ':';
      AppendValue(line, field.value, LogFormat::kJson);
    }
  }
  return line += '}';
}

std::string TextLine(LogLevel level, std::string_view event,
                     std::initializer_list<std::initializer_list<LogField>> groups) {
  std::string line = TimeText(LogFormat::kText) + ' ' + LevelName(level);
  line.append(line.size() < 21 ? 21 - line.size() : 1, ' ');
  AppendValue(line, event, LogFormat::kText);
  for (const auto& fields : groups) {
    for (const LogField& field : fields) {
      line += ' ';
      AppendValue(line, field.key, LogFormat::kText);
      line += '=';
      AppendValue(line, field.value, LogFormat::kText);
    }
  }
  return line;
}

std::string Line(LogFormat format, LogLevel level, std::string_view event,
                 std::initializer_list<std::initializer_list<LogField>> groups) {
  return format == LogFormat::kJson ? JsonLine(level, event, groups)
                                    : TextLine(level, event, groups);
}

// Whether a line can be written to standard error without waiting for who reads it.
bool TakesLine(Output& output) {
  pollfd error{.fd = STDERR_FILENO, .events = POLLOUT, .revents = 0};
  const int patience = output.stderr_blocked ? 0 : kReaderPatienceMs;
  output.stderr_blocked = ::poll(&error, 1, patience) == 0;
  return !output.stderr_blocked;
}

void WriteToStderr(Output& output, const std::string& line) {
  if (!TakesLine(output)) {
    ++output.lines_dropped;
    return;
  }
  spdlog::logger& logger = *output.stderr_logger;
  if (const std::uint64_t dropped = std::exchange(output.lines_dropped, 0); dropped > 0) {
    const std::string told =
        Line(output.format, LogLevel::kWarning, "log_lines_dropped", {{{"lines", dropped}}});
    logger.info(spdlog::string_view_t(told.data(), told.size()));
  }
  logger.info(spdlog::string_view_t(line.data(), line.size()));
  logger.flush();
}

void Write(LogLevel level, std::string_view event,
           std::initializer_list<std::initializer_list<LogField>> groups) {
  if (!LogEnabled(level)) return;
  Output& output = TheOutput();
  const std::lock_guard lock(output.mutex);
  const std::string line = Line(output.format, level, event, groups);
  output.sink ? output.sink(line) : WriteToStderr(output, line);
}

}  // namespace

void ConfigureLog(LogOptions options) {
  Output& output = TheOutput();
  const std::lock_guard lock(output.mutex);
  output.level = options.level;
  output.format = options.format;
  output.sink = std::move(options.sink);
}

bool LogEnabled(LogLevel level) {
  return level != LogLevel::kOff && level >= TheOutput().level.load(std::memory_order_relaxed);
}

void Log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
  Write(level, event, {fields});
}

void LogError(LogLevel level, std::string_view event, const Error& error,
              std::initializer_list<LogField> fields) {
  Write(level, event,
        {{{"reason", error.reason}, {"message", error.message}, {"next_step", error.next_step}},
         fields});
}

}  // namespace usher::io
