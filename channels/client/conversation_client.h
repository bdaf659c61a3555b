// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/io/conversation_stream.h"
#include "base/io/leader_channel.h"
#include "usher/context/v1/context_service.grpc.pb.h"

namespace usher::channels {

// An adapter's conversations, all on one `Converse` stream (base/io/conversation_stream.h).
using ConversationClient =
    io::ConversationStream<context::v1::ConverseRequest, context::v1::ConverseResponse>;

struct ConversationHooks {
  std::function<void(const context::v1::ConversationEvent&)> on_event{};
  std::function<void(const std::string& contact_id, const Error&)> on_refused{};
  // Also messages for colleagues only, and what of others is for agents alone; none of it is a
  // customer's.
  bool with_internal = false;
};

// The road must outlive the client; `token` is asked for each time that the stream opens.
std::unique_ptr<ConversationClient> MakeConversationClient(io::EventLoop& loop,
                                                           io::LeaderChannel& road,
                                                           std::function<std::string()> token,
                                                           ConversationHooks hooks);

}  // namespace usher::channels
