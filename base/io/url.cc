// SPDX-License-Identifier: Apache-2.0
#include "base/io/url.h"

#include <algorithm>
#include <charconv>

namespace usher::io {
namespace {

Error Invalid(std::string_view text, std::string why) {
  return {Code::kInvalidArgument, "INVALID_URL", "'" + std::string(text) + "' " + why,
          "write it as http://127.0.0.1:8080/path"};
}

bool HasSpaceOrControl(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7F; });
}

}  // namespace

Result<Url> ParseUrl(std::string_view text) {
  const std::size_t mark = text.find("://");
  if (mark == text.npos) return Invalid(text, "has no scheme");
  const std::string_view scheme = text.substr(0, mark);
  Url url{.tls = scheme == "https" || scheme == "wss"};
  if (!url.tls && scheme != "http" && scheme != "ws") {
    return Invalid(text, "is neither http, https, ws nor wss");
  }
  if (HasSpaceOrControl(text)) return Invalid(text, "holds a space or control character");

  std::string_view rest = text.substr(mark + 3);
  rest = rest.substr(0, rest.find('#'));
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?"));
  url.authority = std::string(authority);
  url.target = std::string(rest.substr(authority.size()));
  if (!url.target.starts_with('/')) url.target.insert(0, "/");
  if (authority.find('@') != authority.npos) return Invalid(text, "holds a user name");

  const std::size_t bracket = authority.rfind(']');
  const std::size_t colon = authority.rfind(':');
  const bool has_port = colon != authority.npos && (bracket == authority.npos || colon > bracket);
  url.host = std::string(authority.substr(0, has_port ? colon : authority.npos));
  if (url.host.size() > 2 && url.host.front() == '[' && url.host.back() == ']') {
    url.host = url.host.substr(1, url.host.size() - 2);
  }
  if (url.host.empty()) return Invalid(text, "names no host");
  url.port = url.tls ? 443 : 80;
  if (!has_port) return url;
  const std::string_view digits = authority.substr(colon + 1);
  const char* const end = digits.data() + digits.size();
  const auto [stopped, problem] = std::from_chars(digits.data(), end, url.port);
  if (problem != std::errc{} || stopped != end || url.port == 0) {
    return Invalid(text, "has no port from 1 to 65535 after its host");
  }
  return url;
}

}  // namespace usher::io
