// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace usher::email {

struct PlainText {
  std::string text{};
  bool cut = false;  // the HTML goes on: too long, or nested deeper than 500 elements
};

// What a reader would see of a mail's HTML (UTF-8), as text: paragraphs and lists on lines of their
// own, quotations behind "> ", the addresses of links behind their words, the alternative text of
// images; no scripts, styles or hidden elements. Whitespace is closed up as browsers do. At most
// `bytes_max` bytes. Linear in time; any thread.
PlainText HtmlToText(std::string_view html, std::size_t bytes_max);

// Text as HTML that shows it: escaped, lines kept, quoted lines ("> ") in blockquotes.
std::string TextToHtml(std::string_view text);

}  // namespace usher::email
