// SPDX-License-Identifier: Apache-2.0
#include "channels/email/mail_files.h"

#include <algorithm>
#include <utility>

#include "channels/email/ascii.h"
#include "channels/email/file_name.h"
#include "channels/email/mail_key.h"
#include "channels/email/mime_reader.h"
#include "channels/email/mime_writer.h"

namespace usher::email {

using context::v1::Attachment;

namespace {

constexpr std::size_t kTypeBytesMax = 128;

// "image/png", or what any program takes for unknown bytes.
std::string ToMediaType(std::string_view given) {
  const std::string type = ToLower(Trim(given.substr(0, given.find(';'))));
  const std::size_t slash = type.find('/');
  const bool is_type = slash != type.npos && slash > 0 && slash + 1 < type.size() &&
                       type.size() <= kTypeBytesMax &&
                       std::all_of(type.begin(), type.end(), [](char c) {
                         return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                                std::string_view("/.+-_").find(c) != std::string_view::npos;
                       });
  return is_type ? type : "application/octet-stream";
}

Error Unknown(const FileAddress& address) {
  return {Code::kNotFound, "PART_UNKNOWN", "the mail has no part " + address.part,
          "give an address as it stands in a message"};
}

Result<MailFile> ReadFile(const std::shared_ptr<const std::string>& raw, const FileAddress& address,
                          const MailLimits& limits, std::size_t bytes_max) {
  if (address.part == "source") {
    return MailFile{.name = "message.eml", .media_type = "message/rfc822", .content = raw};
  }
  MailMessage mail = ReadMail(raw, limits);
  if (address.part == "html") {
    if (mail.html.empty()) return Unknown(address);
    return MailFile{.name = "message.html",
                    .media_type = "text/html; charset=utf-8",
                    .content = std::make_shared<const std::string>(std::move(mail.html))};
  }
  const auto part = IsAgentFile(address)
                        ? mail.parts.begin()
                        : std::find_if(mail.parts.begin(), mail.parts.end(),
                                       [&](const MailPart& one) { return one.id == address.part; });
  if (part == mail.parts.end()) return Unknown(address);
  Result<std::string> content = ReadPart(*raw, part->id, bytes_max);
  if (!content.ok()) return content.error();
  // Whoever can write into the mailbox could put another content under the name.
  if (IsAgentFile(address) &&
      address.key != std::string(kAgentFilePrefix) + ToContentHash(*content)) {
    return Unknown(address);
  }
  return MailFile{.name = part->name,
                  .media_type = ToMediaType(part->type),
                  .content = std::make_shared<const std::string>(*std::move(content))};
}

// The mail that an agent's file is kept in.
Result<std::string> WriteFileMail(const MailAddress& mailbox, const std::string& key,
                                  const MailFile& file, Instant now) {
  OutgoingMail mail;
  mail.message_id = ToFileMessageId(key);
  mail.sent_at = now;
  mail.from = mailbox;
  mail.to = {mailbox};
  mail.subject = file.name;
  mail.text = "A file that an agent attached to a mail.\n";
  mail.parts.push_back(
      {.name = file.name,
       .type = file.media_type == "message/rfc822" ? "application/octet-stream" : file.media_type,
       .content = file.content,
       .content_id = ""});
  return WriteMail(mail);
}

}  // namespace

MailShelf* MailFiles::FindShelf(const std::string& mailbox) {
  const auto inbox = desk_.inboxes.find(mailbox);
  return inbox == desk_.inboxes.end() ? nullptr : inbox->second->shelf.get();
}

// One more is asked for, until `done` is called.
template <class T>
bool MailFiles::Take(std::function<void(Result<T>)>& done) {
  if (asked_ >= kAskedMax) {
    desk_.loop.Post([done = std::move(done)] {
      done(Error{Code::kResourceExhausted, "FILES_BUSY", "too many files are asked for at once",
                 "try again in a few seconds"});
    });
    return false;
  }
  ++asked_;
  done = [this, alive = std::weak_ptr<void>(desk_.alive),
          told = std::move(done)](Result<T> result) {
    if (!alive.expired()) --asked_;
    told(std::move(result));
  };
  return true;
}

void MailFiles::Fetch(const std::string& text, std::function<void(Result<MailFile>)> done) {
  if (!Take(done)) return;
  const auto refuse = [this, &done](const Error& error) {
    desk_.loop.Post([done = std::move(done), error] { done(error); });
  };
  const Result<FileAddress> address = ReadFileAddress(text);
  if (!address.ok()) return refuse(address.error());
  MailShelf* const shelf = FindShelf(address->mailbox);
  if (shelf == nullptr) {
    return refuse({Code::kNotFound, "MAILBOX_UNKNOWN",
                   "no mailbox " + address->mailbox + " is open in this process",
                   "ask the process that serves the mailbox, or put it back into the e-mail file"});
  }
  const std::size_t bytes_max = desk_.inboxes.at(address->mailbox)->config->inbox.mail_bytes_max;
  shelf->Fetch(*address, [this, address = *address, bytes_max,
                          done = std::move(done)](Result<MailShelf::Bytes> mail) mutable {
    if (!mail.ok()) return done(mail.error());
    desk_.parser.Post([raw = *std::move(mail), address, limits = desk_.config.limits, bytes_max,
                       &loop = desk_.loop, done = std::move(done)]() mutable {
      // Whoever is told belongs to the loop: nothing of it may end here.
      loop.Post([done = std::move(done), file = ReadFile(raw, address, limits, bytes_max)] {
        done(file);
      });
    });
  });
}

void MailFiles::Keep(const std::string& contact_id, MailFile file,
                     std::function<void(Result<Attachment>)> done) {
  if (!Take(done)) return;
  const auto refuse = [this, &done](const Error& error) {
    desk_.loop.Post([done = std::move(done), error] { done(error); });
  };
  const auto talk = desk_.talks.find(contact_id);
  MailShelf* const shelf =
      talk == desk_.talks.end() ? nullptr : FindShelf(talk->second.about.mailbox);
  if (shelf == nullptr) {
    return refuse({Code::kNotFound, "NO_MAIL_CONTACT",
                   "contact " + contact_id + " is none of this process's mailboxes",
                   "attach files to contacts of e-mail that are open"});
  }
  if (file.content->empty()) {
    return refuse({Code::kInvalidArgument, "FILE_EMPTY", "the file is empty", "choose another"});
  }
  if (file.content->size() > kFileBytesMax) {
    return refuse({Code::kResourceExhausted, "FILE_TOO_LARGE",
                   "a file may have " + std::to_string(kFileBytesMax) + " bytes",
                   "send a link to it instead"});
  }
  file.media_type = ToMediaType(file.media_type);
  file.name = ToSafeFileName(file.name, file.media_type);
  const std::string mailbox = talk->second.about.mailbox;
  const EmailMailbox& config = *desk_.inboxes.at(mailbox)->config;
  desk_.parser.Post([this, file = std::move(file), mailbox, &config, done = std::move(done),
                     now = desk_.clock.Now(), &loop = desk_.loop,
                     weak = std::weak_ptr<void>(desk_.alive)]() mutable {
    const std::string hash = ToContentHash(*file.content);
    const std::string key = std::string(kAgentFilePrefix) + hash;
    Result<std::string> mail = WriteFileMail(config.address, key, file, now);
    loop.Post([this, file, mailbox, hash, key, folder = config.files_folder, done = std::move(done),
               weak, mail = std::move(mail)]() mutable {
      if (weak.expired()) return;
      if (!mail.ok()) return done(mail.error());
      Attachment attachment;
      attachment.set_name(file.name);
      attachment.set_media_type(file.media_type);
      attachment.set_size_bytes(file.content->size());
      attachment.set_url(ToText(FileAddress{.mailbox = mailbox, .key = key, .part = "1"}));
      attachment.set_sha256(hash);
      FindShelf(mailbox)->Keep({.folder = folder,
                                .message_id = ToFileMessageId(key),
                                .flags = {"\\Seen"},
                                .bytes = std::make_shared<const std::string>(*std::move(mail)),
                                .once = true},
                               [attachment, done](const Result<void>& kept) {
                                 if (!kept.ok()) return done(kept.error());
                                 done(attachment);
                               });
    });
  });
}

}  // namespace usher::email
