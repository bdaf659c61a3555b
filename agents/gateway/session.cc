// SPDX-License-Identifier: Apache-2.0
#include "agents/gateway/session.h"

#include <algorithm>
#include <utility>

#include "base/io/log.h"
#include "base/io/proto_time.h"
#include "base/io/random_id.h"

namespace usher::gateway {

using agents::v1::SessionError;
using agents::v1::SessionResponse;
using context::v1::Author;
using context::v1::ListMessagesRequest;
using context::v1::ListMessagesResponse;

SessionError ToSessionError(const Error& error) {
  SessionError proto;
  proto.set_code(static_cast<std::uint32_t>(error.code));
  proto.set_message(error.message);
  proto.mutable_detail()->set_reason(error.reason);
  proto.mutable_detail()->set_next_step(error.next_step);
  return proto;
}

Session::Session(GatewayServices& services, std::unique_ptr<SessionTransport> transport,
                 std::optional<io::Claims> claims)
    : services_(&services),
      transport_(std::move(transport)),
      claims_(std::move(claims)),
      id_("s" + io::RandomId()),
      requests_(services.config.limits.window),
      frames_(services.config.limits.window),
      heard_at_(std::chrono::steady_clock::now()),
      hello_timer_(services.loop),
      heartbeat_timer_(services.loop),
      expiry_timer_(services.loop),
      delivered_timer_(services.loop),
      held_timer_(services.loop) {
  hello_timer_.Start(services_->config.hello_timeout, [this] { Close("BAD_REQUEST"); });
}

Session::~Session() = default;

// --------------------------------------------------------------------------------- what it hears

void Session::OnBadRequest(const Error& error) {
  if (closed_) return;
  SessionResponse response;
  *response.mutable_error() = ToSessionError(error);
  Send(response);
  Close("BAD_REQUEST");
}

void Session::OnStalled() {
  if (std::exchange(closed_, true)) return;
  services_->metrics.CountClosing("TOO_SLOW");
}

void Session::OnRequest(Request&& request) {
  if (closed_) return;
  heard_at_ = std::chrono::steady_clock::now();
  if (frames_.Count() > services_->config.limits.frames_max) {
    return Close("TOO_FAST", services_->config.limits.window);
  }
  if (!said_hello_) return Hello(request);
  if (request.has_ping()) {
    SessionResponse response;
    response.set_tag(request.tag());
    *response.mutable_pong()->mutable_server_time() = io::ToProto(services_->gate.Now());
    return Send(response);
  }
  if (request.has_hello() || request.request_case() == Request::REQUEST_NOT_SET) {
    return OnBadRequest({Code::kInvalidArgument, "BAD_REQUEST",
                         "the request holds nothing, or a second hello",
                         "Send one request of usher.agents.v1.SessionRequest a frame."});
  }
  ++open_requests_;
  if (requests_.Count() > services_->config.limits.requests_max ||
      open_requests_ > services_->config.limits.requests_open_max) {
    return AnswerError(
        request, {Code::kResourceExhausted, "TOO_FAST", "the session asks too much in a short time",
                  "Wait a few seconds."});
  }
  if (!desk_shown_) return Hold(std::move(request));
  Handle(std::move(request));
}

// Rights depend on the desk, so nothing is decided before it is known. The bound is that of open
// requests.
void Session::Hold(Request&& request) {
  held_.push_back(std::move(request));
  if (held_timer_.pending()) return;
  held_timer_.Start(services_->config.request_timeout, [this] {
    for (const Request& held : std::exchange(held_, {})) {
      AnswerError(held, {Code::kUnavailable, "ROUTER_UNREACHABLE", "the router does not answer",
                         "Try again in a few seconds."});
    }
  });
}

void Session::Hello(const Request& request) {
  if (!request.has_hello()) {
    return OnBadRequest({Code::kFailedPrecondition, "HELLO_MISSING",
                         "the first request must be a hello", "Say hello with a token."});
  }
  hello_ = request.hello();
  hello_tag_ = request.tag();
  if (!claims_) {
    Result<io::Claims> claims = services_->gate.Admit(
        kSessionMethod, hello_.token().empty() ? std::string() : "Bearer " + hello_.token());
    hello_.clear_token();
    if (!claims.ok()) return RefuseHello(claims.error(), {});
    claims_ = *std::move(claims);
  }
  GatewayServices* of_domain = services_->find_domain(claims_->domain);
  if (of_domain == nullptr) {
    return RefuseHello(
        {Code::kPermissionDenied, "OTHER_DOMAIN", "this gateway does not serve the token's domain",
         "Sign in at the gateway of that domain."},
        {});
  }
  services_ = of_domain;
  said_hello_ = true;
  io::Log(
      io::LogLevel::kInfo, "session_opened",
      {{"session", id_}, {"subject", claims_->subject}, {"client", hello_.client().substr(0, 64)}});
  services_->on_hello(*this);
}

void Session::RefuseHello(const Error& error, std::optional<Duration> retry_after) {
  if (closed_) return;
  SessionResponse response;
  response.set_tag(hello_tag_);
  *response.mutable_error() = ToSessionError(error);
  Send(response);
  Close(error.reason, retry_after);
}

void Session::StartTimers() {
  hello_timer_.Cancel();
  CheckHeartbeat();
  const Duration left = claims_->expires_at - services_->gate.Now();
  expiry_timer_.Start(std::max(left, Duration{0}), [this] { Close("TOKEN_EXPIRED"); });
}

void Session::CheckHeartbeat() {
  const auto silent =
      std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - heard_at_);
  const Duration left = 3 * services_->config.heartbeat - silent;
  if (left <= Duration{0}) {
    io::Log(io::LogLevel::kInfo, "session_silent", {{"session", id_}});
    services_->metrics.CountClosing("SILENT");
    closed_ = true;
    return transport_->Abort();
  }
  heartbeat_timer_.Start(left, [this] { CheckHeartbeat(); });
}

