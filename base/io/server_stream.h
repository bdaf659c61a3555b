// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include "base/io/arena_message.h"
#include "base/io/call_context.h"
#include "base/io/event_loop.h"
#include "base/io/grpc_status.h"
#include "base/result.h"

// Server streams whose every event happens on one EventLoop thread. gRPC's own threads do nothing
// but post, so handlers need no locks and see reads, writes and the end in order.
//
// Writing is by asking, not by pushing: state changes call Wake(), and when the connection can take
// a message, the handler's Fill() puts everything that has gathered into it. A slow peer therefore
// makes fewer and larger messages instead of a queue, and a handler that keeps only the newest
// state never sends the rest. A peer that leaves one message untaken for the stall limit is not
// there any more, whatever its connection says: it is cut.
//
//   class Session : public StreamHandler<ConnectRequest, ConnectResponse> { … };
//   grpc::ServerBidiReactor<ConnectRequest, ConnectResponse>* Connect(
//       grpc::CallbackServerContext* context) override {
//     return ServeStream<ConnectRequest, ConnectResponse>(
//         loop_, *context, AuthorizeCall(gate_, kConnect, *context),
//         [this](const CallContext& call, auto& stream) { return NewSession(call, stream); });
//   }
//
// The loop must run until GrpcServer::Shutdown has returned.

