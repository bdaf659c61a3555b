// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "channels/email/file_address.h"
#include "channels/email/mail_desk.h"
#include "usher/context/v1/conversation.pb.h"

namespace usher::email {

// A file as it is shown or sent. What its sender says of name and type is no promise.
struct MailFile {
  std::string name{};  // safe as a file's name
  std::string media_type{};
  std::shared_ptr<const std::string> content{};
};

// The files of one domain's mails. They live in the mailboxes: what came is fetched out of its mail
// when somebody asks for it, and what an agent attaches is kept there as a small mail of its own,
// so that nothing is lost with a process and the mail server's retention counts. Loop thread only;
// mails are read on the parser's. No callback runs within a call.
class MailFiles {
 public:
  // Of one file, decoded.
  static constexpr std::size_t kFileBytesMax = 15 * 1'024 * 1'024;
  // Asked for and not yet given; more are refused.
  static constexpr std::size_t kAskedMax = 32;

  explicit MailFiles(MailDesk& desk) : desk_(desk) {}

  // INVALID_ARGUMENT/FILE_ADDRESS_INVALID; NOT_FOUND: MAILBOX_UNKNOWN, FILE_GONE, PART_UNKNOWN;
  // RESOURCE_EXHAUSTED: FILES_BUSY, PART_TOO_LARGE; UNAVAILABLE with what the mailbox's server
  // says.
  void Fetch(const std::string& address, std::function<void(Result<MailFile>)> done);

  // Keeps a file of the agent who has the contact in the mailbox that the contact came to. The same
  // content is kept once. NOT_FOUND/NO_MAIL_CONTACT; INVALID_ARGUMENT/FILE_EMPTY;
  // RESOURCE_EXHAUSTED: FILE_TOO_LARGE, FILES_BUSY; UNAVAILABLE.
  void Keep(const std::string& contact_id, MailFile file,
            std::function<void(Result<context::v1::Attachment>)> done);

 private:
  template <class T>
  bool Take(std::function<void(Result<T>)>& done);
  MailShelf* FindShelf(const std::string& mailbox);

  MailDesk& desk_;
  std::size_t asked_ = 0;
};

}  // namespace usher::email
