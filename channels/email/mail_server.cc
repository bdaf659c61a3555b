// SPDX-License-Identifier: Apache-2.0
#include "channels/email/mail_server.h"

#include <boost/asio/ip/address.hpp>

#include "channels/email/ascii.h"
#include "channels/email/base64.h"
#include "channels/email/mail_charset.h"

namespace usher::email {

namespace {

constexpr std::size_t kWordsBytesMax = 300;

bool IsLoopback(const std::string& host) {
  if (EqualsIgnoringCase(host, "localhost")) return true;
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(host, error);
  return !error && address.is_loopback();
}

// RFC 5801: what separates fields is written otherwise.
std::string ToSaslName(std::string_view name) {
  std::string escaped;
  for (const char c : name) {
    if (c == ',') {
      escaped += "=2C";
    } else if (c == '=') {
      escaped += "=3D";
    } else {
      escaped += c;
    }
  }
  return escaped;
}

}  // namespace

std::string NameOf(const MailServer& server) {
  return server.host + ":" + std::to_string(server.port);
}

Result<void> CheckPlaintext(const MailServer& server) {
  const bool is_secret = server.auth != MailAuth::kNone;
  if (server.security != MailSecurity::kNone || !is_secret) return {};
  if (server.allow_plaintext || IsLoopback(server.host)) return {};
  return Error{Code::kFailedPrecondition, "PLAINTEXT_REFUSED",
               "logging in at " + NameOf(server) + " without TLS would show the password",
               "use tls or starttls, or allow plaintext for this server"};
}

std::string SaslResponse(std::string_view mechanism, const MailServer& server,
                         std::string_view secret) {
  std::string text;
  if (mechanism == "PLAIN") {
    text.append(1, '\0').append(server.user).append(1, '\0').append(secret);
  } else if (mechanism == "OAUTHBEARER") {
    text = "n,a=" + ToSaslName(server.user) + ",\x01host=" + server.host +
           "\x01port=" + std::to_string(server.port) + "\x01" + "auth=Bearer ";
    text.append(secret).append("\x01\x01");
  } else {
    text = "user=" + server.user + "\x01" + "auth=Bearer ";
    text.append(secret).append("\x01\x01");
  }
  return ToBase64(text);
}

std::string ToServerWords(std::string_view text) {
  std::string words = ToValidUtf8(CutUtf8(Trim(text), kWordsBytesMax));
  for (char& c : words) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  }
  return words;
}

}  // namespace usher::email
