// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "channels/phone/switch.h"

namespace usher::freeswitch {

// The words of FreeSWITCH's commands and of its answers.

// Ends each list of applications: the channel stays, and is heard of (CHANNEL_PARK).
constexpr const char* kPark = "park:";

bool IsError(const std::string& answer);
// What a hang-up cause says. A telephone that is not there, and one that nobody answers, may both
// end for want of an answer; only the second has rung.
phone::LegEnd EndOf(std::string_view cause, bool rang);
// What is shown on a telephone, in one word that needs no quotes.
std::string ShownName(const std::string& name);
// Whether a leg's place is a conversation, or a supervisor's place beside one.
bool IsBridge(const std::string& application, const std::string& place);

}  // namespace usher::freeswitch
