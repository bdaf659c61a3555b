// SPDX-License-Identifier: Apache-2.0
#include "base/io/http_message.h"

#include <algorithm>

#include "base/io/json_text.h"

namespace usher::io {
namespace {

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

bool SameName(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (Lower(a[i]) != Lower(b[i])) return false;
  }
  return true;
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = Lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

struct CodeText {
  Code code;
  std::string_view name;
  int status;
};

constexpr CodeText kCodes[] = {
    {Code::kInvalidArgument, "invalid_argument", 400},
    {Code::kDeadlineExceeded, "deadline_exceeded", 504},
    {Code::kNotFound, "not_found", 404},
    {Code::kAlreadyExists, "already_exists", 409},
    {Code::kPermissionDenied, "permission_denied", 403},
    {Code::kResourceExhausted, "resource_exhausted", 429},
    {Code::kFailedPrecondition, "failed_precondition", 400},
    {Code::kAborted, "aborted", 409},
    {Code::kInternal, "internal", 500},
    {Code::kUnavailable, "unavailable", 503},
    {Code::kDataLoss, "data_loss", 500},
    {Code::kUnauthenticated, "unauthenticated", 401},
};

const CodeText& TextOf(Code code) {
  for (const CodeText& text : kCodes) {
    if (text.code == code) return text;
  }
  return TextOf(Code::kInternal);
}

}  // namespace

std::optional<std::string_view> FindHeader(const HttpHeaders& headers, std::string_view name) {
  for (const auto& [key, value] : headers) {
    if (SameName(key, name)) return value;
  }
  return std::nullopt;
}

std::string_view HttpRequest::Header(std::string_view name) const {
  return FindHeader(headers, name).value_or(std::string_view{});
}

std::string_view HttpRequest::BearerToken() const {
  constexpr std::string_view kScheme = "Bearer ";
  std::string_view value = Header("Authorization");
  if (value.size() <= kScheme.size() || !SameName(value.substr(0, kScheme.size()), kScheme)) {
    return {};
  }
  value.remove_prefix(kScheme.size());
  while (value.starts_with(' ')) value.remove_prefix(1);
  return value;
}

std::optional<std::string> HttpRequest::QueryParameter(std::string_view name) const {
  std::string_view rest = query;
  while (!rest.empty()) {
    const std::string_view pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
    const std::size_t equals = pair.find('=');
    if (PercentDecode(pair.substr(0, equals)) != name) continue;
    std::string value(equals == pair.npos ? std::string_view{} : pair.substr(equals + 1));
    for (char& c : value) {
      if (c == '+') c = ' ';
    }
    return PercentDecode(value);
  }
  return std::nullopt;
}

HttpResponse JsonResponse(int status, std::string json) {
  return {status, {{"Content-Type", "application/json"}}, std::move(json), nullptr};
}

HttpResponse TextResponse(int status, std::string text) {
  return {status, {{"Content-Type", "text/plain; charset=utf-8"}}, std::move(text), nullptr};
}

std::string ErrorJson(const Error& error) {
  std::string json = "{\"code\":";
  AppendJsonString(json, CodeName(error.code));
  json += ",\"reason\":";
  AppendJsonString(json, error.reason);
  json += ",\"message\":";
  AppendJsonString(json, error.message);
  json += ",\"next_step\":";
  AppendJsonString(json, error.next_step);
  return json += '}';
}

HttpResponse ErrorResponse(int status, const Error& error) {
  return JsonResponse(status, ErrorJson(error));
}

HttpResponse ErrorResponse(const Error& error) {
  return ErrorResponse(HttpStatusOf(error.code), error);
}

std::string_view CodeName(Code code) { return TextOf(code).name; }

int HttpStatusOf(Code code) { return TextOf(code).status; }

std::string_view StatusText(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 307:
      return "Temporary Redirect";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 426:
      return "Upgrade Required";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    default:
      return "Status";
  }
}

std::optional<std::string> PercentDecode(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    if (text.size() - i < 3) return std::nullopt;
    const int high = HexDigit(text[i + 1]);
    const int low = HexDigit(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    decoded += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return decoded;
}

}  // namespace usher::io
