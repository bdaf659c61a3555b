// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/id.h"
#include "base/io/keys.h"
#include "base/io/token.h"
#include "base/result.h"

namespace usher::app {

// The token that a part of this process shows to the router: signed here and renewed before it
// expires, or read from a file that somebody else renews. Any thread.
class OwnToken {
 public:
  // Of role adapter, with the name as its subject; it may act for the people whom `acts_for` names.
  static std::shared_ptr<OwnToken> Signed(io::KeyPair key, DomainId domain, std::string name,
                                          std::vector<io::Role> acts_for);
  // UNREADABLE_TOKEN_FILE.
  static Result<std::shared_ptr<OwnToken>> FromFile(std::filesystem::path file);

  std::string Get();

 private:
  OwnToken() = default;

  std::mutex mutex_;
  std::optional<io::KeyPair> key_;
  io::Claims claims_;
  std::filesystem::path file_;
  std::string token_;
  Instant renew_at_{};
};

// One line: "read FILE" failed, and why.
Result<std::string> ReadSecretFile(const std::filesystem::path& file);

}  // namespace usher::app
