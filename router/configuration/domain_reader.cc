// SPDX-License-Identifier: Apache-2.0
#include "router/configuration/domain_reader.h"

#include <algorithm>
#include <map>
#include <utility>

#include "router/configuration/customer_reader.h"
#include "router/configuration/hours_reader.h"
#include "router/configuration/mapping_reader.h"
#include "router/configuration/queue_reader.h"
#include "router/configuration/quick_response_reader.h"
#include "router/configuration/scalar.h"
#include "router/configuration/text_file.h"
#include "router/configuration/time_zone.h"
#include "router/engine/expression.h"

namespace usher::configuration {
namespace {

using Kind = YamlNode::Kind;

constexpr std::size_t kAgentsMax = 100'000;
constexpr std::size_t kQueuesMax = 10'000;
constexpr std::size_t kSkillsMax = 4096;
constexpr std::size_t kProfilesMax = 10'000;
constexpr std::size_t kRulesMax = 1000;  // every submit runs them all
constexpr std::int32_t kLevelMax = 100;

const YamlNode kNothing;

// Reads the parts in the order in which they need each other, whatever their order in the file.
class DomainReader {
 public:
  DomainReader(const YamlNode& node, Diagnostics& diagnostics)
      : diagnostics_(diagnostics), top_(node, "", diagnostics) {}

  engine::Domain Read(DomainName name) {
    ReadHeading(name);
    ReadVocabulary();
    const YamlNode& hours = Part("hours", vocabulary_.hours, 1000);
    const YamlNode& profiles = Part("profiles", vocabulary_.profiles, kProfilesMax);
    const YamlNode& queues = Part("queues", vocabulary_.queues, kQueuesMax);
    const YamlNode& agents = Part("agents", vocabulary_.agents, kAgentsMax);
    for (const YamlNode::Entry& entry : hours.entries) {
      domain_.hours.push_back(ReadHours(entry.key, *entry.value, diagnostics_));
    }
    for (const YamlNode::Entry& entry : profiles.entries) ReadProfile(entry);
    for (const YamlNode::Entry& entry : queues.entries) {
      domain_.queues.push_back(ReadQueue(entry.key, *entry.value, vocabulary_, diagnostics_));
    }
    CheckOverflowCycles(domain_.queues, queues, diagnostics_);
    for (const YamlNode::Entry& entry : agents.entries) ReadAgent(entry);
    ReadRules();
    if (const YamlNode* customers = top_.Find("customers")) {
      domain_.customers = ReadCustomers(*customers, diagnostics_);
    }
    if (const YamlNode* cases = top_.Find("cases")) {
      domain_.cases = ReadCases(*cases, vocabulary_, diagnostics_);
    }
    if (const YamlNode* responses = top_.Find("quick_responses")) {
      domain_.quick_responses = ReadQuickResponses(*responses, vocabulary_, diagnostics_);
    }
    top_.Finish();
    return std::move(domain_);
  }

 private:
  void ReadHeading(DomainName name) {
    std::string id;
    top_.Read("domain", id);
    if (id.empty() && name == DomainName::kOptional) id = "scenario";
    if (!IsId(id)) {
      diagnostics_.Add(top_.line(), id.empty() ? "the file does not say which domain it is; add "
                                                 "one such as domain: acme"
                                               : "domain: \"" + id +
                                                     "\" is not an id; ids match [a-z][a-z0-9_-]*");
    }
    domain_.id = DomainId{id};
    std::string zone = "UTC";
    top_.Read("timezone", zone);
    auto loaded = LoadTimeZone(zone);
    if (loaded) {
      domain_.timezone = *std::move(loaded);
    } else {
      top_.Complain(*top_.Find("timezone"), "timezone: " + Sentences(loaded.error()));
    }
    top_.Read("disconnect_grace", domain_.disconnect_grace);
    ReadAdapterGrace();
    top_.Read("seed", domain_.seed);
  }

  // `adapter_grace: {voice: 30s, chat: 2m}`; 0s: contacts of the channel wait without end.
  void ReadAdapterGrace() {
    const YamlNode* node = top_.Find("adapter_grace");
    if (node == nullptr) return;
    MappingReader reader(*node, "adapter_grace", diagnostics_);
    for (const engine::Channel channel : engine::kChannels) {
      reader.Read(engine::ToString(channel), domain_.adapter_grace.Of(channel));
    }
    reader.Finish();
  }

