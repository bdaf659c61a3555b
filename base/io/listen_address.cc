// SPDX-License-Identifier: Apache-2.0
#include "base/io/listen_address.h"

#include <charconv>
#include <utility>

#include <boost/asio/ip/address.hpp>

namespace usher::io {
namespace {

// The length of sockaddr_un's path, less its final zero.
constexpr std::size_t kUnixPathBytesMax = 107;

Error Invalid(std::string_view text, std::string_view why) {
  return {Code::kInvalidArgument, "INVALID_ADDRESS",
          "'" + std::string(text) + "' " + std::string(why),
          "write it as 127.0.0.1:8080, [::1]:8080 or unix:/run/usher/http.sock"};
}

Result<ListenAddress> ParseUnix(std::string_view text, std::string_view path) {
  if (path.empty()) return Invalid(text, "names no socket file");
  if (path.size() > kUnixPathBytesMax) {
    return Invalid(text, "is longer than the 107 bytes that a Unix socket's path may have");
  }
  if (path.find('\0') != path.npos) return Invalid(text, "holds a zero byte");
  return ListenAddress{.host = {}, .port = 0, .unix_path = std::string(path)};
}

}  // namespace

bool ListenAddress::is_loopback() const {
  if (is_unix() || host == "localhost") return true;
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(host, error);
  return !error && address.is_loopback();
}

std::string ListenAddress::ToString() const {
  if (is_unix()) return "unix:" + unix_path;
  const bool v6 = host.find(':') != host.npos;
  return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Result<ListenAddress> ParseListenAddress(std::string_view text) {
  if (text.starts_with("unix:")) return ParseUnix(text, text.substr(5));
  const std::size_t colon = text.rfind(':');
  if (colon == text.npos) return Invalid(text, "has no port");
  std::string_view host = text.substr(0, colon);
  const std::string_view digits = text.substr(colon + 1);
  const bool brackets = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (brackets) host = host.substr(1, host.size() - 2);

  std::uint16_t port = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stopped, problem] = std::from_chars(digits.data(), end, port);
  if (digits.empty() || problem != std::errc{} || stopped != end) {
    return Invalid(text, "has no port from 0 to 65535 after its last ':'");
  }

  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(std::string(host), error);
  if (host == "localhost" && !brackets) return ListenAddress{"localhost", port, {}};
  if (error) return Invalid(text, "does not begin with an IP address or 'localhost'");
  if (address.is_v6() != brackets) {
    return Invalid(text, "needs brackets around an IPv6 address and none around others");
  }
  return ListenAddress{address.to_string(), port, {}};
}

}  // namespace usher::io
