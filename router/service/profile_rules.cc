// SPDX-License-Identifier: Apache-2.0
#include "router/service/profile_rules.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <vector>

#include "router/engine/nearest_name.h"
#include "router/service/context_call.h"
#include "router/service/wire.h"

namespace usher::service {

namespace {

using namespace context::v1;  // NOLINT(google-build-using-namespace): this file speaks it
using engine::CustomerField;
using engine::FieldType;

constexpr std::size_t kNameBytesMax = 256;
constexpr std::size_t kLanguageBytesMax = 35;  // RFC 5646, 4.4.1
constexpr std::size_t kWordBytesMax = 64;      // a tier, a tag, a purpose, a fact's name
constexpr std::size_t kFactBytesMax = 1024;
constexpr int kTagsMax = 64;
constexpr int kConsentsMax = 64;

Error Bad(const char* reason, std::string message, std::string next_step) {
  return {Code::kInvalidArgument, reason, std::move(message), std::move(next_step)};
}

Result<void> CheckText(const std::string& what, const std::string& text, std::size_t bytes_max) {
  if (text.size() > bytes_max) return TooLong(what.c_str(), text.size(), bytes_max);
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (std::any_of(text.begin(), text.end(), is_control)) {
    return Bad("BAD_TEXT", what + " has control characters", "send one line of text");
  }
  return {};
}

bool IsAlphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// The form of a BCP 47 tag: a language of 2 to 8 letters, or x for private use, and subtags of 1 to
// 8 letters and digits. What a tag means is left to those who use it.
bool IsLanguageTag(std::string_view tag) {
  if (tag.size() > kLanguageBytesMax) return false;
  bool is_first = true;
  for (std::size_t start = 0; start <= tag.size();) {
    const std::size_t end = std::min(tag.find('-', start), tag.size());
    const std::string_view part = tag.substr(start, end - start);
    if (part.empty() || part.size() > 8) return false;
    if (!std::all_of(part.begin(), part.end(), IsAlphanumeric)) return false;
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    if (is_first && (std::any_of(part.begin(), part.end(), is_digit) ||
                     (part.size() == 1 && (part != "x" || end == tag.size())))) {
      return false;
    }
    is_first = false;
    start = end + 1;
  }
  return tag.back() != '-';
}

Result<void> CheckTier(const std::string& tier, const engine::CustomerPolicy& policy) {
  if (tier.empty()) return {};
  if (policy.tiers.empty()) return CheckText("tier", tier, kWordBytesMax);
  if (std::find(policy.tiers.begin(), policy.tiers.end(), tier) != policy.tiers.end()) return {};
  return Bad("UNKNOWN_TIER",
             "tier \"" + tier.substr(0, kWordBytesMax) + "\" is not declared" +
                 engine::DidYouMeanAtAll(tier, policy.tiers),
             "use one of customers.tiers, or declare it there");
}

Result<void> CheckLanguage(const std::string& language) {
  if (language.empty() || IsLanguageTag(language)) return {};
  return Bad("BAD_LANGUAGE",
             "language \"" + language.substr(0, kLanguageBytesMax) + "\" is no BCP 47 tag",
             "send one such as zh-CN or en");
}

Result<void> CheckOwner(const std::string& owner, const engine::Domain& domain) {
  if (owner.empty() || domain.FindAgent(AgentId{owner}) != nullptr) return {};
  std::vector<std::string> known;
  for (const engine::Agent& agent : domain.agents) known.push_back(agent.id.value());
  return Bad("UNKNOWN_AGENT",
             "relationship_owner \"" + owner.substr(0, kWordBytesMax) + "\" is no agent of " +
                 domain.id.value() + engine::DidYouMean(owner, known),
             "name an agent of the domain");
}

bool IsNumber(std::string_view text) {
  const bool is_negative = !text.empty() && text.front() == '-';
  const std::string_view digits = text.substr(is_negative ? 1 : 0);
  const std::size_t dot = std::min(digits.find('.'), digits.size());
  const auto all_digits = [](std::string_view part) {
    return !part.empty() &&
           std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; });
  };
  return digits.size() <= 32 && all_digits(digits.substr(0, dot)) &&
         (dot == digits.size() || all_digits(digits.substr(dot + 1)));
}

