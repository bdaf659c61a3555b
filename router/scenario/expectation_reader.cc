// SPDX-License-Identifier: Apache-2.0
#include "router/scenario/expectation_reader.h"

#include <array>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "router/configuration/mapping_reader.h"
#include "router/configuration/scalar.h"
#include "router/scenario/action_reader.h"
#include "router/scenario/journal.h"

namespace usher::scenario {
namespace {

using configuration::Diagnostics;
using configuration::ItemsOf;
using configuration::MappingReader;
using configuration::Shown;
using configuration::YamlNode;
using Kind = YamlNode::Kind;

constexpr std::string_view kNone = "none";

// "c1  ->  ann" as "c1 -> ann"; nothing where it is no pair.
std::optional<std::string> ParsePair(std::string_view text) {
  const std::size_t arrow = text.find("->");
  if (arrow == std::string_view::npos) return std::nullopt;
  const auto trim = [](std::string_view part) {
    while (!part.empty() && part.front() == ' ') part.remove_prefix(1);
    while (!part.empty() && part.back() == ' ') part.remove_suffix(1);
    return std::string(part);
  };
  const std::string left = trim(text.substr(0, arrow));
  const std::string right = trim(text.substr(arrow + 2));
  if (left.empty() || right.empty()) return std::nullopt;
  return left + " -> " + right;
}

class ExpectationReader {
 public:
  ExpectationReader(const YamlNode& node, Diagnostics& diagnostics)
      : node_(node), diagnostics_(diagnostics), reader_(node, "expect", diagnostics) {}

  Expectation Read() {
    for (const std::string_view kind : Journal::kKinds) ReadHappened(kind);
    ReadEach("waiting", [&](const YamlNode::Entry& entry) { ReadWaiting(entry); });
    ReadEach("contact", [&](const YamlNode::Entry& entry) { ReadContact(entry); });
    ReadEach("agent", [&](const YamlNode::Entry& entry) { ReadAgent(entry); });
    ReadEach("position", [&](const YamlNode::Entry& entry) { ReadPosition(entry); });
    ReadEach("estimated_wait", [&](const YamlNode::Entry& entry) { ReadEstimatedWait(entry); });
    ReadEach("service_level", [&](const YamlNode::Entry& entry) { ReadServiceLevel(entry); });
    ReadWhys();
    reader_.Finish();
    if (node_.entries.empty()) reader_.Complain(node_, "expects nothing");
    return std::move(expectation_);
  }

 private:
  void Add(Check check) { expectation_.checks.push_back(std::move(check)); }
  void Add(const YamlNode& at, std::string kind, std::string subject, std::string field,
           std::string expected) {
    Add({at.line, std::move(kind), std::move(subject), std::move(field), {std::move(expected)}});
  }

  void ReadHappened(std::string_view kind) {
    const YamlNode* node = reader_.Find(kind);
    if (node == nullptr) return;
    Check check{node->line, std::string(kind), "", "", {}, true};
    if (node->kind == Kind::kMapping) {
      reader_.Complain(*node, check.kind + " must be a list such as [c1 -> ann]");
    }
    for (const YamlNode* item : ItemsOf(*node)) {
      const bool names_one = kind == "callback" && item->kind == Kind::kScalar;
      const auto pair = names_one ? std::optional(item->text) : ParsePair(item->text);
      if (pair) {
        check.items.push_back(*pair);
      } else {
        reader_.Complain(*item,
                         check.kind + " must list pairs such as c1 -> ann, not " + Shown(*item));
      }
    }
    Add(std::move(check));
  }

  template <class ReadEntry>
  void ReadEach(std::string_view kind, const ReadEntry& read_entry) {
    const YamlNode* node = reader_.Find(kind);
    if (node == nullptr) return;
    if (node->kind != Kind::kMapping) {
      reader_.Complain(*node, std::string(kind) + " must be a mapping, not " + Shown(*node));
      return;
    }
    for (const YamlNode::Entry& entry : node->entries) read_entry(entry);
  }

  void ReadWaiting(const YamlNode::Entry& entry) {
    Add({entry.line, "waiting", entry.key, "", Words(*entry.value), true});
  }

  std::vector<std::string> Words(const YamlNode& node) {
    std::vector<std::string> words;
    if (node.kind == Kind::kMapping) reader_.Complain(node, "must be a list");
    for (const YamlNode* item : ItemsOf(node)) {
      if (item->kind != Kind::kScalar) reader_.Complain(*item, "must list names");
      words.push_back(item->text);
    }
    return words;
  }

  void ReadContact(const YamlNode::Entry& entry) {
    if (entry.value->kind == Kind::kScalar) {
      return Add(*entry.value, "contact", entry.key, "state", entry.value->text);
    }
    MappingReader fields(*entry.value, "expect: contact " + entry.key, diagnostics_);
    const auto add = [&](std::string_view field, std::optional<std::string> expected) {
      if (expected) {
        Add(*fields.Find(field), "contact", entry.key, std::string(field), *std::move(expected));
      }
    };
    for (const char* field : {"state", "queue", "outcome", "disposition", "note"}) {
      add(field, Text(fields, field));
    }
    for (const char* field : {"agent", "resumes", "consults", "consult", "refusal"}) {
      add(field, TextOrNone(fields, field));
    }
    add("channel", Text(fields, "channel"));
    add("adapter", TextOrNone(fields, "adapter"));
    add("waited", Time(fields, "waited"));
    add("due", Time(fields, "due"));
    add("transfers", Number(fields, "transfers"));
    add("priority", Number(fields, "priority"));
    fields.Finish();
  }

