// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/io/backoff.h"
#include "base/io/client_call.h"
#include "base/io/client_stream.h"
#include "base/io/event_loop.h"
#include "base/io/log.h"
#include "base/result.h"
#include "base/time.h"

namespace usher::io {

inline CallOptions WithToken(std::string token) {
  CallOptions options;
  options.token = std::move(token);
  return options;
}

// The client's end of the contract's main road: one bidirectional stream that carries many tagged
// commands to the router, each answered by one result, and events back. It fits every method whose
// request has `repeated commands` with a `tag` and whose response has `repeated results` with
// `tag`, `code`, `reason` and `message` (RouteContacts, ServeAgents, Converse).
//
// What gathers while a message is being sent goes into the next one. The stream is opened again,
// with growing pauses, whenever it ends; commands that were not answered by then are sent again, in
// their order, so each must be idempotent (a request id, a client id). A command that the router
// answers with UNAVAILABLE is sent again a little later. Every command has a time limit, after
// which its sender is told UNAVAILABLE and nothing more is sent of it.
//
//   CommandStream<RouteContactsRequest, RouteContactsResponse> stream(loop, {.name = "routing"},
//       {.start = [&](auto* context, auto* reactor) { stub.async()->RouteContacts(…); }, …});
//   stream.Start();
//   stream.Send(command, [](Result<ContactResult> result) { … });
//
// Loop thread only. Results come before the events of the same message. Hooks may call Send; they
// must not call Stop or destroy the stream.
template <class Req, class Resp>
class CommandStream {
 public:
  using Command = std::decay_t<decltype(std::declval<const Req&>().commands(0))>;
  using Answer = std::decay_t<decltype(std::declval<const Resp&>().results(0))>;
  using Done = std::function<void(Result<Answer>)>;

  struct Options {
    std::string name{};  // for the log
    // Unanswered; more are refused RESOURCE_EXHAUSTED.
    std::size_t commands_max = 50'000;
    std::size_t command_bytes_max = 64 << 20;
    std::size_t batch_commands_max = 512;     // of one message
    std::size_t batch_bytes_max = 512 << 10;  // of one message, far below gRPC's 4 MiB
    Duration answer_timeout{30'000};          // of a command, unless it has its own
    Duration retry_pause{200};                // after an UNAVAILABLE answer
    Backoff::Limits backoff{};                // between attempts to connect
    std::uint64_t seed = 1;                   // of the backoff
  };

  struct Hooks {
    // Starts the generated async call.
    std::function<void(grpc::ClientContext*, grpc::ClientBidiReactor<Req, Resp>*)> start{};
    // The call's token, asked for each time that the stream is opened.
    std::function<CallOptions()> options{};
    // Puts the hello into the first message of a stream. Optional.
    std::function<void(Req&)> hello{};
    // Adds to a message what is no command; whether there was anything. Optional; see Wake.
    std::function<bool(Req&)> fill{};
    // A new stream: what must be said again before the unanswered commands, by Send. Optional.
    std::function<void()> on_open{};
    // Every message of the peer, its results already dealt with.
    std::function<void(Resp&&)> on_message{};
    // The stream ended and will be opened again. Optional.
    std::function<void(const Error&)> on_lost{};
  };

  struct SendOptions {
    std::optional<Duration> timeout{};  // instead of answer_timeout
    // False: fails with UNAVAILABLE when the stream is lost, for what on_open says anew and for
    // hints that are stale by then.
    bool again = true;
  };

  CommandStream(EventLoop& loop, Options options, Hooks hooks)
      : loop_(loop),
        options_(std::move(options)),
        hooks_(std::move(hooks)),
        backoff_(options_.backoff, options_.seed),
        reconnect_(loop),
        sweep_(loop),
        retry_(loop) {}
  ~CommandStream() { Stop(); }
  CommandStream(const CommandStream&) = delete;
  CommandStream& operator=(const CommandStream&) = delete;

  void Start() {
    if (running_) return;
    running_ = true;
    Open();
  }

