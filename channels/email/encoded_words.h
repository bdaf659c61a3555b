// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace usher::email {

struct EncodedWords {
  std::string header{};
  bool repaired = false;  // a word was not in the charset that it says
};

// The lines of a header with the encoded words of RFC 2047 that stand in a row replaced by one in
// UTF-8, read as DecodeText reads bodies: with the characters that senders put under "shift_jis" or
// "iso-8859-1" although those have none of them, and with characters that are spread over two
// words. All else stays as it is. (GMime by itself loses what follows a word of base64 that ends
// with padding.) Linear in time; any thread.
EncodedWords ToUtf8Words(std::string_view header);

}  // namespace usher::email
