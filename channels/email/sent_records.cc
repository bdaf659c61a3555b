// SPDX-License-Identifier: Apache-2.0
#include "channels/email/sent_records.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <utility>

#include "base/io/log.h"
#include "channels/email/ascii.h"
#include "channels/email/mail_record.h"

namespace usher::email {

namespace {

const std::vector<std::string> kWaits = {"\\Seen", "\\Draft"};
const std::vector<std::string> kBeingSent = {"\\Seen", "\\Flagged"};
const std::vector<std::string> kTaken = {"\\Seen"};

// A router that was away for longer than this would have a mail sent again.
constexpr Duration kRecordsKept = std::chrono::hours{24 * 14};

bool Has(const FetchedMail& mail, std::string_view flag) {
  return std::any_of(mail.flags.begin(), mail.flags.end(),
                     [&](const std::string& one) { return EqualsIgnoringCase(one, flag); });
}

// Our own Message-IDs hold nothing that a quoted string could not.
std::string OfMessageId(const std::string& message_id) {
  return "HEADER Message-ID \"" + message_id + "\"";
}

std::string ToImapDay(Instant at) {
  const std::time_t seconds = ToUnixMs(at) / 1'000;
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  std::array<char, 16> text{};
  std::strftime(text.data(), text.size(), "%d-%b-%Y", &utc);
  return text.data();
}

void Append(const SentRecords::Mail& mail, const std::vector<std::string>& flags,
            const std::vector<std::string>& recipients, MailShelf::Done done) {
  mail.inbox->shelf->Keep(
      {.folder = mail.inbox->config->outbox_folder,
       .message_id = mail.message_id,
       .flags = flags,
       .bytes = std::make_shared<const std::string>(ToRecord(recipients, mail.claim, *mail.bytes))},
      std::move(done));
}

void Begun(const SentRecords::Mail& mail, std::vector<std::string> recipients,
           std::function<void(Result<SentRecords::Begun>)> done) {
  mail.inbox->shelf->Flag(
      mail.inbox->config->outbox_folder, mail.message_id, kBeingSent,
      [recipients = std::move(recipients), done = std::move(done)](const Result<void>& flagged) {
        if (!flagged.ok()) return done(flagged.error());
        done(SentRecords::Begun{.recipients = recipients});
      });
}

using BegunDone = std::function<void(Result<SentRecords::Begun>)>;

// A record that waits names whom it waits for.
void FindWaiting(const SentRecords::Mail& mail, const std::string& criteria,
                 std::function<void(Result<std::vector<std::string>>)> done) {
  mail.inbox->shelf->FetchNewest(
      mail.inbox->config->outbox_folder, criteria,
      [mail, done = std::move(done)](const Result<MailShelf::Bytes>& record) {
        if (!record.ok()) return done(record.error());
        std::vector<std::string> waiting;
        if (*record != nullptr) waiting = ReadRecipients(**record);
        std::erase_if(waiting, [&](const std::string& one) {
          return std::find(mail.recipients.begin(), mail.recipients.end(), one) ==
                 mail.recipients.end();
        });
        if (waiting.empty()) waiting = mail.recipients;
        done(std::move(waiting));
      });
}

void Resume(const SentRecords::Mail& mail, BegunDone done) {
  FindWaiting(mail, OfMessageId(mail.message_id),
              [mail, done = std::move(done)](const Result<std::vector<std::string>>& waiting) {
                if (!waiting.ok()) return done(waiting.error());
                Begun(mail, *waiting, done);
              });
}

// ----------------------------------------------- where several processes may want to send a mail

std::string OfClaim(const SentRecords::Mail& mail) {
  return OfMessageId(mail.message_id) + " HEADER " + std::string(kClaimHeader) + " \"" +
         mail.claim + "\"";
}

// Another has it: ours goes, so that nobody takes it for a mail that is being sent.
void Withdraw(const SentRecords::Mail& mail, SentRecords::Next next, const BegunDone& done) {
  mail.inbox->shelf->Remove(mail.inbox->config->outbox_folder, OfClaim(mail), 0,
                            [next, done](const Result<void>& removed) {
                              if (!removed.ok()) return done(removed.error());
                              done(SentRecords::Begun{.next = next});
                            });
}

// The mail is ours. What waited is what we send, and waits no more.
void TakeDrafts(const SentRecords::Mail& mail, const BegunDone& done) {
  const std::string drafts = OfMessageId(mail.message_id) + " DRAFT";
  FindWaiting(mail, drafts, [mail, drafts, done](const Result<std::vector<std::string>>& waiting) {
    if (!waiting.ok()) return done(waiting.error());
    mail.inbox->shelf->Remove(mail.inbox->config->outbox_folder, drafts, 0,
                              [waiting = *waiting, done](const Result<void>& removed) {
                                if (!removed.ok()) return done(removed.error());
                                done(SentRecords::Begun{.recipients = waiting});
                              });
  });
}

// What was sent may have left the outbox before we looked there.
void LookInSent(const SentRecords::Mail& mail, const BegunDone& done) {
  const std::string& folder = mail.inbox->config->sent_folder;
  if (folder.empty()) return done(SentRecords::Begun{.recipients = mail.recipients});
  mail.inbox->shelf->Find(folder, mail.message_id,
                          [mail, done](const Result<std::vector<FetchedMail>>& copies) {
                            if (!copies.ok()) return done(copies.error());
                            if (!copies->empty()) {
                              return Withdraw(mail, SentRecords::Next::kSent, done);
                            }
                            done(SentRecords::Begun{.recipients = mail.recipients});
                          });
}

// `own`: the uids that carry our claim. A server that cannot search for it gives none: then the
// newest is taken for ours, and two who meet both stand back.
void Compare(const SentRecords::Mail& mail, const std::vector<std::uint32_t>& own,
             const std::vector<FetchedMail>& all, const BegunDone& done) {
  std::vector<const FetchedMail*> claims;  // that do not wait
  for (const FetchedMail& one : all) {
    if (!Has(one, "\\Draft")) claims.push_back(&one);
  }
  const auto is_own = [&](const FetchedMail* one) {
    return own.empty() ? one == claims.back()
                       : std::find(own.begin(), own.end(), one->uid) != own.end();
  };
  const auto first = std::find_if(claims.begin(), claims.end(), is_own);
  if (first == claims.end()) {
    return done(Error{Code::kUnavailable, "RECORD_GONE",
                      "the record of a mail is gone from the outbox folder",
                      "let nobody else remove what is in it"});
  }
  const auto is_taken = [](const FetchedMail* one) { return !Has(*one, "\\Flagged"); };
  if (std::any_of(claims.begin(), first, is_taken)) {
    return Withdraw(mail, SentRecords::Next::kSent, done);
  }
  if (first != claims.begin()) return Withdraw(mail, SentRecords::Next::kElsewhere, done);
  if (claims.size() < all.size()) return TakeDrafts(mail, done);
  LookInSent(mail, done);
}

void BeginContested(const SentRecords::Mail& mail, const BegunDone& done) {
  Append(mail, kBeingSent, mail.recipients, [mail, done](const Result<void>& kept) {
    if (!kept.ok()) return done(kept.error());
    const std::string& folder = mail.inbox->config->outbox_folder;
    mail.inbox->shelf->FindUids(
        folder, OfClaim(mail), [mail, folder, done](const Result<std::vector<std::uint32_t>>& own) {
          if (!own.ok()) return done(own.error());
          mail.inbox->shelf->Find(
              folder, mail.message_id,
              [mail, own = *own, done](const Result<std::vector<FetchedMail>>& all) {
                if (!all.ok()) return done(all.error());
                Compare(mail, own, *all, done);
              });
        });
  });
}

}  // namespace

void SentRecords::Begin(const Mail& mail, std::function<void(Result<struct Begun>)> done) {
  if (!mail.claim.empty()) return BeginContested(mail, done);
  const auto append = [mail, done] {
    Append(mail, kBeingSent, mail.recipients, [mail, done](const Result<void>& kept) {
      if (!kept.ok()) return done(kept.error());
      done(SentRecords::Begun{.recipients = mail.recipients});
    });
  };
  if (!mail.may_have_begun && !mail.is_known_to_wait) return append();
  const EmailMailbox& config = *mail.inbox->config;
  mail.inbox->shelf->Find(
      config.outbox_folder, mail.message_id,
      [mail, done, append](const Result<std::vector<FetchedMail>>& found) {
        if (!found.ok()) return done(found.error());
        if (!found->empty() && mail.is_known_to_wait) {
          return email::Begun(mail, mail.recipients, done);
        }
        const auto is_taken = [](const FetchedMail& one) {
          return !Has(one, "\\Draft") && !Has(one, "\\Flagged");
        };
        if (std::any_of(found->begin(), found->end(), is_taken)) {
          return done(SentRecords::Begun{.next = Next::kSent});
        }
        const auto is_unknown = [](const FetchedMail& one) { return Has(one, "\\Flagged"); };
        if (std::any_of(found->begin(), found->end(), is_unknown)) {
          return done(SentRecords::Begun{.next = Next::kUnknown});
        }
        if (!found->empty()) return Resume(mail, done);
        const std::string& sent_folder = mail.inbox->config->sent_folder;
        if (sent_folder.empty()) return append();
        mail.inbox->shelf->Find(sent_folder, mail.message_id,
                                [done, append](const Result<std::vector<FetchedMail>>& copies) {
                                  if (!copies.ok()) return done(copies.error());
                                  if (copies->empty()) return append();
                                  done(SentRecords::Begun{.next = Next::kSent});
                                });
      });
}

void SentRecords::OnDeferred(const Mail& mail, const std::vector<std::string>& waiting, Done done) {
  const std::string& folder = mail.inbox->config->outbox_folder;
  if (waiting.size() == mail.recipients.size()) {
    return mail.inbox->shelf->Flag(folder, mail.message_id, kWaits, std::move(done));
  }
  // Some have it: the record that names only the others takes the first one's place.
  Append(mail, kWaits, waiting, [mail, done = std::move(done)](const Result<void>& kept) {
    if (!kept.ok()) return done(kept);
    mail.inbox->shelf->Remove(mail.inbox->config->outbox_folder, OfMessageId(mail.message_id), 1,
                              done);
  });
}

void SentRecords::OnSent(const Mail& mail, Done done) {
  const EmailMailbox& config = *mail.inbox->config;
  if (!config.sent_folder.empty() && !config.sent_by_server) {
    mail.inbox->shelf->Flag(config.outbox_folder, mail.message_id, kTaken,
                            [mail, done = std::move(done)](const Result<void>& flagged) {
                              if (!flagged.ok()) return done(flagged);
                              mail.inbox->shelf->Move(mail.inbox->config->outbox_folder,
                                                      mail.message_id,
                                                      mail.inbox->config->sent_folder, done);
                            });
    return;
  }
  mail.inbox->shelf->Flag(config.outbox_folder, mail.message_id, kTaken, std::move(done));
}

void SentRecords::OnFailed(const Mail& mail, Done done) {
  mail.inbox->shelf->Remove(mail.inbox->config->outbox_folder, OfMessageId(mail.message_id), 0,
                            std::move(done));
}

void SentRecords::LookForCopy(const Mail& mail, std::function<void(Result<bool>)> done) {
  const EmailMailbox& config = *mail.inbox->config;
  mail.inbox->shelf->Find(config.sent_folder, mail.message_id,
                          [done = std::move(done)](const Result<std::vector<FetchedMail>>& found) {
                            if (!found.ok()) return done(found.error());
                            done(!found->empty());
                          });
}

void SentRecords::Tidy(MailInbox& inbox, Instant now) {
  const EmailMailbox& config = *inbox.config;
  const auto log = [id = config.id](const Result<void>& tidied) {
    if (tidied.ok()) return;
    io::LogError(io::LogLevel::kWarning, "outbox_not_tidied", tidied.error(), {{"mailbox", id}});
  };
  if (!config.sent_folder.empty() && !config.sent_by_server) {
    inbox.shelf->MoveAll(config.outbox_folder, "UNFLAGGED UNDRAFT", config.sent_folder, log);
  }
  inbox.shelf->Remove(config.outbox_folder,
                      "UNFLAGGED UNDRAFT BEFORE " + ToImapDay(now - kRecordsKept), 0, log);
}

}  // namespace usher::email