  // Ends the stream; commands that are not answered are dropped unanswered.
  void Stop() {
    running_ = false;
    open_ = false;
    reconnect_.Cancel();
    sweep_.Cancel();
    retry_.Cancel();
    pending_.clear();
    postponed_.clear();
    pending_bytes_ = 0;
    alive_ = std::make_shared<int>();
    if (stream_) std::exchange(stream_, nullptr)->Abandon();
  }

  // `done` may be empty; it is never called from within Send.
  void Send(Command command, Done done, SendOptions send = {}) {
    const std::size_t bytes = command.ByteSizeLong();
    if (unanswered() >= options_.commands_max ||
        pending_bytes_ + bytes > options_.command_bytes_max) {
      return Later(std::move(done),
                   {Code::kResourceExhausted, "TOO_MANY_COMMANDS",
                    "stream " + options_.name + " has too many unanswered commands",
                    "Try again in a second."});
    }
    if (!send.again && !open_) {
      return Later(std::move(done), Unreachable());
    }
    pending_bytes_ += bytes;
    Add({std::move(command), std::move(done),
         Now() + send.timeout.value_or(options_.answer_timeout), send.again, bytes});
    StartSweep();
  }

  // There is something for the hook `fill`.
  void Wake() {
    if (stream_) stream_->Wake();
  }
  // Tells `done` the error, not from within the call.
  void Refuse(Done done, Error error) { Later(std::move(done), std::move(error)); }

  // True while the peer has answered on the present stream.
  bool connected() const { return connected_; }
  std::size_t unanswered() const { return pending_.size() + postponed_.size(); }

 private:
  using Stream = ClientStream<Req, Resp>;
  using Steady = std::chrono::steady_clock::time_point;

  struct Pending {
    Command command;
    Done done;
    Steady expires;
    bool again = true;
    std::size_t bytes = 0;
  };

  class Handler final : public ClientStreamHandler<Req, Resp> {
   public:
    explicit Handler(CommandStream& owner) : owner_(owner) {}
    bool Fill(Req& message) override { return owner_.Fill(message); }
    bool OnMessage(Resp&& message) override {
      owner_.Received(std::move(message));
      return true;
    }
    void OnDone(const Result<void>& result) override { owner_.Lost(result); }

   private:
    CommandStream& owner_;
  };

  static Steady Now() { return std::chrono::steady_clock::now(); }

  Error Unreachable() const {
    return {Code::kUnavailable, "ROUTER_UNREACHABLE", "the router does not answer",
            "Try again in a few seconds."};
  }

  void Later(Done done, Error error) {
    if (!done) return;
    loop_.Post(
        [alive = std::weak_ptr<void>(alive_), done = std::move(done), error = std::move(error)] {
          if (!alive.expired()) done(error);
        });
  }

  void Add(Pending pending) {
    pending.command.set_tag(++last_tag_);
    pending_.emplace(last_tag_, std::move(pending));
    if (stream_ && open_) stream_->Wake();
  }

  void Open() {
    connected_ = false;
    hello_due_ = static_cast<bool>(hooks_.hello);
    opened_at_ = Now();
    // Everything unanswered gets new tags behind what on_open says.
    std::map<std::uint64_t, Pending> unanswered = std::exchange(pending_, {});
    next_unsent_ = last_tag_ + 1;
    stream_ = Stream::Open(loop_, hooks_.options ? hooks_.options() : CallOptions{},
                           std::make_unique<Handler>(*this), hooks_.start);
    open_ = true;
    if (hooks_.on_open) hooks_.on_open();
    for (auto& [tag, pending] : unanswered) Add(std::move(pending));
    stream_->Wake();
  }

  bool Fill(Req& message) {
    const bool hello = std::exchange(hello_due_, false);
    if (hello) hooks_.hello(message);
    std::size_t bytes = 0;
    auto next = pending_.lower_bound(next_unsent_);
    for (; next != pending_.end(); ++next) {
      bytes += next->second.command.ByteSizeLong();
      const auto count = static_cast<std::size_t>(message.commands_size());
      if (count >= options_.batch_commands_max || (count > 0 && bytes > options_.batch_bytes_max)) {
        break;
      }
      *message.add_commands() = next->second.command;
      next_unsent_ = next->first + 1;
    }
    const bool more = hooks_.fill && hooks_.fill(message);
    return hello || more || message.commands_size() > 0;
  }

