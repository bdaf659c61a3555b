// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace usher::email {

// A mail's text taken apart, so that a reader sees first what is new. The three pieces, in this
// order, are the whole text but for empty lines between them.
struct MailText {
  std::string fresh{};      // what its sender wrote; answers between quoted lines are left whole
  std::string signature{};  // behind "-- ", or a telephone's "Sent from my …"
  std::string history{};    // the mails before it, quoted, with the line that introduces them
};

// Recognises quoted history by its marks ("> "), by the line that introduces it ("… wrote:" in the
// languages that mail programs write) and by the block of headers that Outlook puts above it.
// Text without any of these is all fresh: nothing is hidden on a guess. Linear in time; any thread.
MailText SplitMailText(std::string_view text);

// "Re: " and its like in front of a subject, in the languages that mail programs write, repeated
// or counted ("Re[2]:", "AW: WG:", "回复："); the rest is what the thread is about.
std::string_view WithoutReplyPrefixes(std::string_view subject);

// Whether a prefix says that the mail passes another one on ("Fwd:", "WG:", "转发：").
bool IsForwardSubject(std::string_view subject);

}  // namespace usher::email
