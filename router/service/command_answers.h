// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <google/protobuf/repeated_ptr_field.h>

#include "base/io/call_context.h"
#include "router/runtime/domain_runtime.h"
#include "router/service/commands.h"
#include "router/service/intake.h"
#include "router/service/refusals.h"

namespace usher::service {

// The commands of one stream on their way to the store and back: decides each, turns its answer
// into a result with the command's tag, and says when the peer has sent enough for now. `Wire` is
// the stream's result message. Loop thread.
template <class Wire>
class CommandAnswers {
 public:
  // Commands of one stream that wait for the store, and answers that wait to be read; beyond it the
  // peer is not read, so that one who sends and never reads fills nothing but its own connection.
  static constexpr std::size_t kUnansweredMax = 20'000;
  static constexpr std::size_t kPerMessage = 2'000;
  // Of one message of the peer; CheckCount refuses more.
  static constexpr int kCommandsPerMessageMax = 10'000;

  // Adds to a result what the answer says beyond success and reason.
  using Note = std::function<void(const runtime::Answer&, Wire&)>;

  // `told` when there are results to send; `room` when a peer that was not read may be read again.
  // `note` is for all results.
  struct Hooks {
    std::function<void()> told;
    std::function<void()> room;
    Note note;
  };

  CommandAnswers(Intake& intake, io::Claims caller, Hooks hooks)
      : line_(intake), caller_(std::move(caller)), hooks_(std::move(hooks)) {}

  // `note` is for this result.
  template <class Request>
  void Decide(std::uint64_t tag, const Request& request, Note note = {}) {
    Result<engine::Command> command = ToCommand(caller_, request);
    if (!command.ok()) return Answer(tag, command.error());
    runtime::Request to_decide;
    to_decide.command = *std::move(command);
    if (auto set = SetRequestId(caller_, request.request_id(), request, to_decide); !set.ok()) {
      return Answer(tag, set.error());
    }
    to_decide.done = Await(tag, std::move(note));
    line_.Execute(std::move(to_decide), ArrivalOf(caller_, request));
  }

  // For what is done elsewhere and answered later: counts as under way until the returned function
  // is called, once; after the stream's end it does nothing.
  std::function<void(Result<runtime::Answer>)> Await(std::uint64_t tag, Note note = {}) {
    ++under_way_;
    return [this, tag, note = std::move(note),
            alive = std::weak_ptr(alive_)](const Result<runtime::Answer>& answer) {
      if (alive.expired()) return;
      --under_way_;
      Answer(tag, answer, note);
    };
  }

  // For what needs no decision, and for commands that say nothing to do.
  void Answer(std::uint64_t tag, const Result<runtime::Answer>& answer, const Note& note = {}) {
    Wire& result = results_.emplace_back();
    result.set_tag(tag);
    std::optional<Error> error;
    if (!answer.ok()) {
      error = answer.error();
    } else {
      result.set_repeated_command(answer->outcome.repeated);
      if (hooks_.note) hooks_.note(*answer, result);
      if (note) note(*answer, result);
      if (!answer->outcome.ok()) error = ToError(answer->outcome);
    }
    if (error) {
      result.set_code(static_cast<std::uint32_t>(error->code));
      result.set_reason(error->reason);
      result.set_message(error->message + "; " + error->next_step);
    }
    hooks_.told();
    MaybeReadOn();
  }

  void AnswerMissingCommand(std::uint64_t tag) {
    Answer(tag, Error{Code::kInvalidArgument, "MISSING_COMMAND", "the command says nothing to do",
                      "set one of its fields"});
  }

  // Before each message's commands are run. INVALID_ARGUMENT/TOO_MANY_COMMANDS.
  static Result<void> CheckCount(int commands) {
    if (commands <= kCommandsPerMessageMax) return {};
    return Error{Code::kInvalidArgument, "TOO_MANY_COMMANDS",
                 "the message has " + std::to_string(commands) + " commands",
                 "send at most " + std::to_string(kCommandsPerMessageMax) + " in one message"};
  }

  // After each message: whether the next may be read. `room` follows a no.
  bool MayReadOn() {
    paused_ = unanswered() >= kUnansweredMax;
    return !paused_;
  }

  void Fill(google::protobuf::RepeatedPtrField<Wire>& out) {
    const std::size_t count = std::min(results_.size(), kPerMessage);
    for (std::size_t i = 0; i < count; ++i) *out.Add() = std::move(results_[i]);
    results_.erase(results_.begin(), results_.begin() + static_cast<std::ptrdiff_t>(count));
    MaybeReadOn();
  }

  std::size_t unanswered() const { return under_way_ + results_.size(); }

 private:
  void MaybeReadOn() {
    if (!paused_ || unanswered() >= kUnansweredMax / 2) return;
    paused_ = false;
    hooks_.room();
  }

  IntakeLine line_;
  const io::Claims caller_;
  const Hooks hooks_;
  std::size_t under_way_ = 0;
  bool paused_ = false;
  std::vector<Wire> results_;
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

}  // namespace usher::service
