// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/router/engine/storm.h"

#include <array>
#include <string>

namespace usher::engine {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

std::vector<Queue> StormQueues(std::uint64_t variant) {
  std::vector<Queue> queues;
  for (int i = 0; i < kStrategyCount; ++i) {
    Queue queue;
    queue.id = QueueId{"q" + std::to_string(i)};
    queue.strategy = static_cast<Strategy>(i);
    queue.service_level.within = seconds{10 + 10 * (i % 3)};
    queue.priority = i % 4 == 3 ? 1 : 0;
    queue.offer_timeout = seconds{10};
    queue.retry_after = seconds{i % 3 == 1 ? 4 : 0};
    queue.reject_delay = seconds{i % 2 == 0 ? 5 : 0};
    queue.missed_offers.limit = i % 3;
    queue.missed_offers.breaker_agents = 2;
    queue.wrap_up = seconds{i % 2 == 0 ? 0 : 8};
    queue.prefer_for = seconds{i % 3 == 0 ? 15 : 0};
    queue.broadcast = static_cast<std::int32_t>(variant % 4);
    queue.progressive = seconds{3};
    if (i % 5 == 0) queue.wrap_up_of[Channel::kChat] = seconds{3};
    if (i % 2 == 1) queue.keep_place_for = seconds{variant % 2 == 0 ? 30 : 0};
    if (i % 4 == 1) queue.max_waiting = 6;
    if (i % 4 == 2) queue.wait_limit = minutes{3};
    if (i % 3 == 1) queue.hold_limit = seconds{20};
    if (i % 5 == 4) queue.when_empty = {EmptyAction::kLeave, seconds{5}, seconds{2}};
    if (i % 5 == 3) queue.when_empty.then = EmptyAction::kRefuse;
    if (i % 3 == 2) queue.requirement = "english >= 50";
    if (i % 2 == 0) queue.escalate_to = QueueId{"q1"};
    queues.push_back(queue);
  }
  queues[0].steps = {Step{.at = seconds{20}, .requirement = "english > 0"},
                     Step{.at = seconds{40}, .max_tier = 1, .priority = 1},
                     Step{.at = seconds{90}, .overflow = QueueId{"q1"}}};
  queues[2].steps = {Step{.at = seconds{15}, .requirement = ""},
                     Step{.at = seconds{30}, .head_start = seconds{60}, .also = {QueueId{"q3"}}}};
  queues[4].steps = {Step{.at = seconds{60}, .give_up = true}};
  queues[6].steps = {Step{.at = seconds{25}, .callback = true},
                     Step{.at = seconds{50}, .also = {QueueId{"q7"}, QueueId{"q8"}}}};
  queues[10].steps = {Step{.at = seconds{10}, .max_tier = 1}};
  return queues;
}

std::vector<Profile> StormProfiles() {
  Profile blended{.id = "blended"};
  ChannelSet written;
  written.Add(Channel::kChat);
  written.Add(Channel::kEmail);
  blended.channels[Channel::kVoice] = {.max = 1};
  blended.channels[Channel::kChat] = {.max = 3, .alongside = written};
  blended.channels[Channel::kEmail] = {.max = 2, .alongside = written};
  Profile weighed{.id = "weighed"};
  ChannelSet every = ChannelSet::All();
  weighed.channels[Channel::kVoice] = {.max = 1, .alongside = every, .cost = 80};
  weighed.channels[Channel::kChat] = {.max = 4, .alongside = every, .cost = 30};
  weighed.channels[Channel::kTask] = {.max = 9, .alongside = every, .cost = 15};
  weighed.units = 100;
  return {blended, weighed};
}

std::vector<Agent> StormAgents(std::uint64_t variant) {
  std::vector<Agent> agents;
  const std::array<std::string, 3> profiles = {"", "blended", "weighed"};
  for (int i = 0; i < 9; ++i) {
    Agent agent;
    agent.id = AgentId{std::string(1, static_cast<char>('a' + (i * 4) % 9)) + std::to_string(i)};
    if (i % 3 != 2) agent.skills["english"] = 20 * (i % 5) + 10;
    if (i % 2 == 0) agent.skills["billing"] = 10 * i;
    if (i == 4) agent.skills["trainee"] = 0;
    for (int queue = 0; queue < kStrategyCount; ++queue) {
      if ((i + queue + static_cast<int>(variant)) % 3 == 0) continue;
      agent.queues[QueueId{"q" + std::to_string(queue)}] = (i + queue) % 3 == 1 ? 1 : 0;
    }
    agent.profile = profiles[static_cast<std::size_t>(i) % 3];
    if (i % 4 == 0) agent.wrap_up = seconds{6};
    agents.push_back(agent);
  }
  return agents;
}

}  // namespace

Domain StormDomain(std::uint64_t variant) {
  Domain domain;
  domain.id = DomainId{"storm"};
  domain.seed = 7;
  domain.skills = {"english", "billing", "trainee"};
  domain.not_ready = {"break"};
  domain.dispositions = {"resolved"};
  domain.disconnect_grace = seconds{12};
  domain.queues = StormQueues(variant);
  domain.profiles = StormProfiles();
  domain.agents = StormAgents(variant);
  domain.rules = {Rule{.when = "customer.tier == \"gold\"", .head_start = seconds{30}}};
  return domain;
}

Instant Storm::NextInstant(const Engine& engine, Instant now) {
  const Instant deadline = engine.NextDeadline();
  // Often the very instant of a deadline, for that is where opinions differ.
  if (deadline != kNever && deadline > now && Below(3) == 0) return deadline;
  return now + Duration{static_cast<std::int64_t>(Below(4) == 0 ? 0 : Below(6000))};
}

