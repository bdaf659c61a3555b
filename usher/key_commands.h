// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/id.h"
#include "base/io/token.h"
#include "base/result.h"
#include "base/time.h"
#include "usher/print.h"

namespace usher::app {

// `usher keys create`: a new signing key in the folder, which is made when missing.
int CreateKeys(const std::filesystem::path& folder, Output output);

struct TokenOptions {
  std::filesystem::path keys_dir;
  std::string role;
  std::string subject;
  std::string domain = "main";
  std::string expires = "12h";
  std::vector<std::string> channels;
  std::vector<std::string> acts_for;
};
// `usher token`: a signed token on standard output.
int PrintToken(const TokenOptions& options, Output output);

// A token signed with the newest key of the folder.
Result<std::string> Mint(const std::filesystem::path& keys_dir, const io::Claims& claims,
                         Duration lifetime);

// The folder's signing key, made when there is none.
Result<void> EnsureKeys(const std::filesystem::path& folder);

}  // namespace usher::app
