// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "router/context/conversation_store.h"
#include "router/context/draft_store.h"
#include "router/runtime/domain_runtime.h"
#include "router/service/contact_sink.h"

namespace usher::service {

// Keeps what was said in a contact as long as the domain's `customers.retention` says for its
// channel, from the contact's end on; the timeline keeps that there was one. What a domain says is
// looked up when a contact ends: a later change is for contacts that end later. What an agent had
// begun to write goes with the contact's end.
class ConversationRetention final : public ContactSink {
 public:
  ConversationRetention(const runtime::DomainRuntime& runtime,
                        context::ConversationStore& conversations, store::RedisKeyspace& redis)
      : runtime_(runtime), conversations_(conversations), drafts_(redis) {}

  bool Follows(const FedContact&) const override { return true; }
  // The same instant however often it is done.
  void Take(const FedContact& contact, const context::FeedPosition& position,
            const engine::Event& event, std::function<void(Result<void>)> done) override;

 private:
  const runtime::DomainRuntime& runtime_;
  context::ConversationStore& conversations_;
  context::DraftStore drafts_;
};

}  // namespace usher::service
