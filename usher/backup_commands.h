// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "usher/print.h"
#include "usher/redis_options.h"

// `usher backup` and `usher restore`. Each prints what it did and gives the exit code.
namespace usher::app {

struct BackupOptions {
  std::filesystem::path out;
  std::filesystem::path verify;      // instead: look at a file that is there
  std::vector<std::string> domains;  // none, or "all": all
  RedisOptions redis;                // without a target: the private Redis in data_dir
  std::filesystem::path data_dir = "usher-data";
};
// Beside a server at work, or without one.
int RunBackup(const BackupOptions& options, Output output);

struct RestoreArguments {
  std::filesystem::path file;
  std::vector<std::string> domains;
  std::string as;
  bool replace = false;
  std::uint64_t epoch_floor = 0;
  RedisOptions redis;
  std::filesystem::path data_dir = "usher-data";
};
int RunRestore(const RestoreArguments& options, Output output);

}  // namespace usher::app
