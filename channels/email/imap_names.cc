// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <unicode/ucnv.h>
#include <unicode/unistr.h>

#include "channels/email/imap_client.h"

namespace usher::email {

std::string ToUidSet(const std::vector<std::uint32_t>& uids) {
  std::string set;
  for (std::size_t i = 0; i < uids.size();) {
    std::size_t last = i;
    while (last + 1 < uids.size() && uids[last + 1] == uids[last] + 1) ++last;
    if (!set.empty()) set += ',';
    set += std::to_string(uids[i]);
    if (last > i) set += ':' + std::to_string(uids[last]);
    i = last + 1;
  }
  return set;
}

std::string ToImapMailboxName(const std::string& name) {
  UErrorCode error = U_ZERO_ERROR;
  const std::unique_ptr<UConverter, decltype(&ucnv_close)> converter(
      ucnv_open("IMAP-mailbox-name", &error), &ucnv_close);
  std::string encoded = name;
  if (U_SUCCESS(error)) {
    const icu::UnicodeString text = icu::UnicodeString::fromUTF8(name);
    std::string bytes(static_cast<std::size_t>(text.length()) * 8 + 8, '\0');
    const std::int32_t size =
        text.extract(bytes.data(), static_cast<std::int32_t>(bytes.size()), converter.get(), error);
    if (U_SUCCESS(error)) encoded = bytes.substr(0, static_cast<std::size_t>(size));
  }
  std::string quoted = "\"";
  for (const char c : encoded) {
    if (c == '\r' || c == '\n' || c == '\0') continue;
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted += '"';
}

}  // namespace usher::email
