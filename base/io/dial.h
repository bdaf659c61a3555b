// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/io/event_loop.h"
#include "base/io/stream.h"
#include "base/result.h"
#include "base/time.h"

namespace usher::io {

struct DialTarget {
  std::string host{};  // a name or an address
  std::uint16_t port = 0;
  std::string unix_path{};  // connected to instead of host and port when set
  bool tls = false;         // the certificate must be for `tls_name`
  std::string tls_name{};   // empty: `host`
  TlsClientFiles tls_files{};
  Duration timeout{10'000};
};

// Connects (looks the name up, tries its addresses in turn, does TLS's handshake) and calls `done`
// once, on the loop's thread: with the stream, or UNREACHABLE, TIMEOUT, TLS_FILES_INVALID, or what
// ToTlsError says. Files are read at each call, so renewed ones count from the next. Loop thread.
void Dial(EventLoop& loop, DialTarget target, std::function<void(Result<Stream>)> done);

}  // namespace usher::io
