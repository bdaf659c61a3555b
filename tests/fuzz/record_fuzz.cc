// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "router/engine/rows.h"
#include "router/store/codec.h"
#include "router/store/commit.h"

namespace {

// What can be read is written again as bytes that read as the same.
template <class T>
void ReadAndWrite(std::string_view bytes) {
  using namespace usher::store;  // NOLINT(google-build-using-namespace)
  T value{};
  if (ReadContent(bytes, value) != DecodeFault::kNone) return;
  std::string first;
  AppendContent(value, first);
  T again{};
  if (ReadContent(first, again) != DecodeFault::kNone) __builtin_trap();
  std::string second;
  AppendContent(again, second);
  if (first != second) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  ReadAndWrite<usher::store::CommitBatch>(bytes);
  ReadAndWrite<usher::engine::ContactRow>(bytes);
  ReadAndWrite<usher::engine::DomainRow>(bytes);
  return 0;
}
