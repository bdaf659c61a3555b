// SPDX-License-Identifier: Apache-2.0
#include "channels/email/mail_html.h"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>
#include <vector>

#include <libxml/HTMLparser.h>

#include "channels/email/ascii.h"
#include "channels/email/mail_charset.h"

namespace usher::email {

namespace {

// The parser goes through its open elements at each end tag, so their number bounds its time.
constexpr std::size_t kDepthMax = 500;
constexpr std::size_t kQuoteDepthMax = 20;
constexpr std::size_t kChunkBytes = 32 * 1'024;

enum class Gap { kNone, kSpace, kLine, kParagraph };

bool IsOneOf(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool IsBlock(std::string_view name) {
  return IsOneOf(name, {"div", "tr", "table", "section", "article", "header", "footer", "address",
                        "center", "form", "dt", "dd", "li", "fieldset", "body", "html"});
}

bool IsParagraph(std::string_view name) {
  return IsOneOf(name, {"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "blockquote",
                        "pre", "figure"});
}

bool IsUnseen(std::string_view name) {
  return IsOneOf(name, {"script", "style", "head", "title", "template", "noscript", "object", "svg",
                        "math", "select", "textarea"});
}

std::string_view ToView(const xmlChar* text) {
  return text == nullptr ? std::string_view() : reinterpret_cast<const char*>(text);
}

std::string_view FindAttribute(const xmlChar** attributes, std::string_view name) {
  for (; attributes != nullptr && attributes[0] != nullptr; attributes += 2) {
    if (EqualsIgnoringCase(ToView(attributes[0]), name)) return ToView(attributes[1]);
  }
  return {};
}

bool IsHidden(const xmlChar** attributes) {
  std::string style;
  for (const char c : FindAttribute(attributes, "style").substr(0, 4'096)) {
    if (c != ' ' && c != '\t') style += ToLower(c);
  }
  return style.find("display:none") != style.npos || style.find("visibility:hidden") != style.npos;
}

// Collects what the parser tells.
class TextWriter {
 public:
  explicit TextWriter(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  bool full() const { return full_; }
  PlainText Take() { return {std::string(Trim(text_)), full_}; }

  void Open(std::string_view name, const xmlChar** attributes) {
    if (open_.size() >= kDepthMax) {
      full_ = true;
      return;
    }
    Element element{.name = std::string(name),
                    .unseen = Hides() || IsUnseen(name) || IsHidden(attributes)};
    if (!element.unseen) Begin(element, attributes);
    open_.push_back(std::move(element));
  }

  void Close(std::string_view name) {
    if (open_.empty() || open_.back().name != name) return;
    const Element element = std::move(open_.back());
    open_.pop_back();
    if (element.unseen) return;
    if (!element.link.empty()) WriteLink(element);
    if (name == "blockquote" && quotes_ > 0) --quotes_;
    if (name == "pre" && preformatted_ > 0) --preformatted_;
    if (IsParagraph(name)) Widen(Gap::kParagraph);
    if (IsBlock(name)) Widen(Gap::kLine);
    if (name == "td" || name == "th") Widen(Gap::kSpace);
  }

  void Write(std::string_view words) {
    if (Hides()) return;
    for (std::size_t i = 0; i < words.size() && !full_; ++i) {
      const char c = words[i];
      if (preformatted_ > 0 && c == '\n') {
        NewLine();
      } else if (preformatted_ == 0 && (c == ' ' || c == '\t' || c == '\n' || c == '\r')) {
        Widen(Gap::kSpace);
      } else if (words.substr(i).starts_with("\u00A0")) {
        Widen(Gap::kSpace);
        ++i;
      } else {
        Put(c);
      }
    }
  }

 private:
  struct Element {
    std::string name{};
    bool unseen = false;
    std::string link{};
    std::size_t begin = 0;  // of a link's words in the text
    int item = 0;           // of an ordered list: the last number
  };

  bool Hides() const { return !open_.empty() && open_.back().unseen; }
  void Widen(Gap gap) { gap_ = std::max(gap_, gap); }

  void Begin(Element& element, const xmlChar** attributes) {
    const std::string_view name = element.name;
    if (name == "br") return NewLine();
    if (IsParagraph(name)) Widen(Gap::kParagraph);
    if (IsBlock(name)) Widen(Gap::kLine);
    if (name == "blockquote" && quotes_ < kQuoteDepthMax) ++quotes_;
    if (name == "pre") ++preformatted_;
    if (name == "hr") {
      Widen(Gap::kLine);
      Write("----");
      Widen(Gap::kLine);
    }
    if (name == "img") Write(FindAttribute(attributes, "alt"));
    if (name == "li") Write(NextBullet());
    if (name == "a") {
      element.link = std::string(Trim(FindAttribute(attributes, "href")));
      element.begin = text_.size();
    }
  }

  std::string NextBullet() {
    for (auto list = open_.rbegin(); list != open_.rend(); ++list) {
      if (list->name == "ul") break;
      if (list->name == "ol") return std::to_string(++list->item) + ".\u00A0";
    }
    return "-\u00A0";
  }

  // The address of a link, unless the words are the address.
  void WriteLink(const Element& element) {
    const std::string_view link = element.link;
    if (!StartsWithIgnoringCase(link, "http://") && !StartsWithIgnoringCase(link, "https://")) {
      return;
    }
    const std::string_view words =
        std::string_view(text_).substr(std::min(element.begin, text_.size()));
    const std::string_view bare = link.substr(link.find("//") + 2);
    if (words.find(bare.substr(0, bare.find_last_not_of('/') + 1)) != words.npos) return;
    Widen(Gap::kSpace);
    Write("<");
    Write(link);
    Write(">");
  }

  void NewLine() {
    if (Hides()) return;
    EndGap();
    Append('\n');
  }

  void Put(char c) {
    EndGap();
    if (text_.empty() || text_.back() == '\n') {
      for (std::size_t i = 0; i < quotes_; ++i) AppendText("> ");
    }
    Append(c);
  }

  void EndGap() {
    const Gap gap = std::exchange(gap_, Gap::kNone);
    if (text_.empty()) return;
    if (gap == Gap::kSpace && text_.back() != ' ' && text_.back() != '\n') Append(' ');
    if (gap >= Gap::kLine && text_.back() != '\n') Append('\n');
    if (gap == Gap::kParagraph && !text_.ends_with("\n\n")) Append('\n');
  }

  void AppendText(std::string_view words) {
    for (const char c : words) Append(c);
  }
  void Append(char c) {
    if (text_.size() >= bytes_max_) {
      full_ = true;
    } else {
      text_ += c;
    }
  }

  const std::size_t bytes_max_;
  std::string text_;
  std::vector<Element> open_;
  Gap gap_ = Gap::kNone;
  std::size_t quotes_ = 0;
  std::size_t preformatted_ = 0;
  bool full_ = false;
};

TextWriter& WriterOf(void* context) { return *static_cast<TextWriter*>(context); }

htmlSAXHandler MakeHandler() {
  htmlSAXHandler handler{};
  handler.startElement = [](void* context, const xmlChar* name, const xmlChar** attributes) {
    WriterOf(context).Open(ToView(name), attributes);
  };
  handler.endElement = [](void* context, const xmlChar* name) {
    WriterOf(context).Close(ToView(name));
  };
  handler.characters = [](void* context, const xmlChar* text, int size) {
    WriterOf(context).Write({reinterpret_cast<const char*>(text), static_cast<std::size_t>(size)});
  };
  handler.ignorableWhitespace = handler.characters;
  return handler;
}

void AppendEscaped(std::string_view text, std::string& html) {
  for (const char c : text) {
    switch (c) {
      case '&':
        html += "&amp;";
        break;
      case '<':
        html += "&lt;";
        break;
      case '>':
        html += "&gt;";
        break;
      case '"':
        html += "&quot;";
        break;
      default:
        html += c;
    }
  }
}

// Takes ">" and "> " off the front and counts them.
std::size_t TakeQuoteMarks(std::string_view& line) {
  std::size_t depth = 0;
  while (line.starts_with('>') && depth < kQuoteDepthMax) {
    line.remove_prefix(line.starts_with("> ") ? 2 : 1);
    ++depth;
  }
  return depth;
}

}  // namespace

PlainText HtmlToText(std::string_view html, std::size_t bytes_max) {
  static const bool is_set_up = [] {
    xmlInitParser();
    return true;
  }();
  static_cast<void>(is_set_up);
  TextWriter writer(bytes_max);
  htmlSAXHandler handler = MakeHandler();
  const std::unique_ptr<htmlParserCtxt, decltype(&htmlFreeParserCtxt)> parser(
      htmlCreatePushParserCtxt(&handler, &writer, nullptr, 0, nullptr, XML_CHAR_ENCODING_UTF8),
      &htmlFreeParserCtxt);
  if (parser == nullptr) return {};
  htmlCtxtUseOptions(parser.get(), HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING |
                                       HTML_PARSE_NONET | HTML_PARSE_IGNORE_ENC);
  const std::string valid = ToValidUtf8(html);
  for (std::string_view rest = valid; !rest.empty() && !writer.full();) {
    const std::string_view chunk = rest.substr(0, kChunkBytes);
    htmlParseChunk(parser.get(), chunk.data(), static_cast<int>(chunk.size()), 0);
    rest.remove_prefix(chunk.size());
  }
  if (!writer.full()) htmlParseChunk(parser.get(), nullptr, 0, 1);
  PlainText result = writer.Take();
  result.text = ToValidUtf8(result.text);
  return result;
}

std::string TextToHtml(std::string_view text) {
  std::string html;
  std::size_t depth = 0;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
    const std::size_t deeper = TakeQuoteMarks(line);
    for (; depth < deeper; ++depth) html += "<blockquote>";
    for (; depth > deeper; --depth) html += "</blockquote>";
    AppendEscaped(line, html);
    html += "<br>\n";
  }
  for (; depth > 0; --depth) html += "</blockquote>";
  return html;
}

}  // namespace usher::email
