// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "router/store/domain_store.h"

namespace usher::app {

// What an answer means, and what may be lost of it, in short: the table of
// docs/operate/durability.md for the log.
struct DurabilityPromise {
  std::string level;  // as --durability has it
  std::string an_answer_means;
  std::string may_lose;
};
DurabilityPromise PromiseOf(store::Durability durability, std::uint32_t replicas);

}  // namespace usher::app
