// SPDX-License-Identifier: Apache-2.0
#include "router/simulation/crew_reader.h"

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "router/configuration/hours_reader.h"
#include "router/configuration/scalar.h"
#include "router/simulation/rota.h"
#include "router/simulation/value_reader.h"

namespace usher::simulation {
namespace {

using configuration::MappingReader;
using configuration::Names;
using configuration::Shown;
using configuration::YamlNode;
using Kind = YamlNode::Kind;

constexpr std::size_t kGroupsMax = 10'000;
constexpr std::size_t kBreaksMax = 100;
constexpr Duration kReturnAfter = std::chrono::minutes{1};

class CrewReader {
 public:
  CrewReader(MappingReader& top, const engine::Domain& domain, Traffic& traffic)
      : top_(top), domain_(domain), traffic_(traffic), crew_(domain.agents.size()) {
    for (const engine::Agent& agent : domain.agents) agents_.Add(agent.id.value());
    for (const engine::Queue& queue : domain.queues) queues_.Add(queue.id.value());
    for (const std::string& reason : domain.not_ready) reasons_.Add(reason);
    for (std::size_t i = 0; i < crew_.size(); ++i) {
      index_[domain.agents[i].id.value()] = i;
      crew_[i].habits.return_after = Distribution::Fixed(kReturnAfter);
    }
  }

  void Read() {
    const YamlNode* node = top_.Find("agents");
    if (node == nullptr) {
      for (Member& member : crew_) member.named = true;
    } else if (node->kind != Kind::kSequence || node->items.size() > kGroupsMax) {
      top_.Complain(*node, "agents must be a list of at most " + std::to_string(kGroupsMax) +
                               " groups such as {who: all}, not " + Shown(*node));
    } else {
      for (const YamlNode::Ptr& group : node->items) ReadGroup(*group);
    }
    MakeRotas();
  }

 private:
  static constexpr std::size_t kNone = SIZE_MAX;

  // Which group said when she works, and when she rests.
  struct Member {
    bool named = false;
    std::size_t shifts = kNone;
    std::size_t breaks = kNone;
    AgentHabits habits{};
  };

  void ReadGroup(const YamlNode& node) {
    const std::size_t group = groups_.size();
    MappingReader reader(node, "agents group " + std::to_string(group + 1), top_.diagnostics());
    const std::vector<std::size_t> who = ReadWho(reader, node);
    Shifts shifts;
    shifts.always = reader.Find("shifts") == nullptr;
    configuration::ReadOpenSpans(reader, "shifts", shifts.weekly);
    ReadBreaks(reader, shifts);
    for (const std::size_t agent : who) {
      Member& member = crew_[agent];
      member.named = true;
      if (!shifts.always) member.shifts = group;
      if (reader.Find("breaks") != nullptr) member.breaks = group;
    }
    ReadHabits(reader, who);
    groups_.push_back(std::move(shifts));
    reader.Finish();
  }

  // `all`, an agent, a list of agents, or {queue: support}.
  std::vector<std::size_t> ReadWho(MappingReader& reader, const YamlNode& node) {
    std::vector<std::size_t> who;
    const YamlNode* value = reader.Find("who");
    if (value == nullptr) {
      reader.Complain(node, "says not who; add who: all");
    } else if (value->kind == Kind::kMapping) {
      MappingReader members(*value, reader.where() + ": who", reader.diagnostics());
      std::string queue;
      if (members.Find("queue") == nullptr) members.Complain(*value, "needs queue:");
      members.Read("queue", queues_, queue);
      members.Finish();
      for (std::size_t i = 0; i < crew_.size(); ++i) {
        if (domain_.agents[i].queues.contains(QueueId{queue})) who.push_back(i);
      }
      if (!queue.empty() && who.empty()) {
        members.Complain(*value, "no agent lists the queue " + queue);
      }
    } else if (value->kind == Kind::kScalar && value->text == "all") {
      for (std::size_t i = 0; i < crew_.size(); ++i) who.push_back(i);
    } else {
      std::vector<std::string> names;
      reader.Read("who", agents_, names);
      for (const std::string& name : names) who.push_back(index_.at(name));
    }
    return who;
  }

