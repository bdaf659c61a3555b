// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

#include "base/result.h"

namespace usher::io {

// One reader's place in a conversation. Messages come to it live and, where the reader is behind,
// by pages (`Page` has `messages` in order and `more`); it passes each on once, in the order of ids
// without gaps but those that a message says it has right before it (`hidden_before`).
//
// Loop thread only. Destroying it, also from within a hook, drops a page under way.
template <class Message, class Page>
class ConversationCursor {
 public:
  using PageDone = std::function<void(Result<Page>)>;

  struct Hooks {
    // Reads the page after a message.
    std::function<void(std::uint64_t after_message, PageDone)> read{};
    std::function<void(const Message&)> deliver{};
    // Each page that was read, its messages delivered; for what else stands in it. Optional.
    std::function<void(const Page&)> on_page{};
    // A page could not be read. The next live message or CatchUp() tries again. Optional.
    std::function<void(const Error&)> on_failed{};
  };

  ConversationCursor(std::uint64_t after_message, Hooks hooks) : state_(std::make_shared<State>()) {
    state_->position = after_message;
    state_->hooks = std::move(hooks);
  }
  ~ConversationCursor() { state_->gone = true; }
  ConversationCursor(const ConversationCursor&) = delete;
  ConversationCursor& operator=(const ConversationCursor&) = delete;

  void OnLive(const Message& message) {
    const std::shared_ptr<State> state = state_;
    if (message.id() <= state->position) return;
    if (message.id() - message.hidden_before() > state->position + 1) return Read(state);
    Deliver(*state, message);
  }

  // Reads until nothing is missing.
  void CatchUp() { Read(state_); }

  std::uint64_t position() const { return state_->position; }
  bool reading() const { return state_->reading; }

 private:
  struct State {
    std::uint64_t position = 0;
    Hooks hooks;
    bool reading = false;
    bool again = false;
    bool gone = false;
  };

  static void Deliver(State& state, const Message& message) {
    state.position = message.id();
    state.hooks.deliver(message);
  }

  static void Read(const std::shared_ptr<State>& state) {
    if (state->reading) {
      state->again = true;
      return;
    }
    state->reading = true;
    state->again = false;
    state->hooks.read(state->position, [weak = std::weak_ptr(state)](Result<Page> page) {
      if (const auto alive = weak.lock()) Took(alive, page);
    });
  }

  static void Took(const std::shared_ptr<State>& state, const Result<Page>& page) {
    state->reading = false;
    if (!page.ok()) {
      if (state->hooks.on_failed) state->hooks.on_failed(page.error());
      return;
    }
    for (const auto& message : page->messages()) {
      if (state->gone) return;
      if (message.id() > state->position) Deliver(*state, message);
    }
    if (!state->gone && state->hooks.on_page) state->hooks.on_page(*page);
    // An empty page is the end, whatever it says of more.
    const bool more = state->again || (page->more() && page->messages_size() > 0);
    if (more && !state->gone) Read(state);
  }

  std::shared_ptr<State> state_;
};

}  // namespace usher::io
