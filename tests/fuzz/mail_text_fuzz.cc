// SPDX-License-Identifier: Apache-2.0
// What mail's text goes through, with bytes that no MIME parser has tidied.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "channels/email/delivery_report.h"
#include "channels/email/encoded_words.h"
#include "channels/email/file_name.h"
#include "channels/email/flowed_text.h"
#include "channels/email/mail_charset.h"
#include "channels/email/mail_html.h"
#include "channels/email/mail_text.h"
#include "channels/email/mime_writer.h"
#include "channels/email/reply_token.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace usher::email;  // NOLINT(google-build-using-namespace)
  if (size == 0) return 0;
  constexpr std::array<std::string_view, 10> kCharsets = {
      "", "utf-8", "gb2312", "big5", "iso-2022-jp", "shift_jis", "euc-kr", "koi8-r", "utf-7", "hz"};
  const std::string_view label = kCharsets[data[0] % kCharsets.size()];
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::string text = DecodeText(bytes, label).text;
  USHER_CHECK(IsUtf8(text), "text that is not UTF-8");
  USHER_CHECK(IsUtf8(HtmlToText(bytes, 4'096).text), "HTML's text is not UTF-8");
  static_cast<void>(TextToHtml(text));
  static_cast<void>(SplitMailText(text));
  static_cast<void>(WithoutReplyPrefixes(text));
  static_cast<void>(FromFlowed(ToFlowed(text), data[0] % 2 == 0));
  static_cast<void>(ToUtf8Words(bytes));
  const std::string name = ToSafeFileName(bytes, "image/png");
  USHER_CHECK(!name.empty() && name.size() <= 160 && name.find('/') == name.npos && name[0] != '.',
              "an unsafe name");
  static const ReplyTokens tokens =
      *ReplyTokens::Parse("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "keys");
  USHER_CHECK(!tokens.FindThread(bytes), "a token that nobody made");
  if (const auto address = ToSmtpAddress(bytes); address.ok()) {
    USHER_CHECK(address->find_first_of("\r\n <>") == address->npos,
                "an address that ends a command");
  }
  DeliveryReport report;
  ReadDeliveryStatus(bytes, report);
  static_cast<void>(FindMessageId(bytes));
  return 0;
}
