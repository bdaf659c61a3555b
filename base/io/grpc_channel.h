// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/time.h"

namespace grpc {
class Channel;
}

namespace usher::io {

// PEM texts. `certificate` and `key` are for servers that ask clients for a certificate.
struct ClientTls {
  std::string server_ca;
  std::string certificate = {};
  std::string key = {};
};

// PEM files, read again within seconds when they change.
struct ClientTlsFiles {
  std::string server_ca;         // the authorities to trust
  std::string certificate = {};  // for servers that ask clients for one; empty: none
  std::string key = {};          // of `certificate`
};

struct ChannelOptions {
  std::string address;                // host:port
  std::optional<ClientTls> tls = {};  // none: plain text, for loopback and private networks
  std::optional<ClientTlsFiles> tls_files = {};  // instead of `tls`
  std::string tls_name = {};                     // the certificate's, where it is not the host
  int message_bytes_max = 4 << 20;               // received
  // Pings while calls are open, well above what the server takes; a ping that is unanswered for the
  // timeout fails the calls.
  Duration keepalive_interval{10'000};
  Duration keepalive_timeout{5'000};
  Duration reconnect_wait_max{2'000};  // between attempts to connect, while calls wait for it
};

// A channel of its own connection; connects when it is first used, and again when lost. Any thread.
std::shared_ptr<grpc::Channel> OpenChannel(const ChannelOptions& options);

}  // namespace usher::io
