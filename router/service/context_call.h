// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "base/id.h"
#include "base/io/unary_method.h"
#include "base/result.h"
#include "base/time.h"
#include "router/context/customer_store.h"
#include "router/service/context_node.h"
#include "router/service/customer_access.h"
#include "router/service/profile_rules.h"

// What the methods of the customers' context have in common.
namespace usher::service {

inline constexpr std::size_t kRequestIdBytesMax = 128;

// INVALID_ARGUMENT/TOO_LONG.
Error TooLong(const char* field, std::size_t bytes, std::size_t bytes_max);

// INVALID_ARGUMENT: MISSING_CUSTOMER_ID, BAD_CUSTOMER_ID.
Result<CustomerId> ParseCustomerId(const std::string& text);

// The domain of the call, which this router leads: what is configured, whose contacts are with
// whom, and who follows what is known there alone. INVALID_ARGUMENT/MISSING_DOMAIN, or why it does
// not lead.
Result<DomainNode*> LedDomain(const ContextNode& node, const io::CallContext& call);

// Who changes something by this call, as it is put on record.
context::Change ChangeOf(const io::CallContext& call, Instant now);

// What the domain refuses in what people write about customers (`customers.refused_words`).
WordCheck WordsOf(ContextNode& node, DomainNode& led);

// A method of `service`, such as "ContextService". It is run once the call's person may see whom
// the request is about, and what it answers is held back until that is on record (customer_access).
// One without a row of FindAccessRule is a bug.
template <class Request, class Response>
void AddContextMethod(ContextNode& node, const std::function<Instant()>& now,
                      io::MethodTable& table, const char* service, const char* name,
                      void (*run)(ContextNode&, Instant, const io::CallContext&, const Request&,
                                  const io::Reply<Response>&)) {
  const AccessRule* rule = FindAccessRule(std::string(service) + '/' + name);
  USHER_CHECK(rule != nullptr, name);
  table.Add<Request, Response>(
      std::string("/usher.context.v1.") + service + '/' + name,
      [&node, now, run, rule](const io::CallContext& call, const Request& request,
                              const io::Reply<Response>& reply) {
        const Result<DomainNode*> led = LedDomain(node, call);
        if (!led.ok()) return reply.Fail(led.error());
        const Instant at = now();
        // The request may be read until it is answered, so it outlives the search for a right.
        AdmitRequest(node, **led, call, at, *rule, request,
                     [&node, &request, at, call, rule, run, reply](Result<Admission> admitted) {
                       if (!admitted.ok()) return reply.Fail(admitted.error());
                       const Result<DomainNode*> still = LedDomain(node, call);
                       if (!still.ok()) return reply.Fail(still.error());
                       // Both are under way at once, in this order and to one server.
                       const auto held = std::make_shared<HeldAnswer<Response>>(reply);
                       RecordRead(
                           node, **still, call, at, *rule, *admitted,
                           [held](const Result<void>& recorded) { held->OnRecorded(recorded); });
                       run(node, at, call, request, HeldAnswer<Response>::ReplyOf(held));
                     });
      });
}

}  // namespace usher::service
