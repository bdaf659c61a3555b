// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/id.h"
#include "base/result.h"
#include "usher/context/v1/conversation.pb.h"

namespace usher::context {

// A stream that follows conversations.
class ConversationSink {
 public:
  virtual ~ConversationSink() = default;
  // Live: messages come in the order of their ids, but may overlap with what was read from the
  // store; the sink leaves out what it has told.
  virtual void OnConversationEvent(const std::shared_ptr<const v1::ConversationEvent>& event) = 0;
  // The domain's conversations are told elsewhere from now on, for another router leads it.
  virtual void OnConversationsCut(const Error& why) = 0;
};

// Tells those who follow a conversation what happens in it. One router serves all conversations of
// a domain that it leads, so everything that is said passes here. Loop thread only; sinks must not
// subscribe or unsubscribe from within a call.
class ConversationHub {
 public:
  // Hears of a cut, whatever it follows; until it leaves.
  void Join(const DomainId& domain, ConversationSink& sink);
  void Leave(const DomainId& domain, ConversationSink& sink);
  void Subscribe(const DomainId& domain, const std::string& contact, ConversationSink& sink);
  void Unsubscribe(const DomainId& domain, const std::string& contact, ConversationSink& sink);
  // `except` has said it itself and needs no echo; may be null.
  void Publish(const DomainId& domain, v1::ConversationEvent event,
               const ConversationSink* except = nullptr);
  void Cut(const DomainId& domain, const Error& why);

 private:
  std::map<DomainId, std::set<ConversationSink*>> joined_;
  std::map<std::pair<DomainId, std::string>, std::vector<ConversationSink*>> sinks_;
};

}  // namespace usher::context
