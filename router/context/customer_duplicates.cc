// SPDX-License-Identifier: Apache-2.0
#include "router/context/customer_duplicates.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

#include "router/context/customer_terms.h"
#include "router/context/keys.h"

namespace usher::context {

namespace {

using store::RedisReply;

constexpr std::size_t kHitsOfAProbe = 32;
constexpr std::size_t kProbesMax = 32;
// A value that more customers have says nothing of who they are.
constexpr std::size_t kSharedByMax = 20;
// Shorter ones are service codes and extensions, which many may have.
constexpr std::size_t kTellingDigits = 6;

// Strongest first.
constexpr std::array<std::string_view, 5> kKinds = {"same-phone", "shared-conflict", "same-field",
                                                    "same-email-user", "same-name"};

std::size_t StrengthOf(const v1::Evidence& evidence) {
  return static_cast<std::size_t>(std::find(kKinds.begin(), kKinds.end(), evidence.kind()) -
                                  kKinds.begin());
}

std::string DigitsOf(const std::string& number) { return PhoneForms(number, "").back(); }

// Every form under which the number may be stored.
std::vector<std::string> FormsOf(const std::string& number, const std::string& calling_code) {
  std::vector<std::string> forms = PhoneForms(number, calling_code);
  const std::string digits = DigitsOf(number);
  if (!calling_code.empty() && number.starts_with('+') && digits.starts_with(calling_code)) {
    forms.push_back("0" + digits.substr(calling_code.size()));
    forms.push_back(digits.substr(calling_code.size()));
  }
  return forms;
}

bool IsSamePhone(const std::string& one, const std::string& other, const std::string& code) {
  if (DigitsOf(one).size() < kTellingDigits || DigitsOf(other).size() < kTellingDigits)
    return false;
  const std::vector<std::string> forms = FormsOf(one, code);
  return std::find(forms.begin(), forms.end(), DigitsOf(other)) != forms.end();
}

std::string UserOf(const std::string& email) { return email.substr(0, email.rfind('@')); }

std::vector<std::string> ValuesOf(const v1::Customer& customer, std::string_view kind) {
  std::vector<std::string> values;
  for (const v1::Identity& identity : customer.identities()) {
    if (identity.kind() == kind) values.push_back(identity.value());
  }
  return values;
}

bool HasSameName(const v1::Customer& one, const v1::Customer& other) {
  const std::string name = FoldedName(one.name());
  return !name.empty() && name == FoldedName(other.name());
}

class Findings {
 public:
  void Add(std::string_view kind, std::string text) {
    v1::Evidence& evidence = evidence_.emplace_back();
    evidence.set_kind(std::string(kind));
    evidence.set_text(std::move(text));
  }
  std::vector<v1::Evidence> Take() { return std::move(evidence_); }

