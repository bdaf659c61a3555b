// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/time.h"
#include "usher/print.h"
#include "usher/redis_options.h"

namespace usher::app {

struct VerifyOptions {
  StoredDataOptions data;
  std::vector<std::string> domains = {"all"};
  Duration time_limit = std::chrono::hours{1};
};

// Goes through everything that is stored and prints what is wrong. Gives the exit code: 0 nothing,
// 1 something, 2 it could not be done.
int Verify(const VerifyOptions& options, Output output);

}  // namespace usher::app