bool IsDate(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  const auto read = [&](std::size_t from, std::size_t size, auto& out) {
    const char* end = text.data() + from + size;
    const auto [stop, error] = std::from_chars(text.data() + from, end, out);
    return error == std::errc{} && stop == end;
  };
  return text[0] != '-' && read(0, 4, year) && read(5, 2, month) && read(8, 2, day) &&
         std::chrono::year_month_day{std::chrono::year{year}, std::chrono::month{month},
                                     std::chrono::day{day}}
             .ok();
}

Result<void> CheckField(const CustomerField& field, const std::string& value,
                        const WordCheck& words) {
  const auto bad = [&](const char* wanted) {
    return Bad(
        "BAD_FIELD_VALUE",
        "field " + field.id + " is " + wanted + ", not \"" + value.substr(0, kWordBytesMax) + "\"",
        "send " + std::string(wanted) + ", or nothing to remove the fact");
  };
  switch (field.type) {
    case FieldType::kNumber:
      return IsNumber(value) ? Result<void>() : bad("a decimal number such as 12.5");
    case FieldType::kBoolean:
      return value == "true" || value == "false" ? Result<void>() : bad("true or false");
    case FieldType::kDate:
      return IsDate(value) ? Result<void>() : bad("a date such as 2026-11-22");
    case FieldType::kChoice: {
      if (std::find(field.choices.begin(), field.choices.end(), value) != field.choices.end()) {
        return {};
      }
      Error error = bad("one of its choices");
      error.message += engine::DidYouMeanAtAll(value, field.choices);
      return error;
    }
    case FieldType::kText:
      break;
  }
  const std::string what = "field " + field.id;
  if (Result<void> text = CheckText(what, value, kFactBytesMax); !text.ok()) return text;
  return words(what, value);
}

Result<void> CheckFields(const google::protobuf::Map<std::string, std::string>& fields,
                         const engine::CustomerPolicy& policy, const WordCheck& words) {
  for (const auto& [id, value] : fields) {
    const auto declared = std::find_if(policy.fields.begin(), policy.fields.end(),
                                       [&](const CustomerField& field) { return field.id == id; });
    if (declared == policy.fields.end()) {
      if (value.empty()) continue;  // a fact of earlier days may go
      std::vector<std::string> known;
      for (const CustomerField& field : policy.fields) known.push_back(field.id);
      return Bad("UNKNOWN_FIELD",
                 "field \"" + id.substr(0, kWordBytesMax) + "\" is not declared" +
                     engine::DidYouMeanAtAll(id, known),
                 "use one of customers.fields, declare it there, or use attributes");
    }
    if (value.empty()) continue;
    if (Result<void> sound = CheckField(*declared, value, words); !sound.ok()) return sound;
  }
  return {};
}

Result<void> CheckAttributes(const google::protobuf::Map<std::string, std::string>& attributes) {
  for (const auto& [key, value] : attributes) {
    if (key.empty()) return Bad("BAD_TEXT", "an attribute has no name", "name it");
    if (Result<void> sound = CheckText("an attribute's name", key, kWordBytesMax); !sound.ok()) {
      return sound;
    }
    if (value.size() > kFactBytesMax) {
      return TooLong(("attribute " + key).c_str(), value.size(), kFactBytesMax);
    }
  }
  return {};
}

Result<void> CheckConsents(const google::protobuf::RepeatedPtrField<Consent>& consents) {
  for (const Consent& consent : consents) {
    if (consent.purpose().empty()) {
      return Bad("BAD_CONSENT", "a consent has no purpose", "say for what, such as marketing");
    }
    if (Result<void> sound = CheckText("a consent's purpose", consent.purpose(), kWordBytesMax);
        !sound.ok()) {
      return sound;
    }
    if (Result<void> sound = CheckText("a consent's source", consent.source(), kNameBytesMax);
        !sound.ok()) {
      return sound;
    }
  }
  return {};
}

Result<void> CheckTags(const google::protobuf::RepeatedPtrField<std::string>& tags,
                       const WordCheck& words) {
  for (const std::string& tag : tags) {
    if (tag.empty()) return Bad("EMPTY_TAG", "a tag is empty", "leave it out");
    if (Result<void> sound = CheckText("a tag", tag, kWordBytesMax); !sound.ok()) return sound;
    if (Result<void> sound = words("a tag", tag); !sound.ok()) return sound;
  }
  return {};
}

void PutFacts(const google::protobuf::Map<std::string, std::string>& changes,
              google::protobuf::Map<std::string, std::string>& facts) {
  for (const auto& [key, value] : changes) {
    if (value.empty()) {
      facts.erase(key);
    } else {
      facts[key] = value;
    }
  }
}

