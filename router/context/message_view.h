// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "usher/context/v1/conversation.pb.h"

namespace usher::context {

// What one reader gets of a conversation. Who speaks with a customer gets nothing that is for
// colleagues only; the message after such ones says how many it was, so that a gap in the ids is
// told from a loss. Nor whom a mail was sent to besides without anybody's knowing.
class MessageView {
 public:
  MessageView(std::uint64_t after, bool with_internal)
      : position_(after), with_internal_(with_internal) {}

  // The next message, in the order of ids: its `hidden_before` for this reader, or nothing where
  // the reader does not get it.
  std::optional<std::uint32_t> Take(const v1::Message& message) {
    position_ = message.id();
    if (!message.internal() || with_internal_) return std::exchange(hidden_, 0);
    ++hidden_;
    return std::nullopt;
  }

  // Whether Trim changes it.
  bool Trims(const v1::Message& message) const {
    return !with_internal_ && message.mail().bcc_size() > 0;
  }
  // Takes out what this reader does not get of a message that it gets.
  void Trim(v1::Message& message) const {
    if (Trims(message)) message.mutable_mail()->clear_bcc();
  }

  // The last message that was taken, shown or not.
  std::uint64_t position() const { return position_; }
  bool with_internal() const { return with_internal_; }

 private:
  std::uint64_t position_;
  std::uint32_t hidden_ = 0;  // right before what comes next
  bool with_internal_;
};

}  // namespace usher::context
