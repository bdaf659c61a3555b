// SPDX-License-Identifier: Apache-2.0
#include "channels/client/conversation_client.h"

#include <utility>

namespace usher::channels {

std::unique_ptr<ConversationClient> MakeConversationClient(io::EventLoop& loop,
                                                           context::v1::ContextService::Stub& stub,
                                                           std::function<std::string()> token,
                                                           ConversationHooks hooks) {
  ConversationClient::Hooks stream_hooks{
      .start = [&stub](auto* context, auto* reactor) { stub.async()->Converse(context, reactor); },
      .options = [token = std::move(token)] { return io::WithToken(token()); },
      .on_event = std::move(hooks.on_event),
      .on_refused = std::move(hooks.on_refused)};
  return std::make_unique<ConversationClient>(
      loop, ConversationClient::Commands::Options{.name = "converse"}, std::move(stream_hooks));
}

}  // namespace usher::channels
