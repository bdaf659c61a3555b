// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <set>

#include "router/engine/core.h"

// Changing what a contact asks for, and the configuration under all of them.

namespace usher::engine {
namespace {

bool IsTooLarge(const Update& command) {
  return command.attributes.size() > kAttributesMax ||
         (command.requirement && command.requirement->size() > kTextBytesMax) ||
         std::any_of(command.attributes.begin(), command.attributes.end(), [](const auto& a) {
           return a.first.size() > kTextBytesMax || a.second.size() > kTextBytesMax;
         });
}

bool ChangesWishes(const Update& command) {
  return command.priority || command.head_start || command.requirement ||
         !command.attributes.empty();
}

}  // namespace

Outcome Engine::Core::Decide(const Update& command) {
  const LiveContact* contact = nullptr;
  Hurdle no_contact = FindOpen(command.contact, contact);
  if (no_contact.refusal == Refusal::kUnknownContact) return Refuse(std::move(no_contact));
  const auto refuse = [&](Refusal refusal, std::string text) {
    return Refuse({refusal, std::move(text)}, command.contact);
  };
  const LiveQueue* queue = command.queue ? state_.FindQueue(*command.queue) : nullptr;
  if (command.queue && queue == nullptr) {
    return refuse(Refusal::kUnknownQueue, "there is no queue \"" + command.queue->value() + "\"");
  }
  if (command.requirement) {
    if (Hurdle hurdle = CheckRequirement(*command.requirement)) {
      return Refuse(std::move(hurdle), command.contact);
    }
  }
  if (no_contact) return Refuse(std::move(no_contact), command.contact);
  const bool is_scheduled = contact->state == ContactState::kScheduled;
  if (Hurdle hurdle = CheckMove(command, *contact)) {
    return Refuse(std::move(hurdle), command.contact);
  }
  if (IsTooLarge(command) || !IsSane(command.priority, command.head_start)) {
    return refuse(Refusal::kTooLarge, "a text or a number of the update is out of bounds");
  }
  const bool changes_channel = command.channel && *command.channel != contact->channel;
  if (changes_channel) WithdrawOffersOf(command.contact, WithdrawCause::kMoved);
  if (ChangesWishes(command) || is_scheduled || changes_channel) {
    KeyParts parts = contact->Parts();
    parts.own_priority = command.priority.value_or(parts.own_priority);
    parts.own_head_start = command.head_start.value_or(parts.own_head_start);
    Emit(Updated{
        .contact = command.contact,
        .key = is_scheduled ? OrderKey{} : KeyOf(parts, contact->arrived, contact->key.sequence),
        .parts = parts,
        .requirement = command.requirement,
        .attributes = command.attributes,
        .queue = is_scheduled && queue ? queue->id : QueueId{},
        .channel = changes_channel ? command.channel : std::nullopt});
  }
  if (queue != nullptr && !is_scheduled) {
    WithdrawOffersOf(command.contact, WithdrawCause::kMoved);
    Emit(Queued{
        .contact = command.contact,
        .queue = queue->id,
        .by = QueuedBy::kUpdate,
        .key = contact->key,
        .parts = contact->Parts(),
        .arrived = contact->arrived,
        .waited_in_queue = Duration{0},
        .prefer = contact->prefer == kNoIndex ? AgentId{} : state_.agent(contact->prefer).id});
  }
  return {.contact = command.contact};
}

// Another queue or another channel is for a contact that nobody talks with.
Hurdle Engine::Core::CheckMove(const Update& command, const LiveContact& contact) const {
  if (!command.queue && !command.channel) return {};
  if (!contact.Waits() && contact.state != ContactState::kScheduled) {
    return {Refusal::kWrongState, "only a contact that waits is moved"};
  }
  if (command.queue && contact.IsDirectConsult()) {
    return {Refusal::kWrongState, "one agent was asked, and nobody else is"};
  }
  const Channel channel = command.channel.value_or(contact.channel);
  const bool changes_channel = channel != contact.channel;
  if (changes_channel && contact.Consults()) {
    return {Refusal::kWrongState, "a consult keeps the channel of what it is about"};
  }
  const QueueId& queue = command.queue ? *command.queue : state_.QueueOf(contact).id;
  if (command.queue || changes_channel) {
    if (Hurdle hurdle = CheckQueueTakes(queue, channel)) return hurdle;
  }
  const bool is_named = contact.payload && !contact.payload->external_id.empty();
  if (changes_channel && is_named &&
      state_.FindByExternalId(channel, contact.payload->external_id) != nullptr) {
    return {Refusal::kDuplicate, "a contact of that channel has this external id"};
  }
  return {};
}

// Keys, offers and work stay. Refused where a contact would be left without its queue, or with a
// requirement that means nothing in the new vocabulary.
Outcome Engine::Core::Decide(const ApplyDomain& command) {
  const Domain& next = command.domain;
  if (Hurdle hurdle = CheckDomain(next)) return Refuse(std::move(hurdle));
  std::vector<AgentId> leaving;
  std::set<AgentId> staying;
  for (const Agent& agent : next.agents) staying.insert(agent.id);
  for (const LiveAgent& agent : state_.agents()) {
    if (agent.IsSignedIn() && !staying.contains(agent.id)) leaving.push_back(agent.id);
  }
  for (const AgentId& agent : leaving) GoOffline(agent, SignOutCause::kRemoved);
  Emit(DomainApplied{.version = command.version, .domain = next});
  return {};
}

Hurdle Engine::Core::CheckDomain(const Domain& next) const {
  if (next.agents.size() > kAgentsMax || next.queues.size() > kQueuesMax) {
    return {Refusal::kTooLarge, "a domain has at most 100,000 agents and 10,000 queues"};
  }
  for (const Queue& queue : next.queues) {
    if (Hurdle hurdle = CheckCompiles(queue, next.skills)) return hurdle;
  }
  const std::vector<std::string> hours = next.HoursIds();
  for (const Rule& rule : next.rules) {
    const Result<Condition> compiled = Condition::Compile(rule.when, hours);
    if (!compiled.ok()) return {Refusal::kBadRequirement, compiled.error().message};
  }
  // One contact stands for all that are in the same queue or ask the same: the first by its number,
  // for the table holds them in another order after a restart.
  std::map<QueueIndex, ContactId> queues;
  std::map<std::uint32_t, ContactId> requirements;
  const auto note = [](auto& firsts, std::uint32_t key, ContactId contact) {
    ContactId& first = firsts.try_emplace(key, contact).first->second;
    first = std::min(first, contact);
  };
  state_.contacts().ForEach([&](ContactSlot, const LiveContact& contact) {
    note(queues, contact.queue, contact.id);
    if (contact.requirement != 0) note(requirements, contact.requirement, contact.id);
  });
  const auto name = [](ContactId contact) { return "contact " + std::to_string(contact.value()); };
  for (const auto& [index, contact] : queues) {
    const QueueId& queue = state_.queue(index).id;
    if (next.FindQueue(queue) != nullptr) continue;
    return {Refusal::kQueueInUse, name(contact) + " is in queue \"" + queue.value() + "\""};
  }
  ContactId first;
  Hurdle hurdle;
  for (const auto& [number, contact] : requirements) {
    const Result<Requirement> compiled =
        Requirement::Compile(state_.requirements().TextOf(number), next.skills);
    if (compiled.ok() || (first && first < contact)) continue;
    first = contact;
    hurdle = {Refusal::kBadRequirement, name(contact) + ": " + compiled.error().message};
  }
  return hurdle;
}

Hurdle Engine::Core::CheckCompiles(const Queue& queue,
                                   const std::vector<std::string>& skills) const {
  const auto check = [&](const std::string& text) -> Hurdle {
    const Result<Requirement> compiled = Requirement::Compile(text, skills);
    if (compiled.ok()) return {};
    return {Refusal::kBadRequirement,
            "queue \"" + queue.id.value() + "\": " + compiled.error().message};
  };
  if (Hurdle hurdle = check(queue.requirement)) return hurdle;
  for (const Step& step : queue.steps) {
    if (!step.requirement) continue;
    if (Hurdle hurdle = check(*step.requirement)) return hurdle;
  }
  return {};
}

}  // namespace usher::engine
