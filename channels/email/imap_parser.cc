// SPDX-License-Identifier: Apache-2.0
#include "channels/email/imap_parser.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "channels/email/ascii.h"

namespace usher::email {

namespace {

// Stands in a collected line where a literal was; a line of IMAP holds no NUL.
constexpr char kLiteralMark = '\0';

Error Broken(const std::string& what) {
  return {Code::kUnavailable, "IMAP_PROTOCOL", "the server's answer is not IMAP: " + what,
          "check that an IMAP server answers there"};
}

Error TooLarge(const std::string& what) {
  return {Code::kResourceExhausted, "IMAP_RESPONSE_TOO_LARGE",
          "the server's answer is too large: " + what, "fetch less at a time"};
}

std::optional<std::uint64_t> ToNumber(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// The size of the literal that a line announces at its end: "{123}".
std::optional<std::uint64_t> AnnouncedLiteral(std::string_view line) {
  if (!line.ends_with('}')) return std::nullopt;
  const std::size_t open = line.rfind('{');
  if (open == line.npos) return std::nullopt;
  return ToNumber(line.substr(open + 1, line.size() - open - 2));
}

// Reads the values of a collected line.
class Reader {
 public:
  Reader(std::string_view line, std::vector<std::string>& literals, const ImapLimits& limits)
      : rest_(line), literals_(literals), limits_(limits) {}

  bool failed() const { return failed_; }
  std::string_view rest() const { return rest_; }

  // The word up to a space, which is taken too.
  std::string_view TakeWord() {
    const std::size_t end = rest_.find(' ');
    const std::string_view word = rest_.substr(0, end);
    rest_.remove_prefix(end == rest_.npos ? rest_.size() : end + 1);
    return word;
  }

  // "[CODE values]" and the words behind it.
  void ReadCode(ImapResponse& response) {
    if (!rest_.starts_with('[')) return;
    rest_.remove_prefix(1);
    const std::size_t end = rest_.find_first_of(" ]");
    if (end == rest_.npos) return Fail();
    response.code = rest_.substr(0, end);
    rest_.remove_prefix(end);
    ReadUntil(']', response.code_values, 0);
    if (rest_.starts_with(' ')) rest_.remove_prefix(1);
  }

  // All values to the end of the line.
  void ReadAll(std::vector<ImapValue>& values) { ReadUntil('\0', values, 0); }

 private:
  void Fail() {
    failed_ = true;
    rest_ = {};
  }

  // Values up to `close`, which is taken; to the end of the line where it is NUL.
  void ReadUntil(char close, std::vector<ImapValue>& values, std::size_t depth) {
    while (!failed_) {
      while (rest_.starts_with(' ')) rest_.remove_prefix(1);
      if (rest_.empty()) {
        if (close != '\0') Fail();
        return;
      }
      if (close != '\0' && rest_.front() == close) {
        rest_.remove_prefix(1);
        return;
      }
      if (++count_ > limits_.values_max) return Fail();
      values.push_back(ReadValue(close, depth));
    }
  }

  ImapValue ReadValue(char close, std::size_t depth) {
    ImapValue value;
    if (rest_.front() == '(') {
      rest_.remove_prefix(1);
      value.kind = ImapValue::Kind::kList;
      if (depth >= limits_.depth_max) {
        Fail();
      } else {
        ReadUntil(')', value.items, depth + 1);
      }
    } else if (rest_.front() == '"') {
      value.kind = ImapValue::Kind::kString;
      ReadQuoted(value.text);
    } else if (IsLiteral()) {
      value.kind = ImapValue::Kind::kString;
      ReadLiteral(value.text);
    } else {
      ReadAtom(close, value);
    }
    return value;
  }

  void ReadQuoted(std::string& text) {
    rest_.remove_prefix(1);
    while (!rest_.empty() && rest_.front() != '"') {
      if (rest_.front() == '\\') rest_.remove_prefix(1);
      if (rest_.empty()) break;
      text += rest_.front();
      rest_.remove_prefix(1);
    }
    if (rest_.empty()) return Fail();
    rest_.remove_prefix(1);
  }

  bool IsLiteral() const {
    const std::string_view text = rest_.starts_with('~') ? rest_.substr(1) : rest_;
    if (!text.starts_with('{')) return false;
    const std::size_t end = text.find('}');
    return end != text.npos && end + 1 < text.size() && text[end + 1] == kLiteralMark;
  }

  void ReadLiteral(std::string& text) {
    rest_.remove_prefix(rest_.find(kLiteralMark) + 1);
    if (next_literal_ >= literals_.size()) return Fail();
    text = std::move(literals_[next_literal_++]);
  }

  // An atom may hold brackets with spaces and parentheses in them: BODY[HEADER.FIELDS (SUBJECT)].
  void ReadAtom(char close, ImapValue& value) {
    std::size_t end = 0;
    std::size_t brackets = 0;
    for (; end < rest_.size(); ++end) {
      const char c = rest_[end];
      if (c == '[') ++brackets;
      if (brackets == 0 && (c == ' ' || c == '(' || c == ')' || c == '"' || c == close)) break;
      if (c == kLiteralMark) break;
      if (c == ']' && brackets > 0) --brackets;
    }
    if (end == 0) return Fail();
    const std::string_view text = rest_.substr(0, end);
    rest_.remove_prefix(end);
    if (EqualsIgnoringCase(text, "NIL")) return;
    value.kind = ImapValue::Kind::kAtom;
    value.text = text;
  }

  std::string_view rest_;
  std::vector<std::string>& literals_;
  const ImapLimits& limits_;
  std::size_t next_literal_ = 0;
  std::size_t count_ = 0;
  bool failed_ = false;
};

bool IsStatus(std::string_view word) {
  constexpr std::array<std::string_view, 5> kNames = {"OK", "NO", "BAD", "BYE", "PREAUTH"};
  return std::any_of(kNames.begin(), kNames.end(),
                     [&](std::string_view name) { return EqualsIgnoringCase(name, word); });
}

std::string ToUpper(std::string_view text) {
  std::string upper(text);
  for (char& c : upper) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return upper;
}

void ReadStatus(std::string_view status, Reader& reader, ImapResponse& response) {
  response.status = ToUpper(status);
  reader.ReadCode(response);
  response.code = ToUpper(response.code);
  response.words = reader.rest();
}

Result<ImapResponse> ReadResponse(std::string_view line, std::vector<std::string>& literals,
                                  const ImapLimits& limits) {
  ImapResponse response;
  Reader reader(line, literals, limits);
  const std::string_view first = reader.TakeWord();
  if (first == "+") {
    response.kind = ImapResponse::Kind::kContinuation;
    response.words = reader.rest();
    return response;
  }
  if (first.empty()) return Broken("an empty line");
  if (first != "*") {
    response.kind = ImapResponse::Kind::kTagged;
    response.tag = first;
  }
  std::string_view word = reader.TakeWord();
  if (IsStatus(word)) {
    ReadStatus(word, reader, response);
    if (reader.failed()) return Broken("a response code without an end");
    return response;
  }
  if (response.kind == ImapResponse::Kind::kTagged) return Broken("a tag without a status");
  if (const auto number = ToNumber(word)) {
    response.number = *number;
    word = reader.TakeWord();
  }
  response.name = ToUpper(word);
  reader.ReadAll(response.values);
  if (reader.failed() || response.name.empty()) return Broken("values that cannot be read");
  return response;
}

}  // namespace

bool ImapValue::IsAtom(std::string_view name) const {
  return kind == Kind::kAtom && EqualsIgnoringCase(text, name);
}

std::optional<std::uint64_t> ImapValue::Number() const {
  if (kind != Kind::kAtom) return std::nullopt;
  return ToNumber(text);
}

void ImapParser::Feed(std::string_view bytes) {
  if (literal_missing_ > 0 && begin_ == buffer_.size()) {
    const std::size_t taken = std::min(literal_missing_, bytes.size());
    literals_.back().append(bytes.substr(0, taken));
    literal_missing_ -= taken;
    bytes.remove_prefix(taken);
  }
  if (begin_ > 0) {
    buffer_.erase(0, begin_);
    scanned_ -= std::min(scanned_, begin_);
    begin_ = 0;
  }
  buffer_.append(bytes);
}

// Goes on collecting a response; true when it is whole.
Result<bool> ImapParser::Collect() {
  while (true) {
    if (literal_missing_ > 0) {
      const std::size_t taken = std::min(literal_missing_, buffer_.size() - begin_);
      literals_.back().append(buffer_, begin_, taken);
      begin_ += taken;
      literal_missing_ -= taken;
      if (literal_missing_ > 0) return false;
    }
    const std::size_t end = buffer_.find('\n', std::max(begin_, scanned_));
    const std::size_t length = (end == buffer_.npos ? buffer_.size() : end) - begin_;
    if (line_.size() + length > limits_.line_bytes_max) return TooLarge("its line");
    if (end == buffer_.npos) {
      scanned_ = buffer_.size();
      return false;
    }
    std::string_view line(buffer_.data() + begin_, length);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.find(kLiteralMark) != line.npos) return Broken("a NUL");
    line_.append(line);
    in_response_ = true;
    begin_ = end + 1;
    const auto literal = AnnouncedLiteral(line);
    if (!literal) return true;
    if (*literal > limits_.literal_bytes_max - literal_bytes_) return TooLarge("its literal");
    line_ += kLiteralMark;
    literal_bytes_ += *literal;
    literal_missing_ = *literal;
    literals_.emplace_back();
    // Reserving what a server only announces would let it take memory without sending anything.
    literals_.back().reserve(std::min<std::size_t>(*literal, 64 * 1'024));
  }
}

Result<std::optional<ImapResponse>> ImapParser::Next() {
  const Result<bool> whole = Collect();
  if (!whole.ok()) return whole.error();
  if (!*whole) return std::optional<ImapResponse>();
  Result<ImapResponse> response = ReadResponse(line_, literals_, limits_);
  line_.clear();
  literals_.clear();
  literal_bytes_ = 0;
  in_response_ = false;
  if (!response.ok()) return response.error();
  return std::optional<ImapResponse>(*std::move(response));
}

}  // namespace usher::email
