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

bool Intake::IsUnknown(const runtime::Request& request, const std::optional<Arrival>& arrival) {
  const auto* submit = std::get_if<engine::Submit>(&request.command);
  if (submit == nullptr || !runtime_.leading()) return false;
  if (!submit->customer) return arrival && find_sender_;
  return find_ && UsesFacts();
}

void Intake::Look(const std::shared_ptr<runtime::Request>& newcomer,
                  const std::optional<Arrival>& arrival, std::function<void()> then) {
  ++lookups_;
  const auto found = [this, newcomer, then = std::move(then),
                      alive = std::weak_ptr(alive_)](Result<Known> known) {
    if (alive.expired()) return;
    --lookups_;
    auto& submit = std::get<engine::Submit>(newcomer->command);
    if (known.ok()) {
      submit.customer = known->customer;
      submit.customer_facts = std::move(known->facts);
    } else {
      // A caller's extension or a name in place of a number is nobody's mistake.
      const bool usual = known.error().reason == "BAD_IDENTITY";
      io::LogError(usual ? io::LogLevel::kInfo : io::LogLevel::kWarning,
                   submit.customer ? "customer_facts_unread" : "sender_unknown", known.error(),
                   {{"domain", runtime_.domain().value()}, {"customer", submit.customer.value()}});
    }
    then();
  };
  const CustomerId customer = std::get<engine::Submit>(newcomer->command).customer;
  if (!customer) return find_sender_(*arrival, found);
  find_(customer, [customer, found](Result<Facts> facts) {
    if (!facts.ok()) return found(facts.error());
    found(Known{.customer = customer, .facts = *std::move(facts)});
  });
}

void Intake::Execute(runtime::Request request, std::optional<Arrival> arrival) {
  if (!IsUnknown(request, arrival)) return runtime_.Execute(std::move(request));
  if (lookups_ >= kLookupsMax) {
    return runtime_.loop().Post([done = std::move(request.done)] { done(TooManyLookups()); });
  }
  const auto waiting = std::make_shared<runtime::Request>(std::move(request));
  Look(waiting, arrival, [this, waiting] { runtime_.Execute(std::move(*waiting)); });
}

void IntakeLine::Execute(runtime::Request request, std::optional<Arrival> arrival) {
  const bool unknown = intake_.IsUnknown(request, arrival);
  if (!unknown && line_.empty()) return intake_.runtime_.Execute(std::move(request));
  const auto entry = std::make_shared<Entry>(
      Entry{std::make_shared<runtime::Request>(std::move(request)), !unknown});
  line_.push_back(entry);
  if (entry->ready) return;
  intake_.Look(entry->request, arrival, [this, entry, alive = std::weak_ptr(alive_)] {
    if (alive.expired()) return;
    entry->ready = true;
    Drain();
  });
}

void IntakeLine::Drain() {
  while (!line_.empty() && line_.front()->ready) {
    const std::shared_ptr<runtime::Request> request = line_.front()->request;
    line_.pop_front();
    intake_.runtime_.Execute(std::move(*request));
  }
}

}  // namespace usher::service
