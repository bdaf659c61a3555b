// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/io/http_message.h"
#include "base/result.h"
#include "base/time.h"

namespace usher::gateway {

// How the telephones in agents' consoles reach the telephone system. No password of a telephone is
// here, nor comes here: agents give theirs to their browser, which signs in at the PBX itself.
struct SoftphoneConfig {
  std::string server{};  // ws or wss URL of SIP over WebSocket; empty: consoles have no telephone
  std::string domain{};  // of the agents' SIP addresses; empty: the server's host
  std::vector<std::string> ice_servers{};  // stun:, stuns:, turn: and turns: URLs, at most 8
  std::string
      turn_secret{};  // shared with the TURN servers, which then know the passwords made here
};

// INVALID_SOFTPHONE with what is wrong and how to write it.
Result<void> CheckSoftphone(const SoftphoneConfig& config);

// The console's headers, for pages that may also connect to the telephone system and, asked by
// their agent, use the microphone.
io::HttpHeaders WithSoftphone(io::HttpHeaders headers, const SoftphoneConfig& config);

// What a console is told: {"server","domain","user","iceServers"}, or {} without a telephone. TURN
// passwords are made for this agent and good for twelve hours.
std::string DescribeSoftphone(const SoftphoneConfig& config, std::string_view agent, Instant now);

}  // namespace usher::gateway
