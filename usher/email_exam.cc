// SPDX-License-Identifier: Apache-2.0
#include "usher/email_exam.h"

#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <utility>

#include "base/io/clock.h"
#include "base/io/event_loop.h"
#include "channels/email/imap_client.h"
#include "channels/email/mail_server.h"
#include "channels/email/mime_writer.h"
#include "channels/email/reply_token.h"
#include "channels/email/smtp_client.h"

namespace usher::app {

namespace {

using email::ImapClient;
using email::MailAuth;
using email::MailSecurity;
using email::MailServer;
using email::SelectedMailbox;
using email::SmtpClient;
using email::SmtpService;

constexpr Duration kClockApartMax{60'000};

// One mailbox and what was found of it. The clients have a thread of their own; this one waits.
class Examination {
 public:
  explicit Examination(const email::EmailMailbox& mailbox) : mailbox_(mailbox) {
    loop_.Start("doctor");
  }
  ~Examination() {
    loop_.Call([this] {
      imap_.reset();
      smtp_.reset();
    });
    loop_.Stop(Duration{1'000});
  }
  Examination(const Examination&) = delete;
  Examination& operator=(const Examination&) = delete;

  std::vector<Finding> Run() {
    LookAtEncryption("imap", mailbox_.inbox.imap.server);
    if (IsLetIn()) {
      LookAtFolder();
      LookAtOtherFolder("done_folder", mailbox_.inbox.done_folder);
      LookAtOtherFolder("sent_folder", mailbox_.sent_folder);
      LookAtOtherFolder("outbox_folder", mailbox_.outbox_folder);
      LookAtOtherFolder("contacts_folder", mailbox_.contacts_folder);
      LookAtOtherFolder("files_folder", mailbox_.files_folder);
      LookAtIdle();
    }
    LookAtEncryption("smtp", mailbox_.outgoing.server);
    LookAtSubmission();
    return std::move(findings_);
  }

 private:
  void Good(std::string about, std::string text) {
    findings_.push_back({Verdict::kGood, std::move(about), std::move(text), ""});
  }
  void Advise(std::string about, std::string text, std::string next_step) {
    findings_.push_back(
        {Verdict::kAdvice, std::move(about), std::move(text), std::move(next_step)});
  }
  void Wrong(std::string about, std::string text, std::string next_step) {
    findings_.push_back({Verdict::kWrong, std::move(about), std::move(text), std::move(next_step)});
  }
  void Wrong(std::string about, const Error& error) {
    Wrong(std::move(about), error.message, error.next_step);
  }

  // What is begun on the loop's thread, once it is done.
  template <class T>
  T Wait(const std::function<void(std::function<void(T)>)>& begin) {
    const auto promise = std::make_shared<std::promise<T>>();
    loop_.Post([&begin, promise] { begin([promise](T value) { promise->set_value(value); }); });
    return promise->get_future().get();
  }

  void LookAtEncryption(const std::string& about, const MailServer& server) {
    if (server.security != MailSecurity::kNone) return;
    if (!server.allow_plaintext) return Good(about, "without TLS, on this machine");
    Wrong(about, "the password and every mail travel to " + NameOf(server) + " in clear",
          "set security: tls or starttls, and take allow_plaintext out");
  }

  bool IsLetIn() {
    loop_.Call([this] {
      imap_ = std::make_unique<ImapClient>(loop_, mailbox_.inbox.imap,
                                           ImapClient::Hooks{.on_lost = [](const Error&) {}});
    });
    const auto connected =
        Wait<Result<void>>([this](auto done) { imap_->Connect(std::move(done)); });
    if (!connected.ok()) {
      Wrong("imap", connected.error());
      return false;
    }
    Good("imap", "logged in at " + NameOf(mailbox_.inbox.imap.server) + " as " +
                     mailbox_.inbox.imap.server.user);
    return true;
  }

  Result<SelectedMailbox> Select(const std::string& folder) {
    return Wait<Result<SelectedMailbox>>(
        [&](auto done) { imap_->Select(folder, std::move(done)); });
  }

  void LookAtFolder() {
    const std::string& folder = mailbox_.inbox.folder;
    const Result<SelectedMailbox> box = Select(folder);
    if (!box.ok()) return Wrong("folder", box.error());
    if (box->read_only) {
      return Wrong("folder", folder + " can only be read, so what was taken cannot be marked",
                   "give the user the right to set flags and to move mail");
    }
    Good("folder", folder + " has " + std::to_string(box->exists) + " mails");
    LookAtMarks(*box);
  }

  void LookAtMarks(const SelectedMailbox& box) {
    const std::string& folder = mailbox_.inbox.folder;
    const bool moves = !mailbox_.inbox.done_folder.empty();
    if (!box.takes_keywords && !moves) {
      return Wrong("keywords", "the server keeps no keywords in " + folder,
                   "give a done_folder that taken mail is moved to");
    }
    if (!box.takes_keywords) return Good("keywords", "none are kept; taken mail is moved away");
    const auto waiting = Wait<Result<std::vector<std::uint32_t>>>([this](auto done) {
      imap_->SearchUids(1, 0,
                        "UNKEYWORD " + mailbox_.inbox.keyword +
                            (mailbox_.inbox.since.empty() ? "" : " SINCE " + mailbox_.inbox.since),
                        std::move(done));
    });
    if (!waiting.ok()) return Wrong("keywords", waiting.error());
    Good("keywords", "kept; " + std::to_string(waiting->size()) + " mails are not taken yet");
  }

  // Reading it changes nothing; a folder that is missing is made when it is first needed.
  void LookAtOtherFolder(const std::string& about, const std::string& folder) {
    if (folder.empty()) return;
    const Result<SelectedMailbox> box = Select(folder);
    if (!box.ok()) {
      return Advise(about, folder + " is not there: " + box.error().message,
                    "none if the user may make folders, for then Usher does; else make it");
    }
    if (box->read_only) {
      return Wrong(about, folder + " can only be read", "give the user the right to write there");
    }
    Good(about, folder + " has " + std::to_string(box->exists) + " mails");
  }

  bool Has(const std::string& capability) {
    bool has = false;
    loop_.Call([&] { has = imap_->HasCapability(capability); });
    return has;
  }

  void LookAtIdle() {
    if (Has("IDLE")) {
      Good("idle", "the server tells of new mail at once");
    } else {
      Advise("idle",
             "the server has no IDLE: the mailbox is asked every " +
                 std::to_string(mailbox_.inbox.imap.poll_interval.count() / 1'000) + " s",
             "switch IDLE on at the server if mail should be seen at once");
    }
    if (mailbox_.inbox.done_folder.empty() || Has("MOVE") || Has("UIDPLUS")) return;
    Advise("move",
           "the server has neither MOVE nor UIDPLUS: taken mail is copied and stays, deleted",
           "use a mail program that hides deleted mail, or another server");
  }

  void LookAtSubmission() {
    const MailServer& server = mailbox_.outgoing.server;
    loop_.Call([this] { smtp_ = std::make_unique<SmtpClient>(loop_, mailbox_.outgoing); });
    const auto service =
        Wait<Result<SmtpService>>([this](auto done) { smtp_->Probe(std::move(done)); });
    if (!service.ok()) return Wrong("smtp", service.error());
    Good("smtp", server.auth == MailAuth::kNone
                     ? NameOf(server) + " takes mail without a login"
                     : "logged in at " + NameOf(server) + " as " + server.user);
    LookAtSize(service->size_max);
    if (service->reports) {
      Good("reports", "the server reports mails that are late or do not arrive");
    } else {
      Advise("reports", "the server has no DSN: which mail a report is about is only guessed",
             "none; a bounce that names the mail is still understood");
    }
    LookAtClock(*service);
  }

  void LookAtSize(std::size_t size_max) {
    const std::size_t largest = email::OutgoingLimits{}.bytes_max;
    if (size_max == 0) return Good("size", "the server sets no limit beforehand");
    const std::string taken =
        "mails of up to " + std::to_string(size_max / 1'000) + " kB are taken";
    if (size_max >= largest) return Good("size", taken);
    Advise("size", taken + ", agents may write larger ones",
           "raise it to " + std::to_string(largest / 1'000'000 + 1) +
               " MB at the server; larger ones come back to their agent");
  }

  void LookAtClock(const SmtpService& service) {
    if (!service.greeted_at) return;
    io::WallClock clock;
    const Duration apart = std::chrono::abs(clock.Now() - *service.greeted_at);
    if (apart <= kClockApartMax) return Good("clock", "as here");
    Advise("clock",
           "the server's is " + std::to_string(apart.count() / 1'000) + " s from the one here",
           "let both machines keep time by NTP; certificates and the times of mails go by it");
  }

  const email::EmailMailbox& mailbox_;
  io::EventLoop loop_;
  std::unique_ptr<ImapClient> imap_;
  std::unique_ptr<SmtpClient> smtp_;
  std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> ExamineMailbox(const email::EmailMailbox& mailbox) {
  return Examination(mailbox).Run();
}

Finding ExamineReplyKeys(const std::filesystem::path& file) {
  const Result<email::ReplyTokens> keys = email::ReplyTokens::Load(file);
  if (keys.ok())
    return {Verdict::kGood, "reply keys", "there are keys that answers are signed with"};
  return {Verdict::kWrong, "reply keys", keys.error().message, keys.error().next_step};
}

}  // namespace usher::app
