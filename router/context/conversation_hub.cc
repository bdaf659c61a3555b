// SPDX-License-Identifier: Apache-2.0
#include "router/context/conversation_hub.h"

#include <algorithm>

namespace usher::context {

void ConversationHub::Join(const DomainId& domain, ConversationSink& sink) {
  joined_[domain].insert(&sink);
}

void ConversationHub::Leave(const DomainId& domain, ConversationSink& sink) {
  joined_[domain].erase(&sink);
}

void ConversationHub::Cut(const DomainId& domain, const Error& why) {
  for (ConversationSink* sink : joined_[domain]) sink->OnConversationsCut(why);
}

void ConversationHub::Subscribe(const DomainId& domain, const std::string& contact,
                                ConversationSink& sink) {
  std::vector<ConversationSink*>& sinks = sinks_[{domain, contact}];
  if (std::find(sinks.begin(), sinks.end(), &sink) == sinks.end()) sinks.push_back(&sink);
}

void ConversationHub::Unsubscribe(const DomainId& domain, const std::string& contact,
                                  ConversationSink& sink) {
  const auto found = sinks_.find({domain, contact});
  if (found == sinks_.end()) return;
  std::erase(found->second, &sink);
  if (found->second.empty()) sinks_.erase(found);
}

void ConversationHub::Publish(const DomainId& domain, v1::ConversationEvent event,
                              const ConversationSink* except) {
  const auto found = sinks_.find({domain, event.contact_id()});
  if (found == sinks_.end()) return;
  const auto shared = std::make_shared<const v1::ConversationEvent>(std::move(event));
  for (ConversationSink* sink : found->second) {
    if (sink != except) sink->OnConversationEvent(shared);
  }
}

}  // namespace usher::context
