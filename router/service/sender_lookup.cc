// SPDX-License-Identifier: Apache-2.0
#include "router/service/sender_lookup.h"

#include <utility>

#include "base/io/token.h"
#include "router/service/context_call.h"
#include "router/service/customer_facts.h"
#include "router/service/profile_rules.h"

namespace usher::service {

void FindSender(ContextNode& context, DomainNode& led, const Arrival& arrival, Instant now,
                std::function<void(Result<Intake::Known>)> found) {
  const engine::Domain& domain = led.runtime.engine().domain();
  const WordCheck words = WordsOf(context, led);
  context::v1::ResolveCustomerRequest request;
  *request.mutable_identity() = arrival.from.identity();
  context::v1::Customer given;
  given.set_name(arrival.from.name());
  if (CheckProfile(given, domain, words).ok()) request.set_name(given.name());
  given.clear_name();
  given.set_language(arrival.from.language());
  if (CheckProfile(given, domain, words).ok()) request.set_language(given.language());
  const context::Change change{arrival.adapter, std::string(io::ToText(io::Role::kAdapter)), now};
  context.customers.Resolve(
      led.runtime.domain(), request, change,
      [&led, now, found = std::move(found)](Result<context::Resolved> resolved) {
        if (!resolved.ok()) return found(resolved.error());
        if (!led.runtime.leading()) return found(led.runtime.WhyNotLeading());
        const context::v1::Customer& customer = resolved->customer;
        found(Intake::Known{
            .customer = CustomerId{customer.id()},
            .facts = FactsOf(customer, led.runtime.engine().domain().customers, now)});
      });
}

}  // namespace usher::service