  void ReadAgent(const YamlNode::Entry& entry) {
    if (entry.value->kind == Kind::kScalar) {
      return Add(*entry.value, "agent", entry.key, "presence", entry.value->text);
    }
    MappingReader fields(*entry.value, "expect: agent " + entry.key, diagnostics_);
    const auto add = [&](std::string_view field, std::optional<std::string> expected) {
      if (expected) {
        Add(*fields.Find(field), "agent", entry.key, std::string(field), *std::move(expected));
      }
    };
    add("presence", Text(fields, "presence"));
    add("reason", TextOrNone(fields, "reason"));
    add("connection", Text(fields, "connection"));
    add("idle_since", Time(fields, "idle_since"));
    if (const YamlNode* load = fields.Find("load")) {
      Add({load->line, "agent", entry.key, "load", ReadLoad(fields, *load), true});
    }
    for (const char* field : {"offers", "assigned", "held"}) {
      const YamlNode* list = fields.Find(field);
      if (list != nullptr) Add({list->line, "agent", entry.key, field, Words(*list), true});
    }
    fields.Finish();
  }

  // `{chat: 2, email: 0}` as ["chat: 2"], in the order of the channels.
  std::vector<std::string> ReadLoad(MappingReader& fields, const YamlNode& node) {
    MappingReader load(node, fields.where() + ": load", diagnostics_);
    std::vector<std::string> items;
    for (const engine::Channel channel : engine::kChannels) {
      std::int32_t count = 0;
      load.Read(engine::ToString(channel), {0, 100'000}, count);
      if (count != 0) {
        items.push_back(std::string(engine::ToString(channel)) + ": " + std::to_string(count));
      }
    }
    load.Finish();
    return items;
  }

  void ReadPosition(const YamlNode::Entry& entry) {
    const auto place = configuration::ParseInteger(entry.value->text);
    if (entry.value->kind != Kind::kScalar || !place) {
      return reader_.Complain(*entry.value,
                              "position must be a number, not " + Shown(*entry.value));
    }
    Add(*entry.value, "position", entry.key, "", std::to_string(*place));
  }

  // `none`, or any of low, expected and high.
  void ReadEstimatedWait(const YamlNode::Entry& entry) {
    if (entry.value->text == kNone) {
      for (const char* field : {"low", "expected", "high"}) {
        Add(*entry.value, "estimated_wait", entry.key, field, std::string(kNone));
      }
      return;
    }
    MappingReader fields(*entry.value, "expect: estimated_wait " + entry.key, diagnostics_);
    for (const char* field : {"low", "expected", "high"}) {
      std::optional<std::string> expected = Time(fields, field);
      if (!expected) continue;
      Add(*fields.Find(field), "estimated_wait", entry.key, field, *std::move(expected));
    }
    fields.Finish();
  }

  void ReadServiceLevel(const YamlNode::Entry& entry) {
    if (entry.value->text == kNone) {
      return Add(*entry.value, "service_level", entry.key, "", "none");
    }
    const auto level = configuration::ParsePercent(entry.value->text);
    if (!level) {
      return reader_.Complain(
          *entry.value, "service_level must be a percentage or none, not " + Shown(*entry.value));
    }
    Add(*entry.value, "service_level", entry.key, "", configuration::FormatPercent(*level));
  }

  void ReadWhys() {
    const YamlNode* node = reader_.Find("why");
    if (node == nullptr) return;
    if (node->kind != Kind::kSequence) return ReadWhy(*node);
    for (const YamlNode::Ptr& item : node->items) ReadWhy(*item);
  }

  void ReadWhy(const YamlNode& node) {
    MappingReader reader(node, "expect: why", diagnostics_);
    std::string contact;
    std::string agent;
    std::string says;
    reader.Read("contact", contact);
    reader.Read("agent", agent);
    reader.Read("says", says);
    reader.Finish();
    if (contact.empty() == agent.empty() || says.empty()) {
      return reader.Complain(node, "needs contact: or agent:, and says:");
    }
    if (!engine::FindRefusal(says)) return reader.Complain(node, ReasonNames().Missing(says));
    Add(node, "why", contact.empty() ? agent : contact, contact.empty() ? "agent" : "contact",
        says);
  }

  static std::optional<std::string> Text(MappingReader& fields, std::string_view field) {
    std::optional<std::string> text;
    fields.Read(field, text);
    return text;
  }

  // A value, where `~`, `""` and `none` all say that there is none.
  std::optional<std::string> TextOrNone(MappingReader& fields, std::string_view field) {
    std::optional<std::string> text = Text(fields, field);
    if (text && text->empty()) text = kNone;
    return text;
  }

  static std::optional<std::string> Time(MappingReader& fields, std::string_view field) {
    std::optional<Duration> time;
    fields.Read(field, time);
    if (!time) return std::nullopt;
    return configuration::FormatDuration(*time);
  }

  static std::optional<std::string> Number(MappingReader& fields, std::string_view field) {
    std::optional<std::int32_t> number;
    fields.Read(field, {-1'000'000'000, 1'000'000'000}, number);
    if (!number) return std::nullopt;
    return std::to_string(*number);
  }

  const YamlNode& node_;
  Diagnostics& diagnostics_;
  MappingReader reader_;
  Expectation expectation_;
};

}  // namespace

Expectation ReadExpectation(const YamlNode& node, Diagnostics& diagnostics) {
  return ExpectationReader(node, diagnostics).Read();
}

}  // namespace usher::scenario
