// SPDX-License-Identifier: Apache-2.0
// Our clients against Dovecot and Exim.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <iostream>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "base/io/event_loop.h"
#include "channels/email/imap_client.h"
#include "channels/email/mailbox.h"
#include "channels/email/mime_reader.h"
#include "channels/email/mime_writer.h"
#include "channels/email/smtp_client.h"
#include "tests/mail/mail_kit.h"

namespace usher::email {
namespace {

using Uids = std::vector<std::uint32_t>;

class ServersTest : public testing::Test {
 protected:
  void SetUp() override {
    if (const auto missing = MailKit::FindMissing()) {
      GTEST_SKIP() << "NOT TESTED against real mail servers: this machine has no " << *missing
                   << "; see deploy/packages.txt, [test]";
    }
    kit_ = std::make_unique<MailKit>();
    loop_.Start("mail-servers");
  }
  void TearDown() override {
    loop_.Call([this] {
      imap_.reset();
      smtp_.reset();
    });
    loop_.Stop(Duration{2'000});
  }

  template <class T>
  T Wait(const std::function<void(std::function<void(T)>)>& start) {
    const auto promise = std::make_shared<std::promise<T>>();
    loop_.Call([&] { start([promise](T value) { promise->set_value(std::move(value)); }); });
    return promise->get_future().get();
  }

  std::string Connect(const MailServer& server) {
    loop_.Call([&] {
      imap_ = std::make_unique<ImapClient>(
          loop_, ImapConfig{.server = server},
          ImapClient::Hooks{
              .on_change = [this] { ++changes_; },
              .on_lost = [this](const Error& error) { lost_.set_value(error.reason); }});
    });
    const auto result = Wait<Result<void>>([this](auto done) { imap_->Connect(done); });
    return result.ok() ? "" : result.error().reason;
  }

  Result<SelectedMailbox> Select(const std::string& mailbox) {
    return Wait<Result<SelectedMailbox>>([&](auto done) { imap_->Select(mailbox, done); });
  }
  Uids Search(std::uint32_t first = 1, const std::string& criteria = "ALL") {
    const auto uids =
        Wait<Result<Uids>>([&](auto done) { imap_->SearchUids(first, 0, criteria, done); });
    return uids.ok() ? *uids : Uids{};
  }

  // Looks until there are that many.
  Uids WaitForMail(std::size_t count) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    Uids uids = Search();
    while (uids.size() < count && std::chrono::steady_clock::now() < deadline) {
      EXPECT_TRUE(Wait<Result<void>>([this](auto done) { imap_->Noop(done); }).ok());
      uids = Search();
    }
    return uids;
  }

  MailMessage Fetch(std::uint32_t uid) {
    const auto mail =
        Wait<Result<FetchedMail>>([&](auto done) { imap_->FetchBody(uid, 10'000'000, done); });
    EXPECT_TRUE(mail.ok()) << mail.error().message;
    return ReadMail(std::make_shared<const std::string>(mail.ok() ? *mail->body : ""));
  }

  void UseSmtp(const MailServer& server) {
    loop_.Call([&] { smtp_ = std::make_unique<SmtpClient>(loop_, SmtpConfig{.server = server}); });
  }

  OutgoingMail Letter(const std::string& from, const std::string& to, const std::string& id) {
    OutgoingMail mail;
    mail.message_id = id + "@desk.example";
    mail.sent_at = InstantFromUnixMs(1'794'000'000'000);
    mail.from = {"王小明", from};
    mail.to = {{"Support", to}};
    mail.subject = "订单 " + id;
    mail.text = "您好，\n.一行\n";
    return mail;
  }

  std::future<SmtpOutcome> Post(const OutgoingMail& mail) {
    const auto promise = std::make_shared<std::promise<SmtpOutcome>>();
    SmtpMail sent{.from = mail.from.address,
                  .recipients = *EnvelopeRecipients(mail),
                  .bytes = std::make_shared<const std::string>(*WriteMail(mail)),
                  .envelope_id = mail.message_id};
    loop_.Call([&] {
      smtp_->Send(std::move(sent),
                  [promise](SmtpOutcome outcome) { promise->set_value(std::move(outcome)); });
    });
    return promise->get_future();
  }
  SmtpOutcome Send(const std::string& from, const std::string& to, const std::string& id) {
    return Post(Letter(from, to, id)).get();
  }

  std::unique_ptr<MailKit> kit_;
  io::EventLoop loop_;
  std::unique_ptr<ImapClient> imap_;
  std::unique_ptr<SmtpClient> smtp_;
  std::atomic<int> changes_ = 0;
  std::promise<std::string> lost_;
};

TEST_F(ServersTest, AMailIsHeardOfByIdleAndReadAsItWasWritten) {
  ASSERT_EQ(Connect(kit_->Imap("support", MailSecurity::kTls)), "");
  const auto box = Select("INBOX");
  ASSERT_TRUE(box.ok());
  EXPECT_GT(box->uid_validity, 0U);
  EXPECT_GT(box->highest_modseq, 0U);
  EXPECT_TRUE(box->takes_keywords);
  loop_.Call([this] { imap_->StartWatching(); });
  UseSmtp(kit_->Incoming());
  const auto begin = std::chrono::steady_clock::now();
  ASSERT_EQ(Send("wang@customer.example", kit_->Address("support"), "o1").fate, SmtpFate::kSent);
  while (changes_ == 0 && std::chrono::steady_clock::now() < begin + std::chrono::seconds(30)) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  const auto heard = std::chrono::steady_clock::now() - begin;
  std::cout << "heard by IDLE "
            << std::chrono::duration_cast<std::chrono::milliseconds>(heard).count()
            << " ms after the start of its submission\n";
  const Uids uids = Search(box->uid_next);
  ASSERT_EQ(uids.size(), 1U);
  const MailMessage mail = Fetch(uids[0]);
  EXPECT_EQ(mail.message_id, "o1@desk.example");
  EXPECT_EQ(mail.from.at(0).name, "王小明");
  EXPECT_EQ(mail.subject, "订单 o1");
  EXPECT_EQ(mail.text, "您好，\n.一行\n");
  EXPECT_EQ(Search(1, "UNSEEN").size(), 1U) << "reading marks nothing";
}

TEST_F(ServersTest, EveryWayToLogInIsKnownAndWrongOnesAreTold) {
  for (const MailSecurity security : {MailSecurity::kTls, MailSecurity::kStartTls}) {
    EXPECT_EQ(Connect(kit_->Imap("alice", security)), "");
  }
  for (const MailAuth auth : {MailAuth::kXoauth2, MailAuth::kOauthBearer}) {
    const MailServer alice = kit_->Imap("alice", MailSecurity::kTls);
    EXPECT_EQ(Connect(kit_->WithToken(alice, auth, "alice", 600)), "");
    EXPECT_EQ(Connect(kit_->WithToken(alice, auth, "alice", -10)), "MAIL_LOGIN_REFUSED");
    EXPECT_EQ(Connect(kit_->WithToken(alice, auth, "bob", 600)), "MAIL_LOGIN_REFUSED");
  }
  MailServer stranger = kit_->Imap("alice", MailSecurity::kTls);
  stranger.user = kit_->Address("nobody-here");
  EXPECT_EQ(Connect(stranger), "MAIL_LOGIN_REFUSED");
  MailServer wrong_name = kit_->Imap("alice", MailSecurity::kTls);
  wrong_name.tls_name = "elsewhere.example";
  EXPECT_EQ(Connect(wrong_name), "TLS_WRONG_NAME");
  MailServer unknown = kit_->Imap("alice", MailSecurity::kStartTls);
  unknown.ca_file.clear();
  EXPECT_EQ(Connect(unknown), "TLS_UNKNOWN_AUTHORITY");
}

TEST_F(ServersTest, SubmissionTellsFatesApart) {
  for (const MailSecurity security : {MailSecurity::kStartTls, MailSecurity::kTls}) {
    UseSmtp(kit_->Submission("support", security));
    EXPECT_EQ(Send(kit_->Address("support"), kit_->Address("alice+x"), "s1").fate, SmtpFate::kSent);
  }
  const MailServer server = kit_->Submission("support", MailSecurity::kTls);
  UseSmtp(kit_->WithToken(server, MailAuth::kXoauth2, "support", 600));
  EXPECT_EQ(Send(kit_->Address("support"), kit_->Address("alice"), "s2").fate, SmtpFate::kSent);
  EXPECT_EQ(Send(kit_->Address("support"), kit_->Address("reject1"), "s3").fate,
            SmtpFate::kRefused);
  EXPECT_EQ(Send(kit_->Address("support"), kit_->Address("tempfail"), "s4").fate,
            SmtpFate::kDeferred);
  EXPECT_EQ(Send(kit_->Address("support"), "x@elsewhere.example", "s5").fate, SmtpFate::kRefused);
  OutgoingMail mixed = Letter(kit_->Address("support"), kit_->Address("alice"), "s6");
  mixed.cc = {{"", kit_->Address("reject2")}, {"", kit_->Address("tempfail2")}};
  const SmtpOutcome outcome = Post(mixed).get();
  EXPECT_EQ(outcome.fate, SmtpFate::kSent);
  EXPECT_EQ(outcome.recipients.at(0).fate, SmtpFate::kSent);
  EXPECT_EQ(outcome.recipients.at(1).fate, SmtpFate::kRefused);
  EXPECT_EQ(outcome.recipients.at(2).fate, SmtpFate::kDeferred);
  UseSmtp(kit_->WithToken(server, MailAuth::kXoauth2, "support", -10));
  EXPECT_EQ(Send(kit_->Address("support"), kit_->Address("alice"), "s7").reason,
            "MAIL_LOGIN_REFUSED");
}

TEST_F(ServersTest, ABounceNamesTheMailThatItIsAbout) {
  ASSERT_EQ(Connect(kit_->Imap("support", MailSecurity::kTls)), "");
  ASSERT_TRUE(Select("INBOX").ok());
  UseSmtp(kit_->Incoming());
  ASSERT_EQ(Send(kit_->Address("support"), kit_->Address("latebounce"), "b1").fate,
            SmtpFate::kSent);
  const Uids uids = WaitForMail(1);
  ASSERT_EQ(uids.size(), 1U);
  const MailMessage bounce = Fetch(uids[0]);
  ASSERT_TRUE(bounce.report);
  EXPECT_EQ(bounce.report->original_message_id, "b1@desk.example");
  ASSERT_EQ(bounce.report->recipients.size(), 1U);
  EXPECT_EQ(bounce.report->recipients[0].action, DeliveryAction::kFailed);
  EXPECT_EQ(bounce.report->recipients[0].status.substr(0, 2), "5.");
}

TEST_F(ServersTest, MailIsFlaggedMovedKeptAndFoundAgain) {
  ASSERT_EQ(Connect(kit_->Imap("support", MailSecurity::kStartTls)), "");
  ASSERT_TRUE(Select("INBOX").ok());
  const std::string raw = "Message-ID: <kept@x>\r\nSubject: kept\r\n\r\nhi\r\n";
  ASSERT_TRUE(
      Wait<Result<void>>([&](auto done) { imap_->Append("INBOX", {"\\Seen"}, raw, done); }).ok());
  const Uids uids = Search();
  ASSERT_EQ(uids.size(), 1U);
  ASSERT_TRUE(
      Wait<Result<void>>([&](auto done) { imap_->AddFlags(uids, {"$UsherTaken"}, done); }).ok());
  EXPECT_TRUE(Search(1, "UNKEYWORD $UsherTaken").empty());
  const auto sizes =
      Wait<Result<std::vector<FetchedMail>>>([&](auto done) { imap_->FetchSizes(uids, done); });
  ASSERT_TRUE(sizes.ok());
  EXPECT_EQ(sizes->at(0).bytes, raw.size());
  ASSERT_TRUE(
      Wait<Result<void>>([&](auto done) { imap_->Move(uids, "Erledigt/Übrig", done); }).ok());
  EXPECT_TRUE(Search().empty());
  ASSERT_TRUE(Select("Erledigt/Übrig").ok());
  const auto found = Wait<Result<Uids>>([&](auto done) { imap_->SearchMessageId("kept@x", done); });
  ASSERT_TRUE(found.ok());
  ASSERT_EQ(found->size(), 1U);
  EXPECT_EQ(*Fetch(found->at(0)).raw, raw);
  const auto gone = Wait<Result<FetchedMail>>([&](auto done) { imap_->FetchBody(999, 10, done); });
  EXPECT_EQ(gone.error().reason, "MAIL_GONE");
  EXPECT_EQ(Select("No such").error().reason, "IMAP_REFUSED");
}

TEST_F(ServersTest, AServerThatStopsIsTold) {
  ASSERT_EQ(Connect(kit_->Imap("support", MailSecurity::kTls)), "");
  ASSERT_TRUE(Select("INBOX").ok());
  loop_.Call([this] { imap_->StartWatching(); });
  kit_->Stop();
  EXPECT_NE(lost_.get_future().get(), "");
  kit_->Start();
  EXPECT_EQ(Connect(kit_->Imap("support", MailSecurity::kTls)), "");
}

// What was handed over, by key; loop thread.
struct Desk {
  std::map<std::string, int> kept;
  int refused = 0;
  int handed_over = 0;

