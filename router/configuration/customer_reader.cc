// SPDX-License-Identifier: Apache-2.0
#include "router/configuration/customer_reader.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "router/configuration/scalar.h"

namespace usher::configuration {
namespace {

using Kind = YamlNode::Kind;

constexpr std::size_t kFieldsMax = 64;
constexpr std::size_t kChoicesMax = 200;
constexpr std::size_t kRefusedWordsMax = 10'000;  // every name and note is held against them
constexpr std::size_t kWordBytesMax = 64;

Names FieldTypeNames() {
  Names names("field type");
  for (int i = 0; i < engine::kFieldTypeCount; ++i) {
    names.Add(std::string(engine::ToString(static_cast<engine::FieldType>(i))));
  }
  return names;
}

// A list of texts that need not be ids, each once.
void ReadWords(MappingReader& reader, std::string_view key, std::size_t words_max,
               std::vector<std::string>& out) {
  const YamlNode* node = reader.Find(key);
  if (node == nullptr) return;
  const std::vector<const YamlNode*> items = ItemsOf(*node);
  if (items.size() > words_max) {
    reader.Complain(*node, std::string(key) + ": at most " + std::to_string(words_max));
    return;
  }
  for (const YamlNode* item : items) {
    if (item->kind != Kind::kScalar || item->text.empty() || item->text.size() > kWordBytesMax) {
      reader.Complain(*item, std::string(key) + " must be texts of 1 to " +
                                 std::to_string(kWordBytesMax) + " bytes, not " + Shown(*item));
    } else if (std::find(out.begin(), out.end(), item->text) != out.end()) {
      reader.Complain(*item, std::string(key) + ": \"" + item->text + "\" stands there twice");
    } else {
      out.push_back(item->text);
    }
  }
}

engine::CustomerField ReadField(const YamlNode::Entry& entry, Diagnostics& diagnostics) {
  engine::CustomerField field;
  field.id = entry.key;
  const std::string where = "customers: field " + entry.key;
  if (!IsId(entry.key)) {
    diagnostics.Add(entry.line, where + " is not an id; ids match [a-z][a-z0-9_-]*");
  }
  MappingReader reader(*entry.value, where, diagnostics);
  reader.Read("name", field.name);
  std::string type = "text";
  reader.Read("type", FieldTypeNames(), type);
  field.type = *engine::FindFieldType(type);
  ReadWords(reader, "choices", kChoicesMax, field.choices);
  reader.Read("searchable", field.searchable);
  reader.Finish();
  const bool is_choice = field.type == engine::FieldType::kChoice;
  if (is_choice && field.choices.empty()) {
    reader.Complain(*entry.value, "a choice needs choices, such as choices: [red, blue]");
  }
  if (!is_choice && !field.choices.empty()) {
    reader.Complain(*entry.value, "has choices, so its type must be choice");
  }
  return field;
}

void ReadFields(MappingReader& customers, std::vector<engine::CustomerField>& fields) {
  const YamlNode* node = customers.Find("fields");
  if (node == nullptr) return;
  if (node->kind != Kind::kMapping || node->entries.size() > kFieldsMax) {
    customers.Complain(*node, "fields must be a mapping of at most " + std::to_string(kFieldsMax) +
                                  " ids, such as fields: {account: {type: text}}");
    return;
  }
  for (const YamlNode::Entry& entry : node->entries) {
    fields.push_back(ReadField(entry, customers.diagnostics()));
  }
}

void ReadRetention(MappingReader& customers, std::map<engine::Channel, Duration>& retention) {
  const YamlNode* node = customers.Find("retention");
  if (node == nullptr) return;
  MappingReader reader(*node, "customers: retention", customers.diagnostics());
  for (const engine::Channel channel : engine::kChannels) {
    std::optional<Duration> span;
    reader.Read(engine::ToString(channel), span);
    if (!span) continue;
    if (*span <= Duration{0}) {
      reader.Complain(*reader.Find(engine::ToString(channel)), "must be longer than 0s");
    }
    retention[channel] = *span;
  }
  reader.Finish();
}

bool IsCountry(const std::string& text) {
  return text.size() == 2 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

}  // namespace

engine::CustomerPolicy ReadCustomers(const YamlNode& node, Diagnostics& diagnostics) {
  engine::CustomerPolicy policy;
  MappingReader reader(node, "customers", diagnostics);
  reader.Read("country", policy.country);
  if (!policy.country.empty() && !IsCountry(policy.country)) {
    reader.Complain(
        *reader.Find("country"),
        "country must be two capital letters such as CN, not \"" + policy.country + "\"");
  }
  reader.ReadDeclarations("tiers", policy.tiers);
  ReadFields(reader, policy.fields);
  ReadWords(reader, "refused_words", kRefusedWordsMax, policy.refused_words);
  std::string access = "contact";
  reader.Read("access", Names("access", {"contact", "open"}), access);
  policy.open_access = access == "open";
  reader.Read("access_grace", policy.access_grace);
  reader.Read("repeat_within", policy.repeat_within);
  ReadRetention(reader, policy.retention);
  reader.Read("reads_kept", policy.reads_kept);
  reader.Finish();
  return policy;
}

engine::CasePolicy ReadCases(const YamlNode& node, const Vocabulary& vocabulary,
                             Diagnostics& diagnostics) {
  engine::CasePolicy policy;
  MappingReader reader(node, "cases", diagnostics);
  reader.ReadDeclarations("categories", policy.categories);
  std::string queue;
  reader.Read("queue", vocabulary.queues, queue);
  policy.queue = QueueId{queue};
  std::string escalate_to;
  reader.Read("escalate_to", vocabulary.queues, escalate_to);
  policy.escalate_to = QueueId{escalate_to};
  reader.Read("max_transfers", {0, 1000}, policy.max_transfers);
  reader.Read("due_soon", policy.due_soon);
  reader.Read("hours", vocabulary.hours, policy.hours);
  reader.Finish();
  return policy;
}

}  // namespace usher::configuration
