// SPDX-License-Identifier: Apache-2.0
#include "channels/email/mail_arrivals.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <google/protobuf/util/time_util.h>

#include "base/io/client_call.h"
#include "base/io/log.h"
#include "base/io/random_id.h"
#include "channels/email/ascii.h"
#include "channels/email/file_address.h"
#include "channels/email/mail_head.h"
#include "channels/email/mail_key.h"
#include "channels/email/mail_language.h"
#include "channels/email/mail_text.h"
#include "channels/email/mail_thread.h"
#include "channels/email/mime_reader.h"
#include "usher/context/v1/context_service.grpc.pb.h"
#include "usher/routing/v1/routing_service.grpc.pb.h"

namespace usher::email {

using context::v1::Author;
using context::v1::Message;
using context::v1::ResolveCustomerRequest;
using context::v1::ResolveCustomerResponse;
using routing::v1::ContactResult;

namespace {

constexpr std::size_t kPiecesMax = 16;
constexpr std::size_t kSubjectBytes = 250;
constexpr std::size_t kNameBytes = 200;
constexpr std::string_view kGuessedMark = "guessed";

std::string Word(const MailMessage& mail) { return mail.from.empty() ? "" : mail.from[0].name; }

}  // namespace

// A mail on its way in.
struct MailArrivals::Arrival {
  MailInbox* inbox = nullptr;
  TakenMail taken;
  std::function<void(Result<void>)> done;
  MailMessage mail;
  MailManners manners;
  std::string thread;
  std::string customer_id;
  std::string contact_id;
  bool is_guessed = false;                   // by sender and subject alone
  std::map<std::string, std::string> facts;  // for rules
  std::string language;                      // that it is in, by what it says or by its words
  std::vector<std::string> pieces;
  std::size_t recorded = 0;
  std::uint64_t first_message = 0;
  std::uint64_t last_message = 0;
};

void MailArrivals::Take(MailInbox& inbox, TakenMail taken, std::function<void(Result<void>)> done) {
  const auto arrival = std::make_shared<Arrival>();
  arrival->inbox = &inbox;
  arrival->taken = std::move(taken);
  arrival->done = std::move(done);
  desk_.parser.Post([this, arrival, own = desk_.own, limits = desk_.config.limits,
                     headers = desk_.config.headers, &loop = desk_.loop,
                     weak = std::weak_ptr<void>(desk_.alive)] {
    arrival->mail = ReadMail(arrival->taken.raw, limits);
    arrival->manners = JudgeManners(arrival->mail, own);
    const MailText text = SplitMailText(arrival->mail.text);
    const bool is_all_history = Trim(text.fresh).empty();
    const std::string& words = is_all_history ? text.history : text.fresh;
    arrival->pieces = ToPieces(words, kMailPieceBytes, kPiecesMax);
    arrival->language = arrival->mail.language;
    if (arrival->language.empty()) arrival->language = RecogniseLanguage(words);
    arrival->facts = ToRuleFacts(arrival->mail, words, headers);
    loop.Post([this, arrival, weak] {
      if (!weak.expired()) Judge(arrival);
    });
  });
}

void MailArrivals::Judge(const ArrivalPtr& arrival) {
  const MailMessage& mail = arrival->mail;
  const MailOrigin origin = arrival->manners.origin;
  desk_.metrics.CountTaken(arrival->manners.marked_spam ? "spam" : ToText(origin));
  const ThreadMemory memory{
      .by_message_id = [this](const std::string& id) { return desk_.ThreadOfMessage(id); },
      .by_sender_and_subject =
          [this](const std::string& sender, const std::string& subject) {
            return desk_.GuessThread(sender, subject);
          }};
  if (const auto known = FindMailThread(mail, desk_.tokens, memory)) {
    arrival->thread = known->thread;
    arrival->is_guessed = known->certainty == ThreadCertainty::kGuess;
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
  if ((is_note || is_late) && desk_.FindTalkOfThread(arrival->thread) == nullptr)
    return Keep(arrival);
  Resolve(arrival);
}

void MailArrivals::Resolve(const ArrivalPtr& arrival) {
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
  options.token = desk_.route.token();
  options.timeout = Duration{10'000};
  io::CallUnary<ResolveCustomerRequest, ResolveCustomerResponse>(
      desk_.loop, options, std::move(request),
      [stub = &desk_.route.road.Stub<context::v1::ContextService>()](auto* context, auto* req,
                                                                     auto* resp, auto finished) {
        stub->async()->ResolveCustomer(context, req, resp, std::move(finished));
      },
      desk_.Alive([this, arrival](Result<ResolveCustomerResponse> answer) {
        if (answer.ok()) {
          arrival->customer_id = answer->customer().id();
        } else if (answer.error().code != Code::kInvalidArgument) {
          return GiveBack(arrival, answer.error());
        }
        // An address that is none still wrote a mail.
        Submit(arrival);
      }));
}

void MailArrivals::Submit(const ArrivalPtr& arrival) {
  MailContact about =
      DescribeMail(arrival->inbox->config->id, arrival->thread, arrival->mail, arrival->manners);
  about.language = arrival->language;
  about.own = OwnAmong(arrival->mail, desk_.own.addresses);
  if (arrival->is_guessed) about.marks.append(about.marks.empty() ? "" : " ").append(kGuessedMark);
  const bool is_about_ours = arrival->manners.origin == MailOrigin::kBounce ||
                             arrival->manners.origin == MailOrigin::kOutOfOffice ||
                             arrival->manners.origin == MailOrigin::kAutoReply;
  // Such a mail says something of the contact, and is not what is answered.
  if (is_about_ours) {
    for (auto& [contact_id, talk] : desk_.talks) {
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
  for (const auto& [key, value] : arrival->facts) (*request.mutable_attributes())[key] = value;
  for (const auto& [key, value] : ToAttributes(about)) (*request.mutable_attributes())[key] = value;
  desk_.routing->Submit(std::move(request), desk_.Alive([this, arrival,
                                                         about](Result<ContactResult> result) {
    if (!result.ok()) return GiveBack(arrival, result.error());
    arrival->contact_id = result->contact_id();
    MailTalk& talk = desk_.MeetTalk(arrival->contact_id, about, desk_.clock.Now());
    if (!arrival->customer_id.empty()) talk.customer_id = arrival->customer_id;
    if (talk.about.message_id == about.message_id) return Record(arrival);
    routing::v1::UpdateContactRequest update;
    update.set_contact_id(arrival->contact_id);
    for (const auto& [key, value] : ToAttributes(about)) {
      (*update.mutable_attributes())[key] = value;
    }
    desk_.routing->Update(std::move(update),
                          desk_.Alive([this, arrival, about](const Result<ContactResult>& told) {
                            OnUpdated(arrival, about, told);
                          }));
  }));
}

// Whoever takes the mailbox over knows of the newest mail by the contact's attributes alone. A
// contact that has ended meanwhile has no further use for them.
void MailArrivals::OnUpdated(const ArrivalPtr& arrival, const MailContact& about,
                             const Result<routing::v1::ContactResult>& told) {
  const bool is_passing = !told.ok() && (told.error().code == Code::kUnavailable ||
                                         told.error().code == Code::kResourceExhausted);
  if (is_passing) return GiveBack(arrival, told.error());
  const auto talk = desk_.talks.find(arrival->contact_id);
  if (talk != desk_.talks.end()) talk->second.about = about;
  Record(arrival);
}

void MailArrivals::Record(const ArrivalPtr& arrival) {
  const MailMessage& mail = arrival->mail;
  if (mail.report && !mail.report->recipients.empty()) {
    std::string told;
    for (const RecipientStatus& one : mail.report->recipients) {
      told += one.recipient + ": " + std::string(ToText(one.action)) + " " + one.status + " " +
              one.diagnostic + "\n";
    }
    arrival->pieces = ToPieces(told, kMailPieceBytes, 1);
    TellFate(arrival);
  }
  if (arrival->pieces.empty()) arrival->pieces.emplace_back();
  RecordNext(arrival);
}

// Where the contact is the one that the mail was of. A report without bad news is none.
void MailArrivals::TellFate(const ArrivalPtr& arrival) {
  const DeliveryReport& report = *arrival->mail.report;
  const std::string& own =
      report.original_message_id.empty() ? report.original_envelope_id : report.original_message_id;
  const auto message = desk_.FindOwnMessage(arrival->contact_id, own);
  if (!message) return;
  const RecipientStatus* worst = nullptr;
  for (const RecipientStatus& one : report.recipients) {
    if (one.action == DeliveryAction::kFailed) worst = &one;
    if (one.action == DeliveryAction::kDelayed && worst == nullptr) worst = &one;
  }
  if (worst == nullptr) return;
  const MailTalk& talk = desk_.talks.at(arrival->contact_id);
  fates_.Tell({.state = worst->action == DeliveryAction::kFailed ? MailFate::State::kFailed
                                                                 : MailFate::State::kDeferred,
               .event_id = "report-" + arrival->taken.key,
               .contact_id = arrival->contact_id,
               .customer_id = talk.customer_id,
               .address = talk.about.origin == "person" ? talk.about.from : "",
               .message = *message,
               .words = worst->diagnostic.empty() ? worst->status : worst->diagnostic},
              {});
}

// Pieces go one after the other, each under a name of its own, so that none stands there twice.
void MailArrivals::RecordNext(const ArrivalPtr& arrival) {
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
    const FileAddress where = AddressOf(arrival->inbox->config->id, arrival->taken.key,
                                        arrival->mail, arrival->taken.bytes);
    *message.mutable_mail() = ToMailHead(arrival->mail, arrival->manners, where);
    if (arrival->is_guessed) message.mutable_mail()->add_marks(std::string(kGuessedMark));
    AddAttachments(arrival->mail, where, message);
  }
  if (message.text().empty() && message.attachments_size() == 0) message.set_text("—");
  desk_.conversations->Append(std::move(message),
                              desk_.Alive([this, arrival](Result<Message> appended) {
                                if (!appended.ok()) return GiveBack(arrival, appended.error());
                                arrival->last_message = appended->id();
                                if (arrival->recorded == 0) arrival->first_message = appended->id();
                                if (++arrival->recorded < arrival->pieces.size()) {
                                  return RecordNext(arrival);
                                }
                                Acknowledge(arrival);
                              }));
}

// The customer's first mail of a contact may be answered at once and by itself. The answer stands
// in the conversation under the mail's name, so there is one of it whatever happens here, and is
// mailed like what agents say.
void MailArrivals::Acknowledge(const ArrivalPtr& arrival) {
  const bool is_first = arrival->first_message == 1;
  const bool any = !arrival->inbox->config->queues.empty();
  if (!is_first || !arrival->manners.may_auto_reply || !any) return Keep(arrival);
  routing::v1::GetContactRequest request;
  request.set_contact_id(arrival->contact_id);
  io::CallOptions options;
  options.token = desk_.route.token();
  options.timeout = Duration{10'000};
  io::CallUnary<routing::v1::GetContactRequest, routing::v1::GetContactResponse>(
      desk_.loop, options, std::move(request),
      [stub = &desk_.route.road.Stub<routing::v1::RoutingService>()](auto* context, auto* req,
                                                                     auto* resp, auto finished) {
        stub->async()->GetContact(context, req, resp, std::move(finished));
      },
      desk_.Alive([this, arrival](Result<routing::v1::GetContactResponse> answer) {
        // A contact that is long over needs none any more.
        if (!answer.ok() && answer.error().code == Code::kNotFound) return Keep(arrival);
        if (!answer.ok()) return GiveBack(arrival, answer.error());
        AcknowledgeIn(arrival, answer->contact());
      }));
}

void MailArrivals::AcknowledgeIn(const ArrivalPtr& arrival, const routing::v1::Contact& contact) {
  const EmailMailbox& mailbox = *arrival->inbox->config;
  const auto queue = mailbox.queues.find(contact.queue());
  if (queue == mailbox.queues.end()) return Keep(arrival);
  const auto closed = contact.attributes().find("outside_hours");
  const bool is_closed = closed != contact.attributes().end() && !closed->second.empty() &&
                         closed->second != "0" && closed->second != "false";
  const QueueManners& manners = queue->second.manners;
  const std::string& text =
      is_closed && !manners.outside_hours.empty() ? manners.outside_hours : manners.acknowledge;
  if (text.empty()) return Keep(arrival);
  const MailAddress& sender = arrival->mail.from.front();
  const MailAddress& answer_to =
      arrival->mail.reply_to.empty() ? sender : arrival->mail.reply_to.front();
  const Instant now = desk_.clock.Now();
  const auto verdict = budget_.Spend(mailbox.id, ToLower(answer_to.address), now);
  if (verdict != AutoReplyBudget::Verdict::kGranted) {
    const bool is_sender = verdict == AutoReplyBudget::Verdict::kSenderSpent;
    desk_.metrics.CountNotAcknowledged(is_sender ? "sender" : "mailbox");
    io::Log(io::LogLevel::kWarning, "mail_not_acknowledged",
            {{"mailbox", mailbox.id},
             {"contact", arrival->contact_id},
             {"spent", is_sender ? "sender" : "mailbox"}});
    return Keep(arrival);
  }
  const AcknowledgementFacts facts{
      .contact_id = arrival->contact_id,
      .subject = arrival->mail.subject,
      .sender_name = sender.name.empty() ? sender.address : sender.name,
      .mailbox_name = mailbox.address.name,
      .answer_by =
          contact.has_due()
              ? InstantFromUnixMs(
                    google::protobuf::util::TimeUtil::TimestampToMilliseconds(contact.due()))
              : kNever};
  Message message;
  message.set_contact_id(arrival->contact_id);
  message.set_client_id(AcknowledgementName(arrival->taken.key));
  message.set_text(
      std::string(CutUtf8(FillAcknowledgement(text, manners, facts, now), kMailPieceBytes)));
  message.mutable_author()->set_side(Author::SIDE_SYSTEM);
  desk_.conversations->Append(std::move(message),
                              desk_.Alive([this, arrival](Result<Message> appended) {
                                if (!appended.ok()) return GiveBack(arrival, appended.error());
                                Keep(arrival);
                              }));
}

void MailArrivals::Keep(const ArrivalPtr& arrival) {
  if (arrival->last_message > 0) {
    // The customer has read what they wrote, so from now on there is a mark; see OnConversation.
    context::v1::Mark mark;
    mark.set_side(Author::SIDE_CUSTOMER);
    mark.set_read_up_to(1);
    desk_.conversations->SetMark(arrival->contact_id, mark);
  }
  if (arrival->contact_id.empty()) return arrival->done({});
  desk_.KeepOnRoll(arrival->contact_id, [this, arrival](const Result<void>& kept) {
    if (!kept.ok()) return GiveBack(arrival, kept.error());
    arrival->done({});
  });
}

void MailArrivals::GiveBack(const ArrivalPtr& arrival, const Error& error) {
  desk_.metrics.CountNotKept(error.reason);
  io::LogError(io::LogLevel::kWarning, "mail_not_kept", error,
               {{"mailbox", arrival->inbox->config->id}, {"uid", arrival->taken.uid}});
  arrival->done(error);
}

}  // namespace usher::email
