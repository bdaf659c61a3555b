// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace usher::email {

// What makes a mail the same mail wherever it lies: 32 hexadecimal digits of a SHA-256 over its
// Message-ID, From, Date and everything behind its header. Servers on the way add headers and give
// uids; none of that counts, so a mail that came twice, was moved, or stands in a mailbox that was
// made anew keeps its key. Without these headers its whole bytes count. Linear in the size; any
// thread.
std::string ToMailKey(std::string_view raw);

// The name of the thread that begins with the mail of that Message-ID: 32 hexadecimal digits.
std::string ToThreadKey(std::string_view message_id);

// The SHA-256 of a file's content in 64 hexadecimal digits.
std::string ToContentHash(std::string_view content);

}  // namespace usher::email
