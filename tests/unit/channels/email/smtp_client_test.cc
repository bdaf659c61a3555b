// SPDX-License-Identifier: Apache-2.0
#include "channels/email/smtp_client.h"

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

constexpr char kOffers[] = "> 250-mx~250-PIPELINING~250-SIZE 2000~250-DSN~250 AUTH PLAIN LOGIN";
const Script kLogin = {"> 220 mx", "< EHLO", kOffers, "< AUTH PLAIN AHVzZXIAcHc=", "> 235 in"};

Script After(Script script, const Script& more) {
  script.insert(script.end(), more.begin(), more.end());
  return script;
}

SmtpMail Mail(std::vector<std::string> recipients = {"ann@c.example"}) {
  return {.from = "support@shop.example",
          .recipients = std::move(recipients),
          .bytes = std::make_shared<const std::string>("Subject: s\r\n\r\n.hi\r\n"),
          .envelope_id = ""};
}

class SmtpClientTest : public testing::Test {
 protected:
  void SetUp() override {
    std::ofstream(secret_) << "pw";
    fs::permissions(secret_, fs::perms::owner_read | fs::perms::owner_write);
    loop_.Start("smtp-test");
  }
  void TearDown() override {
    loop_.Call([this] { client_.reset(); });
    loop_.Stop(Duration{1'000});
  }

  MailServer Server(std::uint16_t port) const {
    return {.host = "127.0.0.1",
            .port = port,
            .security = MailSecurity::kNone,
            .user = "user",
            .secret_file = secret_,
            .timeout = Duration{10'000}};
  }

  void Start(std::vector<Script> scripts, MailSecurity security = MailSecurity::kNone) {
    server_ = std::make_unique<ScriptedServer>(std::move(scripts));
    MailServer server = Server(server_->port());
    server.security = security;
    loop_.Call([&] {
      client_ = std::make_unique<SmtpClient>(
          loop_, SmtpConfig{.server = server, .own_name = "desk", .idle = Duration{20}});
    });
  }

  std::future<SmtpOutcome> Send(SmtpMail mail) {
    const auto promise = std::make_shared<std::promise<SmtpOutcome>>();
    loop_.Call([&] {
      client_->Send(std::move(mail),
                    [promise](SmtpOutcome outcome) { promise->set_value(std::move(outcome)); });
    });
    return promise->get_future();
  }

  io::EventLoop loop_;
  const TempDir folder_;
  const fs::path secret_ = folder_.path() / "secret";
  std::unique_ptr<ScriptedServer> server_;
  std::unique_ptr<SmtpClient> client_;
};

const Script kTakesOne = {"< MAIL FROM:<support@shop.example> SIZE=19",
                          "< RCPT TO:<ann@c.example>",
                          "> 250 ok~250 ok",
                          "< DATA",
                          "> 354 go",
                          "< Subject: s",
                          "< ",
                          "< ..hi",
                          "< ."};

TEST_F(SmtpClientTest, SeveralMailsGoOverOneConnection) {
  Start({After(After(After(kLogin, kTakesOne), {"> 250 2.0.0 queued as 1"}),
               After(kTakesOne, {"> 250 2.0.0 queued as 2", "< QUIT", "x"}))});
  auto first = Send(Mail());
  auto second = Send(Mail());
  const SmtpOutcome outcome = first.get();
  EXPECT_EQ(outcome.fate, SmtpFate::kSent);
  EXPECT_EQ(outcome.recipients.at(0).words, "250 2.0.0 queued as 1");
  EXPECT_EQ(second.get().fate, SmtpFate::kSent);
  EXPECT_EQ(server_->Finish(), std::vector<std::string>{});
}

TEST_F(SmtpClientTest, EachRecipientHasItsFate) {
  Start({After(kLogin, {"< MAIL", "< RCPT TO:<a@c", "< RCPT TO:<b@c", "< RCPT TO:<d@c",
                        "> 250 ok~550 5.1.1 nobody~250 ok~451 4.3.0 later", "< DATA", "> 354 go",
                        "< Subj", "< ", "< ..hi", "< .", "> 250 taken"})});
  const SmtpOutcome outcome = Send(Mail({"a@c.example", "b@c.example", "d@c.example"})).get();
  EXPECT_EQ(outcome.fate, SmtpFate::kSent);
  EXPECT_EQ(outcome.recipients.at(0).fate, SmtpFate::kRefused);
  EXPECT_EQ(outcome.recipients.at(0).words, "550 5.1.1 nobody");
  EXPECT_EQ(outcome.recipients.at(1).fate, SmtpFate::kSent);
  EXPECT_EQ(outcome.recipients.at(2).fate, SmtpFate::kDeferred);
}

TEST_F(SmtpClientTest, NobodyTakenIsRefusedOrDeferred) {
  Start({After(kLogin, {"< MAIL", "< RCPT", "> 250 ok~550 no", "< RSET", "> 250 ok", "< MAIL",
                        "< RCPT", "> 250 ok~450 not now", "< RSET", "> 250 ok", "< MAIL", "< RCPT",
                        "> 552 5.3.4 too big~503 no sender", "< RSET", "> 250 ok"})});
  EXPECT_EQ(Send(Mail()).get().reason, "RECIPIENTS_REFUSED");
  EXPECT_EQ(Send(Mail()).get().fate, SmtpFate::kDeferred);
  const SmtpOutcome sender = Send(Mail()).get();
  EXPECT_EQ(sender.fate, SmtpFate::kRefused);
  EXPECT_EQ(sender.reason, "SENDER_REFUSED");
  loop_.Call([this] { client_.reset(); });
  EXPECT_EQ(server_->Finish(), std::vector<std::string>{});
}

TEST_F(SmtpClientTest, TheMessageItselfMayBeRefused) {
  Start({After(After(kLogin, kTakesOne), {"> 554 5.7.1 spam", "< MAIL", "< RCPT", "> 250 ok~250 ok",
                                          "< DATA", "> 452 4.3.1 disk full"})});
  const SmtpOutcome spam = Send(Mail()).get();
  EXPECT_EQ(spam.fate, SmtpFate::kRefused);
  EXPECT_EQ(spam.recipients.at(0).words, "554 5.7.1 spam");
}

TEST_F(SmtpClientTest, SilenceAfterTheMessageIsUnknown) {
  Start({After(After(kLogin, kTakesOne), {"x"})});
  const SmtpOutcome outcome = Send(Mail()).get();
  EXPECT_EQ(outcome.fate, SmtpFate::kUnknown);
  EXPECT_EQ(outcome.reason, "ANSWER_LOST");
}

TEST_F(SmtpClientTest, AServerThatLostTheOneBehindItDoesNotKnowEither) {
  Start({After(After(kLogin, kTakesOne), {"> 421 4.4.0 Lost connection to relay server", "x"}),
         After(After(kLogin, kTakesOne), {"> 421 4.3.2 shutting down", "x"})});
  const SmtpOutcome outcome = Send(Mail()).get();
  EXPECT_EQ(outcome.fate, SmtpFate::kUnknown);
  EXPECT_EQ(outcome.reason, "ANSWER_LOST");
  EXPECT_EQ(outcome.words, "421 4.4.0 Lost connection to relay server");
  EXPECT_EQ(Send(Mail()).get().fate, SmtpFate::kDeferred);
}

TEST_F(SmtpClientTest, AConnectionThatBreaksBeforeIsDeferredAndTheNextMailTriesAgain) {
  Start({After(kLogin, {"< MAIL", "x"}),
         After(After(kLogin, kTakesOne), {"> 250 ok", "< QUIT", "x"})});
  auto first = Send(Mail());
  auto second = Send(Mail());
  EXPECT_EQ(first.get().fate, SmtpFate::kDeferred);
  EXPECT_EQ(second.get().fate, SmtpFate::kSent);
  EXPECT_EQ(server_->Finish(), std::vector<std::string>{});
}

TEST_F(SmtpClientTest, ARefusedLoginDefersAll) {
  Start({{"> 220 mx", "< EHLO", kOffers, "< AUTH", "> 535 5.7.8 wrong", "x"}});
  auto first = Send(Mail());
  auto second = Send(Mail());
  const SmtpOutcome outcome = first.get();
  EXPECT_EQ(outcome.fate, SmtpFate::kDeferred);
  EXPECT_EQ(outcome.reason, "MAIL_LOGIN_REFUSED");
  EXPECT_EQ(outcome.words.find("pw"), std::string::npos);
  EXPECT_EQ(second.get().reason, "MAIL_LOGIN_REFUSED");
}

TEST_F(SmtpClientTest, AuthLoginIsSpokenWhereThereIsNoPlain) {
  Start({After({"> 220 mx", "< EHLO", "> 250-mx~250 AUTH LOGIN", "< AUTH LOGIN",
                "> 334 VXNlcg==", "< dXNlcg==", "> 334 UGFzcw==", "< cHc=", "> 235 in"},
               {"< MAIL FROM:<support@shop.example>", "> 250 ok", "< RCPT", "> 250 ok", "< DATA",
                "> 354 go", "< Subj", "< ", "< ..hi", "< .", "> 250 ok"})});
  EXPECT_EQ(Send(Mail()).get().fate, SmtpFate::kSent);
}

TEST_F(SmtpClientTest, ALargeMailIsNotEvenTried) {
  Start({kLogin});
  SmtpMail mail = Mail();
  mail.bytes = std::make_shared<const std::string>(3'000, 'x');
  const SmtpOutcome outcome = Send(std::move(mail)).get();
  EXPECT_EQ(outcome.fate, SmtpFate::kRefused);
  EXPECT_EQ(outcome.reason, "MAIL_TOO_LARGE");
}

TEST_F(SmtpClientTest, NothingGoesOnWithoutTheTlsThatWasAskedFor) {
  Start(
      {{"> 220 mx", "< EHLO", "> 250 mx", "x"},
       {"> 220 mx", "< EHLO", "> 250-mx~250 STARTTLS", "< STARTTLS", "> 220 go~250 injected", "x"}},
      MailSecurity::kStartTls);
  EXPECT_EQ(Send(Mail()).get().reason, "STARTTLS_MISSING");
  EXPECT_EQ(Send(Mail()).get().reason, "MAIL_INJECTED");
}

TEST_F(SmtpClientTest, AReportIsAskedForByItsId) {
  Start({After(kLogin, {"< MAIL FROM:<support@shop.example> SIZE=19 RET=HDRS ENVID=a+20b",
                        "< RCPT TO:<ann@c.example> NOTIFY=FAILURE,DELAY", "> 250 ok~250 ok",
                        "< DATA", "> 354 go", "< Subj", "< ", "< ..hi", "< .", "> 250 ok"})});
  SmtpMail mail = Mail();
  mail.envelope_id = "a b";
  EXPECT_EQ(Send(std::move(mail)).get().fate, SmtpFate::kSent);
}

TEST_F(SmtpClientTest, NothingOfACallerBecomesACommand) {
  Start({});
  EXPECT_EQ(Send(Mail({"a@b.example>\r\nRCPT TO:<c@d.example"})).get().reason,
            "MAIL_ADDRESS_INVALID");
  SmtpMail mail = Mail();
  mail.from = "a b";
  EXPECT_EQ(Send(std::move(mail)).get().fate, SmtpFate::kRefused);
  EXPECT_EQ(Send(Mail({})).get().fate, SmtpFate::kRefused);
}

TEST_F(SmtpClientTest, AServerThatIsNotThereDefers) {
  Start({});
  const std::uint16_t port = server_->port();
  server_.reset();
  loop_.Call(
      [&] { client_ = std::make_unique<SmtpClient>(loop_, SmtpConfig{.server = Server(port)}); });
  const SmtpOutcome outcome = Send(Mail()).get();
  EXPECT_EQ(outcome.fate, SmtpFate::kDeferred);
  EXPECT_EQ(outcome.reason, "UNREACHABLE");
}

}  // namespace
}  // namespace usher::email
