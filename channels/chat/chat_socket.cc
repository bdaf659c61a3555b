// SPDX-License-Identifier: Apache-2.0
#include "channels/chat/chat_socket.h"

#include <utility>

#include "base/io/client_call.h"
#include "base/io/log.h"
#include "base/io/message_json.h"
#include "base/io/proto_time.h"
#include "channels/chat/visitor.h"

namespace usher::chat {

namespace {

using chat::v1::ClientFrame;
using chat::v1::ServerFrame;
using context::v1::ListMessagesRequest;
using context::v1::ListMessagesResponse;

constexpr std::size_t kNameBytesMax = 64;
constexpr std::size_t kEmailBytesMax = 254;
constexpr std::size_t kSubjectBytesMax = 256;
constexpr std::size_t kClientIdBytesMax = 64;
constexpr std::size_t kPageBytesMax = 512;
constexpr std::size_t kLanguageBytesMax = 35;

bool HasText(const std::string& text) {
  return text.find_first_not_of(" \t\r\n") != std::string::npos;
}

}  // namespace

ChatSocket::ChatSocket(ChatServices& services, std::shared_ptr<io::WebSocket> socket, Source source,
                       OnHello on_hello)
    : services_(&services),
      socket_(std::move(socket)),
      source_(std::move(source)),
      on_hello_(std::move(on_hello)),
      frames_(services.config.limits.window),
      says_(services.config.limits.window),
      hello_timer_(services.loop) {
  hello_timer_.Start(services_->config.limits.hello_timeout, [this] {
    if (!said_hello_) Close(io::CloseCode::kPolicyViolation, "BAD_FRAME", {});
  });
}

ChatSocket::~ChatSocket() {
  if (visitor_) visitor_->Leave(*this);
}

void ChatSocket::OnStalled() {
  if (!std::exchange(closed_, true)) services_->metrics.CountRefusal("TOO_SLOW");
}

void ChatSocket::OnText(std::string_view text) {
  if (closed_) return;
  ClientFrame frame;
  if (!io::ParseMessageJson(text, frame).ok() || frame.frame_case() == ClientFrame::FRAME_NOT_SET) {
    Refuse({"BAD_FRAME", "The frame is no JSON of usher.chat.v1.ClientFrame."});
    return Close(io::CloseCode::kPolicyViolation, "BAD_FRAME", {});
  }
  if (WithinRate(frame)) OnFrame(frame);
}

bool ChatSocket::WithinRate(const ClientFrame& frame) {
  const ChatLimits& limits = services_->config.limits;
  const std::size_t frames = frames_.Count();
  if (frames > 2 * limits.frames_max) {
    Close(io::CloseCode::kPolicyViolation, "TOO_FAST", limits.window);
    return false;
  }
  const bool says_too_fast = frame.has_say() && says_.Count() > limits.says_max;
  if (!says_too_fast && frames <= limits.frames_max) return true;
  Refuse({"TOO_FAST", "Too much in a short time; wait a moment.", frame.say().client_id(),
          limits.window});
  return false;
}

void ChatSocket::OnFrame(const ClientFrame& frame) {
  if (frame.has_hello()) return Hello(frame.hello());
  if (!said_hello_) {
    Refuse({"BAD_FRAME", "The first frame must be a hello."});
    return Close(io::CloseCode::kPolicyViolation, "BAD_FRAME", {});
  }
  if (frame.has_ping()) {
    ServerFrame pong;
    pong.mutable_pong();
    return Send(pong);
  }
  if (!visitor_) {
    if (early_.size() < services_->config.limits.early_frames_max) return early_.push_back(frame);
    return Refuse({"TOO_FAST", "The chat is not open yet; wait a moment.", frame.say().client_id(),
                   services_->config.limits.window});
  }
  if (frame.has_start()) return Start(frame.start());
  if (frame.has_say()) return Say(frame.say());
  if (frame.has_typing()) return visitor_->Type(frame.typing().active());
  if (frame.has_mark()) return visitor_->Mark(frame.mark());
  visitor_->End();
}

void ChatSocket::HandleEarly() {
  for (const ClientFrame& frame : std::exchange(early_, {})) {
    if (!closed_) OnFrame(frame);
  }
}

void ChatSocket::Hello(const chat::v1::ClientHello& hello) {
  if (std::exchange(said_hello_, true)) {
    Refuse({"BAD_FRAME", "Hello was said already."});
    return Close(io::CloseCode::kPolicyViolation, "BAD_FRAME", {});
  }
  if (hello.page().size() > kPageBytesMax || hello.language().size() > kLanguageBytesMax) {
    Refuse({"TOO_LONG", "The page's address or language is too long."});
    return Close(io::CloseCode::kPolicyViolation, "BAD_FRAME", {});
  }
  hello_timer_.Cancel();
  on_hello_(*this, hello);
}

void ChatSocket::Start(const chat::v1::StartChat& start) {
  if (start.name().size() > kNameBytesMax || start.email().size() > kEmailBytesMax ||
      start.subject().size() > kSubjectBytesMax) {
    return Refuse({"TOO_LONG", "The name, the address or the subject is too long."});
  }
  visitor_->Start(start, *this);
}

void ChatSocket::Say(const chat::v1::SayMessage& say) {
  if (say.client_id().empty() || say.client_id().size() > kClientIdBytesMax) {
    return Refuse({"BAD_FRAME", "A say needs a client_id of at most 64 bytes."});
  }
  if (!HasText(say.text())) {
    return Refuse({"BAD_FRAME", "A say needs a text.", say.client_id()});
  }
  if (say.text().size() > services_->config.limits.text_bytes_max) {
    return Refuse({"TOO_LONG", "The text is too long; say it in parts.", say.client_id()});
  }
  visitor_->Say(say, *this);
}

// The first read begins one message early: a page that has shown more than there is has shown
// another contact's messages, and begins anew.
void ChatSocket::Follow(const std::string& contact_id, std::uint64_t after_message) {
  place_checked_ = after_message == 0;
  cursor_ = std::make_unique<Cursor>(
      after_message,
      Cursor::Hooks{.read =
                        [this, contact_id](std::uint64_t after, Cursor::PageDone done) {
                          ReadPage(contact_id, place_checked_ ? after : after - 1, std::move(done));
                        },
                    .deliver = [this](const context::v1::Message& message) { Deliver(message); },
                    .on_page =
                        [this, contact_id](const ListMessagesResponse& page) {
                          if (!std::exchange(place_checked_, true) && page.messages().empty()) {
                            Follow(std::string(contact_id), 0);
                            return CatchUp();
                          }
                          for (const context::v1::Mark& mark : page.marks()) {
                            if (mark.side() != context::v1::Author::SIDE_AGENT) continue;
                            ServerFrame frame;
                            *frame.mutable_mark() = mark;
                            Send(frame);
                          }
                        },
                    // The page says hello again after this, and then everything is tried anew.
                    .on_failed =
                        [this](const Error& error) {
                          io::LogError(io::LogLevel::kWarning, "chat_catch_up_failed", error);
                          Close(io::CloseCode::kTryAgainLater, "UNAVAILABLE", Duration{2'000});
                        }});
}

void ChatSocket::CatchUp() {
  if (cursor_) cursor_->CatchUp();
}

void ChatSocket::OnMessage(const context::v1::Message& message) {
  if (cursor_) cursor_->OnLive(message);
}

void ChatSocket::ReadPage(const std::string& contact_id, std::uint64_t after_message,
                          Cursor::PageDone done) {
  ListMessagesRequest request;
  request.set_contact_id(contact_id);
  request.set_after_message(after_message);
  io::CallOptions options;
  options.token = services_->token();
  options.timeout = Duration{10'000};
  options.wait_for_ready = true;
  io::CallUnary<ListMessagesRequest, ListMessagesResponse>(
      services_->loop, options, std::move(request),
      [stub = &services_->road.Stub<context::v1::ContextService>()](auto* context, auto* req,
                                                                    auto* resp, auto finished) {
        stub->async()->ListMessages(context, req, resp, std::move(finished));
      },
      std::move(done));
}

// Ids of customers and agents are of no use to a page.
void ChatSocket::Deliver(const context::v1::Message& message) {
  ServerFrame frame;
  *frame.mutable_message() = message;
  frame.mutable_message()->mutable_author()->clear_id();
  Send(frame);
  services_->metrics.messages_out.Increment();
}

void ChatSocket::Send(const ServerFrame& frame) {
  if (closed_) return;
  Result<std::string> json = io::ToMessageJson(frame);
  if (!json.ok()) return io::LogError(io::LogLevel::kError, "chat_frame_lost", json.error());
  if (socket_->Send(*std::move(json))) return;
  closed_ = true;
  if (!socket_->is_open()) return;
  services_->metrics.CountRefusal("TOO_SLOW");
  socket_->Close(io::CloseCode::kTryAgainLater, "TOO_SLOW");
}

void ChatSocket::Refuse(const Refusal& refusal) {
  services_->metrics.CountRefusal(refusal.reason);
  ServerFrame frame;
  chat::v1::ServerError& error = *frame.mutable_error();
  error.set_reason(refusal.reason);
  error.set_message(refusal.message);
  error.set_client_id(refusal.client_id);
  if (refusal.retry_after) *error.mutable_retry_after() = io::ToProto(*refusal.retry_after);
  Send(frame);
}

void ChatSocket::Close(io::CloseCode code, const std::string& reason,
                       std::optional<Duration> retry_after) {
  if (closed_) return;
  ServerFrame frame;
  frame.mutable_closing()->set_reason(reason);
  if (retry_after) *frame.mutable_closing()->mutable_retry_after() = io::ToProto(*retry_after);
  Send(frame);
  closed_ = true;
  hello_timer_.Cancel();
  socket_->Close(code, reason);
}

}  // namespace usher::chat
