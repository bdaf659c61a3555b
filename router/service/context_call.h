// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <utility>

#include "base/id.h"
#include "base/io/unary_method.h"
#include "base/result.h"
#include "base/time.h"
#include "router/context/customer_store.h"
#include "router/service/context_node.h"

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

// A method of `service`, such as "ContextService".
template <class Request, class Response>
void AddContextMethod(ContextNode& node, const std::function<Instant()>& now,
                      io::MethodTable& table, const char* service, const char* name,
                      void (*run)(ContextNode&, Instant, const io::CallContext&, const Request&,
                                  const io::Reply<Response>&)) {
  table.Add<Request, Response>(
      std::string("/usher.context.v1.") + service + '/' + name,
      [&node, now, run](const io::CallContext& call, const Request& request,
                        const io::Reply<Response>& reply) {
        run(node, now(), call, request, reply);
      });
}

}  // namespace usher::service
