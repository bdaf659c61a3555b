// SPDX-License-Identifier: Apache-2.0
#include "router/service/conversation_retention.h"

#include <string>
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
  const std::string text = ToText(closed->contact);
  if (kept == retention.end()) return drafts_.Remove(runtime_.domain(), text, std::move(done));
  drafts_.Remove(runtime_.domain(), text,
                 [this, text, until = event.at + kept->second,
                  done = std::move(done)](const Result<void>& removed) mutable {
                   if (!removed.ok()) return done(removed);
                   conversations_.KeepUntil(runtime_.domain(), text, until, std::move(done));
                 });
}

}  // namespace usher::service
