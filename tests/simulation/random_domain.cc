// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/random_domain.h"

#include <algorithm>
#include <array>
#include <utility>

namespace usher::engine::simulation {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::size_t kSkills = 3;
constexpr std::array kRequirements = {"",
                                      "",
                                      "english > 0",
                                      "english >= 50",
                                      "not trainee",
                                      "billing > 20 or english >= 70",
                                      "billing > 0",
                                      "english >= 30 and not (trainee or billing < 10)"};

std::string MarkOf(const Domain& domain) {
  const std::string& id = domain.id.value();
  return id.substr(id.find('-'));
}

QueueId QueueNumber(std::size_t number, const std::string& mark) {
  return QueueId{"q" + std::to_string(number) + mark};
}

TimeZone RandomZone(Dice& dice) {
  TimeZone zone;
  switch (dice.Below(3)) {
    case 0:
      return zone;
    case 1:
      zone.name = "Asia/Shanghai";
      zone.first_offset = hours{8};
      return zone;
    default:
      break;
  }
  // Clocks that go forward and back again while the world runs.
  zone.name = "Test/Changing";
  zone.first_offset = hours{dice.Between(-11, 12)};
  Instant at = kWorldStart;
  for (int i = 0; i < 3; ++i) {
    at += minutes{dice.Between(10, 60 * 30)};
    zone.changes.push_back({at, zone.first_offset + (i % 2 == 0 ? hours{1} : hours{0})});
  }
  return zone;
}

Hours RandomHours(const TimeZone& zone, Dice& dice) {
  Hours open{.id = "business", .weekly = {}, .closed = {}};
  for (int day = 0; day < 7; ++day) {
    if (dice.OneIn(6)) continue;
    const int from = dice.Between(0, 720);
    open.weekly.push_back({day, from, from + dice.Between(30, 720)});
  }
  if (dice.OneIn(2)) {
    open.closed.push_back(zone.LocalDay(kWorldStart) + dice.Between(0, 3));
  }
  return open;
}

// An overflow that takes no time only goes to a queue of a higher number, so no cycle of these
// takes none.
void AddMoves(Step& step, std::size_t number, const std::vector<QueueId>& queues, Dice& dice) {
  switch (dice.Below(8)) {
    case 0:
    case 1: {
      const std::size_t to = dice.Below(queues.size());
      if (to != number && (step.at > Duration{0} || to > number)) step.overflow = queues[to];
      break;
    }
    case 2:
      step.give_up = dice.OneIn(2);
      break;
    case 3:
      step.callback = true;
      break;
    default:
      break;
  }
}

std::vector<Step> RandomSteps(std::size_t number, const std::vector<QueueId>& queues, Dice& dice) {
  std::vector<Step> steps;
  if (dice.OneIn(3)) return steps;
  const std::uint64_t count = 1 + dice.Below(4);
  Duration at = dice.OneIn(5) ? Duration{0} : dice.Seconds(2, 30);
  for (std::uint64_t i = 0; i < count; ++i) {
    Step step{.at = at};
    if (dice.OneIn(3)) step.requirement = dice.Of(kRequirements);
    if (dice.OneIn(3)) step.max_tier = dice.Between(0, 2);
    if (dice.OneIn(3)) step.priority = dice.Between(-1, 2);
    if (dice.OneIn(4)) step.head_start = dice.Seconds(0, 90);
    if (dice.OneIn(3)) step.also.push_back(dice.Of(queues));
    AddMoves(step, number, queues, dice);
    steps.push_back(std::move(step));
    at += dice.Seconds(1, 60);
  }
  return steps;
}

void ChooseRules(Queue& queue, Dice& dice) {
  queue.offer_timeout = dice.Seconds(3, 20);
  if (dice.OneIn(3)) queue.retry_after = dice.Seconds(1, 10);
  queue.reject_delay = dice.OneIn(3) ? Duration{0} : dice.Seconds(1, 8);
  queue.missed_offers.limit = dice.Between(0, 3);
  if (dice.OneIn(4)) queue.missed_offers.then = AfterMisses::kKeep;
  queue.missed_offers.breaker_agents = dice.Between(0, 3);
  queue.missed_offers.breaker_within = dice.Seconds(5, 90);
  if (dice.OneIn(2)) queue.wrap_up = dice.Seconds(1, 30);
  if (dice.OneIn(4)) queue.max_waiting = dice.Between(0, 8);
  if (dice.OneIn(3)) queue.wait_limit = dice.Seconds(5, 240);
  switch (dice.Below(6)) {
    case 0:
      queue.when_empty = {EmptyAction::kLeave, dice.Seconds(0, 20), Duration{0}};
      queue.when_empty.newcomers = dice.Seconds(0, 10);
      break;
    case 1:
      queue.when_empty.then = EmptyAction::kRefuse;
      break;
    default:
      break;
  }
  if (dice.OneIn(3)) queue.prefer_for = dice.Seconds(1, 40);
}

Queue RandomQueue(std::size_t number, const std::vector<QueueId>& queues, Dice& dice) {
  Queue queue{.id = queues[number]};
  queue.strategy = static_cast<Strategy>(dice.Below(kStrategyCount));
  if (dice.OneIn(3)) {
    queue.channels = {};
    for (const Channel channel : kChannels) {
      if (!dice.OneIn(3)) queue.channels.Add(channel);
    }
    queue.channels.Add(Channel::kChat);
  }
  queue.service_level.within = dice.Seconds(5, 60);
  if (dice.OneIn(6)) queue.hours = "business";
  if (dice.OneIn(3)) queue.priority = dice.Between(-1, 2);
  if (dice.OneIn(4)) queue.head_start = dice.Seconds(0, 60);
  queue.requirement = dice.Of(kRequirements);
  ChooseRules(queue, dice);
  queue.broadcast = dice.Between(0, 3);
  queue.progressive = dice.Seconds(1, 8);
  queue.max_transfers = dice.Between(0, 3);
  if (dice.OneIn(2)) {
    const QueueId& owner = dice.Of(queues);
    queue.escalate_to = owner;
  }
  queue.steps = RandomSteps(number, queues, dice);
  return queue;
}

ChannelSet RandomAlongside(Channel own, Dice& dice) {
  ChannelSet set;
  set.Add(own);
  for (const Channel other : kChannels) {
    if (dice.OneIn(2)) set.Add(other);
  }
  return set;
}

Profile RandomProfile(std::size_t number, Dice& dice) {
  Profile profile{.id = "p" + std::to_string(number), .channels = {}, .units = {}};
  if (dice.OneIn(2)) profile.units = dice.Between(50, 150);
  for (const Channel channel : kChannels) {
    if (dice.OneIn(5)) continue;
    ChannelCapacity capacity;
    capacity.max = dice.Between(dice.OneIn(12) ? 0 : 1, 4);
    capacity.alongside = RandomAlongside(channel, dice);
    if (profile.units) capacity.cost = dice.Between(0, 80);
    profile.channels.emplace(channel, capacity);
  }
  return profile;
}

void ChooseSkills(Agent& agent, const std::vector<std::string>& vocabulary, Dice& dice) {
  agent.skills.clear();
  for (const std::string& skill : vocabulary) {
    if (dice.OneIn(3)) continue;
    agent.skills[skill] = dice.OneIn(6) ? 0 : dice.Between(0, 100);
  }
}

void ChooseQueues(Agent& agent, const std::vector<Queue>& queues, Dice& dice) {
  agent.queues.clear();
  for (const Queue& queue : queues) {
    if (dice.OneIn(3)) continue;
    agent.queues[queue.id] = dice.OneIn(2) ? 0 : dice.Between(0, 3);
  }
}

Agent RandomAgent(std::size_t number, const Domain& domain, Dice& dice) {
  // Ids whose order is not the order of the file.
  const std::string letter(1, static_cast<char>('a' + (number * 7) % 11));
  Agent agent{.id = AgentId{letter + std::to_string(number) + MarkOf(domain)}};
  ChooseSkills(agent, domain.skills, dice);
  ChooseQueues(agent, domain.queues, dice);
  const std::uint64_t profile = dice.Below(domain.profiles.size() + 1);
  if (profile > 0) agent.profile = domain.profiles[profile - 1].id;
  if (dice.OneIn(4)) agent.wrap_up = dice.Seconds(0, 15);
  if (dice.OneIn(5)) {
    agent.channels = {};
    agent.channels.Add(Channel::kVoice);
    agent.channels.Add(dice.Of(kChannels));
  }
  return agent;
}

std::vector<Rule> RandomRules(const Domain& domain, Dice& dice) {
  std::vector<Rule> rules;
  if (dice.OneIn(2))
    rules.push_back({.when = "customer.tier == \"gold\"", .head_start = minutes{1}});
  if (dice.OneIn(3)) {
    rules.push_back({.when = "contact.intent == \"complaint\" and contact.channel != \"voice\"",
                     .priority = dice.Between(0, 3)});
  }
  if (dice.OneIn(4)) {
    rules.push_back({.when = "customer.open_cases > 1", .requirement = "english > 0"});
  }
  if (dice.OneIn(5)) {
    rules.push_back({.when = "contact.priority >= 2", .max_tier = dice.Between(0, 2)});
  }
  if (dice.OneIn(6)) {
    const Agent& agent = dice.Of(domain.agents);
    rules.push_back({.when = "contact.queue == \"" + domain.queues.front().id.value() + "\"",
                     .prefer = agent.id,
                     .prefer_for = dice.Seconds(1, 20),
                     .attributes = {{"greeted", "yes"}}});
  }
  return rules;
}

std::vector<QueueId> IdsOf(const std::vector<Queue>& queues) {
  std::vector<QueueId> ids;
  for (const Queue& queue : queues) ids.push_back(queue.id);
  return ids;
}

// After a queue went, whatever named it is chosen anew.
void DropQueue(Domain& domain, Dice& dice) {
  const std::size_t gone = dice.Below(domain.queues.size());
  domain.queues.erase(domain.queues.begin() + static_cast<std::ptrdiff_t>(gone));
  const std::vector<QueueId> ids = IdsOf(domain.queues);
  for (std::size_t i = 0; i < domain.queues.size(); ++i) {
    domain.queues[i].escalate_to = {};
    // A domain that lost a skill keeps to what is left of the vocabulary.
    if (domain.skills.size() == kSkills)
      domain.queues[i].steps = RandomSteps(i, ids, dice);
    else
      domain.queues[i].steps.clear();
  }
  for (Agent& agent : domain.agents) {
    std::erase_if(agent.queues,
                  [&](const auto& entry) { return domain.FindQueue(entry.first) == nullptr; });
  }
  domain.rules.clear();
}

void DropAgent(Domain& domain, Dice& dice) {
  const std::size_t gone = dice.Below(domain.agents.size());
  domain.agents.erase(domain.agents.begin() + static_cast<std::ptrdiff_t>(gone));
  std::erase_if(domain.rules, [](const Rule& rule) { return rule.prefer.has_value(); });
}

// The lowest number that no agent has: somebody new, or somebody who comes back.
void AddAgent(Domain& domain, Dice& dice) {
  for (std::size_t number = 0;; ++number) {
    Agent agent = RandomAgent(number, domain, dice);
    if (domain.FindAgent(agent.id) != nullptr) continue;
    domain.agents.push_back(std::move(agent));
    return;
  }
}

void DropSkill(Domain& domain) {
  domain.skills.pop_back();
  const std::string requirement = domain.skills.empty() ? "" : domain.skills.front() + " > 10";
  for (Queue& queue : domain.queues) {
    queue.requirement.clear();
    for (Step& step : queue.steps) {
      if (step.requirement) step.requirement = requirement;
    }
  }
  for (Agent& agent : domain.agents) {
    std::erase_if(agent.skills, [&](const auto& skill) {
      return std::find(domain.skills.begin(), domain.skills.end(), skill.first) ==
             domain.skills.end();
    });
  }
  for (Rule& rule : domain.rules) {
    if (rule.requirement) rule.requirement = "";
  }
}

void EditOnce(Domain& domain, Dice& dice) {
  const std::vector<QueueId> ids = IdsOf(domain.queues);
  const std::size_t number = dice.Below(ids.size());
  Queue& queue = domain.queues[number];
  switch (dice.Below(14)) {
    case 0:
    case 1:
      queue = RandomQueue(number, ids, dice);
      if (domain.skills.size() < kSkills) {
        queue.requirement.clear();
        queue.steps.clear();
      }
      return;
    case 2:
      queue.strategy = static_cast<Strategy>(dice.Below(kStrategyCount));
      return;
    case 3:
      if (domain.skills.size() == kSkills) queue.steps = RandomSteps(number, ids, dice);
      return;
    case 4:
      if (domain.agents.size() > 1) DropAgent(domain, dice);
      return;
    case 5:
      if (domain.agents.size() < 9) AddAgent(domain, dice);
      return;
    case 6:
    case 7:
      if (!domain.agents.empty()) {
        ChooseSkills(domain.agents[dice.Below(domain.agents.size())], domain.skills, dice);
      }
      return;
    case 8:
      if (!domain.agents.empty()) {
        ChooseQueues(domain.agents[dice.Below(domain.agents.size())], domain.queues, dice);
      }
      return;
    case 9:
      if (domain.queues.size() > 1) DropQueue(domain, dice);
      return;
    case 10:
      if (!domain.profiles.empty()) {
        const std::size_t profile = dice.Below(domain.profiles.size());
        domain.profiles[profile] = RandomProfile(profile, dice);
      }
      return;
    case 11:
      if (!domain.skills.empty() && dice.OneIn(4)) DropSkill(domain);
      return;
    case 12:
      domain.disconnect_grace = dice.Seconds(0, 30);
      return;
    default:
      std::rotate(domain.agents.begin(), domain.agents.begin() + (domain.agents.empty() ? 0 : 1),
                  domain.agents.end());
      return;
  }
}

}  // namespace

