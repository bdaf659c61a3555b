// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/io/command_stream.h"
#include "base/io/event_loop.h"
#include "base/result.h"

namespace usher::io {

// Conversations over one `ContextService.Converse` stream, for whoever stands between people and
// the router: what is followed is followed again after a loss, from the last message that came, so
// that messages come once each and in the order of their ids. A template on the method's own
// messages, so that base needs no contract to compile:
//
//   using ConversationClient = io::ConversationStream<ConverseRequest, ConverseResponse>;
//
// Loop thread only. Hooks may call everything but Stop and must not destroy the stream.
template <class Req, class Resp>
class ConversationStream {
 public:
  using Commands = CommandStream<Req, Resp>;
  using Command = typename Commands::Command;
  using Answer = typename Commands::Answer;
  using Event = std::decay_t<decltype(std::declval<const Resp&>().events(0))>;
  using Message = std::decay_t<decltype(std::declval<const Event&>().message())>;
  using Mark = std::decay_t<decltype(std::declval<const Event&>().mark())>;
  using Typing = std::decay_t<decltype(std::declval<const Event&>().typing())>;

  static constexpr std::size_t kUnsaidMax = 20'000;  // messages; a text of 8 KiB, a mail's of 64

  struct Hooks {
    std::function<void(grpc::ClientContext*, grpc::ClientBidiReactor<Req, Resp>*)> start{};
    std::function<CallOptions()> options{};
    // Events of followed conversations.
    std::function<void(const Event&)> on_event{};
    // The router does not let this conversation be followed; it is followed no longer.
    std::function<void(const std::string& contact_id, const Error&)> on_refused{};
    // Also messages for colleagues only: for what is shown to agents alone.
    bool with_internal = false;
    // As of CommandStream. Optional.
    std::function<void(const Error&)> on_lost{};
  };

  ConversationStream(EventLoop& loop, typename Commands::Options options, Hooks hooks)
      : hooks_(std::move(hooks)),
        follow_again_(loop),
        commands_(loop, std::move(options),
                  {.start = hooks_.start,
                   .options = hooks_.options,
                   .hello = {},
                   .on_open = [this] { FollowAll(); },
                   .on_message = [this](Resp&& message) { Received(message); },
                   .on_lost = hooks_.on_lost}) {}

  void Start() { commands_.Start(); }
  void Stop() {
    follow_again_.Cancel();
    commands_.Stop();
    unsaid_.clear();
    unsaid_count_ = 0;
  }

  // Events of the conversation from the message after `after_message` on. Again is harmless.
  void Watch(const std::string& contact_id, std::uint64_t after_message) {
    const auto [followed, is_new] = followed_.try_emplace(contact_id, after_message);
    if (is_new) Follow(contact_id, followed->second);
  }

  void Unwatch(const std::string& contact_id) {
    if (followed_.erase(contact_id) == 0) return;
    Command command;
    command.set_unwatch(contact_id);
    commands_.Send(std::move(command), {}, {.timeout = {}, .again = false});
  }

  bool watches(const std::string& contact_id) const { return followed_.contains(contact_id); }

  // Sent again until answered; `client_id` makes that harmless. The message comes back as it
  // stands, with its id. Appends to one conversation go one by one, so that none overtakes another
  // that has to be sent again. RESOURCE_EXHAUSTED when kUnsaidMax wait already.
  void Append(Message message, std::function<void(Result<Message>)> done) {
    if (unsaid_count_ >= kUnsaidMax) {
      return commands_.Refuse(
          [done = std::move(done)](Result<Answer> answer) {
            if (done) done(answer.error());
          },
          {Code::kResourceExhausted, "TOO_MANY_MESSAGES", "too many messages wait to be recorded",
           "Try again in a few seconds."});
    }
    ++unsaid_count_;
    std::deque<Unsaid>& waiting = unsaid_[message.contact_id()];
    waiting.push_back({std::move(message), std::move(done)});
    if (waiting.size() == 1) SendFirst(waiting.front().message.contact_id());
  }

