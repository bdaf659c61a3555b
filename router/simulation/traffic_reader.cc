// SPDX-License-Identifier: Apache-2.0
#include "router/simulation/traffic_reader.h"

#include <algorithm>
#include <utility>

#include "router/configuration/mapping_reader.h"
#include "router/configuration/queue_reader.h"
#include "router/configuration/scalar.h"
#include "router/configuration/text_file.h"
#include "router/configuration/yaml_document.h"
#include "router/simulation/conduct_reader.h"
#include "router/simulation/crew_reader.h"
#include "router/simulation/rate_reader.h"
#include "router/simulation/value_reader.h"

namespace usher::simulation {
namespace {

using configuration::Diagnostics;
using configuration::MappingReader;
using configuration::Names;
using configuration::Shown;
using configuration::YamlNode;
using Kind = YamlNode::Kind;

constexpr const char* kDefaultStart = "2026-01-05T00:00:00";  // a Monday, as in scenarios

class TrafficReader {
 public:
  TrafficReader(const YamlNode& node, const engine::Domain& domain, Diagnostics& diagnostics)
      : node_(node), domain_(domain), diagnostics_(diagnostics), top_(node, "", diagnostics) {
    for (const engine::Queue& queue : domain.queues) queues_.Add(queue.id.value());
    for (const engine::Agent& agent : domain.agents) agents_.Add(agent.id.value());
    for (const engine::Channel channel : engine::kChannels) {
      channels_.Add(std::string(engine::ToString(channel)));
    }
  }

  Traffic Read() {
    ReadTime();
    ReadConduct(top_, queues_, traffic_.conduct);
    ReadChannels();
    ReadQueues();
    ReadStreams();
    ReadCrew(top_, domain_, traffic_);
    top_.Finish();
    if (traffic_.ExpectedArrivals() > kExpectedArrivalsMax) {
      top_.Complain(
          node_, "about " + std::to_string(static_cast<std::int64_t>(traffic_.ExpectedArrivals())) +
                     " contacts would come; at most " +
                     std::to_string(static_cast<std::int64_t>(kExpectedArrivalsMax)) +
                     " can be simulated in one run");
    }
    return std::move(traffic_);
  }

 private:
  void ReadTime() {
    std::string start = kDefaultStart;
    top_.Read("start", start);
    const auto local = configuration::ParseLocalTime(start);
    if (local) {
      traffic_.start = domain_.timezone.FromLocal(*local);
    } else {
      top_.Complain(
          *top_.Find("start"),
          "start must be a local time such as 2026-11-27T08:00:00, not \"" + start + "\"");
    }
    top_.Read("duration", traffic_.duration);
    const YamlNode* duration = top_.Find("duration");
    if (duration == nullptr) {
      top_.Complain(node_, "says not how long; add duration: 8h");
    } else if (traffic_.duration > kSimulatedMax) {
      top_.Complain(*duration, "duration must be at most 366d");
      traffic_.duration = kSimulatedMax;
    } else if (traffic_.duration == Duration{0}) {
      top_.Complain(*duration, "duration must be above 0s");
    }
    top_.Read("warm_up", traffic_.warm_up);
    if (traffic_.warm_up > Duration{0} && traffic_.warm_up >= traffic_.duration) {
      top_.Complain(*top_.Find("warm_up"), "warm_up leaves nothing of the duration to count");
    }
  }

  // The mapping below `key`, whose names must be among `names`; null where it is absent.
  const YamlNode* Part(std::string_view key, const Names* names) {
    const YamlNode* part = top_.Find(key);
    if (part == nullptr) return nullptr;
    if (part->kind != Kind::kMapping) {
      top_.Complain(*part, std::string(key) + " must be a mapping of names, not " + Shown(*part));
      return nullptr;
    }
    if (names == nullptr) return part;
    for (const YamlNode::Entry& entry : part->entries) {
      if (names->Has(entry.key)) continue;
      diagnostics_.Add(entry.line, std::string(key) + ": " + names->Missing(entry.key));
    }
    return part;
  }

  void ReadChannels() {
    const YamlNode* part = Part("channels", &channels_);
    if (part == nullptr) return;
    for (const YamlNode::Entry& entry : part->entries) {
      const auto channel = engine::FindChannel(entry.key);
      if (!channel) continue;
      MappingReader reader(*entry.value, "channel " + entry.key, diagnostics_);
      ReadConduct(reader, queues_, traffic_.of_channel[*channel]);
      reader.Finish();
    }
  }

  void ReadQueues() {
    const YamlNode* part = Part("queues", &queues_);
    if (part == nullptr) return;
    for (const YamlNode::Entry& entry : part->entries) {
      MappingReader reader(*entry.value, "queue " + entry.key, diagnostics_);
      const QueueId queue{entry.key};
      ReadConduct(reader, queues_, traffic_.of_queue[queue]);
      for (const std::string& name : channels_.known()) {
        const YamlNode* node = reader.Find(name);
        if (node == nullptr) continue;
        MappingReader inner(*node, reader.where() + ": " + name, diagnostics_);
        ReadConduct(inner, queues_, traffic_.of_queue_channel[{queue, *engine::FindChannel(name)}]);
        inner.Finish();
      }
      reader.Finish();
    }
  }

