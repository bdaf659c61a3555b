// SPDX-License-Identifier: Apache-2.0
// A message from anywhere: as it is read, taken apart, answered, and what was written read again.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/check.h"
#include "channels/email/mail_charset.h"
#include "channels/email/mail_key.h"
#include "channels/email/mail_manners.h"
#include "channels/email/mail_text.h"
#include "channels/email/mime_reader.h"
#include "channels/email/mime_writer.h"
#include "tests/mail/render_mail.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace usher::email;  // NOLINT(google-build-using-namespace)
  const auto raw = std::make_shared<const std::string>(reinterpret_cast<const char*>(data), size);
  USHER_CHECK(ToMailKey(*raw).size() == 32, "a key that is none");
  const MailLimits limits{
      .headers_bytes_max = 8'192, .text_bytes_max = 4'096, .html_bytes_max = 4'096};
  const MailMessage mail = ReadMail(raw, limits);
  USHER_CHECK(IsUtf8(RenderMail(mail)), "text that is not UTF-8");
  USHER_CHECK(mail.text.size() <= limits.text_bytes_max, "the text has a limit");
  for (const MailPart& part : mail.parts) {
    // A header that was cut may have named other parts.
    static_cast<void>(ReadPart(*raw, part.id, 100'000));
  }
  OutgoingMail reply = StartReply(mail, {.from = {"Shop", "support@shop.example"}}, "Thanks.");
  reply.to.resize(reply.to.size() > 5 ? 5 : reply.to.size());
  if (const auto written = WriteMail(reply); written.ok()) {
    const MailMessage again = ReadMail(std::make_shared<const std::string>(*written));
    USHER_CHECK(again.from.size() == 1 && again.from[0].address == "support@shop.example",
                "a header of another's making");
    for (const char c : *written) USHER_CHECK(static_cast<unsigned char>(c) < 0x80, "not ASCII");
  }
  return 0;
}
