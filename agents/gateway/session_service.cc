// SPDX-License-Identifier: Apache-2.0
#include "agents/gateway/session_service.h"

#include <deque>
#include <utility>

#include "agents/gateway/session.h"
#include "base/io/call_context.h"
#include "base/io/server_stream.h"

namespace usher::gateway {

namespace {

using agents::v1::SessionRequest;
using agents::v1::SessionResponse;
using Stream = io::ServerStream<SessionRequest, SessionResponse>;

// What goes out, kept between the session and the stream, whichever ends first.
struct Outbox {
  Stream* stream = nullptr;  // null when the stream has ended
  std::size_t bytes_max = 0;
  std::size_t bytes = 0;
  std::deque<SessionResponse> responses;
};

class StreamTransport final : public SessionTransport {
 public:
  explicit StreamTransport(std::shared_ptr<Outbox> outbox) : outbox_(std::move(outbox)) {}

  bool Send(const SessionResponse& response) override {
    if (!outbox_->stream) return true;  // over, which is not slowness
    const std::size_t bytes = response.ByteSizeLong();
    if (outbox_->bytes + bytes > outbox_->bytes_max) return false;
    outbox_->bytes += bytes;
    outbox_->responses.push_back(response);
    outbox_->stream->Wake();
    return true;
  }

  void Close(const std::string& reason) override {
    if (!outbox_->stream) return;
    if (reason == "TOO_SLOW") {
      outbox_->responses.clear();
      outbox_->stream->Abort({Code::kResourceExhausted, "TOO_SLOW", "the console reads too slowly",
                              "Open a new session."});
      return;
    }
    outbox_->stream->Finish({});
  }
  void Abort() override {
    if (outbox_->stream) outbox_->stream->Cancel();
  }

 private:
  std::shared_ptr<Outbox> outbox_;
};

class ConsoleStream final : public io::StreamHandler<SessionRequest, SessionResponse> {
 public:
  ConsoleStream(std::shared_ptr<Outbox> outbox, std::shared_ptr<Session> session,
                std::function<void(const std::shared_ptr<Session>&)> on_lost)
      : outbox_(std::move(outbox)), session_(std::move(session)), on_lost_(std::move(on_lost)) {}

  bool OnMessage(SessionRequest&& message) override {
    session_->OnRequest(std::move(message));
    return true;
  }
  void OnHalfClose() override {
    if (outbox_->stream) outbox_->stream->Finish({});
  }
  bool Fill(SessionResponse& message) override {
    if (outbox_->responses.empty()) return false;
    message = std::move(outbox_->responses.front());
    outbox_->responses.pop_front();
    outbox_->bytes -= std::min(outbox_->bytes, message.ByteSizeLong());
    return true;
  }
  void OnStalled() override { session_->OnStalled(); }
  void OnDone() override {
    outbox_->stream = nullptr;
    on_lost_(session_);
  }

 private:
  std::shared_ptr<Outbox> outbox_;
  std::shared_ptr<Session> session_;
  std::function<void(const std::shared_ptr<Session>&)> on_lost_;
};

}  // namespace

SessionService::SessionService(io::EventLoop& loop, const io::AccessGate& gate,
                               const GatewayConfig& config, Hooks hooks)
    : loop_(loop), gate_(gate), config_(config), hooks_(std::move(hooks)) {}

grpc::ServerBidiReactor<SessionRequest, SessionResponse>* SessionService::Session(
    grpc::CallbackServerContext* context) {
  return io::ServeStream<SessionRequest, SessionResponse>(
      loop_, *context, io::AuthorizeCall(gate_, kSessionMethod, *context),
      [this](const io::CallContext& call,
             Stream& stream) -> Result<std::unique_ptr<Stream::Handler>> {
        auto outbox = std::make_shared<Outbox>();
        outbox->stream = &stream;
        outbox->bytes_max = config_.limits.outbox_bytes_max;
        stream.SetStallLimit(2 * config_.heartbeat);
        stream.SetLastMessageTime(config_.last_message_time);
        auto session = hooks_.on_open(std::make_unique<StreamTransport>(outbox), call.claims);
        if (!session) {
          return Error{Code::kUnavailable, "SHUTTING_DOWN", "the gateway takes no sessions",
                       "Try again in a few seconds."};
        }
        return std::unique_ptr<Stream::Handler>(
            std::make_unique<ConsoleStream>(outbox, std::move(session), hooks_.on_lost));
      });
}

}  // namespace usher::gateway
