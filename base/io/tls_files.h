// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>

#include "base/io/stream.h"
#include "base/result.h"

namespace usher::io {

// Refuses a private key that others than its owner and group may read or write (TLS_KEY_EXPOSED),
// and one that cannot be looked at (TLS_FILES_INVALID).
Result<void> CheckTlsKeyFile(const std::string& key_file);

// The certificate of a server, as its files have it now: renewed in place, they count for the
// connections after the next second. A renewal that cannot be used is logged, and the one before
// stays. One thread.
class TlsServerFiles {
 public:
  // PEM files, the certificate with its chain. TLS_FILES_INVALID or TLS_KEY_EXPOSED.
  static Result<TlsServerFiles> Load(std::string certificate_file, std::string key_file);

  // Looks at the files at most once a second.
  const TlsContext& Current();

 private:
  struct Times {
    std::filesystem::file_time_type certificate;
    std::filesystem::file_time_type key;
    friend bool operator==(const Times&, const Times&) = default;
  };

  TlsServerFiles(std::string certificate_file, std::string key_file);
  std::optional<Times> TimesNow() const;
  Result<void> Read();

  std::string certificate_file_;
  std::string key_file_;
  TlsContext context_;
  std::optional<Times> read_;  // as of the last reading, good or bad
  std::chrono::steady_clock::time_point looked_at_;
};

}  // namespace usher::io
