// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace usher::email {

// A server's reply (RFC 5321, 4.2).
struct SmtpReply {
  int code = 0;                      // 250
  std::string status{};              // "5.1.1" (RFC 2034) where it says one
  std::vector<std::string> lines{};  // without code and status

  bool IsPositive() const { return code >= 200 && code < 400; }
  bool IsForNow() const { return code >= 400 && code < 500; }
  bool IsForGood() const { return code >= 500; }
  std::string Words() const;  // for people, on one line
};

// Makes replies of the bytes of a connection, however they are cut. Lines of at most 4 KiB, at most
// 200 of a reply. After an error the connection is of no use. One thread at a time.
class SmtpReplyParser {
 public:
  void Feed(std::string_view bytes) { buffer_.append(bytes); }
  // SMTP_PROTOCOL with what is wrong; nothing where the reply is not whole yet.
  Result<std::optional<SmtpReply>> Next();
  bool HasRest() const { return begin_ < buffer_.size() || !reply_.lines.empty(); }

 private:
  Result<bool> TakeLine();

  std::string buffer_;
  std::size_t begin_ = 0;
  SmtpReply reply_;
};

// What a server's EHLO offers.
struct SmtpOffers {
  bool starttls = false;
  bool eight_bit = false;
  bool pipelining = false;
  bool dsn = false;
  std::size_t size_max = 0;         // 0: it does not say
  std::vector<std::string> auth{};  // upper case
  bool HasAuth(std::string_view mechanism) const;
};
SmtpOffers ReadOffers(const SmtpReply& reply);

// The time that a greeting shows, as many servers write it: "… Sun, 22 Nov 2026 12:07:40 +0100".
std::optional<Instant> FindSmtpTime(std::string_view words);

// A message as DATA sends it: lines end with CR LF whatever they ended with, a dot that begins a
// line is doubled, and a line with a dot alone ends it (RFC 5321, 4.5.2). No byte of the message
// can end it early, with whatever idea of line ends a server has.
std::string ToSmtpData(std::string_view message);

// RFC 3461's xtext, for envelope ids.
std::string ToXtext(std::string_view text);

}  // namespace usher::email
