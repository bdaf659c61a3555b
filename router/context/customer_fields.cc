// SPDX-License-Identifier: Apache-2.0
#include "router/context/customer_fields.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace usher::context {

namespace {

// A field's value as it is compared and put back; absent where the record has none. Each kind of
// field is taken apart and put together in one place: here.
struct Field {
  std::string name;     // as people are told
  std::string subject;  // tells apart what bears the same name: the address
  friend auto operator<=>(const Field&, const Field&) = default;
};
using Fields = std::map<Field, std::string>;

constexpr char kTags[] = "tags";
constexpr char kIdentities[] = "identities";

Fields ToFields(const v1::Customer& customer) {
  Fields fields;
  const auto put = [&](const char* name, const std::string& value) {
    if (!value.empty()) fields[{name, ""}] = value;
  };
  put("name", customer.name());
  put("tier", customer.tier());
  put("language", customer.language());
  put("relationship_owner", customer.relationship_owner());
  put("merged_into", customer.merged_into());
  if (customer.type() != 0) put("type", std::to_string(customer.type()));
  if (customer.value() != 0) put("value", std::to_string(customer.value()));
  if (customer.stage() != 0) put("stage", std::to_string(customer.stage()));
  for (const std::string& merged : customer.merged()) fields[{"merged", merged}] = "1";
  for (const std::string& tag : customer.tags()) fields[{kTags, tag}] = "1";
  for (const v1::Identity& identity : customer.identities()) {
    fields[{kIdentities, identity.kind() + ':' + identity.value()}] = identity.SerializeAsString();
  }
  for (const auto& [key, value] : customer.attributes()) {
    fields[{"attributes." + key, ""}] = ' ' + value;
  }
  for (const auto& [key, value] : customer.fields()) fields[{"fields." + key, ""}] = ' ' + value;
  for (const v1::Consent& consent : customer.consents()) {
    fields[{"consents." + consent.purpose(), ""}] = consent.SerializeAsString();
  }
  return fields;
}

std::optional<std::string> Find(const Fields& fields, const Field& field) {
  const auto found = fields.find(field);
  return found == fields.end() ? std::nullopt : std::optional(found->second);
}

std::set<Field> Differing(const Fields& before, const Fields& after) {
  std::set<Field> differing;
  for (const auto& [field, value] : before) {
    if (Find(after, field) != value) differing.insert(field);
  }
  for (const auto& [field, value] : after) {
    if (!before.contains(field)) differing.insert(field);
  }
  return differing;
}

void PutTag(const std::string& tag, bool present, v1::Customer& customer) {
  auto& tags = *customer.mutable_tags();
  tags.erase(std::remove(tags.begin(), tags.end(), tag), tags.end());
  if (present) *tags.Add() = tag;
}

void PutIdentity(const std::string& address, const std::optional<std::string>& value,
                 v1::Customer& customer) {
  auto& identities = *customer.mutable_identities();
  const auto at = std::find_if(identities.begin(), identities.end(), [&](const v1::Identity& one) {
    return one.kind() + ':' + one.value() == address;
  });
  if (!value) {
    if (at != identities.end()) identities.erase(at);
    return;
  }
  v1::Identity& identity = at != identities.end() ? *at : *identities.Add();
  identity.ParseFromString(*value);
}

void PutConsent(const std::string& purpose, const std::optional<std::string>& value,
                v1::Customer& customer) {
  auto& consents = *customer.mutable_consents();
  const auto at = std::find_if(consents.begin(), consents.end(),
                               [&](const v1::Consent& one) { return one.purpose() == purpose; });
  if (!value) {
    if (at != consents.end()) consents.erase(at);
    return;
  }
  v1::Consent& consent = at != consents.end() ? *at : *consents.Add();
  consent.ParseFromString(*value);
}

void PutFact(const std::string& key, const std::optional<std::string>& value,
             google::protobuf::Map<std::string, std::string>& facts) {
  if (value) {
    facts[key] = value->substr(1);
  } else {
    facts.erase(key);
  }
}

void Put(const Field& field, const std::optional<std::string>& value, v1::Customer& customer) {
  const std::string text = value.value_or("");
  const auto number = [&] { return value ? std::stoll(text) : 0; };
  const std::size_t dot = field.name.find('.');
  const std::string group = field.name.substr(0, dot);
  const std::string key = dot == std::string::npos ? "" : field.name.substr(dot + 1);
  if (group == "name") customer.set_name(text);
  if (group == "tier") customer.set_tier(text);
  if (group == "language") customer.set_language(text);
  if (group == "relationship_owner") customer.set_relationship_owner(text);
  if (group == "type") customer.set_type(static_cast<v1::CustomerType>(number()));
  if (group == "value") customer.set_value(number());
  if (group == "stage") customer.set_stage(static_cast<v1::SaleStage>(number()));
  if (group == kTags) PutTag(field.subject, value.has_value(), customer);
  if (group == kIdentities) PutIdentity(field.subject, value, customer);
  if (group == "consents") PutConsent(key, value, customer);
  if (group == "attributes") PutFact(key, value, *customer.mutable_attributes());
  if (group == "fields") PutFact(key, value, *customer.mutable_fields());
}

bool IsOfMerge(const Field& field) { return field.name == "merged" || field.name == "merged_into"; }

}  // namespace

