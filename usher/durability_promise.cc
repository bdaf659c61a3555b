// SPDX-License-Identifier: Apache-2.0
#include "usher/durability_promise.h"

namespace usher::app {

DurabilityPromise PromiseOf(store::Durability durability, std::uint32_t replicas) {
  switch (durability) {
    case store::Durability::kAlways:
      return {"always", "Redis has written it to its disk",
              "nothing, unless a replica is promoted or the disk is lost"};
    case store::Durability::kEverySec:
      return {"everysec", "Redis has it in memory and writes it within about a second",
              "a second or two when its machine loses power; as much when Redis is killed beside a "
              "disk that does not keep up"};
    case store::Durability::kReplicated:
      break;
  }
  return {"replicated:" + std::to_string(replicas),
          "every replica in step has received it, at least " + std::to_string(replicas),
          "nothing when a replica is promoted; about a second when all lose power at once"};
}

}  // namespace usher::app
