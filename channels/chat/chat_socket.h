// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/io/conversation_cursor.h"
#include "base/io/event_loop.h"
#include "base/io/rate_window.h"
#include "base/io/websocket.h"
#include "channels/chat/chat_services.h"
#include "usher/chat/v1/chat.pb.h"

namespace usher::chat {

class Visitor;

// One page's socket: reads and checks its frames, keeps within the limits, and holds its place in
// the conversation. Until hello it belongs to nobody. Loop thread only.
class ChatSocket {
 public:
  // Where the page is from, out of the handshake.
  struct Source {
    std::string origin;      // empty: no browser
    bool same_host = false;  // a page of this server
  };
  // A valid hello has come; the owner answers with Welcome or Refuse, now or later.
  using OnHello = std::function<void(ChatSocket&, const chat::v1::ClientHello&)>;

  ChatSocket(ChatServices& services, std::shared_ptr<io::WebSocket> socket, Source source,
             OnHello on_hello);
  ~ChatSocket();
  ChatSocket(const ChatSocket&) = delete;
  ChatSocket& operator=(const ChatSocket&) = delete;

  void OnText(std::string_view text);
  // The page has left a message untaken for too long; the socket is cut.
  void OnStalled();

  // Its hello said whose it is.
  void Use(ChatServices& services) { services_ = &services; }
  // From now on its frames are the visitor's.
  void Attach(Visitor& visitor) { visitor_ = &visitor; }
  // What came between hello and welcome.
  void HandleEarly();
  void Detach() { visitor_ = nullptr; }
  Visitor* visitor() { return visitor_; }
  const Source& source() const { return source_; }
  bool open() const { return !closed_ && socket_->is_open(); }

  // Shows the conversation from the message after this one on.
  void Follow(const std::string& contact_id, std::uint64_t after_message);
  // Reads what the page has missed, and the agent's marks.
  void CatchUp();
  void OnMessage(const context::v1::Message& message);

  void Send(const chat::v1::ServerFrame& frame);
  struct Refusal {
    std::string reason;
    std::string message;
    std::string client_id{};
    std::optional<Duration> retry_after{};
  };
  void Refuse(const Refusal& refusal);
  // Says why, then closes.
  void Close(io::CloseCode code, const std::string& reason, std::optional<Duration> retry_after);

 private:
  using Cursor = io::ConversationCursor<context::v1::Message, context::v1::ListMessagesResponse>;

  void OnFrame(const chat::v1::ClientFrame& frame);
  void Hello(const chat::v1::ClientHello& hello);
  void Say(const chat::v1::SayMessage& say);
  void Start(const chat::v1::StartChat& start);
  bool WithinRate(const chat::v1::ClientFrame& frame);
  void ReadPage(const std::string& contact_id, std::uint64_t after_message, Cursor::PageDone done);
  void Deliver(const context::v1::Message& message);

  ChatServices* services_;
  std::shared_ptr<io::WebSocket> socket_;
  const Source source_;
  const OnHello on_hello_;
  Visitor* visitor_ = nullptr;
  std::unique_ptr<Cursor> cursor_;
  bool place_checked_ = true;
  std::vector<chat::v1::ClientFrame> early_;
  io::RateWindow frames_;
  io::RateWindow says_;
  io::Timer hello_timer_;
  bool said_hello_ = false;
  bool closed_ = false;
};

}  // namespace usher::chat
