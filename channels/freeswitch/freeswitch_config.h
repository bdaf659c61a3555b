// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/id.h"
#include "channels/phone/phone_rules.h"

namespace usher::freeswitch {

// One FreeSWITCH, for one domain.
struct FreeswitchServerConfig {
  std::string name{};  // stands in contacts: must stay what it is
  DomainId domain{};
  std::string host = "127.0.0.1";  // of its event socket
  std::uint16_t port = 8021;
  std::string password{};
  std::string holder{};               // this process's own word, as it tells itself from a standby
  std::string application = "usher";  // letters, digits, `_` and `-`; the calls that are ours
  // Where callers go who are given back: an extension of a context of its dialplan.
  std::string give_back_extension = "usher-given-back";
  std::string give_back_context = "usher";
  std::string conference_profile = "usher";                   // of conversations
  std::string recordings = "/var/lib/freeswitch/recordings";  // a folder of its machine
  std::string language = "en";                                // in which numbers are said
  // Callers at once; beyond it they are given back to the dialplan.
  std::size_t calls_max = 2'000;
  bool hang_up_unknown = false;  // numbers that no rule knows; else they are given back
};

struct FreeswitchConfig {
  std::vector<FreeswitchServerConfig> servers{};
  phone::PhoneRules rules{};
};

// What stands for nothing but itself in FreeSWITCH's commands: letters, digits and `._/:@+*#;=%~-`.
// Nothing else is ever put into one.
bool IsPlain(const std::string& text);

}  // namespace usher::freeswitch
