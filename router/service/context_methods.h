// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <utility>

#include "base/id.h"
#include "base/io/metrics.h"
#include "base/io/unary_method.h"
#include "base/result.h"
#include "router/context/conversation_hub.h"
#include "router/context/conversation_store.h"
#include "router/context/customer_store.h"
#include "router/context/timeline_store.h"
#include "router/service/slow_readers.h"
#include "router/store/redis_keyspace.h"

namespace usher::service {

// The shared context of all domains: its stores on one connection, and who follows what. Any router
// reads and writes customers and timelines; what is said in a conversation passes through the
// router that leads the domain, which tells those who follow it.
struct ContextNode {
  // `leading` says whether this router leads the domain, or why not; `admit` whether there is room
  // for what is new in it.
  ContextNode(store::RedisKeyspace& redis, io::Metrics& metrics,
              std::function<Result<void>(const DomainId&)> leading,
              std::function<Result<void>(const DomainId&)> admit)
      : customers(redis, std::move(admit)),
        timelines(redis),
        conversations(redis),
        slow_readers(metrics),
        leads(std::move(leading)) {}

  context::CustomerStore customers;
  context::TimelineStore timelines;
  context::ConversationStore conversations;
  context::ConversationHub hub;
  SlowReaders slow_readers;
  const std::function<Result<void>(const DomainId&)> leads;
};

// The unary methods of ContextService. `now` stamps what is written.
void AddContextMethods(ContextNode& node, std::function<Instant()> now, io::MethodTable& table);

// A message as it may be appended by this caller: checked, its author made certain, stamped.
// INVALID_ARGUMENT: MISSING_CONTACT_ID, BAD_CONTACT_ID, EMPTY_TEXT, TOO_LONG, MISSING_AUTHOR,
// BAD_TEXT; PERMISSION_DENIED/NOT_YOURS.
Result<context::v1::Message> ToAppendable(const io::Claims& caller, context::v1::Message message,
                                          Instant now);

}  // namespace usher::service
