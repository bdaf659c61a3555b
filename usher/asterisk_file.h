// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "base/result.h"
#include "channels/asterisk/asterisk_config.h"

namespace usher::app {

// Reads how telephone calls come in and are treated; docs/integrate/asterisk.md explains each key:
//
//   servers:
//     main: {url: "http://127.0.0.1:8088", user: usher, password_file: ari.secret}
//   numbers:
//     "+15558000*": support
//     "*": {queue: front, priority: 1}
//   queues:
//     support: {music: default, ring: on-offer, announce: {position: true}, digits: {1: callback}}
//   agents: {address: "PJSIP/{agent}"}
//   outside: {address: "PJSIP/{number}@trunk", ring: 60s}
//
// A password's file is named from the folder of this one, and may be read by nobody but its owner.
// BAD_ASTERISK_FILE names each line that is wrong; SECRET_EXPOSED.
Result<asterisk::AsteriskConfig> ReadAsteriskFile(const std::filesystem::path& file);

}  // namespace usher::app
