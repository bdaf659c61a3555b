// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <utility>

#include <grpcpp/client_context.h>
#include <grpcpp/support/client_callback.h>

#include "base/io/client_call.h"
#include "base/io/event_loop.h"
#include "base/io/grpc_status.h"
#include "base/result.h"

// The client's end of the streams of server_stream.h: everything on one EventLoop thread, Wake()
// and Fill() for writing, OnMessage() for reading. The same over TCP and in-process channels;
// in-process a message counts as sent only when the server reads it. Reconnecting is the user's,
// with Backoff.

namespace usher::io {

// Loop thread only.
template <class Resp>
class ClientFeedHandler {
 public:
  virtual ~ClientFeedHandler() = default;

  // Returns true for the next message at once; false waits for ReadNext(). While no read is asked
  // for, the end of the call is not noticed either.
  virtual bool OnMessage(Resp&& message) = 0;

  // The call is over; the handler is destroyed right after, and the stream with it.
  virtual void OnDone(const Result<void>& result) = 0;
};

// Loop thread only.
template <class Req, class Resp>
class ClientStreamHandler : public ClientFeedHandler<Resp> {
 public:
  // Puts what there is to send into the empty `message` and returns true; false for nothing. Called
  // at the start, after Wake() and after every sent message.
  virtual bool Fill(Req& message) = 0;
};

// The half that both kinds share. Loop thread only, but for the reactions.
template <class Reactor, class Resp, class Handler>
class ClientReadSide : public Reactor,
                       public std::enable_shared_from_this<ClientReadSide<Reactor, Resp, Handler>> {
 public:
  void ReadNext() {
    if (in_message_) read_wanted_ = true;
    if (in_message_ || reading_ || over_) return;
    reading_ = true;
    this->StartRead(&in_);
  }

  // Ends the call; no more messages are delivered and OnDone() follows, mostly with RPC_CANCELLED.
  void Cancel() {
    cancelled_ = true;
    context_.TryCancel();
    ReadNext();  // a read that fails is how the end is noticed
  }

  // Ends the call and destroys the handler now, without OnDone(): for an owner that goes away. The
  // stream must not be used afterwards. Never from within the handler's own functions.
  void Abandon() {
    handler_.reset();
    Cancel();
  }

 protected:
  ClientReadSide(EventLoop& loop, std::unique_ptr<Handler> handler)
      : loop_(loop), work_(KeepRunning(loop)), handler_(std::move(handler)) {}

  // The hold keeps OnDone away while the loop's thread may still start an operation. A call that
  // was not `made` ends like any other, only without gRPC.
  void Begin(const Result<void>& made) {
    self_ = this->shared_from_this();
    if (!made.ok()) {
      over_ = released_ = true;
      return EndWith(made);
    }
    this->AddHold();
    reading_ = true;
    this->StartRead(&in_);
    Reactor::StartCall();
  }

  // Lets OnDone come once nothing more can be started.
  void ReleaseWhenOver() {
    if (!over_ || writing_ || released_) return;
    released_ = true;
    this->RemoveHold();
  }

  EventLoop& loop() { return loop_; }
  Handler* handler() { return handler_.get(); }
  grpc::ClientContext& context() { return context_; }
  bool cancelled() const { return cancelled_; }
  // True once the peer has ended the call; no operation may start.
  bool over() const { return over_; }
  bool writing() const { return writing_; }
  void set_writing(bool writing) { writing_ = writing; }

 private:
  void OnReadDone(bool ok) final {
    loop_.Post([this, ok] { Received(ok); });
  }
  // The last reaction.
  void OnDone(const grpc::Status& status) final {
    EndWith(status.ok() ? Result<void>() : Result<void>(FromGrpcStatus(status)));
  }

  // The posted closure owns the stream, so that it is freed even by a loop that never runs again.
  void EndWith(Result<void> result) {
    loop_.Post([self = std::move(self_), result = std::move(result)] {
      if (!self->handler_) return;
      self->handler_->OnDone(result);
      self->handler_.reset();
    });
  }

  void Received(bool ok) {
    reading_ = false;
    if (!ok) {
      over_ = true;
      return ReleaseWhenOver();
    }
    // A ReadNext() from within waits until the handler has let go of in_.
    in_message_ = true;
    const bool more = !cancelled_ && handler_->OnMessage(std::move(in_));
    in_message_ = false;
    if (std::exchange(read_wanted_, false) || more || cancelled_) ReadNext();
  }

  EventLoop& loop_;
  std::shared_ptr<void> work_;
  grpc::ClientContext context_;
  std::shared_ptr<ClientReadSide> self_;
  std::unique_ptr<Handler> handler_;
  Resp in_;
  bool reading_ = false;
  bool in_message_ = false;
  bool read_wanted_ = false;
  bool writing_ = false;
  bool cancelled_ = false;
  bool over_ = false;
  bool released_ = false;
};

// A bidirectional stream, owned by itself; usable until its handler's OnDone() has returned or
// Abandon() was called.
//
//   auto* stream = ClientStream<Req, Resp>::Open(loop, options, std::move(handler),
//       [&](auto* context, auto* reactor) { stub.async()->Connect(context, reactor); });
template <class Req, class Resp>
class ClientStream final : public ClientReadSide<grpc::ClientBidiReactor<Req, Resp>, Resp,
                                                 ClientStreamHandler<Req, Resp>> {
 public:
  using Handler = ClientStreamHandler<Req, Resp>;

  // On the loop's thread. No handler function is called before Open() returns.
  template <class Start>
  static ClientStream* Open(EventLoop& loop, const CallOptions& options,
                            std::unique_ptr<Handler> handler, Start start) {
    std::shared_ptr<ClientStream> stream(new ClientStream(loop, std::move(handler)));
    stream->Begin(StartCall(options, stream->context(), [&] {
      start(&stream->context(), static_cast<grpc::ClientBidiReactor<Req, Resp>*>(stream.get()));
    }));
    stream->Wake();
    return stream.get();
  }

  // There is something to send. Many calls in one turn of the loop make one Fill().
  void Wake() {
    if (wake_posted_) return;
    wake_posted_ = true;
    this->loop().Post([self = this->shared_from_this(), this] {
      wake_posted_ = false;
      Pump();
    });
  }

  // Sends no more once Fill() has nothing to give; reading goes on.
  void HalfClose() {
    half_close_wanted_ = true;
    Wake();
  }

 private:
  ClientStream(EventLoop& loop, std::unique_ptr<Handler> handler)
      : ClientStream::ClientReadSide(loop, std::move(handler)) {}

  void OnWriteDone(bool ok) override {
    this->loop().Post([this, ok] {
      this->set_writing(false);
      if (!ok) write_failed_ = true;
      Pump();
    });
  }

  void Pump() {
    if (this->writing()) return;
    if (this->over()) return this->ReleaseWhenOver();
    if (half_closed_ || write_failed_ || this->cancelled()) return;
    out_.Clear();
    if (this->handler()->Fill(out_)) {
      this->set_writing(true);
      this->StartWrite(&out_);
    } else if (half_close_wanted_) {
      half_closed_ = true;
      this->StartWritesDone();
    }
  }

  Req out_;
  bool wake_posted_ = false;
  bool write_failed_ = false;
  bool half_close_wanted_ = false;
  bool half_closed_ = false;
};

// A server stream read by a client: one request, many responses.
template <class Resp>
class ClientFeed final
    : public ClientReadSide<grpc::ClientReadReactor<Resp>, Resp, ClientFeedHandler<Resp>> {
 public:
  using Handler = ClientFeedHandler<Resp>;

  // On the loop's thread. `start` gets (context, reactor) and starts the generated async call with
  // a request that must live until Open() has returned: gRPC reads it only then.
  template <class Start>
  static ClientFeed* Open(EventLoop& loop, const CallOptions& options,
                          std::unique_ptr<Handler> handler, Start start) {
    std::shared_ptr<ClientFeed> feed(new ClientFeed(loop, std::move(handler)));
    feed->Begin(StartCall(options, feed->context(), [&] {
      start(&feed->context(), static_cast<grpc::ClientReadReactor<Resp>*>(feed.get()));
    }));
    return feed.get();
  }

 private:
  ClientFeed(EventLoop& loop, std::unique_ptr<Handler> handler)
      : ClientFeed::ClientReadSide(loop, std::move(handler)) {}
};

}  // namespace usher::io
