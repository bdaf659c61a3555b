// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "base/io/event_loop.h"
#include "base/io/leader_channel.h"
#include "channels/chat/agent_names.h"
#include "channels/chat/chat_config.h"
#include "channels/chat/chat_metrics.h"
#include "channels/chat/visitor_tokens.h"
#include "channels/client/conversation_client.h"
#include "channels/client/routing_client.h"
#include "usher/routing/v1/routing_service.grpc.pb.h"

namespace usher::chat {

// What visitors and sockets use of the adapter that owns them. Everything outlives them.
struct ChatServices {
  io::EventLoop& loop;
  const ChatConfig& config;
  ChatMetrics& metrics;
  VisitorTokens& tokens;
  channels::RoutingClient& routing;
  channels::ConversationClient& conversations;
  io::LeaderChannel& road;  // to the router, for unary calls
  AgentNames& names;
  std::function<std::string()> token;  // of the adapter, for unary calls
};

}  // namespace usher::chat
