// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace usher::configuration {

// The text as a JSON string, in its quotes.
std::string QuoteJson(std::string_view text);

}  // namespace usher::configuration
