// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/id.h"
#include "base/time.h"
#include "channels/phone/phone_rules.h"

namespace usher::asterisk {

// One Asterisk, for one domain.
struct AsteriskServerConfig {
  std::string name;  // stands in contacts: must stay what it is
  DomainId domain{};
  std::string url;  // http or https, without `/ari`
  std::string user;
  std::string password;
  std::string holder{};               // this process's own word, as it tells itself from a standby
  std::string application = "usher";  // letters, digits, `_` and `-`
  std::string ca_file{};
  // Callers at once; beyond it they are given back to the dialplan.
  std::size_t calls_max = 2'000;
  bool hang_up_unknown = false;  // numbers that no rule knows; else they are given back
  // Where people find a recording: an https address with `{recording}` in it; empty: nowhere.
  std::string recordings_url{};
};

struct AsteriskConfig {
  std::vector<AsteriskServerConfig> servers{};
  phone::PhoneRules rules{};
};

}  // namespace usher::asterisk
