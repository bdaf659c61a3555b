// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/engine/allocation.h"

#include <cstdlib>
#include <new>

#include <malloc.h>

namespace {

std::int64_t allocated = 0;  // the benchmark has one thread

}  // namespace

namespace usher::bench {

std::int64_t AllocatedBytes() { return allocated; }

}  // namespace usher::bench

void* operator new(std::size_t size) {
  void* block = std::malloc(size);
  if (block == nullptr) std::abort();
  allocated += static_cast<std::int64_t>(malloc_usable_size(block)) + 8;  // and its header
  return block;
}

void operator delete(void* block) noexcept {
  if (block == nullptr) return;
  allocated -= static_cast<std::int64_t>(malloc_usable_size(block)) + 8;
  std::free(block);
}

void operator delete(void* block, std::size_t) noexcept { operator delete(block); }
