// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/id.h"
#include "base/io/event_loop.h"
#include "base/io/http_server.h"
#include "base/io/keys.h"
#include "base/io/leader_channel.h"
#include "base/io/metrics.h"
#include "base/result.h"
#include "channels/chat/chat_config.h"

namespace usher::chat {

// The channels' own keys: the one that signs visitors' tokens, and the public halves of it and of
// those that signed before it.
struct ChatKeys {
  io::KeyPair signing;
  io::PublicKeys verifying;
};

// The way to the router of one domain.
struct ChatRoute {
  DomainId domain;
  std::string adapter;  // the subject of its token; unique to the process, the same after a restart
  io::LeaderChannel& road;
  std::function<std::string()> token;  // a valid token of role adapter whenever it is asked
};

// The chat channel: the widget's script at /chat/v1/usher-chat.js, its socket at /chat/v1/socket
// (proto/usher/chat/v1/chat.proto), and the way from there to the router: each visitor's chat is
// one contact, what is said stands in the contact's conversation.
//
// It keeps nothing that matters: killed and started again it finds the open contacts at the router
// and goes on with the pages that come back with their tokens. They may as well come to another
// process that has the same keys: the chat goes on there.
//
//   auto adapter = ChatAdapter::Make(loop, http, routes, keys, metrics, config);
//   (*adapter)->Start();           // before or after http.Listen()
class ChatAdapter {
 public:
  // Mounts the routes; call it before `server` listens. One route for each domain of the sites, at
  // least one. Loop, server, roads and metrics must outlive the adapter. The error is that of a
  // folder that cannot be served, or BAD_CHAT_CONFIG.
  static Result<std::unique_ptr<ChatAdapter>> Make(io::EventLoop& loop, io::HttpServer& server,
                                                   const std::vector<ChatRoute>& routes,
                                                   const ChatKeys& keys, io::Metrics& metrics,
                                                   ChatConfig config);
  // Stops as by Stop(); waits for the loop's thread when on another.
  ~ChatAdapter();
  ChatAdapter(const ChatAdapter&) = delete;
  ChatAdapter& operator=(const ChatAdapter&) = delete;

  // Any thread. Connects to the router. Pages may say hello before; they are answered once the
  // router has told which contacts are open.
  void Start();
  // Any thread. Tells all pages to come back in two seconds and ends the streams. Contacts stay
  // open. New sockets are turned away.
  void Stop();

 private:
  struct State;
  explicit ChatAdapter(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace usher::chat
