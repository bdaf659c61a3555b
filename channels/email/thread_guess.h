// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace usher::email {

// What of a subject is compared when nothing but sender and subject tells the thread: without the
// prefixes of answers, forwards and automatic answers, blanks as one, letters of ASCII small.
std::string SubjectKey(std::string_view subject);

// Whether mails of one sender may have this subject (as SubjectKey gives it) and be about different
// things: nothing at all, a word or a greeting. Such a subject joins no thread. A number in it, or
// two longer words, make it particular enough: "order 8841", "parcel damaged".
bool IsTooGeneral(std::string_view key);

}  // namespace usher::email
