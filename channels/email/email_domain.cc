// SPDX-License-Identifier: Apache-2.0
#include "channels/email/email_domain.h"

#include <algorithm>
#include <map>
#include <utility>

#include <google/protobuf/util/time_util.h>

#include "base/io/log.h"
#include "channels/email/ascii.h"

namespace usher::email {

using context::v1::Author;
using context::v1::ConversationEvent;
using routing::v1::CallOrder;
using routing::v1::Contact;
using routing::v1::Event;

namespace {

// What is said in the moment in which a contact ends is still sent.
constexpr Duration kForgetAfter{30'000};
// A conversation that was never begun has no mark that could say so.
constexpr Duration kForgetUnknownAfter{10 * 60'000};
constexpr Duration kRollAgainAfter{3'000};
constexpr Duration kTidyAfter = std::chrono::hours{24};
// A mail that is at its server when the router is lost has so long to hear of its fate; without an
// answer it is of unknown fate to whoever comes next.
constexpr Duration kLeaveWithin{60'000};

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

EmailDomain::EmailDomain(const Shared& shared, const EmailRoute& route,
                         std::function<void()> on_over)
    : desk_(shared.loop, shared.parser, shared.config, shared.tokens, shared.metrics, route),
      fates_(desk_),
      arrivals_(desk_, fates_),
      files_(desk_),
      answers_(desk_, files_, fates_),
      orders_(desk_),
      on_over_(std::move(on_over)),
      forget_timer_(shared.loop),
      leave_timer_(shared.loop) {
  desk_.routing = std::make_unique<channels::RoutingClient>(
      desk_.loop, route.road, route.token,
      channels::RoutingClient::Config{.adapter = route.adapter,
                                      .takes_mail_orders = true,
                                      .standby = !desk_.config.standby.empty()},
      RoutingHooks());
  desk_.conversations =
      channels::MakeConversationClient(desk_.loop, route.road, route.token, ConversationHooks());
  // Mail between two of our own mailboxes would go on for ever, whatever domain they are of.
  for (const EmailMailbox& mailbox : desk_.config.mailboxes) {
    desk_.own.addresses.push_back(ToLower(mailbox.address.address));
  }
  desk_.own.tokens = &desk_.tokens;
  desk_.own.loop_id = "usher-" + route.domain.value();
}

EmailDomain::~EmailDomain() { desk_.alive.reset(); }

channels::RoutingClient::Hooks EmailDomain::RoutingHooks() {
  return {.on_event = [this](const Event& event) { OnEvent(event); },
          .on_snapshot = [this](const std::vector<Contact>& open) { OnSnapshot(open); },
          .on_open = {},
          .on_call_order = [this](const CallOrder& order) { orders_.OnOrder(order); },
          .on_standing_by = [this] { SetStandingBy(true); },
          .on_lost =
              [this](const Error&) {
                if (!desk_.config.standby.empty()) Leave();
              }};
}

channels::ConversationHooks EmailDomain::ConversationHooks() {
  return {.on_event = [this](const ConversationEvent& event) { OnConversation(event); },
          .on_refused =
              [](const std::string&, const Error& error) {
                io::LogError(io::LogLevel::kWarning, "email_conversation_refused", error);
              },
          // Who gets a blind copy is for agents alone, and for us.
          .with_internal = true};
}

void EmailDomain::Start() { desk_.routing->Start(); }

void EmailDomain::Stop() {
  SetStandingBy(false);
  forget_timer_.Cancel();
  leave_timer_.Cancel();
  desk_.Close();
  answers_.Stop();
  fates_.Stop();
  desk_.routing->Stop();
  desk_.conversations->Stop();
}

void EmailDomain::SetStandingBy(bool stands_by) {
  if (is_standing_by_ == stands_by) return;
  is_standing_by_ = stands_by;
  desk_.metrics.standing_by.Increment(stands_by ? 1 : -1);
}

void EmailDomain::Leave() {
  if (desk_.is_leaving) return;
  io::Log(io::LogLevel::kWarning, "mailboxes_left", {{"mailboxes", desk_.inboxes.size()}});
  forget_timer_.Cancel();
  desk_.Leave();
  const auto end = desk_.Alive([this] { EndTenure(); });
  leave_timer_.Start(kLeaveWithin, end);
  answers_.Drain(end);
}

void EmailDomain::EndTenure() {
  leave_timer_.Cancel();
  Stop();
  on_over_();
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
  inbox.roll = std::make_unique<ContactRoll>(*inbox.shelf, mailbox.contacts_folder);
  inbox.again = std::make_unique<io::Timer>(desk_.loop);
  inbox.mailbox = std::make_unique<Mailbox>(
      desk_.loop, mailbox.inbox,
      Mailbox::Hooks{
          .on_mail =
              [this, &inbox](TakenMail mail, std::function<void(Result<void>)> done) {
                arrivals_.Take(inbox, std::move(mail), std::move(done));
              },
          .on_state = [this, &inbox](const Result<void>& state) { OnState(inbox, state); }});
  desk_.inboxes[mailbox.id] = std::move(made);
  OpenRoll(inbox);
}

void EmailDomain::OpenRoll(MailInbox& inbox) {
  inbox.roll->Load(desk_.Alive([this, &inbox](const Result<std::vector<RollEntry>>& kept) {
    if (desk_.is_leaving) return;
    if (kept.ok()) return OnRoll(inbox, *kept);
    OnState(inbox, kept.error());
    inbox.again->Start(kRollAgainAfter, [this, &inbox] { OpenRoll(inbox); });
  }));
}

void EmailDomain::OnRoll(MailInbox& inbox, const std::vector<RollEntry>& kept) {
  for (const RollEntry& entry : kept) {
    const bool is_open = desk_.talks.contains(entry.contact_id);
    if (is_open) continue;
    // It was closed while nobody looked; what the agent said may not be sent yet.
    MailTalk& talk = desk_.MeetTalk(entry.contact_id, entry.about, Instant{});
    talk.queue = entry.queue;
    talk.customer_id = entry.customer_id;
    talk.closed_at = desk_.clock.Now();
  }
  for (const auto& [contact_id, talk] : desk_.talks) {
    if (talk.about.mailbox == inbox.config->id && talk.closed_at == kNever) {
      desk_.KeepOnRoll(contact_id, [](const Result<void>&) {});
    }
  }
  inbox.mailbox->Start();
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
  SetStandingBy(false);
  desk_.conversations->Start();
  for (const Contact& contact : open) {
    const std::map<std::string, std::string> attributes(contact.attributes().begin(),
                                                        contact.attributes().end());
    if (const auto about = FromAttributes(contact.external_id(), attributes)) {
      const Instant since = InstantFromUnixMs(
          google::protobuf::util::TimeUtil::TimestampToMilliseconds(contact.enqueued_at()));
      MailTalk& talk = desk_.MeetTalk(contact.id(), *about, since);
      talk.since = since;
      talk.queue = contact.queue();
      talk.customer_id = contact.customer_id();
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
  const Contact* now = nullptr;
  if (event.has_queued()) now = &event.queued().contact();
  if (event.has_assigned()) now = &event.assigned().contact();
  if (now != nullptr && !now->queue().empty()) talk->second.queue = now->queue();
  if (now != nullptr && !now->customer_id().empty()) {
    talk->second.customer_id = now->customer_id();
  }
}

// Leaves the conversations of contacts that ended a while ago and have nothing left to send.
void EmailDomain::Forget() {
  const Instant now = desk_.clock.Now();
  for (auto talk = desk_.talks.begin(); talk != desk_.talks.end();) {
    const Duration after = talk->second.mark_known ? kForgetAfter : kForgetUnknownAfter;
    const bool is_over = talk->second.closed_at != kNever &&
                         now - talk->second.closed_at >= after && talk->second.unsent.empty() &&
                         talk->second.sending == 0;
    if (!is_over) {
      ++talk;
      continue;
    }
    desk_.conversations->Unwatch(talk->first);
    const auto inbox = desk_.inboxes.find(talk->second.about.mailbox);
    if (inbox != desk_.inboxes.end()) inbox->second->roll->Drop(talk->first);
    talk = desk_.talks.erase(talk);
  }
  if (now - tidied_at_ >= kTidyAfter) {
    tidied_at_ = now;
    for (const auto& [id, inbox] : desk_.inboxes) SentRecords::Tidy(*inbox, now);
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
    desk_.OnDelivered(talk, event.mark().delivered_up_to());
  } else if (event.has_message()) {
    desk_.Hear(talk, event.message());
  }
  answers_.SendNext(event.contact_id(), talk);
}

}  // namespace usher::email