  Mailbox::Hooks Hooks() {
    return {.on_mail =
                [this](const TakenMail& mail, const std::function<void(Result<void>)>& done) {
                  // Every fifth is refused the first time.
                  if (++handed_over % 5 == 0) {
                    ++refused;
                    return done(Error{Code::kUnavailable, "ROUTER_AWAY", "away", "wait"});
                  }
                  ++kept[mail.key];
                  done({});
                },
            .on_state = [](const Result<void>&) {}};
  }
};

TEST_F(ServersTest, AMailboxIsTakenInWhateverBreaks) {
  constexpr std::size_t kMails = 120;
  Desk desk;
  MailboxConfig config{.imap = {.server = kit_->Imap("support", MailSecurity::kTls)},
                       .done_folder = "Done",
                       .intake = {.in_hand_max = 4, .retry_first = Duration{20}}};
  std::unique_ptr<Mailbox> mailbox;
  const auto make = [&] {
    mailbox = std::make_unique<Mailbox>(loop_, config, desk.Hooks());
    mailbox->Start();
  };
  const auto kept = [&] {
    std::size_t count = 0;
    loop_.Call([&] { count = desk.kept.size(); });
    return count;
  };
  const auto wait_for = [&](std::size_t count) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(120);
    while (kept() < count && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  };
  loop_.Call(make);
  UseSmtp(kit_->Incoming());
  std::vector<std::future<SmtpOutcome>> sent;
  for (std::size_t i = 0; i < kMails; ++i) {
    sent.push_back(
        Post(Letter("wang@customer.example", kit_->Address("support"), std::to_string(i))));
  }
  for (auto& outcome : sent) ASSERT_EQ(outcome.get().fate, SmtpFate::kSent);
  wait_for(kMails / 4);
  loop_.Call(make);  // killed and started again
  wait_for(kMails / 2);
  kit_->Stop();
  kit_->Start();
  wait_for(kMails);
  EXPECT_EQ(kept(), kMails);
  loop_.Call([&] {
    EXPECT_GT(desk.refused, 0);
    mailbox.reset();
  });
  kit_->Stop();
  kit_->ForgetUids("support");
  kit_->Start();
  loop_.Call(make);
  ASSERT_EQ(Send("wang@customer.example", kit_->Address("support"), "last").fate, SmtpFate::kSent);
  wait_for(kMails + 1);
  EXPECT_EQ(kept(), kMails + 1) << "the same mails under other uids are the same mails";
  // Everything is marked and moved in the end.
  ASSERT_EQ(Connect(kit_->Imap("support", MailSecurity::kTls)), "");
  ASSERT_TRUE(Select("Done").ok());
  EXPECT_EQ(WaitForMail(kMails + 1).size(), kMails + 1);
  ASSERT_TRUE(Select("INBOX").ok());
  EXPECT_TRUE(Search().empty());
  loop_.Call([&] { mailbox.reset(); });
}

TEST_F(ServersTest, HundredsOfMailsArriveOnceEach) {
  constexpr int kMails = 300;
  ASSERT_EQ(Connect(kit_->Imap("support", MailSecurity::kTls)), "");
  ASSERT_TRUE(Select("INBOX").ok());
  UseSmtp(kit_->Incoming());
  const auto begin = std::chrono::steady_clock::now();
  std::vector<std::future<SmtpOutcome>> sent;
  for (int i = 0; i < kMails; ++i) {
    sent.push_back(
        Post(Letter("wang@customer.example", kit_->Address("support"), std::to_string(i))));
  }
  for (auto& outcome : sent) ASSERT_EQ(outcome.get().fate, SmtpFate::kSent);
  const auto submitted = std::chrono::steady_clock::now();
  const Uids uids = WaitForMail(kMails);
  ASSERT_EQ(uids.size(), static_cast<std::size_t>(kMails));
  const auto delivered = std::chrono::steady_clock::now();
  std::set<std::string> ids;
  for (const std::uint32_t uid : uids) ids.insert(Fetch(uid).message_id);
  EXPECT_EQ(ids.size(), static_cast<std::size_t>(kMails));
  const auto taken = std::chrono::steady_clock::now();
  const auto ms = [](auto span) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(span).count();
  };
  std::cout << kMails << " mails: submitted in " << ms(submitted - begin)
            << " ms, fetched and read in " << ms(taken - delivered) << " ms\n";
}

}  // namespace
}  // namespace usher::email
