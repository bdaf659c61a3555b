// SPDX-License-Identifier: Apache-2.0
#include "router/service/customer_facts.h"

#include <algorithm>
#include <cctype>
#include <string_view>
#include <utility>

namespace usher::service {

namespace {

using context::v1::Customer;
using Facts = std::map<std::string, std::string>;

// "CUSTOMER_TYPE_LEAD" as rules say it: "lead".
std::string Word(std::string_view name, std::string_view prefix) {
  std::string word(name.substr(prefix.size()));
  std::transform(word.begin(), word.end(), word.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return word;
}

void PutText(Facts& facts, const char* name, const std::string& text) {
  if (!text.empty()) facts[name] = text;
}

void PutContacts(const Customer& customer, const engine::CustomerPolicy& policy, Instant now,
                 Facts& facts) {
  facts["contacts"] = std::to_string(customer.contacts());
  facts["open_cases"] = std::to_string(customer.open_cases());
  if (!customer.has_last_contact_at()) return;
  const Instant last = InstantFromUnixMs(customer.last_contact_at().seconds() * 1'000 +
                                         customer.last_contact_at().nanos() / 1'000'000);
  const Duration since = std::max(Duration{0}, now - last);
  facts["days_since_contact"] =
      std::to_string(std::chrono::duration_cast<std::chrono::days>(since).count());
  facts["repeat"] = since <= policy.repeat_within ? "true" : "false";
}

}  // namespace

Facts FactsOf(const Customer& customer, const engine::CustomerPolicy& policy, Instant now) {
  Facts facts;
  PutText(facts, "id", customer.id());
  PutText(facts, "name", customer.name());
  PutText(facts, "tier", customer.tier());
  PutText(facts, "language", customer.language());
  PutText(facts, "owner", customer.relationship_owner());
  PutText(facts, "last_agent", customer.last_agent());
  if (customer.type() != context::v1::CUSTOMER_TYPE_UNSPECIFIED) {
    facts["type"] = Word(context::v1::CustomerType_Name(customer.type()), "CUSTOMER_TYPE_");
  }
  if (customer.stage() != context::v1::SALE_STAGE_UNSPECIFIED) {
    facts["stage"] = Word(context::v1::SaleStage_Name(customer.stage()), "SALE_STAGE_");
  }
  if (customer.value() != 0) facts["value"] = std::to_string(customer.value());
  PutContacts(customer, policy, now, facts);
  for (const std::string& tag : customer.tags()) facts["tag_" + tag] = "true";
  for (const context::v1::Consent& consent : customer.consents()) {
    facts["consent_" + consent.purpose()] = consent.granted() ? "true" : "false";
  }
  // What is built in is never replaced by what somebody wrote into a free fact.
  facts.insert(customer.fields().begin(), customer.fields().end());
  facts.insert(customer.attributes().begin(), customer.attributes().end());
  return facts;
}

}  // namespace usher::service
