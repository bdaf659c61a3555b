// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "base/result.h"
#include "channels/freeswitch/freeswitch_config.h"

namespace usher::app {

// Reads how telephone calls come in and are treated; docs/integrate/freeswitch.md explains each
// key:
//
//   servers:
//     main: {host: 127.0.0.1, password_file: event-socket.secret}
//   numbers:
//     "+15558000*": support
//   queues:
//     support: {music: moh, ring: on-offer, announce: {position: true}, digits: {1: callback}}
//   agents: {address: "user/{agent}"}
//   outside: {address: "sofia/gateway/trunk/{number}", ring: 60s}
//
// All but `servers` is as in the file of Asterisk. BAD_FREESWITCH_FILE names each line that is
// wrong; SECRET_EXPOSED.
Result<freeswitch::FreeswitchConfig> ReadFreeswitchFile(const std::filesystem::path& file);

}  // namespace usher::app
