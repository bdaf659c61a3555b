// SPDX-License-Identifier: Apache-2.0
// What a mail server says, cut as the first byte tells: IMAP's responses and SMTP's replies.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "channels/email/imap_parser.h"
#include "channels/email/smtp_reply.h"

namespace {

template <class Parser>
void Run(Parser parser, std::string_view bytes, std::size_t step) {
  while (!bytes.empty()) {
    const std::string_view chunk = bytes.substr(0, step);
    bytes.remove_prefix(chunk.size());
    parser.Feed(chunk);
    while (true) {
      const auto next = parser.Next();
      if (!next.ok()) return;
      if (!next->has_value()) break;
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace usher::email;  // NOLINT(google-build-using-namespace)
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t step = 1 + data[0];
  Run(ImapParser({.line_bytes_max = 2'000, .literal_bytes_max = 1'000, .values_max = 200}), bytes,
      step);
  Run(SmtpReplyParser(), bytes, step);
  SmtpReplyParser parser;
  parser.Feed(bytes);
  if (const auto reply = parser.Next(); reply.ok() && reply->has_value()) {
    static_cast<void>(ReadOffers(**reply));
    static_cast<void>((*reply)->Words());
  }
  // Only its end is a dot on a line of its own, for whatever a server takes for a line.
  const std::string sent = ToSmtpData(bytes);
  USHER_CHECK(sent.find("\r\n.\r\n") >= sent.size() - 5 || sent == ".\r\n", "an early end");
  USHER_CHECK(sent.find("\n.\n") == sent.npos && sent.find("\r.\r") == sent.npos, "an early end");
  return 0;
}