 private:
  std::vector<v1::Evidence> evidence_;
};

}  // namespace

std::vector<v1::Evidence> EvidenceOf(const v1::Customer& one, const v1::Customer& other,
                                     const Comparison& comparison) {
  Findings findings;
  for (const std::string& mine : ValuesOf(one, "phone")) {
    for (const std::string& theirs : ValuesOf(other, "phone")) {
      if (!IsSamePhone(mine, theirs, comparison.calling_code) &&
          !IsSamePhone(theirs, mine, comparison.calling_code)) {
        continue;
      }
      findings.Add("same-phone", mine + " and " + theirs + " are the same phone number");
    }
  }
  for (const std::string& address : comparison.conflicts) {
    findings.Add("shared-conflict", "one gave the address " + address + ", which is the other's");
  }
  for (const std::string& field : comparison.fields) {
    const auto mine = one.fields().find(field);
    const auto theirs = other.fields().find(field);
    if (mine == one.fields().end() || theirs == other.fields().end()) continue;
    const std::string value = FoldedText(mine->second);
    if (value.empty() || value != FoldedText(theirs->second)) continue;
    findings.Add("same-field", "both have the " + field + ' ' + theirs->second);
  }
  if (!HasSameName(one, other)) return findings.Take();
  for (const std::string& mine : ValuesOf(one, "email")) {
    for (const std::string& theirs : ValuesOf(other, "email")) {
      if (mine == theirs || UserOf(mine) != UserOf(theirs)) continue;
      findings.Add("same-email-user",
                   "both are called " + other.name() + ", with " + mine + " and " + theirs);
    }
  }
  if (!one.language().empty() && one.language() == other.language()) {
    findings.Add("same-name", "both are called " + other.name() + " and speak " + one.language());
  } else if (!one.tier().empty() && one.tier() == other.tier()) {
    findings.Add("same-name", "both are called " + other.name() + ", of tier " + one.tier());
  }
  return findings.Take();
}

struct CustomerDuplicates::Suggesting {
  Request request;
  std::function<void(Result<v1::SuggestDuplicatesResponse>)> done;
  v1::Customer customer;
  Comparison comparison;
  std::map<CustomerId, std::vector<std::string>> conflicts;
  std::set<CustomerId> candidates;
  Result<void> result;
  std::size_t left = 0;
};

void CustomerDuplicates::Suggest(const Request& request,
                                 std::function<void(Result<v1::SuggestDuplicatesResponse>)> done) {
  auto suggesting = std::make_shared<Suggesting>();
  suggesting->request = request;
  suggesting->done = std::move(done);
  customers_.Get(request.domain, request.customer,
                 [this, suggesting](Result<v1::Customer> customer) {
                   if (!customer.ok()) return suggesting->done(customer.error());
                   suggesting->customer = *std::move(customer);
                   suggesting->comparison.calling_code = suggesting->request.calling_code;
                   Probe(suggesting);
                 });
}

// Asks the index for all who have something alike.
void CustomerDuplicates::Probe(const std::shared_ptr<Suggesting>& suggesting) {
  struct Start {
    std::string text;
    std::string field;  // empty: no field's value
  };
  std::vector<Start> starts;
  const v1::Customer& customer = suggesting->customer;
  for (const std::string& number : ValuesOf(customer, "phone")) {
    for (std::string& form : FormsOf(number, suggesting->request.calling_code)) {
      if (form.size() >= kTellingDigits) starts.push_back({std::move(form), ""});
    }
  }
  for (const std::string& field : index_.FieldsOf(suggesting->request.domain)) {
    const auto value = customer.fields().find(field);
    if (value == customer.fields().end()) continue;
    starts.push_back({FoldedText(value->second), field});
  }
  for (const std::string& email : ValuesOf(customer, "email")) {
    starts.push_back({FoldedText(UserOf(email) + '@'), ""});
  }
  const Query name = ToQuery(customer.name(), "");
  for (const std::string& start : name.starts) starts.push_back({start, ""});
  if (starts.size() > kProbesMax) starts.resize(kProbesMax);
  if (starts.empty()) return ReadConflicts(suggesting);
  suggesting->left = starts.size();
  for (const Start& start : starts) {
    index_.Find(
        suggesting->request.domain, start.text, kHitsOfAProbe,
        [this, suggesting, start](Result<IndexHits> hits) {
          if (!hits.ok()) {
            suggesting->result = hits.error();
          } else if (start.field.empty() || (!hits->more && hits->hits.size() <= kSharedByMax)) {
            if (!start.field.empty()) suggesting->comparison.fields.push_back(start.field);
            for (IndexHit& hit : hits->hits) {
              if (suggesting->candidates.size() >= kCandidatesMax) break;
              suggesting->candidates.insert(std::move(hit.customer));
            }
          }
          if (--suggesting->left == 0) ReadConflicts(suggesting);
        });
  }
}

void CustomerDuplicates::ReadConflicts(const std::shared_ptr<Suggesting>& suggesting) {
  if (!suggesting->result.ok()) return suggesting->done(suggesting->result.error());
  const std::string key =
      CustomerKey(suggesting->request.domain, CustomerId{suggesting->customer.id()}, "conflicts");
  redis_.Call({"SMEMBERS", key}, [this, suggesting](Result<RedisReply> reply) {
    if (!reply.ok()) return suggesting->done(reply.error());
    if (reply->IsError()) return suggesting->done(store::ToError(*reply, "read conflicts"));
    for (const RedisReply& item : reply->items()) {
      const std::string_view text = item.text();
      const std::size_t blank = text.find(' ');
      const std::size_t colon = text.find(':');
      if (blank == std::string_view::npos || colon == std::string_view::npos) continue;
      const CustomerId other{std::string(text.substr(0, blank))};
      suggesting->conflicts[other].emplace_back(text.substr(colon + 1));
      suggesting->candidates.insert(other);
    }
    Compare(suggesting);
  });
}

void CustomerDuplicates::Compare(const std::shared_ptr<Suggesting>& suggesting) {
  struct Comparing {
    std::map<std::string, v1::Duplicate> found;
    std::size_t left = 0;
  };
  const auto comparing = std::make_shared<Comparing>();
  suggesting->candidates.erase(CustomerId{suggesting->customer.id()});
  comparing->left = suggesting->candidates.size();
  const auto finish = [suggesting, comparing] {
    if (!suggesting->result.ok()) return suggesting->done(suggesting->result.error());
    std::vector<v1::Duplicate> best;
    for (auto& [id, duplicate] : comparing->found) best.push_back(std::move(duplicate));
    std::sort(best.begin(), best.end(), [](const v1::Duplicate& a, const v1::Duplicate& b) {
      const auto rank = [](const v1::Duplicate& one) {
        return std::tuple(StrengthOf(one.evidence(0)), -one.evidence_size(), one.customer().id());
      };
      return rank(a) < rank(b);
    });
    if (best.size() > kSuggestionsMax) best.resize(kSuggestionsMax);
    v1::SuggestDuplicatesResponse response;
    for (v1::Duplicate& duplicate : best) *response.add_duplicates() = std::move(duplicate);
    suggesting->done(std::move(response));
  };
  if (comparing->left == 0) return finish();
  for (const CustomerId& candidate : suggesting->candidates) {
    customers_.Get(suggesting->request.domain, candidate,
                   [suggesting, comparing, candidate, finish](Result<v1::Customer> other) {
                     if (other.ok() && other->id() != suggesting->customer.id()) {
                       Comparison comparison = suggesting->comparison;
                       if (const auto told = suggesting->conflicts.find(candidate);
                           told != suggesting->conflicts.end()) {
                         comparison.conflicts = told->second;
                       }
                       const auto evidence = EvidenceOf(suggesting->customer, *other, comparison);
                       v1::Duplicate duplicate;
                       for (const v1::Evidence& one : evidence) *duplicate.add_evidence() = one;
                       *duplicate.mutable_customer() = *std::move(other);
                       if (duplicate.evidence_size() > 0) {
                         v1::Duplicate& known = comparing->found[duplicate.customer().id()];
                         if (known.evidence_size() < duplicate.evidence_size())
                           known = std::move(duplicate);
                       }
                     } else if (!other.ok() && other.error().code != Code::kNotFound &&
                                other.error().code != Code::kDataLoss) {
                       suggesting->result = other.error();
                     }
                     if (--comparing->left == 0) finish();
                   });
  }
}

}  // namespace usher::context