  void Received(Resp&& message) {
    if (!connected_) {
      connected_ = true;
      backoff_.Reset();
      Log(LogLevel::kInfo, "stream_connected", {{"stream", options_.name}});
    }
    for (Answer& answer : *message.mutable_results()) Answered(std::move(answer));
    if (hooks_.on_message) hooks_.on_message(std::move(message));
  }

  void Answered(Answer answer) {
    const auto found = pending_.find(answer.tag());
    if (found == pending_.end()) return;  // its time had run out
    Pending pending = std::move(found->second);
    pending_.erase(found);
    if (answer.code() == static_cast<std::uint32_t>(Code::kUnavailable) && pending.again) {
      return Postpone(std::move(pending));
    }
    pending_bytes_ -= pending.bytes;
    if (!pending.done) return;
    if (answer.code() == 0) return pending.done(std::move(answer));
    pending.done(ToError(answer));
  }

  static Error ToError(const Answer& answer) {
    return {static_cast<Code>(answer.code()), answer.reason(), answer.message(), {}};
  }

  void Postpone(Pending pending) {
    postponed_.push_back(std::move(pending));
    if (retry_.pending()) return;
    retry_.Start(options_.retry_pause, [this] {
      for (Pending& again : std::exchange(postponed_, {})) Add(std::move(again));
    });
  }

  void Lost(const Result<void>& result) {
    stream_ = nullptr;
    open_ = false;
    connected_ = false;
    if (!running_) return;
    if (Now() - opened_at_ > std::chrono::seconds(10)) backoff_.Reset();
    const Error error = result.ok() ? Unreachable() : result.error();
    const Duration pause = backoff_.Next();
    LogError(LogLevel::kWarning, "stream_lost", error,
             {{"stream", options_.name}, {"retry_ms", pause.count()}});
    FailThoseNotSentAgain();
    if (hooks_.on_lost) hooks_.on_lost(error);
    reconnect_.Start(pause, [this] { Open(); });
  }

  void FailThoseNotSentAgain() {
    for (auto it = pending_.begin(); it != pending_.end();) {
      if (it->second.again) {
        ++it;
        continue;
      }
      GiveUp(it->second);
      it = pending_.erase(it);
    }
  }

  void GiveUp(Pending& pending) {
    pending_bytes_ -= pending.bytes;
    Later(std::move(pending.done), Unreachable());
  }

  // Times are limits for people who wait, not measures: looking twice a second is enough.
  void StartSweep() {
    if (sweep_.pending()) return;
    sweep_.Start(Duration{500}, [this] {
      const Steady now = Now();
      for (auto it = pending_.begin(); it != pending_.end();) {
        if (it->second.expires > now) {
          ++it;
          continue;
        }
        GiveUp(it->second);
        it = pending_.erase(it);
      }
      std::erase_if(postponed_, [&](Pending& pending) {
        if (pending.expires > now) return false;
        GiveUp(pending);
        return true;
      });
      if (!pending_.empty() || !postponed_.empty()) StartSweep();
    });
  }

  EventLoop& loop_;
  const Options options_;
  const Hooks hooks_;
  Backoff backoff_;
  Timer reconnect_;
  Timer sweep_;
  Timer retry_;

  Stream* stream_ = nullptr;  // its own owner; null between attempts
  bool running_ = false;
  bool open_ = false;
  bool connected_ = false;
  bool hello_due_ = false;
  Steady opened_at_{};
  std::uint64_t last_tag_ = 0;
  std::uint64_t next_unsent_ = 1;
  std::map<std::uint64_t, Pending> pending_;               // by tag, which is the order of sending
  std::vector<Pending> postponed_;                         // answered UNAVAILABLE, to be sent again
  std::size_t pending_bytes_ = 0;                          // of the commands of both
  std::shared_ptr<void> alive_ = std::make_shared<int>();  // of those who wait for an answer
};

}  // namespace usher::io
