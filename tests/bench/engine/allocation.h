// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace usher::bench {

// Bytes that operator new has handed out and not yet taken back, as the allocator rounds them.
std::int64_t AllocatedBytes();

}  // namespace usher::bench
