// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace usher::email {

// The language that a text is written in, as "en", "zh" or "zh-Hant"; empty where that is not sure:
// of a greeting, a number, a mixture. Looks at the first 4 KiB. Any thread.
std::string RecogniseLanguage(std::string_view text);

}  // namespace usher::email
