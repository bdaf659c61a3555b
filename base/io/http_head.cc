// SPDX-License-Identifier: Apache-2.0
#include "base/io/http_head.h"

#include <algorithm>

#include <boost/beast/core/string.hpp>

#include "base/io/log.h"

namespace usher::io {
namespace {

bool IsHeaderSafe(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F;
  });
}

bool IsServersHeader(std::string_view name) {
  for (const std::string_view ours :
       {"content-length", "connection", "date", "transfer-encoding", "keep-alive"}) {
    if (boost::beast::iequals(name, ours)) return true;
  }
  return false;
}

}  // namespace

HeaderEnd FindHeaderEnd(std::string_view text, std::size_t start) {
  for (std::size_t i = start; i < text.size(); ++i) {
    const bool line_start = i > 0 && text[i - 1] == '\n';
    if (line_start && (text[i] == ' ' || text[i] == '\t')) return {.malformed = true};
    if (text[i] != '\n') continue;
    if (i == 0 || text[i - 1] != '\r') return {.malformed = true};
    if (i >= 3 && text.substr(i - 3, 4) == "\r\n\r\n") return {.size = i + 1};
  }
  return {};
}

std::string FormatHead(const ResponseHead& head) {
  const HttpResponse& response = *head.response;
  std::string text = head.http_1_0 ? "HTTP/1.0 " : "HTTP/1.1 ";
  text += std::to_string(response.status);
  text += ' ';
  text += StatusText(response.status);
  text += "\r\nDate: " + *head.date + "\r\n";
  for (const auto& [name, value] : response.headers) {
    if (IsServersHeader(name)) continue;
    if (!IsHeaderSafe(name) || !IsHeaderSafe(value)) {
      Log(LogLevel::kError, "response_header_dropped", {{"name", name}});
      continue;
    }
    text += name;
    text += ": ";
    text += value;
    text += "\r\n";
  }
  if (HasBody(response.status)) {
    text += "Content-Length: " + std::to_string(BodyOf(response).size()) + "\r\n";
  }
  if (head.close) {
    text += "Connection: close\r\n";
  } else if (head.http_1_0) {
    text += "Connection: keep-alive\r\n";
  }
  return text += "\r\n";
}

bool HasBody(int status) { return status >= 200 && status != 204 && status != 304; }

const std::string& BodyOf(const HttpResponse& response) {
  return response.shared_body != nullptr ? *response.shared_body : response.body;
}

}  // namespace usher::io
