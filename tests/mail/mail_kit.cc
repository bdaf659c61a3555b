// SPDX-License-Identifier: Apache-2.0
#include "tests/mail/mail_kit.h"

#include <array>
#include <cstdio>
#include <fstream>
#include <memory>
#include <sstream>
#include <utility>

#include <stdlib.h>

#include "base/check.h"

namespace usher::email {

namespace fs = std::filesystem;

namespace {

std::string Output(const std::string& command) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(::popen(command.c_str(), "r"),
                                                             &::pclose);
  USHER_CHECK(pipe != nullptr, command);
  std::string text;
  std::array<char, 4'096> bytes{};
  while (const std::size_t count = std::fread(bytes.data(), 1, bytes.size(), pipe.get())) {
    text.append(bytes.data(), count);
  }
  return text;
}

}  // namespace

std::optional<std::string> MailKit::FindMissing() {
  for (const char* program : {"dovecot", "doveadm", "exim4", "openssl", "setpriv"}) {
    const std::string path = std::string("PATH=$PATH:/usr/sbin:/sbin command -v ") + program;
    if (Output(path).empty()) return program;
  }
  for (const char* file :
       {"/usr/lib/dovecot/lmtp", "/usr/lib/dovecot/submission-login", "/usr/lib/dovecot/imap"}) {
    if (!fs::exists(file)) return file;
  }
  return std::nullopt;
}

MailKit::MailKit() {
  char name[] = "/tmp/usher-mail-XXXXXX";
  USHER_CHECK(::mkdtemp(name) != nullptr, "no temporary directory");
  folder_ = name;
  fs::permissions(folder_, fs::perms::owner_all | fs::perms::group_exec | fs::perms::others_exec);
  // Nobody's child, for who ends a test that takes too long ends its children too.
  guard_ = ::popen(("exec 3<&0; PATH=$PATH:/usr/sbin:/sbin setsid " USHER_MAILKIT " guard " +
                    folder_.string() + " <&3 3<&- >/dev/null 2>&1 &")
                       .c_str(),
                   "we");
  USHER_CHECK(guard_ != nullptr, "no guard of the mail servers");
  Start();
}

MailKit::~MailKit() {
  Stop();
  ::pclose(guard_);
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
  fs::remove_all(folder_.string() + "-secrets", ignored);
}

void MailKit::Start() {
  const auto before = settings_.find("IMAP_PORT");
  const std::string base = before == settings_.end() ? "0" : before->second;
  settings_.clear();
  std::istringstream lines(Run("start", "MAILKIT_PORT_BASE=" + base));
  for (std::string line; std::getline(lines, line);) {
    const std::size_t equals = line.find('=');
    if (equals != line.npos) settings_[line.substr(0, equals)] = line.substr(equals + 1);
  }
  USHER_CHECK(settings_.count("IMAP_PORT") == 1, "the mail servers do not start");
}

void MailKit::Stop() { Run("stop"); }

std::string MailKit::Run(const std::string& arguments, const std::string& setting) const {
  const std::size_t space = arguments.find(' ');
  const std::string verb = arguments.substr(0, space);
  const std::string rest = space == arguments.npos ? "" : arguments.substr(space);
  return Output("PATH=$PATH:/usr/sbin:/sbin " + setting + " " USHER_MAILKIT " " + verb + " " +
                folder_.string() + rest + " 2>&1");
}

void MailKit::ForgetUids(const std::string& user) {
  const fs::path box = folder_ / "mail" / Address(user) / "Maildir";
  for (const auto& entry : fs::directory_iterator(box)) {
    const std::string name = entry.path().filename();
    if (name.starts_with("dovecot-uid") || name.starts_with("dovecot.index")) fs::remove(entry);
  }
}

std::string MailKit::Address(const std::string& user) const {
  return user + "@" + settings_.at("MAIL_DOMAIN");
}

fs::path MailKit::WriteSecret(const std::string& name, const std::string& secret) const {
  const fs::path folder = folder_.string() + "-secrets";
  fs::create_directories(folder);
  const fs::path file = folder / name;
  std::ofstream(file, std::ios::binary) << secret;
  fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
  return file;
}

MailServer MailKit::Server(const char* port, MailSecurity security) const {
  return {.host = "localhost",
          .port = static_cast<std::uint16_t>(std::stoi(settings_.at(port))),
          .security = security,
          .ca_file = settings_.at("MAIL_CA"),
          .timeout = Duration{20'000}};
}

MailServer MailKit::Imap(const std::string& user, MailSecurity security) const {
  MailServer server = Server(security == MailSecurity::kTls ? "IMAPS_PORT" : "IMAP_PORT", security);
  server.user = Address(user);
  server.secret_file = WriteSecret("password", settings_.at("MAIL_PASSWORD"));
  return server;
}

MailServer MailKit::Submission(const std::string& user, MailSecurity security) const {
  MailServer server =
      Server(security == MailSecurity::kTls ? "SUBMISSIONS_PORT" : "SUBMISSION_PORT", security);
  server.user = Address(user);
  server.secret_file = WriteSecret("password", settings_.at("MAIL_PASSWORD"));
  return server;
}

MailServer MailKit::Incoming() const {
  MailServer server = Server("SMTP_PORT", MailSecurity::kStartTls);
  server.auth = MailAuth::kNone;
  return server;
}

MailServer MailKit::WithToken(MailServer server, MailAuth auth, const std::string& user,
                              int seconds) {
  server.auth = auth;
  server.secret_file = WriteSecret("token_" + user + std::to_string(seconds),
                                   Run("token " + user + " " + std::to_string(seconds)));
  return server;
}

}  // namespace usher::email
