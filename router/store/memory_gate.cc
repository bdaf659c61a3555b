// SPDX-License-Identifier: Apache-2.0
#include "router/store/memory_gate.h"

#include <algorithm>

namespace usher::store {

std::uint64_t ReserveOf(std::uint64_t limit, const MemoryReserve& reserve) {
  const std::uint64_t wanted = std::max(limit / reserve.share, reserve.bytes_min);
  return std::min({wanted, reserve.bytes_max, limit / 4});
}

std::uint64_t MemoryGate::Left(std::uint64_t given) const {
  const std::uint64_t coming = (given - std::min(given, given_then_)) * kMemoryPerByte;
  const std::uint64_t used = vitals_.used_memory + coming;
  return vitals_.limit() - std::min(vitals_.limit(), used);
}

bool MemoryGate::Observe(const ServerVitals& vitals, std::uint64_t given) {
  const bool was_closed = closed_;
  vitals_ = vitals;
  given_then_ = std::min(given_lately_, given);
  given_lately_ = given;
  const std::uint64_t reserve = reserve_bytes();
  if (vitals_.limit() == 0) {
    closed_ = false;
  } else if (closed_) {
    closed_ = Left(given) < reserve + reserve / 4;
  } else {
    closed_ = Left(given) < reserve;
  }
  return closed_ != was_closed;
}

bool MemoryGate::HasRoom(std::uint64_t given) {
  if (vitals_.limit() != 0 && Left(given) < reserve_bytes()) closed_ = true;
  return !closed_;
}

bool MemoryGate::HasRoomFor(std::uint64_t bytes) const {
  return vitals_.limit() == 0 || (!closed_ && Left(given_lately_) >= reserve_bytes() + bytes);
}

}  // namespace usher::store
