// SPDX-License-Identifier: Apache-2.0
#include "router/service/intake.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "base/io/log.h"
#include "router/engine/engine.h"

namespace usher::service {

namespace {

// What a rule or a queue may ask of a customer; the contact's own attributes are there already.
bool AsksForCustomer(const engine::Domain& domain) {
  const bool by_rule = std::any_of(
      domain.rules.begin(), domain.rules.end(),
      [](const engine::Rule& rule) { return rule.when.find("customer.") != std::string::npos; });
  return by_rule || std::any_of(domain.queues.begin(), domain.queues.end(),
                                [](const engine::Queue& queue) { return !queue.prefer.empty(); });
}

Error TooManyLookups() {
  return {Code::kResourceExhausted, "OVERLOADED",
          "too many newcomers wait for what is known of their customers", "try again in a second"};
}

}  // namespace

Intake::Intake(runtime::DomainRuntime& runtime) : runtime_(runtime) {}

bool Intake::UsesFacts() {
  const std::uint64_t version = runtime_.engine().version();
  if (known_version_ != version) {
    known_version_ = version;
    uses_facts_ = AsksForCustomer(runtime_.engine().domain());
  }
  return uses_facts_;
}

engine::Submit* Intake::Newcomer(runtime::Request& request) {
  auto* submit = std::get_if<engine::Submit>(&request.command);
  const bool asks =
      submit != nullptr && find_ && submit->customer && runtime_.leading() && UsesFacts();
  return asks ? submit : nullptr;
}

void Intake::Look(const CustomerId& customer, std::function<void(Facts)> found) {
  ++lookups_;
  find_(customer, [this, customer, found = std::move(found),
                   alive = std::weak_ptr(alive_)](Result<Facts> facts) {
    if (alive.expired()) return;
    --lookups_;
    if (!facts.ok()) {
      io::LogError(io::LogLevel::kWarning, "customer_facts_unread", facts.error(),
                   {{"domain", runtime_.domain().value()}, {"customer", customer.value()}});
    }
    found(facts.ok() ? *std::move(facts) : Facts());
  });
}

void Intake::Execute(runtime::Request request) {
  const engine::Submit* newcomer = Newcomer(request);
  if (newcomer == nullptr) return runtime_.Execute(std::move(request));
  if (lookups_ >= kLookupsMax) {
    return runtime_.loop().Post([done = std::move(request.done)] { done(TooManyLookups()); });
  }
  const auto waiting = std::make_shared<runtime::Request>(std::move(request));
  const CustomerId customer = std::get<engine::Submit>(waiting->command).customer;
  Look(customer, [this, waiting](Facts facts) {
    std::get<engine::Submit>(waiting->command).customer_facts = std::move(facts);
    runtime_.Execute(std::move(*waiting));
  });
}

void IntakeLine::Execute(runtime::Request request) {
  const engine::Submit* newcomer = intake_.Newcomer(request);
  if (newcomer == nullptr && line_.empty()) return intake_.runtime_.Execute(std::move(request));
  const auto entry = std::make_shared<Entry>(Entry{std::move(request), newcomer == nullptr});
  line_.push_back(entry);
  if (entry->ready) return;
  const CustomerId customer = std::get<engine::Submit>(entry->request.command).customer;
  intake_.Look(customer, [this, entry, alive = std::weak_ptr(alive_)](Intake::Facts facts) {
    if (alive.expired()) return;
    std::get<engine::Submit>(entry->request.command).customer_facts = std::move(facts);
    entry->ready = true;
    Drain();
  });
}

void IntakeLine::Drain() {
  while (!line_.empty() && line_.front()->ready) {
    runtime::Request request = std::move(line_.front()->request);
    line_.pop_front();
    intake_.runtime_.Execute(std::move(request));
  }
}

}  // namespace usher::service
