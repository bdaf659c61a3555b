// SPDX-License-Identifier: Apache-2.0
#include "router/service/conversation_retention.h"

#include <utility>
#include <variant>

#include "router/service/text_ids.h"

namespace usher::service {

void ConversationRetention::Take(const FedContact& contact, const context::FeedPosition&,
                                 const engine::Event& event,
                                 std::function<void(Result<void>)> done) {
  const auto* closed = std::get_if<engine::Closed>(&event.body);
  if (closed == nullptr) return done({});
  const auto& retention = runtime_.engine().domain().customers.retention;
  const auto kept = retention.find(contact.channel);
  if (kept == retention.end()) return done({});
  conversations_.KeepUntil(runtime_.domain(), ToText(closed->contact), event.at + kept->second,
                           std::move(done));
}

}  // namespace usher::service
