// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "channels/email/mail_server.h"

namespace usher::email {

// Dovecot and Exim of this test's own (tests/mail/mailkit), in a directory that goes with it.
class MailKit {
 public:
  // Nothing where the servers are not installed on this machine; `why` says which is missing.
  static std::optional<std::string> FindMissing();

  MailKit();
  ~MailKit();
  MailKit(const MailKit&) = delete;
  MailKit& operator=(const MailKit&) = delete;

  void Start();  // again after Stop: on the same ports, the mail kept
  void Stop();

  // While stopped: the mailbox's messages get other uids under another UIDVALIDITY.
  void ForgetUids(const std::string& user);

  std::string Address(const std::string& user) const;  // "support@mail.test"
  // As that user, by password.
  MailServer Imap(const std::string& user, MailSecurity security) const;
  MailServer Submission(const std::string& user, MailSecurity security) const;
  // As a customer's server, without a login.
  MailServer Incoming() const;
  // The same with a token that lasts so many seconds, instead of a password.
  MailServer WithToken(MailServer server, MailAuth auth, const std::string& user, int seconds);

 private:
  std::string Run(const std::string& arguments, const std::string& setting = "") const;
  MailServer Server(const char* port, MailSecurity security) const;
  std::filesystem::path WriteSecret(const std::string& name, const std::string& secret) const;

  // Ends the servers when this process ends, however it does.
  std::FILE* guard_ = nullptr;
  std::filesystem::path folder_;
  std::map<std::string, std::string> settings_;
};

}  // namespace usher::email
