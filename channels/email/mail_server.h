// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace usher::email {

enum class MailSecurity {
  kTls,       // from the first byte: IMAPS (993), submissions (465)
  kStartTls,  // asked for before anything else: IMAP (143), submission (587); never gone without
  kNone,      // nothing is secret: for servers of the same machine
};

enum class MailAuth {
  kPassword,     // PLAIN or LOGIN, whatever the server offers
  kXoauth2,      // Gmail, Microsoft 365: the secret is an access token
  kOauthBearer,  // RFC 7628, the same
  kNone,         // SMTP only
};

// Where a mailbox or a submission server is, and who logs in.
struct MailServer {
  std::string host{};
  std::uint16_t port = 0;
  MailSecurity security = MailSecurity::kTls;
  std::string ca_file{};   // PEM of the authorities to trust; empty: the system's
  std::string tls_name{};  // what the certificate is for; empty: `host`
  MailAuth auth = MailAuth::kPassword;
  std::string user{};
  // The password or the access token (ReadSecretFile), read at each login, so that a token that
  // another program renews in its place counts from the next.
  std::filesystem::path secret_file{};
  // Log in without TLS at a server that is not of this machine. Whoever is on the way can read the
  // secret and the mail.
  bool allow_plaintext = false;
  Duration timeout{30'000};  // to connect, and for each answer
};

// "mail.example:993", for messages.
std::string NameOf(const MailServer& server);

// Whether the secret may be sent without TLS: to loopback, or where it is allowed.
// PLAINTEXT_REFUSED.
Result<void> CheckPlaintext(const MailServer& server);

// The initial response of a SASL mechanism, base64: "PLAIN" (RFC 4616), "XOAUTH2" or "OAUTHBEARER".
std::string SaslResponse(std::string_view mechanism, const MailServer& server,
                         std::string_view secret);

// A server's words for a message or a log: at most 300 bytes, one line, valid UTF-8.
std::string ToServerWords(std::string_view text);

}  // namespace usher::email
