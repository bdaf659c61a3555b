// SPDX-License-Identifier: Apache-2.0
#include "router/configuration/mapping_reader.h"

#include <algorithm>
#include <utility>

#include "router/configuration/scalar.h"
#include "router/engine/nearest_name.h"

namespace usher::configuration {
namespace {

using Kind = YamlNode::Kind;

constexpr std::size_t kTextBytesMax = 4096;  // as the engine bounds any one text

const Names& ChannelNames() {
  static const Names names = [] {
    Names all("channel");
    for (const engine::Channel channel : engine::kChannels) {
      all.Add(std::string(engine::ToString(channel)));
    }
    return all;
  }();
  return names;
}

}  // namespace

Names::Names(std::string kind, const std::vector<std::string>& known) : kind_(std::move(kind)) {
  for (const std::string& name : known) Add(name);
}

void Names::Add(const std::string& name) {
  if (index_.insert(name).second) known_.push_back(name);
}

std::string Names::Missing(std::string_view name) const {
  return "no " + kind_ + " \"" + std::string(name) + "\"" + engine::DidYouMeanAtAll(name, known_);
}

std::string Sentences(const Error& error) {
  const bool ended = error.message.ends_with('?') || error.message.ends_with('.');
  return error.message + (ended ? " " : ". ") + error.next_step;
}

std::string Shown(const YamlNode& node) {
  switch (node.kind) {
    case Kind::kNull:
      return "nothing";
    case Kind::kSequence:
      return "a list";
    case Kind::kMapping:
      return "a mapping";
    case Kind::kScalar:
      break;
  }
  return "\"" + (node.text.size() > 60 ? node.text.substr(0, 60) + "..." : node.text) + "\"";
}

std::vector<const YamlNode*> ItemsOf(const YamlNode& node) {
  if (node.kind == Kind::kScalar) return {&node};
  std::vector<const YamlNode*> items;
  for (const YamlNode::Ptr& item : node.items) items.push_back(item.get());
  return items;
}

MappingReader::MappingReader(const YamlNode& node, std::string where, Diagnostics& diagnostics)
    : node_(node), where_(std::move(where)), diagnostics_(diagnostics) {
  if (node.kind != Kind::kMapping && node.kind != Kind::kNull) {
    Complain(node, "must be a mapping of keys to values, not " + Shown(node));
  }
}

const YamlNode* MappingReader::Find(std::string_view key) {
  asked_.emplace_back(key);
  const YamlNode* value = node_.Find(key);
  return value == nullptr || value->kind == Kind::kNull ? nullptr : value;
}

void MappingReader::Complain(const YamlNode& at, std::string_view message) {
  diagnostics_.Add(at.line, where_ + (where_.empty() ? "" : ": ") + std::string(message));
}

void MappingReader::Read(std::string_view key, std::optional<Duration>& out) {
  const YamlNode* value = Find(key);
  if (value == nullptr) return;
  const auto duration =
      value->kind == Kind::kScalar ? ParseDuration(value->text) : std::optional<Duration>();
  if (duration) {
    out = duration;
  } else {
    Complain(*value, std::string(key) +
                         " must be a duration of one number and one unit of ms, s, m, h or d, "
                         "such as 15s, not " +
                         Shown(*value));
  }
}

void MappingReader::Read(std::string_view key, Duration& out) {
  std::optional<Duration> read;
  Read(key, read);
  if (read) out = *read;
}

void MappingReader::Read(std::string_view key, std::optional<std::string>& out) {
  const YamlNode* value = Find(key);
  if (value == nullptr) return;
  if (value->kind != Kind::kScalar) {
    Complain(*value, std::string(key) + " must be a text, not " + Shown(*value));
  } else if (value->text.size() > kTextBytesMax) {
    Complain(*value,
             std::string(key) + " is longer than " + std::to_string(kTextBytesMax) + " bytes");
  } else {
    out = value->text;
  }
}

void MappingReader::Read(std::string_view key, std::string& out) {
  std::optional<std::string> read;
  Read(key, read);
  if (read) out = *std::move(read);
}

void MappingReader::Read(std::string_view key, bool& out) {
  const YamlNode* value = Find(key);
  if (value == nullptr) return;
  if (value->kind == Kind::kScalar && !value->quoted &&
      (value->text == "true" || value->text == "false")) {
    out = value->text == "true";
  } else {
    Complain(*value, std::string(key) + " must be true or false, not " + Shown(*value));
  }
}

void MappingReader::Read(std::string_view key, const Range& range,
                         std::optional<std::int32_t>& out) {
  const YamlNode* value = Find(key);
  if (value == nullptr) return;
  const auto number = value->kind == Kind::kScalar && !value->quoted
                          ? ParseInteger(value->text)
                          : std::optional<std::int64_t>();
  if (!number) {
    Complain(*value, std::string(key) + " must be a whole number, not " + Shown(*value));
  } else if (*number < range.min || *number > range.max) {
    Complain(*value, std::string(key) + " must be from " + std::to_string(range.min) + " to " +
                         std::to_string(range.max) + ", not " + value->text);
  } else {
    out = static_cast<std::int32_t>(*number);
  }
}

void MappingReader::Read(std::string_view key, std::uint64_t& out) {
  const YamlNode* value = Find(key);
  if (value == nullptr) return;
  const auto number = value->kind == Kind::kScalar && !value->quoted
                          ? ParseInteger(value->text)
                          : std::optional<std::int64_t>();
  if (number && *number >= 0) {
    out = static_cast<std::uint64_t>(*number);
  } else {
    Complain(*value, std::string(key) + " must be a whole number from 0 on, not " + Shown(*value));
  }
}

void MappingReader::Read(std::string_view key, const Range& range, std::int32_t& out) {
  std::optional<std::int32_t> read;
  Read(key, range, read);
  if (read) out = *read;
}

void MappingReader::Read(std::string_view key, engine::ChannelSet& out) {
  if (node_.Find(key) == nullptr) {
    Find(key);
    return;
  }
  std::vector<std::string> names;
  const std::size_t complaints = diagnostics_.list().size();
  Read(key, ChannelNames(), names);
  if (names.empty()) {
    const bool said = diagnostics_.list().size() > complaints;
    if (!said) Complain(*node_.Find(key), std::string(key) + " must name a channel");
    return;
  }
  out = {};
  for (const std::string& name : names) out.Add(*engine::FindChannel(name));
}

void MappingReader::Read(std::string_view key, const Names& names, std::string& out) {
  const YamlNode* value = Find(key);
  if (value == nullptr) return;
  if (value->kind != Kind::kScalar) {
    Complain(*value, std::string(key) + " must name a " + names.kind() + ", not " + Shown(*value));
  } else if (!names.Has(value->text)) {
    Complain(*value, std::string(key) + ": " + names.Missing(value->text));
  } else {
    out = value->text;
  }
}

void MappingReader::Read(std::string_view key, const Names& names, std::vector<std::string>& out) {
  const YamlNode* value = Find(key);
  if (value == nullptr) return;
  if (value->kind == Kind::kMapping) {
    Complain(*value, std::string(key) + " must be a list, not a mapping");
    return;
  }
  for (const YamlNode* item : ItemsOf(*value)) {
    if (item->kind != Kind::kScalar) {
      Complain(*item, std::string(key) + " must list names, not " + Shown(*item));
    } else if (!names.Has(item->text)) {
      Complain(*item, std::string(key) + ": " + names.Missing(item->text));
    } else if (std::find(out.begin(), out.end(), item->text) != out.end()) {
      Complain(*item, std::string(key) + " names \"" + item->text + "\" twice");
    } else {
      out.push_back(item->text);
    }
  }
}

void MappingReader::ReadDeclarations(std::string_view key, std::vector<std::string>& out) {
  const YamlNode* value = Find(key);
  if (value == nullptr) return;
  if (value->kind != Kind::kSequence) {
    Complain(*value, std::string(key) + " must be a list, not " + Shown(*value));
    return;
  }
  for (const YamlNode* item : ItemsOf(*value)) {
    if (item->kind != Kind::kScalar || !IsId(item->text)) {
      Complain(*item, std::string(key) + ": " + Shown(*item) +
                          " is not an id; ids match [a-z][a-z0-9_-]*");
    } else if (std::find(out.begin(), out.end(), item->text) != out.end()) {
      Complain(*item, std::string(key) + " names \"" + item->text + "\" twice");
    } else {
      out.push_back(item->text);
    }
  }
}

void MappingReader::ReadTexts(std::string_view key, std::map<std::string, std::string>& out) {
  const YamlNode* value = Find(key);
  if (value == nullptr) return;
  if (value->kind != Kind::kMapping) {
    Complain(*value,
             std::string(key) + " must be a mapping of names to texts, not " + Shown(*value));
    return;
  }
  for (const YamlNode::Entry& entry : value->entries) {
    if (entry.value->kind != Kind::kScalar || entry.value->text.size() > kTextBytesMax) {
      Complain(*entry.value, std::string(key) + "." + entry.key + " must be a text of at most " +
                                 std::to_string(kTextBytesMax) + " bytes");
    } else {
      out[entry.key] = entry.value->text;
    }
  }
}

void MappingReader::Finish() {
  for (const YamlNode::Entry& entry : node_.entries) {
    if (std::find(asked_.begin(), asked_.end(), entry.key) != asked_.end()) continue;
    std::string nearest = engine::DidYouMean(entry.key, asked_);
    if (nearest.empty()) {
      nearest = "; the nearest known key is \"" +
                std::string(engine::NearestNameAtAll(entry.key, asked_)) + "\"";
    }
    diagnostics_.Add(entry.line, where_ + (where_.empty() ? "" : ": ") + "unknown key \"" +
                                     entry.key + "\"" + nearest);
  }
}

}  // namespace usher::configuration
