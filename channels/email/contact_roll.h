// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "channels/email/mail_contact.h"
#include "channels/email/mail_shelf.h"

namespace usher::email {

// A contact of a mailbox that may still have something to send.
struct RollEntry {
  std::string contact_id{};
  std::string queue{};
  std::string customer_id{};
  MailContact about{};
};

// The contacts of a mailbox that are not over, kept in a folder of it. The router tells a process
// that starts which contacts are open; one that was answered and closed while no process ran is
// found here, and what the agent said in it is sent. A mail is marked as taken only when its
// contact stands here, so there is none that is nowhere.
//
// It is a journal: each write has what is new, and now and then one has all and takes the place of
// those before it. Loop thread only; no callback runs within a call.
class ContactRoll {
 public:
  using Done = std::function<void(Result<void>)>;

  // Both must outlive the roll.
  ContactRoll(MailShelf& shelf, std::string folder) : shelf_(shelf), folder_(std::move(folder)) {}
  ContactRoll(const ContactRoll&) = delete;
  ContactRoll& operator=(const ContactRoll&) = delete;

  // What processes before this one kept, each contact once. Before anything else.
  void Load(std::function<void(Result<std::vector<RollEntry>>)> done);
  // `done` once the entry stands in the folder as it is now; several go in one write.
  void Keep(RollEntry entry, Done done);
  // The contact is over, and nothing of it is left to send.
  void Drop(const std::string& contact_id);

  std::size_t size() const { return entries_.size(); }

 private:
  void Write();
  void OnWritten(const Result<void>& written, std::vector<Done> told);

  MailShelf& shelf_;
  const std::string folder_;
  std::map<std::string, RollEntry> entries_;  // by contact
  std::vector<std::string> fresh_;            // not written yet
  std::vector<Done> waiting_;
  std::size_t written_ = 0;  // entries since the last write of all
  bool writing_ = false;
  std::shared_ptr<void> alive_ = std::make_shared<int>();
};

// A write of the journal as a mail, and back; what is none gives nothing.
std::string ToRollMail(const std::vector<RollEntry>& entries, const std::string& name);
std::vector<RollEntry> ReadRollMail(std::string_view mail);

}  // namespace usher::email
