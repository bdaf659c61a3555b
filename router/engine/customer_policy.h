// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.h"
#include "base/time.h"
#include "router/engine/channel.h"

namespace usher::engine {

// What a domain says about its customers and their cases. It is versioned and rolled back with the
// routing configuration; the engine carries it and reads none of it.

enum class FieldType : std::uint8_t {
  kText = 0,
  kNumber = 1,   // a decimal number
  kBoolean = 2,  // `true` or `false`
  kDate = 3,     // `2026-11-22`
  kChoice = 4,
};
inline constexpr int kFieldTypeCount = 5;
std::string_view ToString(FieldType type);  // "text"
std::optional<FieldType> FindFieldType(std::string_view name);

// A fact about customers that the domain declares.
struct CustomerField {
  std::string id{};
  std::string name{};  // to show; "" shows the id
  FieldType type = FieldType::kText;
  std::vector<std::string> choices{};
  bool searchable = false;

  friend bool operator==(const CustomerField&, const CustomerField&) = default;
  template <class Self, class V>
  static void VisitFields(Self& self, V&& v) {
    v(1, "id", self.id);
    v(2, "name", self.name);
    v(3, "type", self.type);
    v(4, "choices", self.choices);
    v(5, "searchable", self.searchable);
  }
};

struct CustomerPolicy {
  std::string country{};  // ISO 3166-1 alpha-2; "": only international phone numbers are read
  std::vector<std::string> tiers{};  // none: any text is one
  std::vector<CustomerField> fields{};
  std::vector<std::string> refused_words{};          // in names and notes
  bool open_access = false;                          // every agent may read every customer
  Duration access_grace = std::chrono::minutes{30};  // after an agent's contact of the customer
  Duration repeat_within = std::chrono::hours{7 * 24};
  std::map<Channel, Duration> retention{};  // of what was said, after the contact; none: kept
  Duration reads_kept = std::chrono::hours{400 * 24};

  friend bool operator==(const CustomerPolicy&, const CustomerPolicy&) = default;
  template <class Self, class V>
  static void VisitFields(Self& self, V&& v) {
    v(1, "country", self.country);
    v(2, "tiers", self.tiers);
    v(3, "fields", self.fields);
    v(4, "refused_words", self.refused_words);
    v(5, "open_access", self.open_access);
    v(6, "access_grace", self.access_grace);
    v(7, "repeat_within", self.repeat_within);
    v(8, "retention", self.retention);
    v(9, "reads_kept", self.reads_kept);
  }
};

struct CasePolicy {
  std::vector<std::string> categories{};  // none: cases have no category
  QueueId queue{};        // where an owner's tasks are offered; none: nobody is told
  QueueId escalate_to{};  // none: the owner keeps it
  std::int32_t max_transfers = 2;
  Duration due_soon = std::chrono::hours{2};  // before a promise is due
  std::string hours{};                        // id of Domain::hours, for business time; "": always

  friend bool operator==(const CasePolicy&, const CasePolicy&) = default;
  template <class Self, class V>
  static void VisitFields(Self& self, V&& v) {
    v(1, "categories", self.categories);
    v(2, "queue", self.queue);
    v(3, "escalate_to", self.escalate_to);
    v(4, "max_transfers", self.max_transfers);
    v(5, "due_soon", self.due_soon);
    v(6, "hours", self.hours);
  }
};

}  // namespace usher::engine