AgentId Storm::AnyAgent(const Engine& engine) {
  if (Below(40) == 0) return AgentId{"nobody"};
  const auto& agents = engine.domain().agents;
  return agents[Below(agents.size())].id;
}

QueueId Storm::AnyQueue(const Engine& engine) {
  if (Below(60) == 0) return QueueId{"nowhere"};
  const auto& queues = engine.domain().queues;
  return queues[Below(queues.size())].id;
}

Command Storm::Next(const Engine& engine, Instant now) {
  const std::vector<ContactId> contacts = engine.Contacts();
  const std::uint64_t dice = Below(100);
  if (dice == 0) return ApplyDomain{StormDomain(Below(4)), engine.version() + 1};
  if (contacts.empty() || (dice < 22 && contacts.size() < 60)) return NextSubmit(engine, now);
  if (dice < 40) return NextForAgent(engine);
  return NextForContact(engine, contacts[Below(contacts.size())]);
}

Submit Storm::NextSubmit(const Engine& engine, Instant now) {
  static constexpr std::array kCommon = {Channel::kVoice, Channel::kChat, Channel::kChat,
                                         Channel::kEmail, Channel::kTask, Channel::kCallback};
  Submit submit{.channel = kCommon[Below(kCommon.size())], .queue = AnyQueue(engine)};
  if (Below(4) == 0) submit.priority = static_cast<std::int32_t>(Below(3)) - 1;
  if (Below(6) == 0) submit.head_start = Duration{static_cast<std::int64_t>(Below(30'000))};
  if (Below(8) == 0) submit.due = now + seconds{5};
  if (Below(6) == 0) submit.requirement = Below(2) == 0 ? "billing > 20" : "not trainee";
  if (Below(50) == 0) submit.requirement = "french";
  if (Below(5) == 0) submit.prefer = AnyAgent(engine);
  if (Below(10) == 0) submit.prefer_for = seconds{Below(20)};
  if (Below(5) == 0) submit.customer_facts["tier"] = "gold";
  if (Below(4) == 0) submit.external_id = "x" + std::to_string(Below(8));
  if (Below(12) == 0) submit.not_before = now + seconds{Below(30)};
  if (Below(12) == 0) submit.wait_limit = seconds{Below(120)};
  if (Below(12) == 0) submit.max_tier = static_cast<std::int32_t>(Below(2));
  if (Below(6) == 0) submit.attributes["intent"] = "complaint";
  if (Below(2) == 0) submit.customer = CustomerId{"c" + std::to_string(Below(6))};
  return submit;
}

Command Storm::NextForAgent(const Engine& engine) {
  const AgentId agent = AnyAgent(engine);
  switch (Below(12)) {
    case 0:
      return SignOut{agent};
    case 1:
      return SetPresence{agent, Presence::kNotReady, Below(2) == 0 ? "break" : ""};
    case 2:
      return SetConnection{agent, Connection::kLost};
    case 3:
    case 4:
      return SetConnection{agent, Connection::kBack};
    case 5:
    case 6:
    case 7:
      return SetPresence{agent, Presence::kAvailable, ""};
    default:
      return SignIn{agent};
  }
}

Command Storm::NextForContact(const Engine& engine, ContactId id) {
  const ContactRow contact = engine.Row(id);
  AgentId agent = contact.agent;
  if (!contact.offers.empty()) agent = contact.offers[Below(contact.offers.size())].agent;
  if (!agent || Below(25) == 0) agent = AnyAgent(engine);
  const AgentId by = Below(4) == 0 ? AgentId{} : agent;
  switch (Below(33)) {
    case 0:
    case 1:
    case 2:
    case 3:
    case 4:
      return Accept{.contact = id, .agent = agent};
    case 5:
    case 6:
      return Reject{.contact = id, .agent = agent};
    case 7:
    case 8:
    case 9:
    case 10:
      return Complete{.contact = id, .agent = by, .disposition = "resolved"};
    case 11:
      return EndWrapUp{.contact = id, .agent = agent};
    case 12:
      return ExtendWrapUp{.contact = id, .agent = agent, .by = seconds{5}};
    case 13:
      return Hold{.contact = id, .agent = by};
    case 14:
    case 15:
      return Resume{.contact = id, .agent = by};
    case 16:
      return Abandon{.contact = id};
    case 17:
      return Withdraw{.contact = id, .note = "moved on"};
    case 18:
      return Lose{.contact = id};
    case 19:
      return Transfer{.contact = id, .to_queue = AnyQueue(engine), .by = by};
    case 20:
      return Transfer{.contact = id, .to_agent = AnyAgent(engine), .by = by};
    case 21:
      return Transfer{.contact = id, .to_queue = AnyQueue(engine), .by_supervisor = true};
    case 22:
      return Update{.contact = id, .priority = static_cast<std::int32_t>(Below(3))};
    case 23:
      return Update{.contact = id, .requirement = Below(2) == 0 ? "" : "billing > 0"};
    case 24:
      return Update{.contact = id, .queue = AnyQueue(engine)};
    case 25:
      return Update{.contact = id, .channel = Channel::kCallback};
    case 26:
      return Assign{.contact = id, .agent = AnyAgent(engine), .by = "sue"};
    case 27:
    case 28:
      return Consult{.contact = id, .by = agent, .to_agent = AnyAgent(engine)};
    case 29:
      return Consult{.contact = id, .by = agent, .to_queue = AnyQueue(engine)};
    case 30:
    case 31: {
      const auto consult = contact.consult ? engine.FindContact(contact.consult) : std::nullopt;
      const AgentId to = consult ? consult->agent : AnyAgent(engine);
      return Transfer{.contact = id, .to_agent = to, .by = by};
    }
    default:
      return Pull{.contact = id, .agent = AnyAgent(engine)};
  }
}

}  // namespace usher::engine
