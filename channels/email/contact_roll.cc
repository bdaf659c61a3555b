// SPDX-License-Identifier: Apache-2.0
#include "channels/email/contact_roll.h"

#include <algorithm>
#include <utility>

#include "base/io/random_id.h"
#include "channels/email/base64.h"
#include "usher/routing/v1/routing_service.pb.h"

namespace usher::email {

namespace {

// Of one folder; the newest count.
constexpr std::size_t kWritesMax = 5'000;
// Below it the journal goes on; above, once it has as many superseded entries as live ones.
constexpr std::size_t kEntriesUntilAll = 500;
constexpr std::size_t kLineBytes = 76;

}  // namespace

std::string ToRollMail(const std::vector<RollEntry>& entries, const std::string& name) {
  routing::v1::ListContactsResponse list;
  for (const RollEntry& entry : entries) {
    routing::v1::Contact& contact = *list.add_contacts();
    contact.set_id(entry.contact_id);
    contact.set_queue(entry.queue);
    contact.set_customer_id(entry.customer_id);
    contact.set_external_id(ToExternalId(entry.about.thread));
    for (const auto& [key, value] : ToAttributes(entry.about)) {
      (*contact.mutable_attributes())[key] = value;
    }
  }
  std::string mail =
      "From: Usher <contacts@roll.usher.invalid>\r\n"
      "Subject: Contacts of this mailbox that are not over; Usher needs them\r\n"
      "Message-ID: <" +
      name +
      "@roll.usher.invalid>\r\nMIME-Version: 1.0\r\n"
      "Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n";
  const std::string content = ToBase64(list.SerializeAsString());
  for (std::size_t at = 0; at < content.size(); at += kLineBytes) {
    mail += content.substr(at, kLineBytes) + "\r\n";
  }
  return mail;
}

std::vector<RollEntry> ReadRollMail(std::string_view mail) {
  std::vector<RollEntry> entries;
  const std::size_t body = mail.find("\r\n\r\n");
  routing::v1::ListContactsResponse list;
  if (body == mail.npos || !list.ParseFromString(FromBase64Loosely(mail.substr(body)))) {
    return entries;
  }
  for (const routing::v1::Contact& contact : list.contacts()) {
    const std::map<std::string, std::string> attributes(contact.attributes().begin(),
                                                        contact.attributes().end());
    const auto about = FromAttributes(contact.external_id(), attributes);
    if (about) entries.push_back({contact.id(), contact.queue(), contact.customer_id(), *about});
  }
  return entries;
}

void ContactRoll::Load(std::function<void(Result<std::vector<RollEntry>>)> done) {
  using Mails = std::vector<MailShelf::Bytes>;
  shelf_.FetchAll(folder_, "UNDELETED", kWritesMax,
                  [this, alive = std::weak_ptr<void>(alive_),
                   done = std::move(done)](const Result<Mails>& mails) {
                    if (alive.expired()) return;
                    if (!mails.ok()) return done(mails.error());
                    for (const MailShelf::Bytes& mail : *mails) {
                      for (RollEntry& entry : ReadRollMail(*mail)) {
                        ++written_;
                        entries_[entry.contact_id] = std::move(entry);
                      }
                    }
                    std::vector<RollEntry> all;
                    for (const auto& [id, entry] : entries_) all.push_back(entry);
                    done(std::move(all));
                  });
}

void ContactRoll::Keep(RollEntry entry, Done done) {
  fresh_.push_back(entry.contact_id);
  entries_[entry.contact_id] = std::move(entry);
  waiting_.push_back(std::move(done));
  if (!writing_) Write();
}

void ContactRoll::Drop(const std::string& contact_id) { entries_.erase(contact_id); }

void ContactRoll::Write() {
  writing_ = true;
  written_ += fresh_.size();
  const bool all = written_ > std::max(kEntriesUntilAll, 2 * entries_.size());
  std::vector<RollEntry> entries;
  if (all) {
    written_ = entries_.size();
    for (const auto& [id, entry] : entries_) entries.push_back(entry);
  } else {
    for (const std::string& id : fresh_) {
      const auto entry = entries_.find(id);
      if (entry != entries_.end()) entries.push_back(entry->second);
    }
  }
  fresh_.clear();
  const std::string name = io::RandomId();
  shelf_.Keep({.folder = folder_,
               .message_id = name,
               .flags = {"\\Seen"},
               .bytes = std::make_shared<const std::string>(ToRollMail(entries, name))},
              [this, all, name, alive = std::weak_ptr<void>(alive_),
               told = std::exchange(waiting_, {})](const Result<void>& written) {
                if (alive.expired()) return;
                // Those before it are of no use any more; left behind they do no harm. What comes
                // after it may be of another process, which took the mailbox over.
                if (written.ok() && all) {
                  shelf_.RemoveBefore(folder_, "UNDELETED", name + "@roll.usher.invalid",
                                      [](const auto&) {});
                }
                OnWritten(written, told);
              });
}

void ContactRoll::OnWritten(const Result<void>& written, std::vector<Done> told) {
  writing_ = false;
  for (const Done& done : told) done(written);
  if (!waiting_.empty() && !writing_) Write();
}

}  // namespace usher::email
