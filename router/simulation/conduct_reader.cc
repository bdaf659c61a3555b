// SPDX-License-Identifier: Apache-2.0
#include "router/simulation/conduct_reader.h"

#include <string>
#include <utility>

#include "router/simulation/value_reader.h"

namespace usher::simulation {
namespace {

using configuration::MappingReader;
using configuration::Names;
using configuration::YamlNode;

std::string Below(const MappingReader& reader, std::string_view key) {
  return reader.where() + (reader.where().empty() ? "" : ": ") + std::string(key);
}

void Require(MappingReader& reader, const YamlNode& node, std::string_view key) {
  if (reader.Find(key) == nullptr) reader.Complain(node, "needs " + std::string(key) + ":");
}

void ReadRedial(MappingReader& outer, std::optional<Redial>& out) {
  const YamlNode* node = outer.Find("redial");
  if (node == nullptr) return;
  MappingReader reader(*node, Below(outer, "redial"), outer.diagnostics());
  Redial redial;
  Require(reader, *node, "chance");
  ReadChance(reader, "chance", redial.chance);
  Require(reader, *node, "after");
  ReadDistribution(reader, "after", redial.after);
  reader.Read("limit", {1, 100}, redial.limit);
  static const Names kOutcomes("outcome", {"abandoned", "refused", "timed-out"});
  std::vector<std::string> on;
  reader.Read("when", kOutcomes, on);
  if (!on.empty()) {
    redial.on_abandoned = redial.on_refused = redial.on_timed_out = false;
    for (const std::string& outcome : on) {
      if (outcome == "abandoned") redial.on_abandoned = true;
      if (outcome == "refused") redial.on_refused = true;
      if (outcome == "timed-out") redial.on_timed_out = true;
    }
  }
  reader.Finish();
  out = redial;
}

void ReadTransfers(MappingReader& outer, const Names& queues,
                   std::optional<std::vector<PassOn>>& out) {
  const YamlNode* node = outer.Find("transfer");
  if (node == nullptr) return;
  std::vector<const YamlNode*> items{node};
  if (node->kind == YamlNode::Kind::kSequence) items = configuration::ItemsOf(*node);
  std::vector<PassOn> ways;
  std::int64_t sum = 0;
  for (const YamlNode* item : items) {
    MappingReader reader(*item, Below(outer, "transfer"), outer.diagnostics());
    PassOn way;
    std::string to;
    Require(reader, *item, "chance");
    ReadChance(reader, "chance", way.chance);
    Require(reader, *item, "to");
    reader.Read("to", queues, to);
    reader.Finish();
    way.to = QueueId{to};
    sum += way.chance;
    ways.push_back(std::move(way));
  }
  if (sum > 10'000) outer.Complain(*node, "transfer: the chances add up to more than 100%");
  out = std::move(ways);
}

void ReadHold(MappingReader& outer, std::optional<Hold>& out) {
  const YamlNode* node = outer.Find("hold");
  if (node == nullptr) return;
  MappingReader reader(*node, Below(outer, "hold"), outer.diagnostics());
  Hold hold;
  Require(reader, *node, "chance");
  ReadChance(reader, "chance", hold.chance);
  Require(reader, *node, "for");
  ReadDistribution(reader, "for", hold.length);
  reader.Finish();
  out = hold;
}

}  // namespace

void ReadConduct(MappingReader& reader, const Names& queues, Conduct& out) {
  ReadDistribution(reader, "handle", out.handle);
  ReadDistribution(reader, "patience", out.patience, Endless::kYes);
  ReadDistribution(reader, "wrap_up", out.wrap_up);
  ReadRedial(reader, out.redial);
  ReadTransfers(reader, queues, out.pass_on);
  ReadHold(reader, out.hold);
}

}  // namespace usher::simulation
