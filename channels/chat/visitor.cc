// SPDX-License-Identifier: Apache-2.0
#include "channels/chat/visitor.h"

#include <algorithm>
#include <utility>

#include "base/io/client_call.h"
#include "base/io/log.h"
#include "base/io/proto_time.h"
#include "base/io/random_id.h"
#include "channels/chat/chat_socket.h"

namespace usher::chat {

namespace {

using chat::v1::ChatStatus;
using chat::v1::ServerFrame;
using context::v1::Author;
using context::v1::Message;
using context::v1::ResolveCustomerRequest;
using context::v1::ResolveCustomerResponse;
using routing::v1::Contact;
using routing::v1::Event;
using routing::v1::GetContactRequest;
using routing::v1::GetContactResponse;

constexpr Duration kRetryAfter{2'000};

std::string OutcomeWord(Contact::Outcome outcome) {
  switch (outcome) {
    case Contact::OUTCOME_COMPLETED:
      return "completed";
    case Contact::OUTCOME_ABANDONED:
      return "abandoned";
    case Contact::OUTCOME_CANCELLED:
      return "cancelled";
    case Contact::OUTCOME_TIMED_OUT:
      return "timed-out";
    case Contact::OUTCOME_REFUSED:
      return "refused";
    case Contact::OUTCOME_LOST:
      return "lost";
    default:
      return {};
  }
}

}  // namespace

std::string VisitorOfExternalId(const std::string& external_id) {
  const std::size_t colon = external_id.find(':');
  return colon == std::string::npos ? std::string() : external_id.substr(0, colon);
}

Visitor::Visitor(ChatServices& services, Hooks hooks, std::string id)
    : services_(services),
      hooks_(std::move(hooks)),
      id_(std::move(id)),
      leaving_(services.loop),
      retry_(services.loop) {
  status_.set_phase(ChatStatus::PHASE_IDLE);
}

Visitor::~Visitor() {
  for (ChatSocket* page : pages_) page->Detach();
  if (!contact_id().empty()) {
    services_.conversations.Unwatch(contact_id());
    hooks_.on_contact_dropped(contact_id());
  }
}

bool Visitor::contact_open() const {
  return status_.phase() == ChatStatus::PHASE_WAITING ||
         status_.phase() == ChatStatus::PHASE_ACTIVE;
}

bool Visitor::idle() const {
  return pages_.empty() && !contact_open() && opening_ == Opening::kNo && says_.empty();
}

// ---------------------------------------------------------------------------------------- pages

void Visitor::Join(ChatSocket& socket, const ChatSite& site, const chat::v1::ClientHello& hello) {
  const Result<std::string> token = services_.tokens.Mint(id_, site.key);
  if (!token.ok()) {
    io::LogError(io::LogLevel::kError, "visitor_token_not_minted", token.error());
    socket.Refuse({"UNAVAILABLE", "The chat is not ready.", {}, kRetryAfter});
    return socket.Close(io::CloseCode::kTryAgainLater, "UNAVAILABLE", kRetryAfter);
  }
  site_ = &site;
  page_ = hello.page();
  if (!hello.language().empty()) language_ = hello.language();
  leaving_.Cancel();
  pages_.push_back(&socket);
  socket.Attach(*this);

  ServerFrame welcome;
  welcome.mutable_welcome()->set_token(*token);
  welcome.mutable_welcome()->set_resumed(!contact_id().empty());
  welcome.mutable_welcome()->set_title(site.title);
  welcome.mutable_welcome()->set_greeting(site.greeting);
  *welcome.mutable_welcome()->mutable_heartbeat() = io::ToProto(services_.config.limits.heartbeat);
  welcome.mutable_welcome()->set_text_bytes_max(
      static_cast<std::uint32_t>(services_.config.limits.text_bytes_max));
  socket.Send(welcome);
  ServerFrame status;
  *status.mutable_status() = status_;
  socket.Send(status);
  if (contact_id().empty()) return;

  socket.Follow(contact_id(), hello.after_message());
  services_.conversations.Watch(contact_id(), 0);
  socket.CatchUp();
}

void Visitor::Leave(ChatSocket& socket) {
  std::erase(pages_, &socket);
  socket.Detach();
  if (!pages_.empty()) return;
  StartLeaving();
  MaybeIdle();
}

// Nobody looks at the chat any more: after the resume time the visitor has left it.
void Visitor::StartLeaving() {
  if (!pages_.empty() || (!contact_open() && opening_ == Opening::kNo)) return;
  if (leaving_.pending()) return;
  leaving_.Start(services_.config.resume_time, [this] { EndContact("The visitor has left."); });
}

void Visitor::ClosePages(const std::string& reason, Duration retry_after) {
  for (ChatSocket* page : std::vector<ChatSocket*>(pages_)) {
    page->Close(io::CloseCode::kGoingAway, reason, retry_after);
  }
}

void Visitor::Start(const chat::v1::StartChat& start, ChatSocket&) {
  about_ = start;
  if (!contact_open() && opening_ == Opening::kNo) Open();
}

void Visitor::Say(const chat::v1::SayMessage& say, ChatSocket& from) {
  const bool known = std::any_of(says_.begin(), says_.end(), [&](const auto& unsent) {
    return unsent.client_id() == say.client_id();
  });
  if (known) return;
  if (says_.size() >= services_.config.limits.unsent_says_max) {
    return from.Refuse({"TOO_FAST", "Too much waits to be sent.", say.client_id(), kRetryAfter});
  }
  says_.push_back(say);
  SendNextSay();
}

void Visitor::Type(bool active) {
  if (!contact_open()) return;
  context::v1::Typing typing;
  typing.set_active(active);
  typing.mutable_author()->set_side(Author::SIDE_CUSTOMER);
  typing.mutable_author()->set_id(customer_id_);
  typing.mutable_author()->set_name(about_.name());
  services_.conversations.SetTyping(contact_id(), typing);
}

void Visitor::Mark(const chat::v1::ClientMark& mark) {
  if (contact_id().empty() || last_message_ == 0) return;
  context::v1::Mark reached;
  reached.set_side(Author::SIDE_CUSTOMER);
  reached.set_delivered_up_to(std::min(mark.delivered_up_to(), last_message_));
  reached.set_read_up_to(std::min(mark.read_up_to(), last_message_));
  services_.conversations.SetMark(contact_id(), reached);
}

void Visitor::End() { EndContact("The visitor ended the chat."); }

// -------------------------------------------------------------------------------------- opening

void Visitor::Open() {
  if (opening_ != Opening::kNo || site_ == nullptr) return;
  opening_ = Opening::kResolving;
  end_wanted_ = false;
  // A submit whose answer was never heard is asked again under the same name.
  if (external_id_.empty()) external_id_ = id_ + ":" + io::RandomId().substr(0, 16);
  request_id_ = io::RandomId();
  open_until_ = std::chrono::steady_clock::now() + services_.config.limits.resolve_limit;
  Resolve();
}

void Visitor::Resolve() {
  ResolveCustomerRequest request;
  request.set_request_id(io::RandomId());
  request.mutable_identity()->set_kind("chat");
  request.mutable_identity()->set_value(id_);
  request.mutable_identity()->set_verified(true);
  if (!about_.email().empty()) {
    context::v1::Identity& email = *request.add_also();
    email.set_kind("email");
    email.set_value(about_.email());
  }
  request.set_name(about_.name());
  request.set_language(language_);
  io::CallOptions options;
  options.token = services_.token();
  options.timeout = Duration{5'000};
  io::CallUnary<ResolveCustomerRequest, ResolveCustomerResponse>(
      services_.loop, options, std::move(request),
      [stub = &services_.road.Stub<context::v1::ContextService>()](auto* context, auto* req,
                                                                   auto* resp, auto finished) {
        stub->async()->ResolveCustomer(context, req, resp, std::move(finished));
      },
      Alive([this](Result<ResolveCustomerResponse> answer) {
        if (answer.ok()) return Resolved(answer->customer());
        // A claimed address that is none must not stand between a visitor and an agent.
        if (answer.error().code == Code::kInvalidArgument && !about_.email().empty()) {
          about_.clear_email();
          return Resolve();
        }
        const bool again = answer.error().code == Code::kUnavailable &&
                           std::chrono::steady_clock::now() < open_until_;
        if (!again) return OpeningFailed(answer.error());
        retry_.Start(Duration{300}, [this] { Resolve(); });
      }));
}

void Visitor::Resolved(const context::v1::Customer& customer) {
  customer_id_ = customer.id();
  if (contact_open()) {  // met again by an event meanwhile
    opening_ = Opening::kNo;
    return SendNextSay();
  }
  opening_ = Opening::kSubmitting;
  routing::v1::SubmitContactRequest request;
  request.set_request_id(request_id_);
  request.set_channel(type::v1::CHANNEL_CHAT);
  request.set_queue(site_->queue);
  request.set_external_id(external_id_);
  request.set_customer_id(customer_id_);
  request.set_subject(about_.subject().empty() ? site_->subject : about_.subject());
  auto& attributes = *request.mutable_attributes();
  attributes["site"] = site_->key;
  if (!page_.empty()) attributes["page"] = page_;
  if (!language_.empty()) attributes["language"] = language_;
  if (!about_.name().empty()) attributes["visitor_name"] = about_.name();
  services_.routing.Submit(std::move(request),
                           Alive([this](Result<routing::v1::ContactResult> result) {
                             if (!result.ok()) return OpeningFailed(result.error());
                             opening_ = Opening::kNo;
                             if (result->contact_id() != contact_id()) {
                               SetContact(result->contact_id());
                               SetPhase(ChatStatus::PHASE_WAITING);
                             }
                             if (std::exchange(end_wanted_, false))
                               EndContact("The visitor ended the chat.");
                             StartLeaving();
                             SendNextSay();
                           }));
}

// UNAVAILABLE may still have made a contact: then its events adopt it under its external id.
void Visitor::OpeningFailed(const Error& error) {
  opening_ = Opening::kNo;
  io::LogError(io::LogLevel::kWarning, "chat_not_opened", error, {{"visitor", id_}});
  if (contact_open()) return SendNextSay();
  const bool refused = error.code != Code::kUnavailable;
  if (says_.empty()) RefuseSays(error);  // a `start`: said once, to all pages
  for (; !says_.empty(); says_.pop_front()) RefuseSays(error);
  if (refused) external_id_.clear();
  status_.set_outcome(refused ? "refused" : "");
  SetPhase(refused ? ChatStatus::PHASE_ENDED : ChatStatus::PHASE_IDLE);
  MaybeIdle();
}

void Visitor::SetContact(const std::string& contact_id) {
  if (!this->contact_id().empty()) {
    services_.conversations.Unwatch(this->contact_id());
    hooks_.on_contact_dropped(this->contact_id());
  }
  const ChatStatus before = std::exchange(status_, ChatStatus());
  if (before.has_since()) *status_.mutable_since() = before.since();
  agent_id_.clear();
  last_message_ = 0;
  status_.set_contact_id(contact_id);
  hooks_.on_contact(*this, contact_id);
  if (pages_.empty()) return;
  services_.conversations.Watch(contact_id, 0);
  for (ChatSocket* page : pages_) page->Follow(contact_id, 0);
}

// --------------------------------------------------------------------------------------- saying

void Visitor::SendNextSay() {
  if (recording_ || says_.empty() || opening_ != Opening::kNo) return;
  if (!contact_open()) return Open();
  recording_ = true;
  Message message;
  message.set_contact_id(contact_id());
  message.set_client_id(says_.front().client_id());
  message.set_text(says_.front().text());
  message.mutable_author()->set_side(Author::SIDE_CUSTOMER);
  message.mutable_author()->set_id(customer_id_);
  message.mutable_author()->set_name(about_.name());
  services_.conversations.Append(std::move(message), Alive([this](Result<Message> appended) {
                                   recording_ = false;
                                   appended.ok() ? SayRecorded(*appended)
                                                 : SayFailed(appended.error());
                                   SendNextSay();
                                   MaybeIdle();
                                 }));
}

void Visitor::SayRecorded(const Message& message) {
  services_.metrics.messages_in.Increment();
  if (!says_.empty() && says_.front().client_id() == message.client_id()) says_.pop_front();
  if (message.contact_id() != contact_id()) return;
  for (ChatSocket* page : std::vector<ChatSocket*>(pages_)) page->OnMessage(message);
}

// What could not be recorded is the page's again, and so is all that was said after it: the order
// of the page is the order of the conversation.
void Visitor::SayFailed(const Error& error) {
  if (says_.empty()) return;
  if (error.code == Code::kFailedPrecondition && !contact_open()) return;  // goes to a new contact
  io::LogError(io::LogLevel::kWarning, "chat_message_not_recorded", error, {{"visitor", id_}});
  if (error.code != Code::kUnavailable) {
    RefuseSays(error);
    return says_.pop_front();
  }
  for (; !says_.empty(); says_.pop_front()) RefuseSays(error);
}

void Visitor::RefuseSays(const Error& error) {
  const bool again = error.code == Code::kUnavailable || error.code == Code::kResourceExhausted;
  for (ChatSocket* page : std::vector<ChatSocket*>(pages_)) {
    page->Refuse({again && error.code == Code::kUnavailable ? "UNAVAILABLE" : error.reason,
                  error.message, says_.empty() ? std::string() : says_.front().client_id(),
                  again ? std::optional(kRetryAfter) : std::nullopt});
  }
}

// --------------------------------------------------------------------------------------- ending

void Visitor::EndContact(const std::string& note) {
  if (opening_ != Opening::kNo) {
    end_wanted_ = true;
    return;
  }
  if (status_.phase() == ChatStatus::PHASE_WAITING) return AbandonContact(true);
  if (status_.phase() != ChatStatus::PHASE_ACTIVE) return MaybeIdle();
  SayAsSystem(note);
  CompleteContact(true);
}

// The agent may have accepted, or lost the contact, in this very moment: then the other verb fits.
void Visitor::AbandonContact(bool may_complete) {
  routing::v1::AbandonContactRequest request;
  request.set_contact_id(contact_id());
  services_.routing.Abandon(
      std::move(request), Alive([this, may_complete](Result<routing::v1::ContactResult> result) {
        if (result.ok() || !contact_open()) return;
        if (may_complete && result.error().code == Code::kFailedPrecondition) {
          return CompleteContact(false);
        }
        io::LogError(io::LogLevel::kWarning, "chat_not_ended", result.error(), {{"visitor", id_}});
        StartLeaving();
      }));
}

void Visitor::CompleteContact(bool may_abandon) {
  routing::v1::CompleteContactRequest request;
  request.set_contact_id(contact_id());
  services_.routing.Complete(
      std::move(request), Alive([this, may_abandon](Result<routing::v1::ContactResult> result) {
        if (result.ok() || !contact_open()) return;
        if (may_abandon && result.error().code == Code::kFailedPrecondition) {
          return AbandonContact(false);
        }
        io::LogError(io::LogLevel::kWarning, "chat_not_ended", result.error(), {{"visitor", id_}});
        StartLeaving();
      }));
}

void Visitor::SayAsSystem(const std::string& text) {
  Message message;
  message.set_contact_id(contact_id());
  message.set_client_id("system-" + io::RandomId());
  message.set_text(text);
  message.mutable_author()->set_side(Author::SIDE_SYSTEM);
  services_.conversations.Append(std::move(message), [](Result<Message> appended) {
    if (!appended.ok()) {
      io::LogError(io::LogLevel::kWarning, "chat_message_not_recorded", appended.error());
    }
  });
}

// ---------------------------------------------------------------------------- what the router says

void Visitor::Adopt(const Contact& contact) {
  const bool other = contact.id() != contact_id();
  if (other && contact_open() && contact.state() == Contact::STATE_WRAPPING) return;
  if (other) SetContact(contact.id());
  external_id_ = contact.external_id();
  if (!contact.customer_id().empty()) customer_id_ = contact.customer_id();
  const auto name = contact.attributes().find("visitor_name");
  if (about_.name().empty() && name != contact.attributes().end()) about_.set_name(name->second);
  status_.set_position(contact.position());
  status_.clear_estimated_wait();
  if (contact.has_estimated_wait()) *status_.mutable_estimated_wait() = contact.estimated_wait();
  switch (contact.state()) {
    case Contact::STATE_ASSIGNED:
    case Contact::STATE_HELD:
      Active(contact.agent());
      break;
    case Contact::STATE_WRAPPING:
      return Ended("completed");
    case Contact::STATE_CLOSED:
      return Ended(OutcomeWord(contact.outcome()));
    default:
      agent_id_.clear();
      status_.clear_agent_name();
      SetPhase(ChatStatus::PHASE_WAITING);
  }
  StartLeaving();
  SendNextSay();
}

void Visitor::ContactGone() {
  if (!contact_open()) return;
  GetContactRequest request;
  request.set_contact_id(contact_id());
  io::CallOptions options;
  options.token = services_.token();
  options.timeout = Duration{5'000};
  io::CallUnary<GetContactRequest, GetContactResponse>(
      services_.loop, options, std::move(request),
      [stub = &services_.road.Stub<routing::v1::RoutingService>()](auto* context, auto* req,
                                                                   auto* resp, auto finished) {
        stub->async()->GetContact(context, req, resp, std::move(finished));
      },
      Alive([this, gone = contact_id()](Result<GetContactResponse> answer) {
        if (gone != contact_id() || !contact_open()) return;
        Ended(answer.ok() ? OutcomeWord(answer->contact().outcome()) : std::string());
      }));
}

void Visitor::GoElsewhere() {
  leaving_.Cancel();
  for (ChatSocket* page : std::vector<ChatSocket*>(pages_)) {
    page->Close(io::CloseCode::kNormal, "TAKEN_OVER", {});
  }
  services_.conversations.Unwatch(contact_id());
  hooks_.on_contact_dropped(contact_id());
  says_.clear();  // the pages say them again, where they come back
  status_.Clear();
  status_.set_phase(ChatStatus::PHASE_IDLE);
  agent_id_.clear();
  external_id_.clear();
  last_message_ = 0;
  MaybeIdle();
}

void Visitor::OnEvent(const Event& event) {
  const bool moves = event.has_queued() || event.has_transferred() || event.has_assigned() ||
                     event.has_wrap_up_started() || event.has_closed();
  if (moves && event.has_at()) *status_.mutable_since() = event.at();
  switch (event.kind_case()) {
    case Event::kQueued:
      if (event.queued().has_contact()) return Adopt(event.queued().contact());
      return Waiting(event);
    case Event::kScheduled:
    case Event::kOverflowed:
    case Event::kTransferred:
      return Waiting(event);
    case Event::kAssigned:
      Active(event.agent_id());
      return SendNextSay();
    case Event::kWrapUpStarted:
      // After a transfer the giver wraps up too; the chat goes on with somebody else.
      if (status_.phase() == ChatStatus::PHASE_ACTIVE && event.agent_id() == agent_id_) {
        Ended("completed");
      }
      return;
    case Event::kClosed:
      return Ended(OutcomeWord(event.closed().outcome()));
    case Event::kPlace:
      if (status_.phase() != ChatStatus::PHASE_WAITING) return;
      status_.set_position(event.place().position());
      status_.clear_estimated_wait();
      if (event.place().has_estimated_wait()) {
        *status_.mutable_estimated_wait() = event.place().estimated_wait();
      }
      return TellStatus();
    default:
      return;
  }
}

void Visitor::Waiting(const Event&) {
  agent_id_.clear();
  status_.clear_agent_name();
  SetPhase(ChatStatus::PHASE_WAITING);
}

void Visitor::Active(const std::string& agent_id) {
  agent_id_ = agent_id;
  status_.clear_position();
  status_.clear_estimated_wait();
  services_.names.Find(agent_id, Alive([this, agent_id](const std::string& name) {
                         if (agent_id != agent_id_) return;  // passed on meanwhile
                         status_.set_agent_name(name);
                         SetPhase(ChatStatus::PHASE_ACTIVE);
                       }));
  if (status_.phase() == ChatStatus::PHASE_ACTIVE) return;
  // What is done meanwhile must know that the contact is with an agent; pages are told the name
  // too.
  status_.set_phase(ChatStatus::PHASE_ACTIVE);
}

void Visitor::Ended(const std::string& outcome) {
  if (status_.phase() == ChatStatus::PHASE_ENDED) return;
  leaving_.Cancel();
  agent_id_.clear();
  external_id_.clear();
  status_.clear_position();
  status_.clear_estimated_wait();
  status_.clear_agent_name();
  status_.set_outcome(outcome);
  SetPhase(ChatStatus::PHASE_ENDED);
  SendNextSay();
  MaybeIdle();
}

void Visitor::SetPhase(ChatStatus::Phase phase) {
  if (phase != ChatStatus::PHASE_ENDED) status_.clear_outcome();
  status_.set_phase(phase);
  TellStatus();
}

void Visitor::OnConversation(const context::v1::ConversationEvent& event) {
  if (event.has_message()) {
    last_message_ = std::max(last_message_, event.message().id());
    for (ChatSocket* page : std::vector<ChatSocket*>(pages_)) page->OnMessage(event.message());
    return;
  }
  ServerFrame frame;
  if (event.has_mark() && event.mark().side() == Author::SIDE_AGENT) {
    *frame.mutable_mark() = event.mark();
    Tell(frame);
  } else if (event.has_typing() && event.typing().author().side() == Author::SIDE_AGENT) {
    *frame.mutable_typing() = event.typing();
    frame.mutable_typing()->mutable_author()->clear_id();
    Tell(frame);
  }
}

void Visitor::OnConversationRefused(const Error& error) {
  io::LogError(io::LogLevel::kWarning, "chat_not_followed", error, {{"visitor", id_}});
}

void Visitor::TellStatus() {
  ServerFrame frame;
  *frame.mutable_status() = status_;
  Tell(frame);
}

void Visitor::Tell(const ServerFrame& frame) {
  for (ChatSocket* page : std::vector<ChatSocket*>(pages_)) page->Send(frame);
}

void Visitor::MaybeIdle() {
  if (idle()) hooks_.on_idle(id_);
}

}  // namespace usher::chat
