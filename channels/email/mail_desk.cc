// SPDX-License-Identifier: Apache-2.0
#include "channels/email/mail_desk.h"

#include <utility>

#include "base/io/log.h"
#include "channels/email/ascii.h"

namespace usher::email {

using context::v1::Author;
using context::v1::Message;

MailTalk& MailDesk::MeetTalk(const std::string& contact_id, const MailContact& about) {
  const auto [entry, is_new] = talks.try_emplace(contact_id);
  if (is_new) {
    entry->second.about = about;
    conversations->Watch(contact_id, 0);
  }
  return entry->second;
}

MailTalk* MailDesk::FindTalkOfThread(const std::string& thread) {
  for (auto& [contact_id, talk] : talks) {
    if (talk.about.thread == thread && talk.closed_at == kNever) return &talk;
  }
  return nullptr;
}

void MailDesk::Note(const std::string& contact_id, const std::string& name,
                    const std::string& text) {
  Message message;
  message.set_contact_id(contact_id);
  message.set_client_id("mail-" + name);
  message.set_text(std::string(CutUtf8(text, kMailPieceBytes)));
  message.mutable_author()->set_side(Author::SIDE_SYSTEM);
  conversations->Append(std::move(message), [](Result<Message> appended) {
    if (!appended.ok()) {
      io::LogError(io::LogLevel::kWarning, "mail_note_not_recorded", appended.error());
    }
  });
}

void MailDesk::Close() {
  alive = std::make_shared<int>();
  inboxes.clear();
  metrics.connected.Set(0);
  talks.clear();
}

}  // namespace usher::email
