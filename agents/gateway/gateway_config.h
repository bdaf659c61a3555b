// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "agents/gateway/softphone.h"
#include "base/time.h"

namespace usher::gateway {

struct GatewayLimits {
  std::size_t frame_bytes_max = 256 << 10;  // a long mail to many, with files
  std::size_t outbox_bytes_max = 8 << 20;   // the whole history of a long conversation at once
  std::size_t connections_max = 20'000;
  std::size_t connections_per_address_max = 5'000;  // a whole centre behind one address
  std::size_t requests_max = 300;       // of one session in a `window`; more are refused
  std::size_t frames_max = 1'200;       // of one session in a `window`; more close it
  std::size_t requests_open_max = 256;  // of one session, not yet answered
  Duration window{10'000};
  std::size_t text_bytes_max = 8 << 10;        // of send_message
  std::size_t mail_text_bytes_max = 64 << 10;  // of one with a mail's head
  std::size_t events_kept = 512;               // of one agent, to resume from
};

struct GatewayConfig {
  // Origins of console pages that are not served from here.
  std::vector<std::string> allowed_origins;
  // Served at /console/; empty: not served.
  std::filesystem::path console_folder;
  // The telephone in the console; consoles ask for it at /agents/v1/softphone.
  SoftphoneConfig softphone;
  // Where processes of the role channels serve, such as http://10.0.0.7:8080: one of them has the
  // file that a console asks for. Empty: the gateway's own server. At most 16.
  std::vector<std::string> file_servers;
  std::string files_ca_file;  // the authority of their certificates; empty: the system's
  Duration hello_timeout{10'000};
  Duration heartbeat{10'000};  // silent for three of them is lost
  Duration request_timeout{10'000};
  Duration call_timeout{12'000};  // of what a call's adapter does, for which the router waits 10 s
  Duration last_message_time{5'000};  // for which a console that is cut may still take what is sent
  Duration retry_after{2'000};        // told to consoles when the gateway stops
  GatewayLimits limits;
};

}  // namespace usher::gateway
