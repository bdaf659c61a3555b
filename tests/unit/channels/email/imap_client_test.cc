// SPDX-License-Identifier: Apache-2.0
#include "channels/email/imap_client.h"

#include <filesystem>
#include <fstream>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/io/event_loop.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/channels/email/scripted_server.h"

namespace usher::email {
namespace {

namespace fs = std::filesystem;
using Script = ScriptedServer::Script;

const Script kLogin = {"> * OK hello",
                       "< u1 CAPABILITY",
                       "> * CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR~u1 OK",
                       "< u2 AUTHENTICATE PLAIN AHVzZXIAcHc=",
                       "> u2 OK in",
                       "< u3 CAPABILITY",
                       "> * CAPABILITY IMAP4rev1 IDLE MOVE UIDPLUS CONDSTORE~u3 OK"};

Script After(Script script, const Script& more) {
  script.insert(script.end(), more.begin(), more.end());
  return script;
}

class ImapClientTest : public testing::Test {
 protected:
  void SetUp() override {
    std::ofstream(secret_) << "pw\n";
    fs::permissions(secret_, fs::perms::owner_read | fs::perms::owner_write);
    loop_.Start("imap-test");
  }
  void TearDown() override {
    loop_.Call([this] { client_.reset(); });
    loop_.Stop(Duration{1'000});
  }

  void Make(const Script& script, ImapConfig config = {}) {
    server_ = std::make_unique<ScriptedServer>(std::vector<Script>{script});
    config.server.host = "127.0.0.1";
    config.server.port = server_->port();
    if (config.server.security == MailSecurity::kTls) config.server.security = MailSecurity::kNone;
    config.server.user = "user";
    config.server.secret_file = secret_;
    config.server.timeout = Duration{10'000};
    config.idle_after = idle_after_;
    loop_.Call([&] {
      client_ = std::make_unique<ImapClient>(
          loop_, config,
          ImapClient::Hooks{
              .on_change = [this] { changed_.set_value(); },
              .on_lost = [this](const Error& error) { lost_.set_value(error.reason); }});
    });
  }

  // What the client gives to the callback of `start`.
  template <class T>
  T Wait(const std::function<void(std::function<void(T)>)>& start) {
    const auto promise = std::make_shared<std::promise<T>>();
    loop_.Call([&] { start([promise](T value) { promise->set_value(std::move(value)); }); });
    return promise->get_future().get();
  }

  std::string Connect() {
    const auto result = Wait<Result<void>>([this](auto done) { client_->Connect(done); });
    return result.ok() ? "" : result.error().reason;
  }

  io::EventLoop loop_;
  const TempDir folder_;
  const fs::path secret_ = folder_.path() / "secret";
  std::unique_ptr<ScriptedServer> server_;
  std::unique_ptr<ImapClient> client_;
  Duration idle_after_{0};
  std::promise<void> changed_;
  std::promise<std::string> lost_;
};

TEST_F(ImapClientTest, AMailboxTellsWhatItIs) {
  Make(After(kLogin, {"< u4 SELECT \"INBOX\" (CONDSTORE)",
                      "> * 17 EXISTS~* OK [UIDVALIDITY 3] x~* OK [UIDNEXT 44] x~"
                      "* OK [HIGHESTMODSEQ 99] x~* OK [PERMANENTFLAGS (\\Seen \\*)] x~"
                      "u4 OK [READ-WRITE] done"}));
  ASSERT_EQ(Connect(), "");
  const auto box =
      Wait<Result<SelectedMailbox>>([this](auto done) { client_->Select("INBOX", done); });
  ASSERT_TRUE(box.ok());
  EXPECT_EQ(box->exists, 17U);
  EXPECT_EQ(box->uid_validity, 3U);
  EXPECT_EQ(box->uid_next, 44U);
  EXPECT_EQ(box->highest_modseq, 99U);
  EXPECT_TRUE(box->takes_keywords);
  EXPECT_FALSE(box->read_only);
}

TEST_F(ImapClientTest, UidsBelowTheAskedAreLeftOut) {
  Make(
      After(kLogin, {"< u4 UID SEARCH UID 7:* ALL", "> * 3 EXISTS~* SEARCH 9 6~* SEARCH 8~u4 OK"}));
  ASSERT_EQ(Connect(), "");
  const auto uids = Wait<Result<std::vector<std::uint32_t>>>(
      [this](auto done) { client_->SearchUids(7, 0, "ALL", done); });
  EXPECT_EQ(*uids, (std::vector<std::uint32_t>{8, 9}));
}

TEST_F(ImapClientTest, AMessageComesWhateverElseIsSaid) {
  Make(After(kLogin, {"< u4 UID FETCH 5 (UID RFC822.SIZE FLAGS BODY.PEEK[]<0.100>)",
                      "> * 2 FETCH (FLAGS (\\Seen) UID 4)~* OK still here~* 1 EXPUNGE~"
                      "* 3 FETCH (UID 5 RFC822.SIZE 6 FLAGS () BODY[]<0> {6}~a~)~b)~u4 OK"}));
  ASSERT_EQ(Connect(), "");
  const auto mail =
      Wait<Result<FetchedMail>>([this](auto done) { client_->FetchBody(5, 100, done); });
  ASSERT_TRUE(mail.ok());
  EXPECT_EQ(mail->body, "a\r\n)\r\n");
}

TEST_F(ImapClientTest, AMessageThatIsGoneIsToldSo) {
  Make(After(kLogin, {"< u4 UID FETCH 5", "> u4 OK nothing"}));
  ASSERT_EQ(Connect(), "");
  const auto mail =
      Wait<Result<FetchedMail>>([this](auto done) { client_->FetchBody(5, 100, done); });
  EXPECT_EQ(mail.error().reason, "MAIL_GONE");
}

TEST_F(ImapClientTest, MovingMakesTheMailboxOnce) {
  Make(After(kLogin,
             {"< u4 UID MOVE 5:6 \"Done\"", "> u4 NO [TRYCREATE] no such", "< u5 CREATE \"Done\"",
              "> u5 OK", "< u6 UID MOVE 5:6 \"Done\"", "> u6 NO [TRYCREATE] still none"}));
  ASSERT_EQ(Connect(), "");
  const auto moved = Wait<Result<void>>([this](auto done) { client_->Move({5, 6}, "Done", done); });
  EXPECT_EQ(moved.error().reason, "IMAP_REFUSED");
}

TEST_F(ImapClientTest, WithoutMoveItCopiesAndRemoves) {
  Script login = kLogin;
  login.back() = "> * CAPABILITY IMAP4rev1 UIDPLUS~u3 OK";
  Make(After(login,
             {"< u4 UID COPY 5 \"Done\"", "> u4 OK", "< u5 UID STORE 5 +FLAGS.SILENT (\\Deleted)",
              "> u5 OK", "< u6 UID EXPUNGE 5", "> u6 OK"}));
  ASSERT_EQ(Connect(), "");
  EXPECT_TRUE(Wait<Result<void>>([this](auto done) { client_->Move({5}, "Done", done); }).ok());
}

TEST_F(ImapClientTest, AppendWaitsToBeAsked) {
  Make(After(kLogin, {"< u4 APPEND \"Sent\" (\\Seen) {5}", "> + go", "< hi", "< a", "> u4 OK"}));
  ASSERT_EQ(Connect(), "");
  EXPECT_TRUE(Wait<Result<void>>([this](auto done) {
                client_->Append("Sent", {"\\Seen"}, "hi\r\na", done);
              }).ok());
}

TEST_F(ImapClientTest, IdleEndsForACommandAndTellsOfNews) {
  Make(After(kLogin, {"< u4 IDLE", "> + idling", "> * 5 EXISTS", "< DONE", "> u4 OK", "< u5 IDLE",
                      "> + idling", "< DONE", "> u5 OK", "< u6 NOOP", "> u6 OK", "< u7 IDLE"}));
  ASSERT_EQ(Connect(), "");
  loop_.Call([this] { client_->StartWatching(); });
  changed_.get_future().get();
  EXPECT_TRUE(Wait<Result<void>>([this](auto done) { client_->Noop(done); }).ok());
}

TEST_F(ImapClientTest, CommandsOneAfterTheOtherHaveNoIdleInBetween) {
  idle_after_ = Duration{1'000};
  Make(After(kLogin, {"< u4 NOOP", "> u4 OK", "< u5 NOOP", "> u5 OK", "< u6 IDLE", "> + idling",
                      "> * 5 EXISTS", "< DONE", "> u6 OK"}));
  ASSERT_EQ(Connect(), "");
  loop_.Call([this] { client_->StartWatching(); });
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(Wait<Result<void>>([this](auto done) { client_->Noop(done); }).ok());
  }
  changed_.get_future().get();
}

TEST_F(ImapClientTest, IdleIsRenewed) {
  Make(After(kLogin, {"< u4 IDLE", "> + idling", "< DONE", "> u4 OK", "< u5 IDLE", "> + idling",
                      "> * 1 EXISTS", "< DONE", "> u5 OK"}),
       {.idle_renewal = Duration{20}});
  ASSERT_EQ(Connect(), "");
  loop_.Call([this] { client_->StartWatching(); });
  changed_.get_future().get();
}

TEST_F(ImapClientTest, WithoutIdleItPolls) {
  Script login = kLogin;
  login.back() = "> * CAPABILITY IMAP4rev1~u3 OK";
  Make(After(login, {"< u4 NOOP", "> u4 OK", "< u5 NOOP", "> * 2 EXISTS~u5 OK"}),
       {.poll_interval = Duration{10}});
  ASSERT_EQ(Connect(), "");
  loop_.Call([this] { client_->StartWatching(); });
  changed_.get_future().get();
}

TEST_F(ImapClientTest, AGoodbyeEndsWhatWasAsked) {
  Make(After(kLogin, {"< u4 NOOP", "> * BYE shutting down", "x"}));
  ASSERT_EQ(Connect(), "");
  const auto answer = Wait<Result<void>>([this](auto done) { client_->Noop(done); });
  EXPECT_EQ(answer.error().reason, "IMAP_GOODBYE");
  EXPECT_EQ(lost_.get_future().get(), "IMAP_GOODBYE");
}

TEST_F(ImapClientTest, ARefusedLoginSaysSoWithoutTheSecret) {
  Make({"> * OK hello", "< u1 CAPABILITY", "> * CAPABILITY AUTH=PLAIN~u1 OK",
        "< u2 AUTHENTICATE PLAIN", "> +", "< AHVzZXIAcHc=", "> u2 NO [AUTHENTICATIONFAILED] no"});
  const auto result = Wait<Result<void>>([this](auto done) { client_->Connect(done); });
  EXPECT_EQ(result.error().reason, "MAIL_LOGIN_REFUSED");
  EXPECT_EQ(result.error().code, Code::kUnauthenticated);
}

TEST_F(ImapClientTest, AFailedTokenIsAnsweredAndEnds) {
  Make({"> * OK hello", "< u1 CAPABILITY", "> * CAPABILITY AUTH=XOAUTH2 SASL-IR~u1 OK",
        "< u2 AUTHENTICATE XOAUTH2 ", "> + eyJzdGF0dXMiOiI0MDAifQ==", "< ", "> u2 NO failed"},
       {.server = {.auth = MailAuth::kXoauth2}});
  EXPECT_EQ(Connect(), "MAIL_LOGIN_REFUSED");
}

TEST_F(ImapClientTest, NoSecretWhereNoneIsTaken) {
  Make({"> * OK hello", "< u1 CAPABILITY", "> * CAPABILITY IMAP4rev1 LOGINDISABLED~u1 OK", "x"});
  EXPECT_EQ(Connect(), "MAIL_LOGIN_UNKNOWN");
}

TEST_F(ImapClientTest, InjectionBeforeTlsIsNoticed) {
  Make({"> * OK hello", "< u1 STARTTLS", "> u1 OK go~* CAPABILITY AUTH=PLAIN", "x"},
       {.server = {.security = MailSecurity::kStartTls}});
  EXPECT_EQ(Connect(), "MAIL_INJECTED");
}

TEST_F(ImapClientTest, AServerWithoutTlsIsLeft) {
  Make({"> * OK hello", "< u1 STARTTLS", "> u1 BAD what"},
       {.server = {.security = MailSecurity::kStartTls}});
  EXPECT_EQ(Connect(), "STARTTLS_MISSING");
  Make({"> * PREAUTH hello", "x"}, {.server = {.security = MailSecurity::kStartTls}});
  EXPECT_EQ(Connect(), "IMAP_PROTOCOL");
}

TEST_F(ImapClientTest, WhatIsNoImapIsLeft) {
  Make({"> 220 smtp here", "x"});
  EXPECT_EQ(Connect(), "IMAP_PROTOCOL");
}

TEST_F(ImapClientTest, TooManyCommandsAreRefused) {
  Make(After(kLogin, {"< u4 NOOP"}), {.commands_max = 2});
  ASSERT_EQ(Connect(), "");
  const auto answer = Wait<Result<void>>([this](auto done) {
    for (int i = 0; i < 3; ++i) client_->Noop([](const auto&) {});
    client_->Noop(done);
  });
  EXPECT_EQ(answer.error().reason, "TOO_MANY_COMMANDS");
}

}  // namespace
}  // namespace usher::email