  void ReadStreams() {
    const YamlNode* part = Part("arrivals", nullptr);
    if (part == nullptr || part->entries.empty()) {
      return top_.Complain(node_, "nobody comes; add arrivals: {calls: {queue: …, rate: 120}}");
    }
    if (part->entries.size() > kStreamsMax) {
      return top_.Complain(*part, "at most " + std::to_string(kStreamsMax) + " streams");
    }
    for (const YamlNode::Entry& entry : part->entries) ReadStream(entry);
  }

  void ReadStream(const YamlNode::Entry& entry) {
    MappingReader reader(*entry.value, "arrivals " + entry.key, diagnostics_);
    Stream stream;
    stream.name = entry.key;
    stream.line = entry.line;
    if (!configuration::IsId(entry.key)) {
      diagnostics_.Add(entry.line,
                       "arrivals: \"" + entry.key + "\" is not an id; ids match [a-z][a-z0-9_-]*");
    }
    ReadTarget(reader, entry, stream);
    stream.rates = ReadRate(reader, domain_.timezone, traffic_.start, traffic_.duration);
    static const Names kSpacings("spacing", {"random", "even"});
    std::string spacing = "random";
    reader.Read("spacing", kSpacings, spacing);
    stream.evenly = spacing == "even";
    ReadWishes(reader, stream);
    ReadConduct(reader, queues_, stream.conduct);
    if (reader.Find("handle") == nullptr && top_.Find("handle") == nullptr) {
      diagnostics_.Add(entry.line, reader.where() +
                                       ": says not how long a conversation lasts; add handle: "
                                       "{exponential: 3m} here or at the top");
    }
    reader.Finish();
    traffic_.streams.push_back(std::move(stream));
  }

  void ReadTarget(MappingReader& reader, const YamlNode::Entry& entry, Stream& stream) {
    std::string queue;
    if (reader.Find("queue") == nullptr) {
      diagnostics_.Add(entry.line, reader.where() + ": says no queue");
    }
    reader.Read("queue", queues_, queue);
    stream.queue = QueueId{queue};
    std::string channel = "voice";
    reader.Read("channel", channels_, channel);
    stream.channel = *engine::FindChannel(channel);
    const engine::Queue* target = domain_.FindQueue(stream.queue);
    // With rules, a stream may be moved to a queue that takes it.
    if (target == nullptr || target->channels.Has(stream.channel) || !domain_.rules.empty()) return;
    diagnostics_.Add(entry.line, reader.where() + ": queue " + queue + " does not take " + channel);
  }

  void ReadWishes(MappingReader& reader, Stream& stream) {
    reader.Read("priority", {-configuration::kPriorityMax, configuration::kPriorityMax},
                stream.priority);
    reader.Read("head_start", stream.head_start);
    std::optional<std::string> requirement;
    configuration::ReadRequirement(reader, "requires", domain_.skills, requirement);
    stream.requirement = requirement.value_or("");
    ReadChosenText(reader, "prefer", &agents_, stream.prefer);
    reader.Read("prefer_for", stream.prefer_for);
    reader.Read("wait_limit", stream.wait_limit);
    reader.Read("max_tier", {0, configuration::kTierMax}, stream.max_tier);
    ReadChoices(reader, "attributes", stream.attributes);
    ReadChoices(reader, "customer", stream.customer);
  }

  static void ReadChoices(MappingReader& outer, std::string_view key,
                          std::map<std::string, ChosenText>& out) {
    const YamlNode* node = outer.Find(key);
    if (node == nullptr) return;
    MappingReader reader(*node, outer.where() + ": " + std::string(key), outer.diagnostics());
    if (node->kind != Kind::kMapping) return;
    for (const YamlNode::Entry& entry : node->entries) {
      ReadChosenText(reader, entry.key, nullptr, out[entry.key]);
    }
  }

  const YamlNode& node_;
  const engine::Domain& domain_;
  Diagnostics& diagnostics_;
  MappingReader top_;
  Names queues_{"queue"};
  Names agents_{"agent"};
  Names channels_{"channel"};
  Traffic traffic_;
};

}  // namespace

TrafficReading ReadTraffic(std::string_view text, std::string_view file,
                           const engine::Domain& domain) {
  Diagnostics diagnostics(file);
  const std::vector<YamlNode::Ptr> documents = configuration::ReadYaml(text, diagnostics);
  if (diagnostics.empty() && documents.size() != 1) {
    diagnostics.Add(documents.empty() ? 0 : documents[1]->line,
                    documents.empty() ? "holds no traffic" : "holds more than one document");
  }
  if (!diagnostics.empty()) return {std::nullopt, diagnostics.list()};
  Traffic traffic = TrafficReader(*documents.front(), domain, diagnostics).Read();
  if (!diagnostics.empty()) return {std::nullopt, diagnostics.list()};
  return {std::move(traffic), {}};
}

TrafficReading ReadTrafficFile(const std::string& path, const engine::Domain& domain) {
  const auto text = configuration::ReadTextFile(path);
  if (text) return ReadTraffic(*text, path, domain);
  return {std::nullopt, {{path, 0, text.error().message + ". " + text.error().next_step}}};
}

}  // namespace usher::simulation