// ----------------------------------------------------------------------------------- what it says

void Session::Welcome(const agents::v1::Vocabulary& vocabulary, bool resumed) {
  if (closed_) return;
  welcomed_ = true;
  StartTimers();
  SessionResponse response;
  response.set_tag(hello_tag_);
  agents::v1::SessionWelcome& welcome = *response.mutable_welcome();
  welcome.set_subject(claims_->subject);
  welcome.set_role(std::string(io::ToText(claims_->role)));
  welcome.set_domain(claims_->domain.value());
  welcome.set_session_id(id_);
  welcome.set_resumed(resumed);
  *welcome.mutable_heartbeat() = io::ToProto(services_->config.heartbeat);
  *welcome.mutable_grace() = vocabulary.disconnect_grace();
  *welcome.mutable_server_time() = io::ToProto(services_->gate.Now());
  *welcome.mutable_vocabulary() = vocabulary;
  Send(response);
}

void Session::ShowDesk(const agents::v1::Desk& desk) {
  shown_up_to_ = desk.sequence();
  SessionResponse response;
  response.set_sequence(desk.sequence());
  *response.mutable_desk() = desk;
  Send(response);
  services_->metrics.events.Increment();
  DeskShown();
}

void Session::DeskShown() {
  desk_shown_ = true;
  held_timer_.Cancel();
  for (Request& request : std::exchange(held_, {})) {
    if (!closed_) Handle(std::move(request));
  }
}

// The number of a commit is said with its last event, so that a console that comes back after it
// misses none of them.
void Session::ShowEvents(const std::vector<routing::v1::Event>& events, std::uint64_t told_whole) {
  for (std::size_t i = 0; i < events.size(); ++i) {
    const routing::v1::Event& event = events[i];
    if (event.sequence() != 0 && event.sequence() <= shown_up_to_) continue;
    const bool more = event.sequence() > told_whole ||
                      (i + 1 < events.size() && events[i + 1].sequence() == event.sequence());
    SessionResponse response;
    if (event.sequence() != 0) response.set_sequence(event.sequence() - (more ? 1 : 0));
    *response.mutable_event() = event;
    Send(response);
    services_->metrics.events.Increment();
    if (event.sequence() != 0 && !more) shown_up_to_ = event.sequence();
  }
}

void Session::ShowHint(const routing::v1::Event& hint) {
  SessionResponse response;
  *response.mutable_event() = hint;
  Send(response);
  services_->metrics.events.Increment();
}

