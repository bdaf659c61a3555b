// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace usher::email {

// RFC 3676, `format=flowed`: paragraphs on lines that mail can carry, which a reader's program
// joins again. Both ways text is UTF-8 with "\n"; any thread.

// Lines of at most 72 columns broken at spaces, of a quotation too ("> " in front, kept as they
// are). Words without spaces, such as Chinese text, are not broken.
std::string ToFlowed(std::string_view text);

// The paragraphs again; quoted lines keep their marks, as "> " each. `delete_space` is the
// parameter DelSp=yes: the space that breaks a line belongs not to the text.
std::string FromFlowed(std::string_view text, bool delete_space);

}  // namespace usher::email
