// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace usher::email {

// Where a file of a mail is: in which mailbox, in which mail of it, and which part of that. As text
// it is what attachments carry:
//
//   x-mail:support/3f5e…/2.1?id=q1%40alice.test&size=48210     part 2.1 of a mail that came
//   x-mail:support/3f5e…/html?…  x-mail:support/3f5e…/source?…  its HTML, and the whole of it
//   x-mail:support/file-9c1d…/1                                 a file that an agent attached
//
// The key says which mail it is (ToMailKey); its Message-ID and size are how servers find it again
// wherever it was moved to.
struct FileAddress {
  std::string mailbox{};
  std::string key{};
  std::string part{};
  std::string message_id{};  // empty: it has none that can be searched for
  std::uint64_t bytes = 0;   // of the whole mail, as its server counts; 0: not known

  friend bool operator==(const FileAddress&, const FileAddress&) = default;
};

// At most 1.5 KB.
std::string ToText(const FileAddress& address);

// INVALID_ARGUMENT/FILE_ADDRESS_INVALID.
Result<FileAddress> ReadFileAddress(std::string_view text);

inline constexpr std::string_view kFileAddressScheme = "x-mail:";
// Keys of files that agents attach begin so; the SHA-256 of the content follows in 64 digits.
inline constexpr std::string_view kAgentFilePrefix = "file-";

bool IsAgentFile(const FileAddress& address);
// The Message-ID of the mail that holds the file of that key.
std::string ToFileMessageId(const std::string& key);

}  // namespace usher::email
