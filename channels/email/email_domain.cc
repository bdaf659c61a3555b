// SPDX-License-Identifier: Apache-2.0
#include "channels/email/email_domain.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/io/log.h"
#include "channels/email/ascii.h"
#include "channels/email/mail_text.h"

namespace usher::email {

using context::v1::Author;
using context::v1::ConversationEvent;
using context::v1::Message;
using routing::v1::Contact;
using routing::v1::Event;

namespace {

// Of the customer's last words, for the quotation below an answer.
constexpr std::size_t kLastWordsBytes = 2'001;
// What is said in the moment in which a contact ends is still sent.
constexpr Duration kForgetAfter{30'000};

MailShelfConfig ToShelfConfig(const EmailMailbox& mailbox) {
  MailShelfConfig config{.imap = mailbox.inbox.imap,
                         .taken_folders = {},
                         .files_folder = mailbox.files_folder,
                         .mail_bytes_max = mailbox.inbox.mail_bytes_max};
  if (!mailbox.inbox.done_folder.empty()) {
    config.taken_folders.push_back(mailbox.inbox.done_folder);
  }
  config.taken_folders.push_back(mailbox.inbox.folder);
  return config;
}

}  // namespace

EmailDomain::EmailDomain(const Shared& shared, const EmailRoute& route)
    : desk_(shared.loop, shared.parser, shared.config, shared.tokens, shared.metrics, route),
      arrivals_(desk_),
      answers_(desk_),
      files_(desk_),
      forget_timer_(shared.loop) {
  desk_.routing = std::make_unique<channels::RoutingClient>(
      desk_.loop, route.road, route.token,
      channels::RoutingClient::Config{.adapter = route.adapter}, RoutingHooks());
  desk_.conversations =
      channels::MakeConversationClient(desk_.loop, route.road, route.token, ConversationHooks());
  // Mail between two of our own mailboxes would go on for ever, whatever domain they are of.
  for (const EmailMailbox& mailbox : desk_.config.mailboxes) {
    desk_.own.addresses.push_back(ToLower(mailbox.address.address));
  }
  desk_.own.loop_id = "usher-" + route.domain.value();
}

EmailDomain::~EmailDomain() { desk_.alive.reset(); }

channels::RoutingClient::Hooks EmailDomain::RoutingHooks() {
  return {.on_event = [this](const Event& event) { OnEvent(event); },
          .on_snapshot = [this](const std::vector<Contact>& open) { OnSnapshot(open); }};
}

channels::ConversationHooks EmailDomain::ConversationHooks() {
  return {.on_event = [this](const ConversationEvent& event) { OnConversation(event); },
          .on_refused =
              [](const std::string&, const Error& error) {
                io::LogError(io::LogLevel::kWarning, "email_conversation_refused", error);
              }};
}

void EmailDomain::Start() {
  desk_.routing->Start();
  desk_.conversations->Start();
}

void EmailDomain::Stop() {
  forget_timer_.Cancel();
  desk_.Close();
  answers_.Stop();
  desk_.routing->Stop();
  desk_.conversations->Stop();
}

void EmailDomain::OpenMailboxes() {
  for (const EmailMailbox& mailbox : desk_.config.mailboxes) {
    if (mailbox.domain == desk_.route.domain) OpenMailbox(mailbox);
  }
}

void EmailDomain::OpenMailbox(const EmailMailbox& mailbox) {
  auto made = std::make_unique<MailInbox>();
  MailInbox& inbox = *made;
  inbox.config = &mailbox;
  inbox.smtp = std::make_unique<SmtpClient>(desk_.loop, mailbox.outgoing);
  inbox.shelf = std::make_unique<MailShelf>(desk_.loop, ToShelfConfig(mailbox));
  inbox.mailbox = std::make_unique<Mailbox>(
      desk_.loop, mailbox.inbox,
      Mailbox::Hooks{
          .on_mail =
              [this, &inbox](TakenMail mail, std::function<void(Result<void>)> done) {
                arrivals_.Take(inbox, std::move(mail), std::move(done));
              },
          .on_state = [this, &inbox](const Result<void>& state) { OnState(inbox, state); }});
  inbox.mailbox->Start();
  desk_.inboxes[mailbox.id] = std::move(made);
}

void EmailDomain::OnState(MailInbox& inbox, const Result<void>& state) {
  if (inbox.connected != state.ok()) desk_.metrics.connected.Increment(state.ok() ? 1 : -1);
  inbox.connected = state.ok();
  if (state.ok()) {
    io::Log(io::LogLevel::kInfo, "mailbox_open", {{"mailbox", inbox.config->id}});
  } else {
    io::LogError(io::LogLevel::kWarning, "mailbox_not_open", state.error(),
                 {{"mailbox", inbox.config->id}});
  }
}

void EmailDomain::OnSnapshot(const std::vector<Contact>& open) {
  for (const Contact& contact : open) {
    const std::map<std::string, std::string> attributes(contact.attributes().begin(),
                                                        contact.attributes().end());
    if (const auto about = FromAttributes(contact.external_id(), attributes)) {
      desk_.MeetTalk(contact.id(), *about);
    }
  }
  io::Log(io::LogLevel::kInfo, "email_contacts_met", {{"contacts", open.size()}});
  for (auto& [contact_id, talk] : desk_.talks) {
    const bool is_open = std::any_of(
        open.begin(), open.end(), [&, id = contact_id](const auto& one) { return one.id() == id; });
    if (!is_open && talk.closed_at == kNever) talk.closed_at = desk_.clock.Now();
  }
  if (!std::exchange(open_, true)) OpenMailboxes();
  Forget();
}

void EmailDomain::OnEvent(const Event& event) {
  const auto talk = desk_.talks.find(event.contact_id());
  if (talk == desk_.talks.end()) return;
  if (event.has_closed()) talk->second.closed_at = desk_.clock.Now();
}

// Leaves the conversations of contacts that ended a while ago and have nothing left to send.
void EmailDomain::Forget() {
  const Instant now = desk_.clock.Now();
  for (auto talk = desk_.talks.begin(); talk != desk_.talks.end();) {
    const bool is_over = talk->second.closed_at != kNever &&
                         now - talk->second.closed_at >= kForgetAfter &&
                         talk->second.unsent.empty() && talk->second.sending == 0;
    if (!is_over) {
      ++talk;
      continue;
    }
    desk_.conversations->Unwatch(talk->first);
    talk = desk_.talks.erase(talk);
  }
  forget_timer_.Start(kForgetAfter, [this] { Forget(); });
}

// The messages of a conversation come first and then how far each side is. Until the customer's
// mark has come, nothing is sent: it may have been before.
void EmailDomain::OnConversation(const ConversationEvent& event) {
  const auto found = desk_.talks.find(event.contact_id());
  if (found == desk_.talks.end()) return;
  MailTalk& talk = found->second;
  if (event.has_mark() && event.mark().side() == Author::SIDE_CUSTOMER) {
    talk.mark_known = true;
    talk.delivered = std::max(talk.delivered, event.mark().delivered_up_to());
    talk.unsent.erase(talk.unsent.begin(), talk.unsent.upper_bound(talk.delivered));
  } else if (event.has_message()) {
    const Message& message = event.message();
    if (message.author().side() == Author::SIDE_CUSTOMER) {
      talk.last_words = CutUtf8(message.text(), kLastWordsBytes);
    }
    const bool is_answer = message.author().side() == Author::SIDE_AGENT && !message.internal();
    if (is_answer && message.id() > talk.delivered) talk.unsent[message.id()] = message;
  }
  answers_.SendNext(event.contact_id(), talk);
}

}  // namespace usher::email
