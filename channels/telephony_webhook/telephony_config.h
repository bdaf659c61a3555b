// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/id.h"
#include "base/time.h"

namespace usher::telephony_webhook {

// A telephone system that tells of its calls, and is told what to do with them, by webhooks.
struct TelephonySystem {
  std::string id{};                    // stands in the path and in external ids
  DomainId domain{};                   // whose contacts the calls are
  std::vector<std::string> secrets{};  // both sides sign with the first; see ParseSecret
  std::string url{};                   // where it takes what it is to do
  std::string ca_file{};               // authorities to trust for https; "": the system's
  std::string queue{};                 // of calls to numbers that are not listed; "": none
  std::map<std::string, std::string> numbers{};     // the number that was called to its queue
  std::map<std::string, std::string> telephones{};  // an agent's; who is not listed: the agent's id
  // Asked whether it still has a call of which nothing was heard for so long; 0: never.
  Duration check_after{300'000};
};

}  // namespace usher::telephony_webhook
