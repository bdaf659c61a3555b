// SPDX-License-Identifier: Apache-2.0
#include "channels/email/email_domain.h"

#include <algorithm>
#include <utility>

#include "base/io/client_call.h"
#include "base/io/log.h"
#include "base/io/random_id.h"
#include "channels/email/ascii.h"
#include "channels/email/mail_key.h"
#include "channels/email/mail_text.h"
#include "channels/email/mail_thread.h"
#include "channels/email/mime_reader.h"
#include "channels/email/mime_writer.h"
#include "usher/context/v1/context_service.grpc.pb.h"

namespace usher::email {

using context::v1::Author;
using context::v1::ConversationEvent;
using context::v1::Message;
using context::v1::ResolveCustomerRequest;
using context::v1::ResolveCustomerResponse;
using routing::v1::Contact;
using routing::v1::ContactResult;
using routing::v1::Event;

namespace {

// A message of a conversation has 8 KiB; a mail that is longer is several.
constexpr std::size_t kPieceBytes = 8'000;
constexpr std::size_t kPiecesMax = 16;
constexpr int kAttachmentsMax = 20;
constexpr std::size_t kSubjectBytes = 250;
constexpr std::size_t kNameBytes = 200;
// Of the customer's last words, for the quotation below an answer.
constexpr std::size_t kQuoteBytes = 2'000;
// What is said in the moment in which a contact ends is still sent.
constexpr Duration kForgetAfter{30'000};
// Tries after which the agent is told that a mail is late.
constexpr unsigned kTriesUntilTold = 3;

std::string Word(const MailMessage& mail) { return mail.from.empty() ? "" : mail.from[0].name; }

}  // namespace

struct EmailDomain::Inbox {
  const EmailMailbox* config = nullptr;
  std::unique_ptr<Mailbox> mailbox;
  std::unique_ptr<SmtpClient> smtp;
  bool connected = false;
};

// A mail on its way in.
struct EmailDomain::Arrival {
  Inbox* inbox = nullptr;
  TakenMail taken;
  std::function<void(Result<void>)> done;
  MailMessage mail;
  MailManners manners;
  std::string thread;
  std::string customer_id;
  std::string contact_id;
  std::vector<std::string> pieces;
  std::size_t recorded = 0;
  std::uint64_t last_message = 0;
};

// An open contact and its conversation.
struct EmailDomain::Talk {
  MailContact about;
  bool mark_known = false;
  std::uint64_t delivered = 0;
  std::map<std::uint64_t, Message> unsent;  // agents' messages behind `delivered`
  std::uint64_t sending = 0;                // 0: none
  std::string last_words;                   // of the customer
  Instant closed_at = kNever;
};

// An agent's message as a mail.
struct EmailDomain::Answer {
  std::string message_id;
  std::string contact_id;
  std::uint64_t message = 0;
  Inbox* inbox = nullptr;
  std::string from;
  std::vector<std::string> recipients;
  std::shared_ptr<const std::string> bytes;
};

template <class Function>
auto EmailDomain::Alive(Function function) {
  return
      [weak = std::weak_ptr<void>(alive_), function = std::move(function)](auto&& value) mutable {
        if (!weak.expired()) function(std::forward<decltype(value)>(value));
      };
}

EmailDomain::EmailDomain(const Shared& shared, const EmailRoute& route)
    : loop_(shared.loop),
      parser_(shared.parser),
      config_(shared.config),
      tokens_(shared.tokens),
      metrics_(shared.metrics),
      route_(route),
      routing_(loop_, route.road, route.token, {.adapter = route.adapter}, RoutingHooks()),
      conversations_(
          channels::MakeConversationClient(loop_, route.road, route.token, ConversationHooks())),
      outbox_(shared.config.outbox),
      outbox_timer_(loop_),
      forget_timer_(loop_) {
  // Mail between two of our own mailboxes would go on for ever, whatever domain they are of.
  for (const EmailMailbox& mailbox : config_.mailboxes) {
    own_.addresses.push_back(ToLower(mailbox.address.address));
  }
  own_.loop_id = "usher-" + route.domain.value();
}

EmailDomain::~EmailDomain() { alive_.reset(); }

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
  routing_.Start();
  conversations_->Start();
}

void EmailDomain::Stop() {
  outbox_timer_.Cancel();
  forget_timer_.Cancel();
  alive_ = std::make_shared<int>();  // what is still asked or parsed comes to nobody
  inboxes_.clear();
  metrics_.connected.Set(0);
  answers_.clear();
  talks_.clear();
  routing_.Stop();
  conversations_->Stop();
}

void EmailDomain::OpenMailboxes() {
  for (const EmailMailbox& mailbox : config_.mailboxes) {
    if (mailbox.domain != route_.domain) continue;
    auto inbox = std::make_unique<Inbox>();
    Inbox* const raw = inbox.get();
    raw->config = &mailbox;
    raw->smtp = std::make_unique<SmtpClient>(loop_, mailbox.outgoing);
    raw->mailbox = std::make_unique<Mailbox>(
        loop_, mailbox.inbox,
        Mailbox::Hooks{.on_mail =
                           [this, raw](TakenMail mail, std::function<void(Result<void>)> done) {
                             Take(*raw, std::move(mail), std::move(done));
                           },
                       .on_state =
                           [this, raw](const Result<void>& state) {
                             if (raw->connected != state.ok()) {
                               metrics_.connected.Increment(state.ok() ? 1 : -1);
                             }
                             raw->connected = state.ok();
                             if (state.ok()) {
                               io::Log(io::LogLevel::kInfo, "mailbox_open",
                                       {{"mailbox", raw->config->id}});
                             } else {
                               io::LogError(io::LogLevel::kWarning, "mailbox_not_open",
                                            state.error(), {{"mailbox", raw->config->id}});
                             }
                           }});
    raw->mailbox->Start();
    inboxes_[mailbox.id] = std::move(inbox);
  }
}

// ------------------------------------------------------------------------------------- coming in

void EmailDomain::Take(Inbox& inbox, TakenMail taken, std::function<void(Result<void>)> done) {
  const auto arrival = std::make_shared<Arrival>();
  arrival->inbox = &inbox;
  arrival->taken = std::move(taken);
  arrival->done = std::move(done);
  parser_.Post([this, arrival, own = own_, limits = config_.limits, &loop = loop_,
                weak = std::weak_ptr<void>(alive_)] {
    arrival->mail = ReadMail(arrival->taken.raw, limits);
    arrival->manners = JudgeManners(arrival->mail, own);
    const MailText text = SplitMailText(arrival->mail.text);
    const bool is_all_history = Trim(text.fresh).empty();
    arrival->pieces = ToPieces(is_all_history ? text.history : text.fresh, kPieceBytes, kPiecesMax);
    loop.Post([this, arrival, weak] {
      if (!weak.expired()) Judge(arrival);
    });
  });
}

void EmailDomain::Judge(const ArrivalPtr& arrival) {
  const MailMessage& mail = arrival->mail;
  const MailOrigin origin = arrival->manners.origin;
  metrics_.CountTaken(arrival->manners.marked_spam ? "spam" : ToText(origin));
  const ThreadMemory memory{
      .by_message_id = [](const std::string&) { return std::nullopt; },
      .by_sender_and_subject = [](const std::string&, const std::string&) { return std::nullopt; }};
  if (const auto known = FindMailThread(mail, tokens_, memory)) {
    arrival->thread = known->thread;
  } else if (!mail.references.empty()) {
    arrival->thread = ToThreadKey(mail.references.front());
  } else if (!mail.in_reply_to.empty()) {
    arrival->thread = ToThreadKey(mail.in_reply_to.front());
  } else {
    arrival->thread = mail.message_id.empty() ? arrival->taken.key : ToThreadKey(mail.message_id);
  }
  // What no agent needs to see stays in the mailbox, marked like the rest.
  if (origin == MailOrigin::kOurselves || origin == MailOrigin::kReceipt ||
      arrival->manners.marked_spam) {
    return Keep(arrival);
  }
  const bool is_note = origin == MailOrigin::kOutOfOffice || origin == MailOrigin::kAutoReply;
  const bool is_late = origin == MailOrigin::kBounce && mail.report &&
                       std::none_of(mail.report->recipients.begin(), mail.report->recipients.end(),
                                    [](const RecipientStatus& one) {
                                      return one.action == DeliveryAction::kFailed;
                                    });
  // Notes of programs belong to the contact that they are about, and wake nobody.
  if ((is_note || is_late) && FindTalkOfThread(arrival->thread) == nullptr) return Keep(arrival);
  Resolve(arrival);
}

void EmailDomain::Resolve(const ArrivalPtr& arrival) {
  const bool is_person =
      arrival->manners.origin != MailOrigin::kBounce && !arrival->mail.from.empty();
  if (!is_person) return Submit(arrival);
  ResolveCustomerRequest request;
  request.set_request_id(io::RandomId());
  request.mutable_identity()->set_kind("email");
  request.mutable_identity()->set_value(ToLower(arrival->mail.from[0].address));
  request.set_name(std::string(CutUtf8(Word(arrival->mail), kNameBytes)));
  request.set_language(arrival->mail.language);
  io::CallOptions options;
  options.token = route_.token();
  options.timeout = Duration{10'000};
  io::CallUnary<ResolveCustomerRequest, ResolveCustomerResponse>(
      loop_, options, std::move(request),
      [stub = &route_.road.Stub<context::v1::ContextService>()](auto* context, auto* req,
                                                                auto* resp, auto finished) {
        stub->async()->ResolveCustomer(context, req, resp, std::move(finished));
      },
      Alive([this, arrival](Result<ResolveCustomerResponse> answer) {
        if (answer.ok()) {
          arrival->customer_id = answer->customer().id();
        } else if (answer.error().code != Code::kInvalidArgument) {
          return GiveBack(arrival, answer.error());
        }
        // An address that is none still wrote a mail.
        Submit(arrival);
      }));
}

void EmailDomain::Submit(const ArrivalPtr& arrival) {
  const MailContact about =
      DescribeMail(arrival->inbox->config->id, arrival->thread, arrival->mail, arrival->manners);
  const bool is_about_ours = arrival->manners.origin == MailOrigin::kBounce ||
                             arrival->manners.origin == MailOrigin::kOutOfOffice ||
                             arrival->manners.origin == MailOrigin::kAutoReply;
  // Such a mail says something of the contact, and is not what is answered.
  if (is_about_ours) {
    for (auto& [contact_id, talk] : talks_) {
      if (talk.about.thread != arrival->thread || talk.closed_at != kNever) continue;
      arrival->contact_id = contact_id;
      return Record(arrival);
    }
  }
  routing::v1::SubmitContactRequest request;
  request.set_request_id("mail-" + arrival->taken.key);
  request.set_channel(type::v1::CHANNEL_EMAIL);
  request.set_queue(arrival->inbox->config->queue);
  request.set_external_id(ToExternalId(arrival->thread));
  request.set_customer_id(arrival->customer_id);
  request.set_subject(std::string(CutUtf8(arrival->mail.subject, kSubjectBytes)));
  for (const auto& [key, value] : ToAttributes(about)) (*request.mutable_attributes())[key] = value;
  routing_.Submit(std::move(request), Alive([this, arrival, about](Result<ContactResult> result) {
                    if (!result.ok()) return GiveBack(arrival, result.error());
                    arrival->contact_id = result->contact_id();
                    Talk& talk = MeetTalk(arrival->contact_id, about);
                    if (talk.about.message_id != about.message_id) {
                      talk.about = about;
                      routing::v1::UpdateContactRequest update;
                      update.set_contact_id(arrival->contact_id);
                      for (const auto& [key, value] : ToAttributes(about)) {
                        (*update.mutable_attributes())[key] = value;
                      }
                      routing_.Update(std::move(update), {});
                    }
                    Record(arrival);
                  }));
}

void EmailDomain::Record(const ArrivalPtr& arrival) {
  const MailMessage& mail = arrival->mail;
  if (mail.report && !mail.report->recipients.empty()) {
    std::string told;
    for (const RecipientStatus& one : mail.report->recipients) {
      told += one.recipient + ": " + std::string(ToText(one.action)) + " " + one.status + " " +
              one.diagnostic + "\n";
    }
    arrival->pieces = ToPieces(told, kPieceBytes, 1);
  }
  if (arrival->pieces.empty()) arrival->pieces.emplace_back();
  RecordNext(arrival);
}

// Pieces go one after the other, each under a name of its own, so that none stands there twice.
void EmailDomain::RecordNext(const ArrivalPtr& arrival) {
  const bool is_report = arrival->manners.origin == MailOrigin::kBounce;
  const std::size_t index = arrival->recorded;
  Message message;
  message.set_contact_id(arrival->contact_id);
  message.set_client_id("mail-" + arrival->taken.key + "-" + std::to_string(index));
  message.set_text(arrival->pieces[index]);
  Author& author = *message.mutable_author();
  author.set_side(is_report ? Author::SIDE_SYSTEM : Author::SIDE_CUSTOMER);
  if (!is_report) {
    author.set_id(arrival->customer_id);
    author.set_name(std::string(CutUtf8(Word(arrival->mail), kNameBytes)));
  }
  if (index == 0) {
    for (const MailPart& part : arrival->mail.parts) {
      if (message.attachments_size() == kAttachmentsMax) break;
      auto& attachment = *message.add_attachments();
      attachment.set_name(part.name);
      attachment.set_media_type(part.type.substr(0, 128));
      attachment.set_size_bytes(part.bytes);
      attachment.set_url("x-mail:" + arrival->inbox->config->id + "/" + arrival->taken.key + "/" +
                         part.id);
    }
  }
  if (message.text().empty() && message.attachments_size() == 0) message.set_text("—");
  conversations_->Append(std::move(message), Alive([this, arrival](Result<Message> appended) {
                           if (!appended.ok()) return GiveBack(arrival, appended.error());
                           arrival->last_message = appended->id();
                           if (++arrival->recorded < arrival->pieces.size()) {
                             return RecordNext(arrival);
                           }
                           Keep(arrival);
                         }));
}

void EmailDomain::Keep(const ArrivalPtr& arrival) {
  if (arrival->last_message > 0) {
    // The customer has read what they wrote, so from now on there is a mark; see OnConversation.
    context::v1::Mark mark;
    mark.set_side(Author::SIDE_CUSTOMER);
    mark.set_read_up_to(1);
    conversations_->SetMark(arrival->contact_id, mark);
  }
  arrival->done({});
}

void EmailDomain::GiveBack(const ArrivalPtr& arrival, const Error& error) {
  metrics_.CountNotKept(error.reason);
  io::LogError(io::LogLevel::kWarning, "mail_not_kept", error,
               {{"mailbox", arrival->inbox->config->id}, {"uid", arrival->taken.uid}});
  arrival->done(error);
}

// ---------------------------------------------------------------------------- contacts and talks

EmailDomain::Talk& EmailDomain::MeetTalk(const std::string& contact_id, const MailContact& about) {
  const auto [entry, is_new] = talks_.try_emplace(contact_id);
  if (is_new) {
    entry->second.about = about;
    conversations_->Watch(contact_id, 0);
  }
  return entry->second;
}

EmailDomain::Talk* EmailDomain::FindTalkOfThread(const std::string& thread) {
  for (auto& [contact_id, talk] : talks_) {
    if (talk.about.thread == thread && talk.closed_at == kNever) return &talk;
  }
  return nullptr;
}

void EmailDomain::OnSnapshot(const std::vector<Contact>& open) {
  for (const Contact& contact : open) {
    const std::map<std::string, std::string> attributes(contact.attributes().begin(),
                                                        contact.attributes().end());
    if (const auto about = FromAttributes(contact.external_id(), attributes)) {
      MeetTalk(contact.id(), *about);
    }
  }
  io::Log(io::LogLevel::kInfo, "email_contacts_met", {{"contacts", open.size()}});
  for (auto& [contact_id, talk] : talks_) {
    const bool is_open = std::any_of(
        open.begin(), open.end(), [&, id = contact_id](const auto& one) { return one.id() == id; });
    if (!is_open && talk.closed_at == kNever) talk.closed_at = clock_.Now();
  }
  if (!std::exchange(open_, true)) OpenMailboxes();
  Forget();
}

void EmailDomain::OnEvent(const Event& event) {
  const auto talk = talks_.find(event.contact_id());
  if (talk == talks_.end()) return;
  if (event.has_closed()) talk->second.closed_at = clock_.Now();
}

// Leaves the conversations of contacts that ended a while ago and have nothing left to send.
void EmailDomain::Forget() {
  const Instant now = clock_.Now();
  for (auto talk = talks_.begin(); talk != talks_.end();) {
    const bool is_over = talk->second.closed_at != kNever &&
                         now - talk->second.closed_at >= kForgetAfter &&
                         talk->second.unsent.empty() && talk->second.sending == 0;
    if (!is_over) {
      ++talk;
      continue;
    }
    conversations_->Unwatch(talk->first);
    talk = talks_.erase(talk);
  }
  forget_timer_.Start(kForgetAfter, [this] { Forget(); });
}

// The messages of a conversation come first and then how far each side is. Until the customer's
// mark has come, nothing is sent: it may have been before.
void EmailDomain::OnConversation(const ConversationEvent& event) {
  const auto found = talks_.find(event.contact_id());
  if (found == talks_.end()) return;
  Talk& talk = found->second;
  if (event.has_mark() && event.mark().side() == Author::SIDE_CUSTOMER) {
    talk.mark_known = true;
    talk.delivered = std::max(talk.delivered, event.mark().delivered_up_to());
    talk.unsent.erase(talk.unsent.begin(), talk.unsent.upper_bound(talk.delivered));
  } else if (event.has_message()) {
    const Message& message = event.message();
    if (message.author().side() == Author::SIDE_CUSTOMER) {
      talk.last_words = CutUtf8(message.text(), kQuoteBytes + 1);
    }
    const bool is_answer = message.author().side() == Author::SIDE_AGENT && !message.internal();
    if (is_answer && message.id() > talk.delivered) talk.unsent[message.id()] = message;
  }
  SendNext(event.contact_id(), talk);
}

// ------------------------------------------------------------------------------------- going out

void EmailDomain::SendNext(const std::string& contact_id, Talk& talk) {
  if (!talk.mark_known || talk.sending != 0 || talk.unsent.empty()) return;
  const auto& [id, message] = *talk.unsent.begin();
  talk.sending = id;
  Result<Answer> answer = Compose(contact_id, talk, message);
  if (answer.ok()) {
    const auto added = outbox_.Add(answer->message_id, answer->recipients, clock_.Now());
    if (added.ok()) {
      const std::string key = answer->message_id;
      answers_[key] = *std::move(answer);
      return DriveOutbox();
    }
    answer = added.error();
  }
  io::LogError(io::LogLevel::kWarning, "mail_not_sent", answer.error(), {{"contact", contact_id}});
  metrics_.CountSent("refused");
  // Not within the walk of whoever called.
  loop_.Post([this, contact_id, sent = id, words = answer.error().message,
              weak = std::weak_ptr<void>(alive_)] {
    if (!weak.expired()) Settle(contact_id, sent, "This answer was not mailed: " + words);
  });
}

Result<EmailDomain::Answer> EmailDomain::Compose(const std::string& contact_id, const Talk& talk,
                                                 const Message& message) {
  const auto inbox = inboxes_.find(talk.about.mailbox);
  if (inbox == inboxes_.end()) {
    return Error{Code::kNotFound, "MAILBOX_UNKNOWN",
                 "there is no mailbox " + talk.about.mailbox + " any more",
                 "put it back into the e-mail file"};
  }
  const EmailMailbox& mailbox = *inbox->second->config;
  const std::string& address = mailbox.address.address;
  OutgoingMail mail;
  mail.from = mailbox.address;
  mail.to = {talk.about.answer_to};
  mail.subject = "Re: " + std::string(WithoutReplyPrefixes(talk.about.subject));
  mail.references = talk.about.references;
  if (!talk.about.message_id.empty()) {
    mail.in_reply_to = {talk.about.message_id};
    mail.references.push_back(talk.about.message_id);
  }
  mail.message_id =
      tokens_.MessageIdFor(talk.about.thread, contact_id + "/" + std::to_string(message.id()),
                           address.substr(address.rfind('@') + 1));
  mail.sent_at = clock_.Now();
  mail.loop_id = own_.loop_id;
  mail.text = message.text() + "\n";
  for (const auto& attachment : message.attachments()) {
    if (attachment.url().starts_with("https://")) {
      mail.text += "\n" + attachment.name() + ": " + attachment.url() + "\n";
    }
  }
  if (!mailbox.signature.empty()) mail.text += "\n-- \n" + mailbox.signature + "\n";
  if (!talk.last_words.empty()) mail.text += "\n" + QuoteMail(talk.last_words, kQuoteBytes);
  Result<std::string> bytes = WriteMail(mail);
  if (!bytes.ok()) return bytes.error();
  Result<std::vector<std::string>> recipients = EnvelopeRecipients(mail);
  if (!recipients.ok()) return recipients.error();
  Result<std::string> from = ToSmtpAddress(address);
  if (!from.ok()) return from.error();
  return Answer{.message_id = mail.message_id,
                .contact_id = contact_id,
                .message = message.id(),
                .inbox = inbox->second.get(),
                .from = *std::move(from),
                .recipients = *std::move(recipients),
                .bytes = std::make_shared<const std::string>(*std::move(bytes))};
}

void EmailDomain::DriveOutbox() {
  while (const auto entry = outbox_.TakeDue(clock_.Now())) {
    const Answer& answer = answers_.at(entry->message_id);
    answer.inbox->smtp->Send({.from = answer.from,
                              .recipients = entry->waiting,
                              .bytes = answer.bytes,
                              .envelope_id = answer.message_id},
                             Alive([this, id = entry->message_id](const SmtpOutcome& outcome) {
                               OnOutcome(id, outcome);
                             }));
  }
  const Instant next = outbox_.NextDue();
  if (next == kNever) return outbox_timer_.Cancel();
  outbox_timer_.Start(std::max(next - clock_.Now(), Duration{1}), [this] { DriveOutbox(); });
}

void EmailDomain::OnOutcome(const std::string& message_id, const SmtpOutcome& outcome) {
  OutboxEntry entry = outbox_.OnOutcome(message_id, outcome, clock_.Now());
  metrics_.CountSent(entry.state == OutboxState::kDue ? "deferred" : ToText(entry.state));
  const Answer answer = answers_.at(message_id);
  if (entry.state == OutboxState::kDue) {
    io::Log(io::LogLevel::kWarning, "mail_deferred",
            {{"contact", answer.contact_id}, {"tries", entry.tries}, {"reason", outcome.reason}});
    if (entry.tries == kTriesUntilTold) {
      Note(answer.contact_id, "late-" + std::to_string(answer.message),
           "The answer is late: its server does not take it yet (" + entry.words +
               "). It is tried again for five days.");
    }
    return DriveOutbox();
  }
  std::string note;
  if (entry.state == OutboxState::kFailed) {
    note = "This answer was not delivered: " + entry.words;
  } else if (entry.state == OutboxState::kUndecided) {
    note =
        "The connection to the mail server broke when the answer had been sent: it may have been "
        "delivered or not. It is not sent again by itself.";
    Drop(outbox_.Drop(message_id), "the note tells the agent");
  }
  answers_.erase(message_id);
  Settle(answer.contact_id, answer.message, note);
  DriveOutbox();
}

// A message is dealt with: nobody sends it any more.
void EmailDomain::Settle(const std::string& contact_id, std::uint64_t message,
                         const std::string& note) {
  if (!note.empty()) Note(contact_id, "fate-" + std::to_string(message), note);
  context::v1::Mark mark;
  mark.set_side(Author::SIDE_CUSTOMER);
  mark.set_delivered_up_to(message);
  conversations_->SetMark(contact_id, mark);
  const auto found = talks_.find(contact_id);
  if (found == talks_.end()) return;
  Talk& talk = found->second;
  talk.sending = 0;
  talk.delivered = std::max(talk.delivered, message);
  talk.unsent.erase(message);
  SendNext(contact_id, talk);
}

void EmailDomain::Note(const std::string& contact_id, const std::string& client_id,
                       const std::string& text) {
  Message message;
  message.set_contact_id(contact_id);
  message.set_client_id("mail-" + client_id);
  message.set_text(std::string(CutUtf8(text, kPieceBytes)));
  message.mutable_author()->set_side(Author::SIDE_SYSTEM);
  conversations_->Append(std::move(message), [](Result<Message> appended) {
    if (!appended.ok()) {
      io::LogError(io::LogLevel::kWarning, "mail_note_not_recorded", appended.error());
    }
  });
}

}  // namespace usher::email
