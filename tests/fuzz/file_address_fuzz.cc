// SPDX-License-Identifier: Apache-2.0
// The address of a file in a mailbox, as anybody may ask for it: what is read is written as it was.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "channels/email/file_address.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace usher::email;  // NOLINT(google-build-using-namespace)
  const auto address = ReadFileAddress({reinterpret_cast<const char*>(data), size});
  if (!address.ok()) return 0;
  const auto again = ReadFileAddress(ToText(*address));
  USHER_CHECK(again.ok() && *again == *address, "an address that is not what it was");
  USHER_CHECK((address->mailbox + address->key + address->part).find('/') == std::string::npos,
              "a path in an address");
  return 0;
}