void Session::FollowConversation(const std::string& contact_id) {
  const auto followed = conversations_.find(contact_id);
  if (followed != conversations_.end()) return followed->second->CatchUp();
  auto cursor = std::make_unique<Cursor>(
      0, Cursor::Hooks{.read =
                           [this, contact_id](std::uint64_t after, Cursor::PageDone done) {
                             ListMessagesRequest query;
                             query.set_contact_id(contact_id);
                             query.set_after_message(after);
                             query.set_with_internal(true);
                             services_->router.Call<ListMessagesResponse>(
                                 acting(), std::move(query),
                                 [stub = &services_->router.Stub<context::v1::ContextService>()](
                                     auto* context, auto* req, auto* resp, auto finished) {
                                   stub->async()->ListMessages(context, req, resp,
                                                               std::move(finished));
                                 },
                                 std::move(done));
                           },
                       .deliver =
                           [this, contact_id](const context::v1::Message& message) {
                             SessionResponse response;
                             response.mutable_conversation()->set_contact_id(contact_id);
                             *response.mutable_conversation()->mutable_message() = message;
                             Send(response);
                             MarkDelivered(contact_id, message);
                           },
                       .on_page =
                           [this, contact_id](const ListMessagesResponse& page) {
                             for (const context::v1::Mark& mark : page.marks()) {
                               SessionResponse response;
                               response.mutable_conversation()->set_contact_id(contact_id);
                               *response.mutable_conversation()->mutable_mark() = mark;
                               Send(response);
                             }
                           },
                       .on_failed =
                           [this](const Error& error) {
                             io::LogError(io::LogLevel::kWarning, "conversation_not_read", error,
                                          {{"session", id_}});
                           }});
  Cursor* reader = cursor.get();
  conversations_[contact_id] = std::move(cursor);
  reader->CatchUp();
}

void Session::LeaveConversation(const std::string& contact_id) {
  conversations_.erase(contact_id);
  delivered_.erase(contact_id);
}

void Session::ShowConversation(const context::v1::ConversationEvent& event) {
  const auto followed = conversations_.find(event.contact_id());
  if (followed == conversations_.end()) return;
  if (event.has_message()) return followed->second->OnLive(event.message());
  SessionResponse response;
  *response.mutable_conversation() = event;
  Send(response);
}

// Several messages at once make one mark.
void Session::MarkDelivered(const std::string& contact_id, const context::v1::Message& message) {
  if (message.author().side() != Author::SIDE_CUSTOMER) return;
  delivered_[contact_id] = message.id();
  if (delivered_timer_.pending()) return;
  delivered_timer_.Start(Duration{200}, [this] {
    for (const auto& [reached, message_id] : std::exchange(delivered_, {})) {
      context::v1::Mark mark;
      mark.set_side(Author::SIDE_AGENT);
      mark.set_delivered_up_to(message_id);
      services_->router.conversations().SetMark(reached, mark);
    }
  });
}

void Session::Answer(const Request& request, Response response) {
  --open_requests_;
  const auto* field = Request::descriptor()->FindFieldByNumber(request.request_case());
  services_->metrics.CountRequest(field->name(),
                                  response.has_error() ? response.error().detail().reason() : "ok");
  if (request.tag() == 0) return;
  response.set_tag(request.tag());
  Send(response);
}

void Session::AnswerDone(const Request& request) {
  Response response;
  response.mutable_done();
  Answer(request, std::move(response));
}

void Session::AnswerError(const Request& request, const Error& error) {
  Response response;
  *response.mutable_error() = ToSessionError(error);
  Answer(request, std::move(response));
}

void Session::Send(const Response& response) {
  if (closed_) return;
  if (transport_->Send(response)) return;
  closed_ = true;
  services_->metrics.CountClosing("TOO_SLOW");
  transport_->Close("TOO_SLOW");
}

void Session::Close(const std::string& reason, std::optional<Duration> retry_after) {
  if (closed_) return;
  SessionResponse response;
  response.mutable_closing()->set_reason(reason);
  if (retry_after) *response.mutable_closing()->mutable_retry_after() = io::ToProto(*retry_after);
  Send(response);
  if (closed_) return;
  closed_ = true;
  hello_timer_.Cancel();
  heartbeat_timer_.Cancel();
  expiry_timer_.Cancel();
  if (watch_) watch_->Stop();
  services_->metrics.CountClosing(reason);
  io::Log(io::LogLevel::kInfo, "session_closed", {{"session", id_}, {"reason", reason}});
  transport_->Close(reason);
}

}  // namespace usher::gateway
