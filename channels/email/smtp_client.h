// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/io/event_loop.h"
#include "base/result.h"
#include "base/time.h"
#include "channels/email/mail_server.h"

namespace usher::email {

struct SmtpConfig {
  MailServer server{};
  std::string own_name = "localhost";  // in EHLO
  // Without an answer to the message itself (RFC 5321, 4.5.3.2.6 wants ten minutes): the shorter,
  // the more mails are of unknown fate.
  Duration data_timeout{10 * 60'000};
  Duration idle{5'000};             // a connection stays open that long for a next mail
  std::size_t waiting_max = 1'000;  // mails not yet told of; more are deferred at once
};

struct SmtpMail {
  std::string from{};  // the envelope's, as ToSmtpAddress gives it
  std::vector<std::string> recipients{};
  std::shared_ptr<const std::string> bytes{};  // as WriteMail makes them
  // Asks for reports of failures and delays that name this id, where the server can (RFC 3461).
  std::string envelope_id{};
};

enum class SmtpFate {
  kSent,      // the server has it, and answers for it
  kDeferred,  // it has not got it; a later try may be taken
  kRefused,   // it will never take it so
  kUnknown,   // all was sent, and then nothing was heard: it may have it
};

std::string_view ToText(SmtpFate fate);

struct SmtpRecipient {
  std::string address{};
  SmtpFate fate = SmtpFate::kDeferred;
  std::string words{};  // of the server, with its codes; "550 5.1.1 no such mailbox"
};

struct SmtpOutcome {
  // Of the mail as a whole: kSent where at least one recipient's server copy exists. Which
  // recipients got none is told by each one's own fate.
  SmtpFate fate = SmtpFate::kDeferred;
  std::string reason{};  // UPPER_SNAKE: "SENT", "MAIL_LOGIN_REFUSED", "RECIPIENTS_REFUSED", …
  std::string words{};   // for people
  std::vector<SmtpRecipient> recipients{};  // in the order of the mail's
};

// What a server that lets us in says of itself.
struct SmtpService {
  std::size_t size_max = 0;  // of a mail; 0: it does not say
  bool reports = false;      // failures and delays are reported by the mail's id (RFC 3461)
  std::optional<Instant> greeted_at{};  // its clock, where the greeting shows it
};

// Submits mail (RFC 6409), one after the other over a connection that is opened when there is
// something to send and closed when there has been nothing for a while. Never sends one mail twice:
// a mail whose fate is unknown is told so and left to the caller, who can ask the mailbox for its
// Message-ID. No secret is in what it tells. Loop thread only; no callback runs within a call, and
// none after the client's end.
class SmtpClient {
 public:
  SmtpClient(io::EventLoop& loop, SmtpConfig config);
  ~SmtpClient();
  SmtpClient(const SmtpClient&) = delete;
  SmtpClient& operator=(const SmtpClient&) = delete;

  void Send(SmtpMail mail, std::function<void(SmtpOutcome)> done);

  // Connects and logs in, and sends nothing. Of a client that nothing was given to; once.
  void Probe(std::function<void(Result<SmtpService>)> done);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace usher::email
