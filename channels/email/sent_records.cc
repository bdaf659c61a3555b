// SPDX-License-Identifier: Apache-2.0
#include "channels/email/sent_records.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <utility>

#include "base/io/log.h"
#include "channels/email/ascii.h"

namespace usher::email {

namespace {

const std::vector<std::string> kWaits = {"\\Seen", "\\Draft"};
const std::vector<std::string> kBeingSent = {"\\Seen", "\\Flagged"};
const std::vector<std::string> kTaken = {"\\Seen"};

constexpr std::string_view kRecipients = "X-Usher-Recipients:";
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
       .bytes = std::make_shared<const std::string>(ToRecord(recipients, *mail.bytes))},
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

// A record that waits names whom it waits for.
void Resume(const SentRecords::Mail& mail, std::function<void(Result<SentRecords::Begun>)> done) {
  mail.inbox->shelf->FetchNewest(
      mail.inbox->config->outbox_folder, OfMessageId(mail.message_id),
      [mail, done = std::move(done)](const Result<MailShelf::Bytes>& record) {
        if (!record.ok()) return done(record.error());
        std::vector<std::string> waiting;
        if (*record != nullptr) waiting = ReadRecipients(**record);
        std::erase_if(waiting, [&](const std::string& one) {
          return std::find(mail.recipients.begin(), mail.recipients.end(), one) ==
                 mail.recipients.end();
        });
        if (waiting.empty()) waiting = mail.recipients;
        Begun(mail, std::move(waiting), done);
      });
}

}  // namespace

std::string ToRecord(const std::vector<std::string>& recipients, const std::string& mail) {
  // Folded, for a line of mail has at most 998 bytes.
  std::string line(kRecipients);
  for (const std::string& one : recipients) line += "\r\n " + one;
  return line + "\r\n" + mail;
}

std::vector<std::string> ReadRecipients(std::string_view record) {
  std::vector<std::string> recipients;
  if (!StartsWithIgnoringCase(record, kRecipients)) return recipients;
  record.remove_prefix(kRecipients.size());
  while (true) {
    const std::size_t end = record.find('\n');
    const std::string_view line = Trim(record.substr(0, end));
    if (!line.empty()) recipients.emplace_back(line);
    if (end == record.npos) return recipients;
    record.remove_prefix(end + 1);
    if (!record.starts_with(' ') && !record.starts_with('\t')) return recipients;
  }
}

void SentRecords::Begin(const Mail& mail, std::function<void(Result<struct Begun>)> done) {
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
  inbox.shelf->Remove(inbox.config->outbox_folder,
                      "UNFLAGGED UNDRAFT BEFORE " + ToImapDay(now - kRecordsKept), 0,
                      [id = inbox.config->id](const Result<void>& removed) {
                        if (removed.ok()) return;
                        io::LogError(io::LogLevel::kWarning, "outbox_not_tidied", removed.error(),
                                     {{"mailbox", id}});
                      });
}

}  // namespace usher::email