  void ReadBreaks(MappingReader& reader, Shifts& shifts) {
    const YamlNode* breaks = reader.Find("breaks");
    if (breaks == nullptr) return;
    if (breaks->kind != Kind::kSequence || breaks->items.size() > kBreaksMax) {
      return reader.Complain(*breaks, "breaks must be a list of at most " +
                                          std::to_string(kBreaksMax) + ", not " + Shown(*breaks));
    }
    for (const YamlNode::Ptr& item : breaks->items) {
      MappingReader parts(*item, reader.where() + ": break", reader.diagnostics());
      Shifts::Break pause;
      std::string at;
      parts.Read("at", at);
      const auto minute = configuration::ParseTimeOfDay(at);
      if (!minute || *minute == 1440) {
        parts.Complain(*item, "at must be a time such as \"12:30\", not \"" + at + "\"");
      }
      pause.start_minute = minute.value_or(0);
      if (parts.Find("for") == nullptr) parts.Complain(*item, "needs for: 30m");
      parts.Read("for", pause.length);
      if (pause.length > std::chrono::hours{24}) {
        parts.Complain(*item, "for must be at most 24h");
      }
      parts.Read("reason", reasons_, pause.reason);
      parts.Finish();
      shifts.breaks.push_back(std::move(pause));
    }
  }

  void ReadHabits(MappingReader& reader, const std::vector<std::size_t>& who) {
    std::optional<Distribution> accept;
    std::optional<Distribution> return_after;
    std::optional<LostConsole> lost;
    std::int32_t reject = -1;
    std::int32_t miss = -1;
    ReadDistribution(reader, "accept", accept);
    ReadDistribution(reader, "return_after", return_after);
    ReadChance(reader, "reject", reject);
    ReadChance(reader, "miss", miss);
    const std::optional<double> pace = ReadPace(reader);
    ReadLostConsole(reader, lost);
    for (const std::size_t agent : who) {
      AgentHabits& habits = crew_[agent].habits;
      if (accept) habits.answer = *accept;
      if (return_after) habits.return_after = *return_after;
      if (reject >= 0) habits.reject = reject;
      if (miss >= 0) habits.miss = miss;
      if (pace) habits.pace = *pace;
      if (lost) habits.lost_console = lost;
    }
  }

  static std::optional<double> ReadPace(MappingReader& reader) {
    const YamlNode* node = reader.Find("pace");
    if (node == nullptr) return std::nullopt;
    const auto pace = ParseRate(*node);
    if (pace && *pace >= 0.01 && *pace <= 100) return pace;
    reader.Complain(
        *node, "pace must be a factor of the handle time from 0.01 to 100, not " + Shown(*node));
    return std::nullopt;
  }

  static void ReadLostConsole(MappingReader& outer, std::optional<LostConsole>& out) {
    const YamlNode* node = outer.Find("lost_console");
    if (node == nullptr) return;
    MappingReader reader(*node, outer.where() + ": lost_console", outer.diagnostics());
    LostConsole lost;
    for (const char* key : {"every", "for"}) {
      if (reader.Find(key) == nullptr) {
        reader.Complain(*node, "needs " + std::string(key) + ":");
      }
    }
    ReadDistribution(reader, "every", lost.every);
    ReadDistribution(reader, "for", lost.length);
    if (lost.every.MeanMs() < 1000) {
      reader.Complain(*node, "every must be at least 1s on average");
    }
    reader.Finish();
    out = lost;
  }

  // Agents with the same shifts and breaks share one rota.
  void MakeRotas() {
    std::map<std::pair<std::size_t, std::size_t>, std::size_t> made;
    std::optional<std::size_t> away;
    for (Member& member : crew_) {
      if (!member.named) {
        if (!away) {
          away = traffic_.rotas.size();
          traffic_.rotas.push_back(
              {{.at = traffic_.start, .what = Duty::What::kAway, .reason = {}}});
        }
        member.habits.rota = *away;
      } else {
        const auto [place, is_new] =
            made.try_emplace({member.shifts, member.breaks}, traffic_.rotas.size());
        if (is_new) traffic_.rotas.push_back(MakeRota(member));
        member.habits.rota = place->second;
      }
      traffic_.agents.push_back(member.habits);
    }
  }

  std::vector<Duty> MakeRota(const Member& member) const {
    Shifts shifts;
    if (member.shifts != kNone) {
      shifts.always = false;
      shifts.weekly = groups_[member.shifts].weekly;
    }
    if (member.breaks != kNone) shifts.breaks = groups_[member.breaks].breaks;
    return RotaOf(shifts, domain_.timezone, traffic_.start, traffic_.end());
  }

  MappingReader& top_;
  const engine::Domain& domain_;
  Traffic& traffic_;
  std::vector<Member> crew_;
  std::vector<Shifts> groups_;
  Names agents_{"agent"};
  Names queues_{"queue"};
  Names reasons_{"not-ready reason"};
  std::map<std::string, std::size_t> index_;
};

}  // namespace

void ReadCrew(MappingReader& reader, const engine::Domain& domain, Traffic& traffic) {
  CrewReader(reader, domain, traffic).Read();
}

}  // namespace usher::simulation
