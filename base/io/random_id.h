// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string>

#include <openssl/rand.h>

#include "base/check.h"

namespace usher::io {

// 128 random bits as 32 lower-case hex digits: for request ids and for names that nobody may guess.
// Any thread.
inline std::string RandomId() {
  std::array<unsigned char, 16> bytes;
  USHER_CHECK(RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1,
              "the system gives no random bytes");
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(2 * bytes.size());
  for (const unsigned char byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

}  // namespace usher::io
