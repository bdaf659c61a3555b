// SPDX-License-Identifier: Apache-2.0
#include "router/context/merged_fields.h"

#include <algorithm>
#include <string>

namespace usher::context {

namespace {

constexpr int kMarksMax = 64;

using Texts = google::protobuf::RepeatedPtrField<std::string>;
using Facts = google::protobuf::Map<std::string, std::string>;

bool Has(const Texts& texts, const std::string& text) {
  return std::find(texts.begin(), texts.end(), text) != texts.end();
}

void Remove(Texts& texts, const std::string& text) {
  texts.erase(std::remove(texts.begin(), texts.end(), text), texts.end());
}

const v1::Consent* FindConsent(const v1::Customer& customer, const std::string& purpose) {
  for (const v1::Consent& consent : customer.consents()) {
    if (consent.purpose() == purpose) return &consent;
  }
  return nullptr;
}

void FillFacts(const Facts& other, Facts& stays) {
  for (const auto& [key, value] : other) {
    if (stays.size() < kMarksMax || stays.contains(key)) stays.insert({key, value});
  }
}

void TakeOutFacts(const Facts& before, const Facts& after, Facts& now) {
  for (const auto& [key, value] : after) {
    const auto found = now.find(key);
    if (!before.contains(key) && found != now.end() && found->second == value) now.erase(key);
  }
}

bool IsSame(const v1::Consent& one, const v1::Consent& other) {
  return one.granted() == other.granted() && one.source() == other.source() &&
         one.at().seconds() == other.at().seconds() && one.at().nanos() == other.at().nanos();
}

}  // namespace

bool HasMerged(const v1::Customer& stays, const std::string& other) {
  return Has(stays.merged(), other);
}

void FillFrom(const v1::Customer& other, v1::Customer& stays) {
  if (stays.name().empty()) stays.set_name(other.name());
  if (stays.tier().empty()) stays.set_tier(other.tier());
  if (stays.language().empty()) stays.set_language(other.language());
  if (stays.relationship_owner().empty()) stays.set_relationship_owner(other.relationship_owner());
  if (stays.type() == v1::CUSTOMER_TYPE_UNSPECIFIED) stays.set_type(other.type());
  if (stays.value() == 0) stays.set_value(other.value());
  if (stays.stage() == v1::SALE_STAGE_UNSPECIFIED) stays.set_stage(other.stage());
  for (const std::string& tag : other.tags()) {
    if (!Has(stays.tags(), tag) && stays.tags_size() < kMarksMax) stays.add_tags(tag);
  }
  FillFacts(other.attributes(), *stays.mutable_attributes());
  FillFacts(other.fields(), *stays.mutable_fields());
  for (const v1::Consent& consent : other.consents()) {
    if (FindConsent(stays, consent.purpose()) == nullptr) *stays.add_consents() = consent;
  }
  for (const std::string& part : other.merged()) {
    if (!Has(stays.merged(), part)) stays.add_merged(part);
  }
  if (!Has(stays.merged(), other.id())) stays.add_merged(other.id());
}

void TakeOut(const v1::Customer& before, const v1::Customer& after, const v1::Customer& other,
             v1::Customer& now) {
  // What the merge changed, and nobody since.
  const auto is_brought = [](const auto& was, const auto& became, const auto& is) {
    return was != became && is == became;
  };
  if (is_brought(before.name(), after.name(), now.name())) now.set_name(before.name());
  if (is_brought(before.tier(), after.tier(), now.tier())) now.set_tier(before.tier());
  if (is_brought(before.language(), after.language(), now.language())) {
    now.set_language(before.language());
  }
  if (is_brought(before.relationship_owner(), after.relationship_owner(),
                 now.relationship_owner())) {
    now.set_relationship_owner(before.relationship_owner());
  }
  if (is_brought(before.type(), after.type(), now.type())) now.set_type(before.type());
  if (is_brought(before.value(), after.value(), now.value())) now.set_value(before.value());
  if (is_brought(before.stage(), after.stage(), now.stage())) now.set_stage(before.stage());
  for (const std::string& tag : after.tags()) {
    if (!Has(before.tags(), tag)) Remove(*now.mutable_tags(), tag);
  }
  TakeOutFacts(before.attributes(), after.attributes(), *now.mutable_attributes());
  TakeOutFacts(before.fields(), after.fields(), *now.mutable_fields());
  auto& consents = *now.mutable_consents();
  consents.erase(std::remove_if(consents.begin(), consents.end(),
                                [&](const v1::Consent& consent) {
                                  const v1::Consent* brought =
                                      FindConsent(after, consent.purpose());
                                  return brought != nullptr && IsSame(consent, *brought) &&
                                         FindConsent(before, consent.purpose()) == nullptr;
                                }),
                 consents.end());
  for (const std::string& part : other.merged()) Remove(*now.mutable_merged(), part);
  Remove(*now.mutable_merged(), other.id());
}

}  // namespace usher::context
