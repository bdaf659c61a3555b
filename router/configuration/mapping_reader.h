// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "router/configuration/diagnostic.h"
#include "router/configuration/yaml_document.h"
#include "router/engine/domain.h"

namespace usher::configuration {

// What may be named where: the ids of one kind that a file declares. Lookups cost O(log n).
class Names {
 public:
  explicit Names(std::string kind) : kind_(std::move(kind)) {}
  Names(std::string kind, const std::vector<std::string>& known);

  void Add(const std::string& name);
  bool Has(std::string_view name) const { return index_.contains(name); }
  const std::string& kind() const { return kind_; }  // "queue", for messages
  const std::vector<std::string>& known() const { return known_; }
  // `no queue "suport"; did you mean "support"?`
  std::string Missing(std::string_view name) const;

 private:
  std::string kind_;
  std::vector<std::string> known_;  // in the order of the file
  std::set<std::string, std::less<>> index_;
};

struct Range {
  std::int64_t min = 0;
  std::int64_t max = INT32_MAX;
};

// Reads the keys of one mapping, each with the type that its reader wants, and says what does not
// fit: `queue support: offer_timeout must be a duration such as 15s, not "15"`. What is absent or
// wrong leaves the output as it was. Every key that is asked for counts as known; Finish complains
// about the others.
//
//   MappingReader reader(node, "queue support", diagnostics);
//   reader.Read("offer_timeout", queue.offer_timeout);
//   reader.Finish();
class MappingReader {
 public:
  // A null node reads as an empty mapping; anything but a mapping is a complaint.
  MappingReader(const YamlNode& node, std::string where, Diagnostics& diagnostics);

  // The value of the key, or null. An absent value and a `~` read alike.
  const YamlNode* Find(std::string_view key);

  void Read(std::string_view key, Duration& out);
  void Read(std::string_view key, std::optional<Duration>& out);
  void Read(std::string_view key, std::string& out);
  void Read(std::string_view key, std::optional<std::string>& out);
  void Read(std::string_view key, bool& out);
  void Read(std::string_view key, const Range& range, std::int32_t& out);
  void Read(std::string_view key, const Range& range, std::optional<std::int32_t>& out);
  void Read(std::string_view key, std::uint64_t& out);
  void Read(std::string_view key, engine::ChannelSet& out);
  // A name that must be among `names`.
  void Read(std::string_view key, const Names& names, std::string& out);
  // A list of such names, each once; a single name stands for a list of one.
  void Read(std::string_view key, const Names& names, std::vector<std::string>& out);

  // Declares ids: a list of ids, each once.
  void ReadDeclarations(std::string_view key, std::vector<std::string>& out);
  // Texts by name, whatever the names; scalars only.
  void ReadTexts(std::string_view key, std::map<std::string, std::string>& out);

  void Finish();

  void Complain(const YamlNode& at, std::string_view message);
  Diagnostics& diagnostics() { return diagnostics_; }
  const std::string& where() const { return where_; }
  int line() const { return node_.line; }

 private:
  const YamlNode& node_;
  std::string where_;
  Diagnostics& diagnostics_;
  std::vector<std::string> asked_;
};

// `no skill "tehc"; did you mean "tech"? Declare it under skills.`
std::string Sentences(const Error& error);

// How a value is quoted in a complaint: `"15"`, `a list`, `nothing`.
std::string Shown(const YamlNode& node);

// The items of a list, or the scalar itself as a list of one.
std::vector<const YamlNode*> ItemsOf(const YamlNode& node);

}  // namespace usher::configuration
