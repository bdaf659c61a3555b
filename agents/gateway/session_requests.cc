// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <utility>

#include "agents/gateway/session.h"
#include "base/io/random_id.h"

// What a console may ask, and what becomes of it. An agent acts for itself only; the subject of its
// token stands in every command.

namespace usher::gateway {

namespace {

using agents::v1::AgentCommand;
using context::v1::Author;

constexpr std::size_t kClientIdBytesMax = 64;

Error NotYours(const std::string& contact_id) {
  return {Code::kPermissionDenied, "NOT_YOURS", "contact " + contact_id + " is not with you",
          "Only the agent who has a contact can do this."};
}

}  // namespace

void Session::Handle(Request&& request) {
  switch (request.request_case()) {
    case Request::kSignIn:
      return Act(request, &AgentCommand::mutable_sign_in, request.sign_in());
    case Request::kSignOut:
      return Act(request, &AgentCommand::mutable_sign_out, request.sign_out());
    case Request::kSetPresence:
      return Act(request, &AgentCommand::mutable_set_presence, request.set_presence());
    case Request::kAccept:
      return Act(request, &AgentCommand::mutable_accept, request.accept());
    case Request::kReject:
      return Act(request, &AgentCommand::mutable_reject, request.reject());
    case Request::kComplete:
      return Act(request, &AgentCommand::mutable_complete, request.complete());
    case Request::kEndWrapUp:
      return Act(request, &AgentCommand::mutable_end_wrap_up, request.end_wrap_up());
    case Request::kExtendWrapUp:
      return Act(request, &AgentCommand::mutable_extend_wrap_up, request.extend_wrap_up());
    case Request::kHold:
      return Act(request, &AgentCommand::mutable_hold, request.hold());
    case Request::kResume:
      return Act(request, &AgentCommand::mutable_resume, request.resume());
    case Request::kTransfer:
      return Act(request, &AgentCommand::mutable_transfer, request.transfer());
    case Request::kPull:
      return Act(request, &AgentCommand::mutable_pull, request.pull());
    case Request::kConsult:
      return Act(request, &AgentCommand::mutable_consult, request.consult());
    case Request::kControlCall:
      return ControlCall(request);
    case Request::kPlaceCall:
      return PlaceCall(request);
    case Request::kStartMail:
      return StartMail(request);
    case Request::kSendMessage:
    case Request::kSendTyping:
    case Request::kMarkRead:
      return HandleConversation(std::move(request));
    case Request::kWatchTimeline:
      return WatchTimeline(request);
    default:
      return AskRouter(request);
  }
}

Error Session::NotYourself() {
  return {Code::kPermissionDenied, "NOT_YOURSELF", "the request names another agent",
          "Leave agent_id empty."};
}

template <class Verb>
void Session::Act(const Request& request, Verb* (AgentCommand::*mutable_verb)(), Verb verb) {
  const bool other = !verb.agent_id().empty() && verb.agent_id() != agent_id();
  constexpr bool kMayNameOther = std::is_same_v<Verb, agents::v1::SetPresenceRequest>;
  if (other && !(kMayNameOther && supervisor())) return AnswerError(request, NotYourself());
  if (!other) verb.set_agent_id(agent_id());
  if (verb.request_id().empty()) verb.set_request_id(io::RandomId());
  AgentCommand command;
  *(command.*mutable_verb)() = std::move(verb);
  services_->router.Command(std::move(command),
                            Alive([this, request](Result<agents::v1::AgentResult> result) {
                              if (!result.ok()) return AnswerError(request, result.error());
                              AnswerContact(request, result->contact_id());
                            }));
}

// ----------------------------------------------------------------------------------- conversations

void Session::HandleConversation(Request&& request) {
  switch (request.request_case()) {
    case Request::kSendMessage:
      return SendMessage(request);
    case Request::kSendTyping:
      return SendTyping(request);
    default:
      return MarkRead(request);
  }
}

void Session::SendMessage(const Request& request) {
  const agents::v1::SendMessage& send = request.send_message();
  // Colleagues can be told something after the customer has left; the customer cannot.
  const std::string& contact = send.contact_id();
  if (!desk_ || !(send.internal() ? desk_->Has(contact) : desk_->MayTalk(contact))) {
    return AnswerError(request, NotYours(contact));
  }
  const bool says_nothing = send.text().empty() && send.attachments().empty() &&
                            send.mail().kind() != context::v1::MailHead::KIND_FORWARD;
  const GatewayLimits& limits = services_->config.limits;
  const std::size_t text_max = send.has_mail() ? limits.mail_text_bytes_max : limits.text_bytes_max;
  if (send.client_id().empty() || send.client_id().size() > kClientIdBytesMax || says_nothing ||
      send.text().size() > text_max) {
    return AnswerError(request, {Code::kInvalidArgument, "BAD_MESSAGE",
                                 "a message needs a client_id of at most 64 bytes, and a text of "
                                 "at most " +
                                     std::to_string(text_max >> 10) + " KiB or a file",
                                 "Send a longer text in parts, or as a file."});
  }
  context::v1::Message message;
  message.set_contact_id(send.contact_id());
  message.set_client_id(send.client_id());
  message.set_text(send.text());
  message.set_internal(send.internal());
  *message.mutable_attachments() = send.attachments();
  if (send.has_mail()) *message.mutable_mail() = send.mail();
  message.mutable_author()->set_side(Author::SIDE_AGENT);
  message.mutable_author()->set_id(agent_id());
  message.mutable_author()->set_name(desk_->name());
  services_->router.conversations().Append(
      std::move(message), Alive([this, request](Result<context::v1::Message> appended) {
        if (!appended.ok()) return AnswerError(request, appended.error());
        Response response;
        *response.mutable_sent() = *std::move(appended);
        Answer(request, std::move(response));
      }));
}

void Session::SendTyping(const Request& request) {
  const agents::v1::SendTyping& typing = request.send_typing();
  if (!desk_ || !desk_->MayTalk(typing.contact_id())) {
    return AnswerError(request, NotYours(typing.contact_id()));
  }
  context::v1::Typing told;
  told.set_active(typing.active());
  told.mutable_author()->set_side(Author::SIDE_AGENT);
  told.mutable_author()->set_id(agent_id());
  told.mutable_author()->set_name(desk_->name());
  services_->router.conversations().SetTyping(typing.contact_id(), told);
  AnswerDone(request);
}

void Session::MarkRead(const Request& request) {
  const agents::v1::MarkRead& read = request.mark_read();
  if (!desk_ || !desk_->Has(read.contact_id())) {
    return AnswerError(request, NotYours(read.contact_id()));
  }
  context::v1::Mark mark;
  mark.set_side(Author::SIDE_AGENT);
  mark.set_delivered_up_to(read.read_up_to());
  mark.set_read_up_to(read.read_up_to());
  services_->router.conversations().SetMark(read.contact_id(), mark);
  AnswerDone(request);
}

void Session::WatchTimeline(const Request& request) {
  const context::v1::WatchTimelineRequest& wanted = request.watch_timeline();
  watch_.reset();
  if (wanted.customer_id().empty()) return AnswerDone(request);
  watch_ = std::make_unique<TimelineWatch>(
      services_->loop, services_->router, acting(), wanted,
      TimelineWatch::Hooks{
          .on_begun =
              [this, request](const Result<void>& begun) {
                if (!begun.ok()) return AnswerError(request, begun.error());
                AnswerDone(request);
              },
          .on_news =
              [this, customer = wanted.customer_id()](context::v1::WatchTimelineResponse&& news) {
                Response response;
                response.mutable_timeline_news()->set_customer_id(customer);
                *response.mutable_timeline_news()->mutable_news() = std::move(news);
                Send(response);
              }});
}

}  // namespace usher::gateway