std::vector<std::string> ChangedFields(const v1::Customer& before, const v1::Customer& after) {
  std::vector<std::string> names;
  for (const Field& field : Differing(ToFields(before), ToFields(after))) {
    if (names.empty() || names.back() != field.name) names.push_back(field.name);
  }
  return names;
}

const v1::Identity* FindIdentity(const v1::Customer& customer, const v1::Identity& identity) {
  const auto found = std::find_if(
      customer.identities().begin(), customer.identities().end(), [&](const v1::Identity& one) {
        return one.kind() == identity.kind() && one.value() == identity.value();
      });
  return found == customer.identities().end() ? nullptr : &*found;
}

v1::Identity* FindIdentity(v1::Customer& customer, const v1::Identity& identity) {
  return const_cast<v1::Identity*>(FindIdentity(std::as_const(customer), identity));
}

bool EraseIdentity(v1::Customer& customer, const v1::Identity& identity) {
  if (FindIdentity(customer, identity) == nullptr) return false;
  PutIdentity(identity.kind() + ':' + identity.value(), std::nullopt, customer);
  return true;
}

std::vector<v1::Identity> IdentitiesMissing(const v1::Customer& part, const v1::Customer& whole) {
  std::vector<v1::Identity> missing;
  for (const v1::Identity& identity : whole.identities()) {
    if (FindIdentity(part, identity) == nullptr) missing.push_back(identity);
  }
  return missing;
}

Result<void> TakeBack(const v1::CustomerChange& change, v1::Customer& now) {
  if (change.before().version() == 0) {
    return Error{Code::kFailedPrecondition, "CREATION",
                 "change " + change.id() + " is the record's creation",
                 "change what is wrong with it, or erase the customer"};
  }
  const Fields before = ToFields(change.before());
  const Fields after = ToFields(change.after());
  const Fields current = ToFields(now);
  std::string changed_since;
  std::vector<Field> fields;
  for (const Field& field : Differing(before, after)) {
    if (IsOfMerge(field)) {
      return Error{Code::kFailedPrecondition, "UNDO_MERGE",
                   "change " + change.id() + " merged records or took one out",
                   "use UndoMerge, or merge them again"};
    }
    const std::optional<std::string> is = Find(current, field);
    if (is == Find(before, field)) continue;
    if (is == Find(after, field)) {
      fields.push_back(field);
    } else {
      changed_since += (changed_since.empty() ? "" : ", ") + field.name;
    }
  }
  if (!changed_since.empty()) {
    return Error{Code::kFailedPrecondition, "CHANGED_SINCE",
                 "since change " + change.id() + " somebody changed " + changed_since,
                 "take the later changes back first, or set these fields"};
  }
  for (const Field& field : fields) Put(field, Find(before, field), now);
  return {};
}

}  // namespace usher::context