  void SetMark(const std::string& contact_id, const Mark& mark) {
    Command command;
    command.mutable_mark()->set_contact_id(contact_id);
    *command.mutable_mark()->mutable_mark() = mark;
    commands_.Send(std::move(command), {});
  }

  // A hint: lost when the router cannot be reached.
  void SetTyping(const std::string& contact_id, const Typing& typing) {
    Command command;
    command.mutable_typing()->set_contact_id(contact_id);
    *command.mutable_typing()->mutable_typing() = typing;
    commands_.Send(std::move(command), {}, {.timeout = {}, .again = false});
  }

 private:
  struct Unsaid {
    Message message;
    std::function<void(Result<Message>)> done;
  };

  void SendFirst(std::string contact_id) {
    Command command;
    *command.mutable_append() = unsaid_[contact_id].front().message;
    commands_.Send(std::move(command), [this, contact_id](Result<Answer> answer) {
      const auto waiting = unsaid_.find(contact_id);
      const Unsaid said = std::move(waiting->second.front());
      waiting->second.pop_front();
      --unsaid_count_;
      if (waiting->second.empty()) {
        unsaid_.erase(waiting);
      } else {
        SendFirst(contact_id);
      }
      if (!said.done) return;
      if (!answer.ok()) return said.done(answer.error());
      said.done(std::move(*answer->mutable_appended()));
    });
  }

  void FollowAll() {
    for (const auto& [contact_id, last] : followed_) Follow(contact_id, last);
  }

  void Follow(const std::string& contact_id, std::uint64_t after_message) {
    Command command;
    command.mutable_watch()->set_contact_id(contact_id);
    command.mutable_watch()->set_after_message(after_message);
    command.mutable_watch()->set_with_internal(hooks_.with_internal);
    commands_.Send(std::move(command),
                   [this, contact_id](Result<Answer> answer) {
                     if (!answer.ok()) Refused(contact_id, answer.error());
                   },
                   {.timeout = {}, .again = false});
  }

  // A stream that was lost, or a router that is not ready, is asked again by FollowAll or here.
  void Refused(const std::string& contact_id, const Error& error) {
    const auto followed = followed_.find(contact_id);
    if (followed == followed_.end()) return;
    if (error.code == Code::kUnavailable || error.code == Code::kResourceExhausted) {
      return FollowLater(contact_id);
    }
    followed_.erase(followed);
    if (hooks_.on_refused) hooks_.on_refused(contact_id, error);
  }

  void FollowLater(const std::string& contact_id) {
    if (!commands_.connected()) return;  // FollowAll comes with the next stream
    refused_.push_back(contact_id);
    if (follow_again_.pending()) return;
    follow_again_.Start(Duration{500}, [this] {
      for (const std::string& again : std::exchange(refused_, {})) {
        const auto followed = followed_.find(again);
        if (followed != followed_.end()) Follow(again, followed->second);
      }
    });
  }

  void Received(const Resp& message) {
    for (const Event& event : message.events()) {
      const auto followed = followed_.find(event.contact_id());
      if (followed == followed_.end()) continue;  // told before the unwatch arrived
      if (event.has_message() && !IsNext(followed->second, event)) continue;
      hooks_.on_event(event);
    }
  }

  // Drops what came before; asks again where something is missing.
  bool IsNext(std::uint64_t& last, const Event& event) {
    if (event.message().id() <= last) return false;
    if (event.message().id() - event.message().hidden_before() > last + 1) {
      Follow(event.contact_id(), last);
      return false;
    }
    last = event.message().id();
    return true;
  }

  const Hooks hooks_;
  std::map<std::string, std::uint64_t> followed_;  // contact id to its last message that came
  std::vector<std::string> refused_;
  std::map<std::string, std::deque<Unsaid>> unsaid_;  // by contact; the first is on its way
  std::size_t unsaid_count_ = 0;
  Timer follow_again_;
  Commands commands_;
};

}  // namespace usher::io
