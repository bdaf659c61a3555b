// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace usher::store {

inline constexpr std::uint16_t kSlotCount = 16'384;

// The slot of a Redis Cluster that a key belongs to: CRC16 (XMODEM) of its hash tag, the part
// between the first '{' and the next '}' where that is not empty, else of the whole key.
std::uint16_t SlotOfKey(std::string_view key);

}  // namespace usher::store