void PutConsent(Consent consent, Instant now, Customer& customer) {
  if (!consent.has_at()) *consent.mutable_at() = ToTimestamp(now);
  for (Consent& known : *customer.mutable_consents()) {
    if (known.purpose() != consent.purpose()) continue;
    known = std::move(consent);
    return;
  }
  *customer.add_consents() = std::move(consent);
}

}  // namespace

Result<void> CheckProfile(const UpdateCustomerRequest& request, const engine::Domain& domain,
                          const WordCheck& words) {
  const engine::CustomerPolicy& policy = domain.customers;
  if (!CustomerType_IsValid(request.type())) {
    return Bad("BAD_TYPE", "type " + std::to_string(request.type()) + " is none",
               "use a CustomerType");
  }
  if (!SaleStage_IsValid(request.stage())) {
    return Bad("BAD_STAGE", "stage " + std::to_string(request.stage()) + " is none",
               "use a SaleStage");
  }
  if (request.value() < 0) {
    return Bad("BAD_VALUE", "value " + std::to_string(request.value()) + " is below 0",
               "send whole units, 0 where it is not known");
  }
  for (const Result<void>& sound :
       {CheckText("name", request.name(), kNameBytesMax), words("name", request.name()),
        CheckTier(request.tier(), policy), CheckLanguage(request.language()),
        CheckOwner(request.relationship_owner(), domain), CheckTags(request.add_tags(), words),
        CheckAttributes(request.attributes()), CheckConsents(request.consents()),
        CheckFields(request.fields(), policy, words)}) {
    if (!sound.ok()) return sound;
  }
  return {};
}

UpdateCustomerRequest ToUpdate(const Customer& customer) {
  UpdateCustomerRequest update;
  update.set_name(customer.name());
  update.set_tier(customer.tier());
  update.set_language(customer.language());
  update.set_relationship_owner(customer.relationship_owner());
  update.set_type(customer.type());
  update.set_value(customer.value());
  update.set_stage(customer.stage());
  *update.mutable_add_tags() = customer.tags();
  *update.mutable_attributes() = customer.attributes();
  *update.mutable_consents() = customer.consents();
  *update.mutable_fields() = customer.fields();
  return update;
}

Result<void> CheckProfile(const Customer& customer, const engine::Domain& domain,
                          const WordCheck& words) {
  return CheckProfile(ToUpdate(customer), domain, words);
}

Result<void> ApplyProfile(const UpdateCustomerRequest& request, Instant now, Customer& customer) {
  if (request.version() != 0 && request.version() != customer.version()) {
    return Error{Code::kAborted, "VERSION_CHANGED",
                 "the record is at version " + std::to_string(customer.version()) + ", not " +
                     std::to_string(request.version()),
                 "read the customer and change it again"};
  }
  if (request.has_name()) customer.set_name(request.name());
  if (request.has_tier()) customer.set_tier(request.tier());
  if (request.has_language()) customer.set_language(request.language());
  if (request.has_relationship_owner()) {
    customer.set_relationship_owner(request.relationship_owner());
  }
  if (request.has_type()) customer.set_type(request.type());
  if (request.has_value()) customer.set_value(request.value());
  if (request.has_stage()) customer.set_stage(request.stage());
  auto& tags = *customer.mutable_tags();
  for (const std::string& tag : request.remove_tags()) {
    tags.erase(std::remove(tags.begin(), tags.end(), tag), tags.end());
  }
  for (const std::string& tag : request.add_tags()) {
    if (std::find(tags.begin(), tags.end(), tag) == tags.end()) *tags.Add() = tag;
  }
  PutFacts(request.attributes(), *customer.mutable_attributes());
  PutFacts(request.fields(), *customer.mutable_fields());
  for (const Consent& consent : request.consents()) PutConsent(consent, now, customer);
  if (tags.size() > kTagsMax || customer.attributes_size() > kTagsMax) {
    return Error{Code::kResourceExhausted, "TOO_MANY_TAGS",
                 "a customer has at most 64 tags and 64 attributes", "remove some first"};
  }
  if (customer.consents_size() > kConsentsMax) {
    return Error{Code::kResourceExhausted, "TOO_MANY_CONSENTS",
                 "a customer has at most 64 consents", "use the purposes that are there"};
  }
  return {};
}

}  // namespace usher::service