namespace usher::io {

// How long a peer may leave a message untaken before it is cut. One that is only slow takes each
// message in time, however far it is behind.
inline constexpr Duration kStallLimit{30'000};

// What stands behind a stream that the server only writes. Called on the loop's thread only.
template <class Resp>
class FeedHandler {
 public:
  virtual ~FeedHandler() = default;

  // Puts what there is to send into the empty `message`, within the peer's message limit, and
  // returns true; false when there is nothing. Called after Wake() and after every sent message.
  virtual bool Fill(Resp& message) = 0;

  // The peer has left a message untaken for the stall limit and is being cut; OnDone follows.
  virtual void OnStalled() {}

  // The call is over for any reason; the handler is destroyed right after, and the stream with it.
  virtual void OnDone() {}
};

// What stands behind a bidirectional stream. Called on the loop's thread only.
template <class Req, class Resp>
class StreamHandler : public FeedHandler<Resp> {
 public:
  // Returns true for the next message at once; false leaves the peer's messages in the network
  // until ReadNext().
  virtual bool OnMessage(Req&& message) = 0;

  // The peer sends no more: it has half-closed, or it is gone (then OnDone follows by itself). Most
  // handlers answer with stream.Finish({}).
  virtual void OnHalfClose() = 0;
};

// The half that bidirectional and server streams share. Loop thread only, but for the reactions.
template <class Reactor, class Resp, class Handler>
class ServerWriteSide
    : public Reactor,
      public std::enable_shared_from_this<ServerWriteSide<Reactor, Resp, Handler>> {
 public:
  // There is something to send. Cheap, and many calls in one turn of the loop make one Fill().
  void Wake() {
    if (wake_posted_ || finished_) return;
    wake_posted_ = true;
    loop_.Post([self = this->shared_from_this()] {
      self->wake_posted_ = false;
      self->Pump();
    });
  }

  // How long the peer may leave a message untaken before it is cut; kStallLimit until then.
  void SetStallLimit(Duration limit) { stall_limit_ = limit; }
  // The same for the message under way when Abort() is called; ten seconds until then.
  void SetLastMessageTime(Duration limit) { last_message_time_ = limit; }

  // Ends the call once Fill() has nothing more to give. The first result counts.
  void Finish(Result<void> result) {
    if (result_) return;
    result_ = std::move(result);
    Wake();
  }

  // Ends the call after the message under way, without asking Fill() again. A peer that does not
  // take that message in time sees CANCELLED instead of the error.
  void Abort(Error error) {
    aborted_ = true;
    if (writing_) cut_.Start(last_message_time_, [this] { Cancel(); });
    Finish(std::move(error));
  }

  // Ends the call without waiting for a peer that does not read; it sees CANCELLED.
  void Cancel() {
    if (!finished_) context_.TryCancel();
  }

  // True once Finish() was called or the peer is gone: nothing is read any more.
  bool closing() const { return result_.has_value() || cancelled_ || finished_; }

 protected:
  ServerWriteSide(EventLoop& loop, grpc::CallbackServerContext& context)
      : loop_(loop), context_(context), expiry_(loop), cut_(loop), stall_(loop) {}

  // Keeps the stream alive until OnDone and runs `start` as its first event on the loop.
  template <class Start>
  void Begin(Start start) {
    self_ = this->shared_from_this();
    loop_.Post([self = self_, start = std::move(start)]() mutable { start(); });
  }

  // Ends the call when its token does: the client comes back with a new one.
  void ExpireAfter(Duration valid_for) {
    if (valid_for > kTimedLifetimeMax) return;
    expiry_.Start(valid_for, [this] {
      Abort({Code::kUnauthenticated, "TOKEN_EXPIRED", "the stream's token has expired",
             "Open the stream again with a new token."});
    });
  }

  void TakeHandler(Result<std::unique_ptr<Handler>> made) {
    if (!made.ok()) {
      Finish(made.error());
      return;
    }
    handler_ = std::move(*made);
    USHER_CHECK(handler_ != nullptr, "a stream was made without a handler");
  }

  EventLoop& loop() { return loop_; }
  Handler* handler() { return handler_.get(); }

 private:
  void OnWriteDone(bool ok) final {
    loop_.Post([this, ok] {
      writing_ = false;
      if (!ok) cancelled_ = true;
      Pump();
    });
  }
  void OnCancel() final {
    loop_.Post([this] {
      cancelled_ = true;
      Pump();
    });
  }
  // The last reaction. The posted closure owns the stream, so that it is freed even by a loop that
  // never runs again.
  void OnDone() final {
    loop_.Post([self = std::move(self_)] {
      if (self->handler_) self->handler_->OnDone();
      self->handler_.reset();
      self->expiry_.Cancel();
      self->cut_.Cancel();
      self->stall_.Cancel();
    });
  }

  void Pump() {
    if (writing_ || finished_) return;
    if (!cancelled_ && !aborted_ && handler_) {
      if (handler_->Fill(out_.Renew())) {
        writing_ = true;
        writing_since_ = std::chrono::steady_clock::now();
        if (!stall_.pending()) WatchForStall(stall_limit_);
        this->StartWrite(&*out_);
        return;
      }
    }
    if (cancelled_ || result_) FinishNow();
  }

  // One timer that outlives many messages costs less than one for each.
  void WatchForStall(Duration after) {
    stall_.Start(after, [this] {
      if (!writing_ || finished_ || cancelled_) return;
      const auto waited =
          std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - writing_since_);
      if (waited < stall_limit_) return WatchForStall(stall_limit_ - waited);
      if (handler_) handler_->OnStalled();
      Cancel();
    });
  }

  // The context may be freed from here on.
  void FinishNow() {
    finished_ = true;
    if (cancelled_) {
      Reactor::Finish(grpc::Status(grpc::StatusCode::CANCELLED, "the call was cancelled"));
    } else if (result_->ok()) {
      Reactor::Finish(grpc::Status::OK);
    } else {
      AddErrorTrailers(context_, result_->error());
      Reactor::Finish(ToGrpcStatus(result_->error()));
    }
  }

  // A timer that would run for longer is not needed: no process lives so long.
  static constexpr Duration kTimedLifetimeMax{366LL * 24 * 3600 * 1000};

  EventLoop& loop_;
  grpc::CallbackServerContext& context_;
  Timer expiry_;
  Timer cut_;
  Timer stall_;
  Duration stall_limit_ = kStallLimit;
  Duration last_message_time_{10'000};
  std::chrono::steady_clock::time_point writing_since_;
  std::shared_ptr<ServerWriteSide> self_;
  std::unique_ptr<Handler> handler_;
  ArenaMessage<Resp> out_;
  bool writing_ = false;
  bool wake_posted_ = false;
  bool aborted_ = false;
  bool cancelled_ = false;
  bool finished_ = false;
  std::optional<Result<void>> result_;
};

// A bidirectional stream, owned by itself; the handler that its factory made may use it until its
// OnDone() has returned.
template <class Req, class Resp>
class ServerStream final
    : public ServerWriteSide<grpc::ServerBidiReactor<Req, Resp>, Resp, StreamHandler<Req, Resp>> {
 public:
  using Handler = StreamHandler<Req, Resp>;
  using Factory =
      std::function<Result<std::unique_ptr<Handler>>(const CallContext&, ServerStream&)>;

  // Asks for the next message after OnMessage() returned false. Harmless when one is asked for.
  void ReadNext() {
    if (in_message_) read_wanted_ = true;
    if (in_message_ || reading_ || half_closed_ || this->closing()) return;
    reading_ = true;
    this->StartRead(&in_.Renew());
  }

  static ServerStream* Start(EventLoop& loop, grpc::CallbackServerContext& context,
                             Result<CallContext> call, Factory factory) {
    std::shared_ptr<ServerStream> stream(new ServerStream(loop, context));
    stream->Begin([raw = stream.get(), call = std::move(call), factory = std::move(factory)] {
      if (!call.ok()) return raw->Finish(call.error());
      raw->ExpireAfter(call->valid_for);
      raw->TakeHandler(factory(*call, *raw));
      raw->ReadNext();
    });
    return stream.get();
  }

 private:
  ServerStream(EventLoop& loop, grpc::CallbackServerContext& context)
      : ServerStream::ServerWriteSide(loop, context) {}

  void OnReadDone(bool ok) override {
    this->loop().Post([this, ok] { Received(ok); });
  }

  void Received(bool ok) {
    reading_ = false;
    half_closed_ = !ok;
    if (this->closing()) return;
    if (!ok) return this->handler()->OnHalfClose();
    // A ReadNext() from within waits until the handler has let go of in_.
    in_message_ = true;
    const bool more = this->handler()->OnMessage(std::move(*in_));
    in_message_ = false;
    if (std::exchange(read_wanted_, false) || more) ReadNext();
  }

  ArenaMessage<Req> in_;
  bool reading_ = false;
  bool in_message_ = false;
  bool read_wanted_ = false;
  bool half_closed_ = false;
};

// A server stream: one request, many responses.
template <class Resp>
class ServerFeed final
    : public ServerWriteSide<grpc::ServerWriteReactor<Resp>, Resp, FeedHandler<Resp>> {
 public:
  using Handler = FeedHandler<Resp>;
  using Factory = std::function<Result<std::unique_ptr<Handler>>(const CallContext&, ServerFeed&)>;

  static ServerFeed* Start(EventLoop& loop, grpc::CallbackServerContext& context,
                           Result<CallContext> call, Factory factory) {
    std::shared_ptr<ServerFeed> feed(new ServerFeed(loop, context));
    feed->Begin([raw = feed.get(), call = std::move(call), factory = std::move(factory)] {
      if (!call.ok()) return raw->Finish(call.error());
      raw->ExpireAfter(call->valid_for);
      raw->TakeHandler(factory(*call, *raw));
      raw->Wake();
    });
    return feed.get();
  }

 private:
  ServerFeed(EventLoop& loop, grpc::CallbackServerContext& context)
      : ServerFeed::ServerWriteSide(loop, context) {}
};

// For the generated CallbackService's overrides; called on gRPC's threads. The call ends with
// TOKEN_EXPIRED when its token does. A refused call (`call`
// holds an Error) ends with that error and no handler is made. The factory runs on the loop; it may
// use the request of a feed, which lives as long as the call.
template <class Req, class Resp>
grpc::ServerBidiReactor<Req, Resp>* ServeStream(EventLoop& loop,
                                                grpc::CallbackServerContext& context,
                                                Result<CallContext> call,
                                                typename ServerStream<Req, Resp>::Factory factory) {
  return ServerStream<Req, Resp>::Start(loop, context, std::move(call), std::move(factory));
}

template <class Resp>
grpc::ServerWriteReactor<Resp>* ServeFeed(EventLoop& loop, grpc::CallbackServerContext& context,
                                          Result<CallContext> call,
                                          typename ServerFeed<Resp>::Factory factory) {
  return ServerFeed<Resp>::Start(loop, context, std::move(call), std::move(factory));
}

}  // namespace usher::io
