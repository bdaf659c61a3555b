// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/io/clock.h"
#include "base/io/event_loop.h"
#include "base/io/leader_channel.h"
#include "channels/chat/agent_names.h"
#include "channels/chat/chat_adapter.h"
#include "channels/chat/chat_config.h"
#include "channels/chat/chat_metrics.h"
#include "channels/chat/chat_services.h"
#include "channels/chat/chat_socket.h"
#include "channels/chat/visitor.h"
#include "channels/chat/visitor_tokens.h"

namespace usher::chat {

// The chat of one domain: its streams to the router that leads it, its visitors, and whose contact
// is whose. A visitor whom this process does not know, with a token of ours, may have a chat that
// began at another process, or at this one before it was killed: the contact is claimed and goes on
// here. Loop thread only.
class ChatDomain {
 public:
  struct Shared {
    io::EventLoop& loop;
    const ChatConfig& config;
    ChatMetrics& metrics;
    std::size_t& visitors;  // of all domains
  };

  ChatDomain(const Shared& shared, const ChatRoute& route, ChatKeys keys);
  ~ChatDomain();
  ChatDomain(const ChatDomain&) = delete;
  ChatDomain& operator=(const ChatDomain&) = delete;

  void Start();
  void Stop();

  // The page is welcomed, or refused; now, or when the router has answered.
  void OnHello(ChatSocket& page, const ChatSite& site, const chat::v1::ClientHello& hello);
  // The page is gone.
  void Forget(ChatSocket& page);

  ChatServices& services() { return services_; }

 private:
  // A page whose welcome waits for the router.
  struct Waiting {
    const ChatSite* site;
    chat::v1::ClientHello hello;
  };

  channels::RoutingClient::Hooks RoutingHooks();
  channels::ConversationHooks ConversationHooks();

  void Wait(ChatSocket& page, const ChatSite& site, const chat::v1::ClientHello& hello);
  void Welcome(ChatSocket& page, const ChatSite& site, const chat::v1::ClientHello& hello);
  // Asks whether the visitor's chat is open at another process; pages wait for the answer.
  void FindElsewhere(const std::string& visitor_id);
  void Read(const std::string& visitor_id, const std::string& contact_id);
  void Sought(const std::string& visitor_id);
  void Join(ChatSocket& page, const ChatSite& site, const chat::v1::ClientHello& hello,
            const std::string& visitor_id);
  void GiveUp();

  Visitor* FindVisitor(const std::string& id);
  Visitor* GetVisitor(const std::string& id);  // null when there are too many
  void ForgetLater(const std::string& id);
  Visitor* FindByContact(const std::string& contact_id);
  Visitor* VisitorOf(const routing::v1::Contact& contact);

  void OnEvent(const routing::v1::Event& event);
  void OnClaimed(const routing::v1::Event& event);
  void OnSnapshot(const std::vector<routing::v1::Contact>& open);
  // Contacts of this process's former life whose visitors did not come back are lost.
  void Reconcile();

  io::EventLoop& loop_;
  const ChatConfig& config_;
  ChatMetrics& metrics_;
  std::size_t& visitors_of_all_;
  io::WallClock clock_;
  VisitorTokens tokens_;
  AgentNames names_;
  channels::RoutingClient routing_;
  std::unique_ptr<channels::ConversationClient> conversations_;
  ChatServices services_;

  bool ready_ = false;  // the open contacts are known
  io::Timer give_up_;
  io::Timer reconcile_;
  std::map<std::string, Visitor*> by_contact_;
  std::map<std::string, std::shared_ptr<Visitor>> visitors_;
  std::map<ChatSocket*, Waiting> waiting_;                 // hellos before the router has answered
  std::map<std::string, std::set<ChatSocket*>> seeking_;   // by visitor: pages among `waiting_`
  std::shared_ptr<void> alive_ = std::make_shared<int>();  // of what is posted and asked
};

}  // namespace usher::chat