Domain RandomDomain(const std::string& mark, Dice& dice) {
  Domain domain;
  domain.id = DomainId{"world" + mark};
  domain.timezone = RandomZone(dice);
  domain.disconnect_grace = dice.OneIn(6) ? Duration{0} : dice.Seconds(1, 30);
  domain.seed = dice.Below(1000);
  domain.skills = {"english", "billing", "trainee"};
  domain.not_ready = {"break", "lunch"};
  domain.dispositions = {"resolved", "spam"};
  domain.hours = {RandomHours(domain.timezone, dice)};
  const std::uint64_t queues = 2 + dice.Below(5);
  std::vector<QueueId> ids;
  for (std::size_t i = 0; i < queues; ++i) ids.push_back(QueueNumber(i, mark));
  for (std::size_t i = 0; i < queues; ++i) domain.queues.push_back(RandomQueue(i, ids, dice));
  const std::uint64_t profiles = dice.Below(4);
  for (std::size_t i = 0; i < profiles; ++i) domain.profiles.push_back(RandomProfile(i, dice));
  const std::uint64_t agents = 2 + dice.Below(7);
  for (std::size_t i = 0; i < agents; ++i) domain.agents.push_back(RandomAgent(i, domain, dice));
  domain.rules = RandomRules(domain, dice);
  return domain;
}

void AddWrapUpsByChannel(Domain& domain, Dice& dice) {
  for (Queue& queue : domain.queues) {
    for (const Channel channel : kChannels) {
      if (dice.OneIn(6)) queue.wrap_up_of[channel] = dice.Seconds(0, 20);
    }
  }
}

void AddAdapterGraces(Domain& domain, Dice& dice) {
  for (const Channel channel : kChannels) {
    domain.adapter_grace.Of(channel) = dice.OneIn(4) ? Duration{0} : dice.Seconds(1, 40);
  }
}

void AddHoldLimits(Domain& domain, Dice& dice) {
  for (Queue& queue : domain.queues) {
    if (dice.OneIn(2)) queue.hold_limit = dice.Seconds(1, 60);
  }
}

void AddServiceHours(Domain& domain, Dice& dice) {
  for (Queue& queue : domain.queues) {
    if (dice.OneIn(4)) queue.service_level.hours = domain.hours.front().id;
  }
}

Domain EditedDomain(const Domain& domain, Dice& dice) {
  Domain edited = domain;
  const std::uint64_t edits = 1 + dice.Below(4);
  for (std::uint64_t i = 0; i < edits; ++i) EditOnce(edited, dice);
  return edited;
}

}  // namespace usher::engine::simulation
