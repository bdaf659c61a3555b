// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "usher/client.h"
#include "usher/print.h"
#include "usher/redis_options.h"

namespace usher::app {

struct ParkedOptions {
  StoredDataOptions data;
  std::vector<std::string> domains = {"all"};
  std::string key;       // of the record, as `list` shows it
  ClientOptions client;  // the router to requeue at; the domain is the key's
};

// Records that a router set aside as damaged. Nothing routes by them: they are kept to be looked at
// until somebody drops them. Each prints its answer and gives the exit code.
int ListParked(const ParkedOptions& options, Output output);
int ShowParked(const ParkedOptions& options, Output output);
// Submits the contact of a parked record, where none was made anew, to the router that leads: with
// all that was known of it and the promised instant that it had, and drops the record then. What
// the router refuses stays parked. Repeating it does nothing twice.
int RequeueParked(const ParkedOptions& options, Output output);
int DropParked(const ParkedOptions& options, Output output);

}  // namespace usher::app
