// SPDX-License-Identifier: Apache-2.0
#include "channels/freeswitch/esl_parser.h"

#include <algorithm>
#include <charconv>

namespace usher::freeswitch {

namespace {

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool SameName(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return Lower(x) == Lower(y); });
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == '\r' || text.back() == ' ')) text.remove_suffix(1);
  return text;
}

}  // namespace

std::string_view EslMessage::Header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (SameName(key, name)) return value;
  }
  return {};
}

void EslParser::Fail(std::string message) {
  failed_ = Error{Code::kInvalidArgument, "BAD_EVENT_SOCKET", std::move(message),
                  "check that the address is that of FreeSWITCH's event socket"};
  bytes_.clear();
  begin_ = 0;
  open_.reset();
}

void EslParser::Feed(std::string_view bytes) {
  if (failed_) return;
  if (begin_ > 0) {
    bytes_.erase(0, begin_);
    begin_ = 0;
  }
  bytes_.append(bytes);
}

// False: the headers are not all there.
bool EslParser::ReadHead() {
  // Empty lines between messages mean nothing.
  while (begin_ < bytes_.size() && (bytes_[begin_] == '\n' || bytes_[begin_] == '\r')) ++begin_;
  const std::string_view rest = std::string_view(bytes_).substr(begin_);
  const std::size_t end = std::min(rest.find("\n\n"), rest.find("\n\r\n"));
  if (end == std::string_view::npos) {
    if (rest.size() > kHeaderBytesMax) Fail("the headers of a message are too long");
    return false;
  }
  if (end > kHeaderBytesMax) {
    Fail("the headers of a message are too long");
    return false;
  }
  EslMessage message;
  std::string_view head = rest.substr(0, end);
  while (!head.empty()) {
    const std::size_t line_end = head.find('\n');
    const std::string_view line = head.substr(0, line_end);
    head = line_end == std::string_view::npos ? std::string_view() : head.substr(line_end + 1);
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) {
      Fail("a header has no colon");
      return false;
    }
    message.headers.emplace_back(Trim(line.substr(0, colon)), Trim(line.substr(colon + 1)));
  }
  body_bytes_ = 0;
  const std::string_view length = message.Header("Content-Length");
  if (!length.empty()) {
    const auto [stopped, bad] =
        std::from_chars(length.data(), length.data() + length.size(), body_bytes_);
    if (bad != std::errc() || stopped != length.data() + length.size() ||
        body_bytes_ > kBodyBytesMax) {
      Fail("Content-Length is no number, or too great");
      return false;
    }
  }
  begin_ += end + (rest[end + 1] == '\r' ? 3 : 2);
  open_ = std::move(message);
  return true;
}

std::optional<EslMessage> EslParser::Next() {
  if (failed_ || (!open_ && !ReadHead())) return std::nullopt;
  if (bytes_.size() - begin_ < body_bytes_) return std::nullopt;
  open_->body.assign(bytes_, begin_, body_bytes_);
  begin_ += body_bytes_;
  return std::exchange(open_, std::nullopt);
}

}  // namespace usher::freeswitch
