// SPDX-License-Identifier: Apache-2.0
#include "base/failpoint.h"

#include <array>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <optional>
#include <thread>

namespace usher::failpoints {

namespace {

constexpr int kKilledStatus = 137;  // what a shell says of a process that kill -9 ended

// In the order of the enumeration.
constexpr std::array<std::string_view, 40> kNames = {
    "command.read",     "command.decided",     "commit.gathered", "commit.send",  "commit.sent",
    "commit.replied",   "commit.acknowledged", "answer.give",     "answer.given", "tell.begin",
    "tell.end",         "stream.fill",         "unary.reply",     "project.send", "project.replied",
    "checkpoint.send",  "checkpoint.replied",  "trim.send",       "lease.renew",  "lease.renewed",
    "load.begin",       "load.lead",           "load.rows",       "load.log",     "load.done",
    "stepdown.project", "stepdown.resign",     "stepdown.done",   "message.send", "message.replied",
    "timeline.send",    "timeline.replied",    "merge.step",      "case.watched", "case.changed",
    "case.told",        "case.listed",         "case.offered",    "case.settled", "erase.step",
};
static_assert(kNames.size() == static_cast<std::size_t>(Failpoint::kEraseStep) + 1);

enum class Action : std::uint8_t { kNone, kExit, kPause, kDelay, kError };

struct Plan {
  Action action = Action::kNone;
  std::uint64_t delay_ms = 0;
  std::uint64_t only_at = 0;  // 0: every time
  std::atomic<std::uint64_t> reached{0};
};

std::array<Plan, kNames.size()> plans;

std::optional<std::uint64_t> ToNumber(std::string_view text) {
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number);
  if (text.empty() || error != std::errc{} || stopped != end) return std::nullopt;
  return number;
}

Error BadFailpoint(std::string_view word) {
  std::string names;
  for (const std::string_view name : kNames)
    names += (names.empty() ? "" : " ") + std::string(name);
  return {Code::kInvalidArgument, "BAD_FAILPOINT",
          "USHER_FAILPOINTS has '" + std::string(word) + "', which is no NAME=ACTION[@N]",
          "unset it, or use exit, pause, delay:MS or error at one of: " + names};
}

bool ReadAction(std::string_view text, Plan& plan) {
  constexpr std::string_view kDelay = "delay:";
  if (const std::size_t at = text.find('@'); at != std::string_view::npos) {
    const auto number = ToNumber(text.substr(at + 1));
    if (!number || *number == 0) return false;
    plan.only_at = *number;
    text = text.substr(0, at);
  }
  if (text == "exit") {
    plan.action = Action::kExit;
  } else if (text == "pause") {
    plan.action = Action::kPause;
  } else if (text == "error") {
    plan.action = Action::kError;
  } else if (text.starts_with(kDelay)) {
    const auto ms = ToNumber(text.substr(kDelay.size()));
    if (!ms) return false;
    plan.action = Action::kDelay;
    plan.delay_ms = *ms;
  } else {
    return false;
  }
  return true;
}

bool ArmOne(std::string_view word) {
  const std::size_t equals = word.find('=');
  if (equals == std::string_view::npos) return false;
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == word.substr(0, equals)) return ReadAction(word.substr(equals + 1), plans[i]);
  }
  return false;
}

}  // namespace

std::atomic<bool> armed{false};

bool Reach(Failpoint point) {
  Plan& plan = plans[static_cast<std::size_t>(point)];
  if (plan.action == Action::kNone) return false;
  const std::uint64_t time = plan.reached.fetch_add(1) + 1;
  if (plan.only_at != 0 && plan.only_at != time) return false;
  switch (plan.action) {
    case Action::kExit:
      std::_Exit(kKilledStatus);
    case Action::kPause:
      std::raise(SIGSTOP);
      return false;
    case Action::kDelay:
      std::this_thread::sleep_for(std::chrono::milliseconds(plan.delay_ms));
      return false;
    case Action::kError:
      return true;
    case Action::kNone:
      break;
  }
  return false;
}

Result<std::vector<std::string>> ArmFromEnvironment() {
  const char* const text = std::getenv("USHER_FAILPOINTS");  // NOLINT(concurrency-mt-unsafe)
  if (text == nullptr || *text == '\0') return std::vector<std::string>{};
  return Arm(text);
}

Result<std::vector<std::string>> Arm(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    const std::string_view word = text.substr(0, comma);
    if (!ArmOne(word)) {
      Disarm();
      return BadFailpoint(word);
    }
    words.emplace_back(word);
    text = comma == std::string_view::npos ? std::string_view{} : text.substr(comma + 1);
  }
  armed.store(!words.empty());
  return words;
}

void Disarm() {
  armed.store(false);
  for (Plan& plan : plans) {
    plan.action = Action::kNone;
    plan.delay_ms = 0;
    plan.only_at = 0;
    plan.reached.store(0);
  }
}

}  // namespace usher::failpoints
