// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace usher::email {

struct DecodedText {
  std::string text{};     // UTF-8 without a byte order mark; U+FFFD where nothing fits
  bool repaired = false;  // not in the charset that the label says
};

// Turns a part's bytes into UTF-8. Labels are read as mail programs mean them: gb2312 and gbk are
// GB18030, iso-8859-1 is windows-1252, shift_jis is windows-31j, big5 has Hong Kong's characters.
// Bytes that cannot be what the label says are read as UTF-8 where they are UTF-8, and otherwise as
// the likeliest charset of their statistics; an empty label promises nothing and so is no repair
// when the bytes are UTF-8. Control characters are left out and line ends become "\n". Any thread.
DecodedText DecodeText(std::string_view bytes, std::string_view label);

bool IsUtf8(std::string_view bytes);

// As it is where it is UTF-8; otherwise each byte that is not, as U+FFFD.
std::string ToValidUtf8(std::string_view bytes);

}  // namespace usher::email
