// SPDX-License-Identifier: Apache-2.0
#include "channels/client/conversation_client.h"

#include <utility>

namespace usher::channels {

std::unique_ptr<ConversationClient> MakeConversationClient(io::EventLoop& loop,
                                                           io::LeaderChannel& road,
                                                           std::function<std::string()> token,
                                                           ConversationHooks hooks) {
  const auto tried = std::make_shared<io::LeaderChannel::Place>(0);  // by the present stream
  ConversationClient::Hooks stream_hooks{
      .start =
          [&road, tried](auto* context, auto* reactor) {
            auto& stub = road.Stub<context::v1::ContextService>(*tried);
            stub.async()->Converse(context, reactor);
          },
      .options = [token = std::move(token)] { return io::WithToken(token()); },
      .on_event = std::move(hooks.on_event),
      .on_refused = std::move(hooks.on_refused),
      .with_internal = hooks.with_internal,
      .on_lost = [&road, tried](const Error&) { road.MoveOn(*tried); }};
  return std::make_unique<ConversationClient>(
      loop,
      ConversationClient::Commands::Options{.name = "converse", .backoff = io::kLeaderBackoff},
      std::move(stream_hooks));
}

}  // namespace usher::channels
