// SPDX-License-Identifier: Apache-2.0
#include "channels/freeswitch/switch_words.h"

#include <algorithm>

#include "channels/freeswitch/freeswitch_config.h"
#include "channels/phone/leg_name.h"

namespace usher::freeswitch {

using phone::LegEnd;

bool IsPlain(const std::string& text) {
  constexpr std::string_view kOthers = "._/:@+*#;=%~-";
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kOthers.find(c) != std::string_view::npos;
  });
}

bool IsError(const std::string& answer) {
  return answer.rfind("-ERR", 0) == 0 || answer.rfind("-USAGE", 0) == 0;
}

LegEnd EndOf(std::string_view cause, bool rang) {
  if (cause == "USER_BUSY") return LegEnd::kBusy;
  if (cause == "CALL_REJECTED") return LegEnd::kRejected;
  if (cause == "NO_ANSWER" || cause == "ALLOTTED_TIMEOUT" || cause == "NO_USER_RESPONSE" ||
      cause == "ORIGINATOR_CANCEL") {
    return rang ? LegEnd::kNoAnswer : LegEnd::kUnreachable;
  }
  if (cause == "NORMAL_CLEARING") return LegEnd::kHungUp;
  if (cause == "NORMAL_TEMPORARY_FAILURE" || cause == "SWITCH_CONGESTION" ||
      cause == "NORMAL_CIRCUIT_CONGESTION" || cause == "NETWORK_OUT_OF_ORDER" ||
      cause == "REQUESTED_CHAN_UNAVAIL") {
    return LegEnd::kCongested;
  }
  return LegEnd::kUnreachable;  // USER_NOT_REGISTERED, NO_ROUTE_DESTINATION,
                                // RECOVERY_ON_TIMER_EXPIRE…
}

std::string ShownName(const std::string& name) {
  std::string shown;
  for (const char c : name.substr(0, 64)) shown += IsPlain(std::string(1, c)) ? c : '_';
  return shown;
}

bool IsBridge(const std::string& application, const std::string& place) {
  return !phone::OwnerOfBridge(application, place).empty();
}

}  // namespace usher::freeswitch
