// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "channels/email/mail_message.h"

namespace usher::email {

// What is taken of one message. Whatever is left out is marked in the message; its raw bytes are
// always whole.
struct MailLimits {
  std::size_t headers_bytes_max = 256 * 1'024;  // of the message's own header
  std::size_t headers_max = 500;
  std::size_t header_bytes_max = 16 * 1'024;   // each, decoded
  std::size_t addresses_max = 500;             // of each list
  std::size_t references_max = 200;            // the newest are kept
  std::size_t text_bytes_max = 1'024 * 1'024;  // the text, UTF-8
  std::size_t html_bytes_max = 2 * 1'024 * 1'024;
  std::size_t parts_max = 500;  // all that are looked at
  std::size_t depth_max = 30;   // of parts within parts
};

// Reads a message of RFC 5322 and MIME as real senders write it. Never fails: bytes that are no
// message give one that says so (MailMark::kUnreadable) and keeps them. A message in a message is
// named, not entered, but for bounces, which say there what they are about.
//
// Time and memory are linear in the size: about 10 ms and three times its size for 1 MB, so big
// messages are read off the loop's thread. Any thread; GMime lets one at a time pass, and others
// wait, so all reading and writing of mail is best done on one thread.
MailMessage ReadMail(std::shared_ptr<const std::string> raw, const MailLimits& limits = {});

// The decoded bytes of a part of `raw`, which ReadMail named with these limits; at most `bytes_max`
// of them. NOT_FOUND/PART_UNKNOWN; RESOURCE_EXHAUSTED/PART_TOO_LARGE. Threads and time as above.
Result<std::string> ReadPart(std::string_view raw, std::string_view part_id, std::size_t bytes_max);

}  // namespace usher::email