  void ReadVocabulary() {
    top_.ReadDeclarations("skills", domain_.skills);
    top_.ReadDeclarations("not_ready", domain_.not_ready);
    top_.ReadDeclarations("dispositions", domain_.dispositions);
    for (const char* word : {"and", "or", "not", "true", "false"}) {
      if (std::find(domain_.skills.begin(), domain_.skills.end(), word) == domain_.skills.end()) {
        continue;
      }
      top_.Complain(*top_.Find("skills"), std::string("skills: \"") + word +
                                              "\" is a word of the requirement language; "
                                              "name the skill otherwise");
    }
    if (domain_.skills.size() > kSkillsMax) {
      top_.Complain(*top_.Find("skills"),
                    "skills: at most " + std::to_string(kSkillsMax) + " can be declared");
    }
    vocabulary_.skills = Names("skill", domain_.skills);
  }

  // The mapping of ids to things below `key`, its ids noted in `names`.
  const YamlNode& Part(std::string_view key, Names& names, std::size_t entries_max) {
    const YamlNode* node = top_.Find(key);
    if (node == nullptr) return kNothing;
    if (node->kind != Kind::kMapping) {
      top_.Complain(*node, std::string(key) + " must be a mapping of ids, not " + Shown(*node));
      return kNothing;
    }
    if (node->entries.size() > entries_max) {
      top_.Complain(*node, std::string(key) + ": at most " + std::to_string(entries_max) +
                               " can be declared");
      return kNothing;
    }
    for (const YamlNode::Entry& entry : node->entries) {
      names.Add(entry.key);
      if (IsId(entry.key)) continue;
      diagnostics_.Add(entry.line, std::string(key) + ": \"" + entry.key +
                                       "\" is not an id; ids match [a-z][a-z0-9_-]*");
    }
    return *node;
  }

