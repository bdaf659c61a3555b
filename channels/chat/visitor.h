// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/io/event_loop.h"
#include "channels/chat/chat_services.h"
#include "usher/chat/v1/chat.pb.h"
#include "usher/routing/v1/event.pb.h"

namespace usher::chat {

class ChatSocket;

// One visitor of one site: at most one open contact, the tabs that show it, and what was said but
// not yet recorded. Everything durable is the router's: after a restart the visitor is rebuilt from
// the open contact's external id (`<visitor>:<number>`) and the page's token.
//
// What is said goes to the conversation one by one, so that its order is the page's; the page
// learns that a say is safe when the message itself comes back.
//
// Loop thread only.
class Visitor : public std::enable_shared_from_this<Visitor> {
 public:
  struct Hooks {
    // The visitor's contact is this one from now on; events for it are wanted.
    std::function<void(Visitor&, const std::string& contact_id)> on_contact;
    std::function<void(const std::string& contact_id)> on_contact_dropped;
    // Nobody is there and nothing goes on: the visitor may be forgotten. Never from within one of
    // its functions that the owner called.
    std::function<void(const std::string& visitor_id)> on_idle;
  };

  Visitor(ChatServices& services, Hooks hooks, std::string id);
  ~Visitor();
  Visitor(const Visitor&) = delete;
  Visitor& operator=(const Visitor&) = delete;

  // A page said hello; it is welcomed and shown how the chat stands.
  void Join(ChatSocket& socket, const ChatSite& site, const chat::v1::ClientHello& hello);
  void Leave(ChatSocket& socket);

  // Frames of its pages, within their limits.
  void Start(const chat::v1::StartChat& start, ChatSocket& from);
  void Say(const chat::v1::SayMessage& say, ChatSocket& from);
  void Type(bool active);
  void Mark(const chat::v1::ClientMark& mark);
  void End();

  // The open contact as the router has it.
  void Adopt(const routing::v1::Contact& contact);
  // The contact is not among the open ones any more.
  void ContactGone();
  // The visitor came back at another process and took the chat there; what is here ends.
  void GoElsewhere();
  void OnEvent(const routing::v1::Event& event);
  void OnConversation(const context::v1::ConversationEvent& event);
  void OnConversationRefused(const Error& error);

  const std::string& id() const { return id_; }
  const std::string& contact_id() const { return status_.contact_id(); }
  const std::string& external_id() const { return external_id_; }
  bool contact_open() const;
  // A page of the visitor has been here.
  bool was_here() const { return site_ != nullptr; }
  std::size_t pages() const { return pages_.size(); }
  bool idle() const;
  // For the adapter's end: closes all pages.
  void ClosePages(const std::string& reason, Duration retry_after);

 private:
  enum class Opening { kNo, kResolving, kSubmitting };

  void Open();
  void Resolve();
  void Resolved(const context::v1::Customer& customer);
  void OpeningFailed(const Error& error);
  void SetContact(const std::string& contact_id);

  void SendNextSay();
  void SayRecorded(const context::v1::Message& message);
  void SayFailed(const Error& error);
  void RefuseSays(const Error& error);

  void EndContact(const std::string& note);
  void AbandonContact(bool may_complete);
  void CompleteContact(bool may_abandon);
  void SayAsSystem(const std::string& text);

  void Waiting(const routing::v1::Event& event);
  void Active(const std::string& agent_id);
  void Ended(const std::string& outcome);
  void SetPhase(chat::v1::ChatStatus::Phase phase);
  void TellStatus();
  void Tell(const chat::v1::ServerFrame& frame);
  void StartLeaving();
  void MaybeIdle();

  // Runs `fn` only while the visitor lives.
  template <class Fn>
  auto Alive(Fn fn) {
    return [weak = weak_from_this(), fn = std::move(fn)](auto&&... arguments) {
      if (const auto self = weak.lock()) fn(std::forward<decltype(arguments)>(arguments)...);
    };
  }

  ChatServices& services_;
  const Hooks hooks_;
  const std::string id_;
  const ChatSite* site_ = nullptr;  // none until a page said hello
  std::string page_;
  std::string language_;
  chat::v1::StartChat about_;  // what the visitor told
  std::string customer_id_;
  std::vector<ChatSocket*> pages_;

  chat::v1::ChatStatus status_;
  std::string agent_id_;
  std::string external_id_;  // of the contact that is open or being opened
  std::uint64_t last_message_ = 0;

  Opening opening_ = Opening::kNo;
  std::string request_id_;  // of the submit under way
  std::chrono::steady_clock::time_point open_until_{};
  bool end_wanted_ = false;
  std::deque<chat::v1::SayMessage> says_;  // not yet recorded
  bool recording_ = false;                 // the first of them is on its way

  io::Timer leaving_;
  io::Timer retry_;
};

// The part of an external id that names the visitor; empty when it is not one of ours.
std::string VisitorOfExternalId(const std::string& external_id);

}  // namespace usher::chat
