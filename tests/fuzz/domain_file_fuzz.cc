// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "router/configuration/domain_reader.h"
#include "router/configuration/domain_warnings.h"

// A domain file, whatever its bytes, is either a domain or says what is wrong with it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto reading = usher::configuration::ReadDomain(text, "fuzz.yaml");
  if (reading.ok() != reading.diagnostics.empty()) __builtin_trap();
  usher::configuration::WarnAbout(reading);
  return 0;
}