  void ReadProfile(const YamlNode::Entry& entry) {
    engine::Profile profile;
    profile.id = entry.key;
    MappingReader reader(*entry.value, "profile " + entry.key, diagnostics_);
    reader.Read("units", {1, 1'000'000}, profile.units);
    for (const engine::Channel channel : engine::kChannels) {
      const std::string_view name = engine::ToString(channel);
      if (entry.value->Find(name) == nullptr) {
        reader.Find(name);  // known, but not given
        continue;
      }
      const YamlNode* node = reader.Find(name);
      engine::ChannelCapacity capacity;
      MappingReader parts(node == nullptr ? kNothing : *node,
                          reader.where() + ": " + std::string(name), diagnostics_);
      parts.Read("max", {1, 10'000}, capacity.max);
      parts.Read("while", capacity.alongside);
      parts.Read("cost", {0, 1'000'000}, capacity.cost);
      parts.Finish();
      capacity.alongside.Add(channel);
      if (capacity.cost > 0 && !profile.units) {
        reader.Complain(*node, std::string(name) + " says a cost, but the profile no units");
      }
      profile.channels[channel] = capacity;
    }
    reader.Finish();
    domain_.profiles.push_back(std::move(profile));
  }

  void ReadAgent(const YamlNode::Entry& entry) {
    engine::Agent agent;
    agent.id = AgentId{entry.key};
    MappingReader reader(*entry.value, "agent " + entry.key, diagnostics_);
    reader.Read("name", agent.name);
    ReadRanked(reader, "skills", vocabulary_.skills, {0, kLevelMax}, kLevelMax, agent.skills);
    std::map<std::string, std::int32_t> queues;
    ReadRanked(reader, "queues", vocabulary_.queues, {0, kTierMax}, 0, queues);
    for (const auto& [queue, tier] : queues) agent.queues[QueueId{queue}] = tier;
    reader.Read("profile", vocabulary_.profiles, agent.profile);
    reader.Read("wrap_up", agent.wrap_up);
    reader.Read("channels", agent.channels);
    reader.Finish();
    domain_.agents.push_back(std::move(agent));
  }

  // `{english: 80}`, or `[english]`, where each counts `listed`.
  void ReadRanked(MappingReader& reader, std::string_view key, const Names& names,
                  const Range& range, std::int32_t listed,
                  std::map<std::string, std::int32_t>& out) {
    const YamlNode* node = reader.Find(key);
    if (node == nullptr) return;
    if (node->kind != Kind::kMapping) {
      std::vector<std::string> list;
      reader.Read(key, names, list);
      for (const std::string& name : list) out[name] = listed;
      return;
    }
    MappingReader ranks(*node, reader.where() + ": " + std::string(key), diagnostics_);
    for (const YamlNode::Entry& entry : node->entries) {
      if (!names.Has(entry.key)) {
        diagnostics_.Add(entry.line, ranks.where() + ": " + names.Missing(entry.key));
        continue;
      }
      std::int32_t rank = listed;
      ranks.Read(entry.key, range, rank);
      out[entry.key] = rank;
    }
  }

  void ReadRules() {
    const YamlNode* node = top_.Find("rules");
    if (node == nullptr) return;
    if (node->kind != Kind::kSequence || node->items.size() > kRulesMax) {
      top_.Complain(*node, "rules must be a list of at most " + std::to_string(kRulesMax));
      return;
    }
    for (const YamlNode::Ptr& item : node->items) {
      domain_.rules.push_back(ReadRule(*item, "rule " + std::to_string(domain_.rules.size() + 1)));
    }
  }

  engine::Rule ReadRule(const YamlNode& node, const std::string& where) {
    engine::Rule rule;
    MappingReader reader(node, where, diagnostics_);
    reader.Read("when", rule.when);
    const YamlNode* when = node.Find("when");
    if (when == nullptr) {
      reader.Complain(node, "says no when");
    } else if (const auto condition = engine::Condition::Compile(rule.when, domain_.HoursIds());
               condition) {
      const std::string canonical = condition->Canonical();
      if (canonical.size() <= engine::kExpressionTextMax) rule.when = canonical;
    } else {
      reader.Complain(*when, "when: " + Sentences(condition.error()));
    }
    const YamlNode* set = reader.Find("set");
    if (set == nullptr) {
      reader.Complain(node, "sets nothing; add set: {priority: 5}");
    } else {
      ReadSet(*set, where + ": set", rule);
    }
    reader.Finish();
    return rule;
  }

  void ReadSet(const YamlNode& node, const std::string& where, engine::Rule& rule) {
    MappingReader reader(node, where, diagnostics_);
    std::string queue;
    reader.Read("queue", vocabulary_.queues, queue);
    if (!queue.empty()) rule.queue = QueueId{queue};
    reader.Read("priority", {-kPriorityMax, kPriorityMax}, rule.priority);
    reader.Read("head_start", rule.head_start);
    ReadRequirement(reader, "requires", domain_.skills, rule.requirement);
    std::string prefer;
    reader.Read("prefer", vocabulary_.agents, prefer);
    if (!prefer.empty()) rule.prefer = AgentId{prefer};
    reader.Read("prefer_for", rule.prefer_for);
    reader.Read("wait_limit", rule.wait_limit);
    reader.Read("max_tier", {0, kTierMax}, rule.max_tier);
    reader.ReadTexts("attributes", rule.attributes);
    reader.Finish();
  }

  Diagnostics& diagnostics_;
  MappingReader top_;
  Vocabulary vocabulary_;
  engine::Domain domain_;
};

DomainReading ReadNode(const YamlNode& node, Diagnostics& diagnostics, DomainName name) {
  engine::Domain domain = DomainReader(node, diagnostics).Read(name);
  if (!diagnostics.empty()) return {std::nullopt, diagnostics.list()};
  return {std::move(domain), {}};
}

}  // namespace

DomainReading ReadDomain(std::string_view text, std::string_view file, DomainName name) {
  Diagnostics diagnostics(file);
  const std::vector<YamlNode::Ptr> documents = ReadYaml(text, diagnostics);
  if (diagnostics.empty() && documents.size() != 1) {
    diagnostics.Add(documents.empty() ? 0 : documents[1]->line,
                    documents.empty() ? "holds no domain" : "holds more than one document");
  }
  if (!diagnostics.empty()) return {std::nullopt, diagnostics.list()};
  DomainReading reading = ReadNode(*documents.front(), diagnostics, name);
  if (reading.ok()) {
    reading.file = file;
    reading.document = documents.front();
  }
  return reading;
}

DomainReading ReadDomainFile(const std::string& path, DomainName name) {
  const auto text = ReadTextFile(path);
  if (text) return ReadDomain(*text, path, name);
  return {std::nullopt, {{path, 0, Sentences(text.error())}}};
}

DomainReading ReadInlineDomain(const YamlNode& node, std::string_view file) {
  Diagnostics diagnostics(file);
  return ReadNode(node, diagnostics, DomainName::kOptional);
}

}  // namespace usher::configuration
