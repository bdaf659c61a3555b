// SPDX-License-Identifier: Apache-2.0
// A record of the outbox folder, which anybody who may write into the mailbox can have changed:
// what is read of it is written as it was, and nothing of it gets into the mail below.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "channels/email/mail_record.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace usher::email;  // NOLINT(google-build-using-namespace)
  const auto recipients = ReadRecipients({reinterpret_cast<const char*>(data), size});
  USHER_CHECK(recipients.size() <= kRecordRecipientsMax, "recipients have a limit");
  const auto has_line_end = [](const std::string& one) {
    return one.empty() || one.find('\n') != one.npos;
  };
  USHER_CHECK(std::none_of(recipients.begin(), recipients.end(), has_line_end),
              "a recipient that is a line or none");
  const std::string mail = "Subject: a\r\n\r\n b\r\n";
  for (const char* claim : {"", "c1"}) {
    const std::string record = ToRecord(recipients, claim, mail);
    USHER_CHECK(ReadRecipients(record) == recipients, "recipients that are not what they were");
    USHER_CHECK(record.ends_with(mail), "a mail that is not what it was");
  }
  return 0;
}
