// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "router/store/server_vitals.h"

namespace usher::store {

// How much memory of Redis is left for contacts under way to be finished: one part in `share` of
// the limit, at least `bytes_min` and at most `bytes_max`, but never over a quarter of the limit.
struct MemoryReserve {
  std::uint64_t share = 16;
  std::uint64_t bytes_min = 8u << 20;
  std::uint64_t bytes_max = 1u << 30;
};

std::uint64_t ReserveOf(std::uint64_t limit, const MemoryReserve& reserve);

// Whether a Redis server has room for what is new. Closed when less than the reserve is left, open
// again when a quarter more than the reserve is.
//
// Between two looks at the server, what is given to it is counted: each byte of a commit as
// kMemoryPerByte bytes of its memory (the log, the row, the queue, the customer's timeline). Rows
// are written up to 250 ms behind their commits, so the count begins at the look before the last.
class MemoryGate {
 public:
  explicit MemoryGate(const MemoryReserve& reserve) : reserve_(reserve) {}

  // `given`: all bytes of commits that had been sent when the server was asked. Tells whether it
  // opened or closed.
  bool Observe(const ServerVitals& vitals, std::uint64_t given);
  // The same, with what has been given by now. Closes for good until a look opens it.
  bool HasRoom(std::uint64_t given);

  // Room for so many bytes more that nothing under way needs.
  bool HasRoomFor(std::uint64_t bytes) const;

  bool closed() const { return closed_; }
  std::uint64_t reserve_bytes() const { return ReserveOf(vitals_.limit(), reserve_); }
  const ServerVitals& vitals() const { return vitals_; }

  static constexpr std::uint64_t kMemoryPerByte = 4;

 private:
  // Memory that will be left, as far as can be told.
  std::uint64_t Left(std::uint64_t given) const;

  const MemoryReserve reserve_;
  ServerVitals vitals_;
  std::uint64_t given_then_ = 0;    // at the look before the last
  std::uint64_t given_lately_ = 0;  // at the last
  bool closed_ = false;
};

}  // namespace usher::store
