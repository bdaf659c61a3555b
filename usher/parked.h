// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "usher/print.h"
#include "usher/redis_options.h"

namespace usher::app {

struct ParkedOptions {
  StoredDataOptions data;
  std::vector<std::string> domains = {"all"};
  std::string key;  // of the record, as `list` shows it
};

// Records that a router set aside as damaged. Nothing routes by them: they are kept to be looked at
// until somebody drops them. Each prints its answer and gives the exit code.
int ListParked(const ParkedOptions& options, Output output);
int ShowParked(const ParkedOptions& options, Output output);
int DropParked(const ParkedOptions& options, Output output);

}  // namespace usher::app
