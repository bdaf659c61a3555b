// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/router/engine/naive_matcher.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "router/engine/expression.h"

namespace usher::engine {
namespace {

struct Person {
  const Agent* config = nullptr;
  AgentRow row;
  std::map<Channel, std::int64_t> load;
  std::int64_t order = 0;

  std::int64_t Load(Channel channel) const {
    const auto found = load.find(channel);
    return found == load.end() ? 0 : found->second;
  }
  bool HoldsAny() const {
    return std::any_of(load.begin(), load.end(), [](const auto& l) { return l.second > 0; });
  }
};

struct World {
  const Engine& engine;
  const Domain& domain;
  Instant now;
  std::vector<Person> people;  // by id
  std::vector<ContactRow> contacts;
};

World See(const Engine& engine, Instant now) {
  World world{engine, engine.domain(), now, {}, {}};
  std::map<AgentId, std::map<Channel, std::int64_t>> loads;
  for (const ContactId id : engine.Contacts()) {
    const ContactRow row = engine.Row(id);
    if (row.state == ContactState::kAssigned) ++loads[row.agent][row.channel];
    for (const OpenOffer& offer : row.offers) ++loads[offer.agent][row.channel];
    world.contacts.push_back(row);
  }
  for (const Agent& config : engine.domain().agents) {
    Person person{&config, engine.Row(config.id), loads[config.id],
                  &config - engine.domain().agents.data()};
    for (const WrapUp& wrap_up : person.row.wrap_ups) ++person.load[wrap_up.channel];
    world.people.push_back(std::move(person));
  }
  std::sort(world.people.begin(), world.people.end(),
            [](const Person& a, const Person& b) { return a.config->id < b.config->id; });
  std::sort(world.contacts.begin(), world.contacts.end(),
            [](const ContactRow& a, const ContactRow& b) { return a.key < b.key; });
  return world;
}

bool HasRoomNaively(const World& world, const Person& person, Channel channel) {
  if (!person.config->channels.Has(channel)) return false;
  const Profile* profile = world.domain.FindProfile(person.config->profile);
  if (profile == nullptr) return !person.HoldsAny();
  if (!profile->channels.contains(channel)) return false;
  const ChannelCapacity& capacity = profile->channels.at(channel);
  if (person.Load(channel) >= capacity.max) return false;
  std::int64_t units = capacity.cost;
  for (const Channel other : kChannels) {
    const std::int64_t held = person.Load(other);
    if (held > 0 && other != channel && !capacity.alongside.Has(other)) return false;
    if (profile->channels.contains(other)) units += held * profile->channels.at(other).cost;
  }
  return !profile->units || units <= *profile->units;
}

struct Demand {
  const Queue* queue = nullptr;
  Requirement of_queue, own, both;
  std::optional<std::int32_t> max_tier;
  std::vector<QueueId> queues;
};

Demand DemandOf(const World& world, const ContactRow& contact) {
  Demand demand;
  demand.queue = world.domain.FindQueue(contact.queue);
  std::string requirement = demand.queue->requirement;
  demand.queues = {contact.queue};
  for (const Step& step : demand.queue->steps) {
    if (step.max_tier) demand.max_tier = 0;
  }
  if (contact.max_tier) demand.max_tier = contact.max_tier;
  for (std::uint32_t i = 0; i < contact.steps_in_force; ++i) {
    const Step& step = demand.queue->steps[i];
    if (step.requirement) requirement = *step.requirement;
    if (step.max_tier) demand.max_tier = step.max_tier;
    for (const QueueId& also : step.also) demand.queues.push_back(also);
  }
  demand.of_queue = *Requirement::Compile(requirement, world.domain.skills);
  demand.own = *Requirement::Compile(contact.requirement, world.domain.skills);
  demand.both = Requirement::And(demand.of_queue, demand.own);
  return demand;
}

std::optional<std::int32_t> TierOf(const World& world, const Demand& demand, const Person& person,
                                   Channel channel) {
  std::optional<std::int32_t> tier;
  for (const QueueId& queue : demand.queues) {
    const auto found = person.config->queues.find(queue);
    if (found == person.config->queues.end()) continue;
    if (!tier || found->second < *tier) tier = found->second;
  }
  if (!tier || (demand.max_tier && *tier > *demand.max_tier)) return std::nullopt;
  if (!person.config->channels.Has(channel)) return std::nullopt;
  const Profile* profile = world.domain.FindProfile(person.config->profile);
  if (profile != nullptr &&
      (!profile->channels.contains(channel) || profile->channels.at(channel).max < 1)) {
    return std::nullopt;
  }
  const SkillLevels levels = LevelsOf(*person.config, world.domain.skills);
  if (!demand.of_queue.Evaluate(levels) || !demand.own.Evaluate(levels)) return std::nullopt;
  return tier;
}

bool IsCandidate(const World& world, const Demand& demand, const ContactRow& contact,
                 const Person& person) {
  if (person.row.presence != Presence::kAvailable || person.row.grace_ends) return false;
  if (contact.consulter && contact.consulter == person.config->id) return false;
  if (person.row.asked_from && *person.row.asked_from > world.now) return false;
  for (const OpenOffer& offer : contact.offers) {
    if (offer.agent == person.config->id) return false;
  }
  return TierOf(world, demand, person, contact.channel).has_value() &&
         HasRoomNaively(world, person, contact.channel);
}

bool WasAsked(const ContactRow& contact, const AgentId& agent) {
  return std::any_of(contact.past_offers.begin(), contact.past_offers.end(),
                     [&](const PastOffer& past) { return past.agent == agent && past.in_round; });
}

// As (numerator, denominator); the tests' figures are small enough for 64 bits.
std::pair<std::int64_t, std::int64_t> Value(const World& world, const Demand& demand,
                                            const ContactRow& contact, const Person& person) {
  const auto midnight = [&] {
    return world.domain.timezone.FromLocal(std::chrono::hours{24} *
                                           world.domain.timezone.LocalDay(world.now));
  };
  const AgentDay& day = person.row.today;
  const bool is_today = day.day == world.domain.timezone.LocalDay(world.now);
  const auto total = [&](Duration so_far, std::optional<Instant> since) {
    Duration sum = is_today ? so_far : Duration{0};
    if (since) sum += world.now - (is_today ? *since : std::max(*since, midnight()));
    return sum.count();
  };
  const SkillLevels levels = LevelsOf(*person.config, world.domain.skills);
  std::int64_t skill = 0;
  for (const std::int32_t named : demand.both.NamedSkills()) {
    skill += std::max<std::int64_t>(levels[static_cast<std::size_t>(named)], 0);
  }
  switch (demand.queue->strategy) {
    case Strategy::kRoundRobin: {
      const QueueRow queue = world.engine.Row(contact.queue);
      const auto last = queue.last_offered.find(person.config->id);
      return {
          last == queue.last_offered.end() ? 0 : static_cast<std::int64_t>(last->second.value()),
          1};
    }
    case Strategy::kLeastLoaded: {
      const Profile* profile = world.domain.FindProfile(person.config->profile);
      if (profile == nullptr) return {person.Load(contact.channel), 1};
      if (!profile->units) {
        return {person.Load(contact.channel), profile->channels.at(contact.channel).max};
      }
      std::int64_t used = 0;
      for (const auto& [channel, capacity] : profile->channels) {
        used += person.Load(channel) * capacity.cost;
      }
      return {used, *profile->units};
    }
    case Strategy::kFewestContacts:
      return {is_today ? day.accepts : 0, 1};
    case Strategy::kLeastBusy: {
      const std::int64_t signed_in = total(day.signed_in, day.signed_in_since);
      if (signed_in == 0) return {0, 1};
      return {total(day.busy, day.busy_since), signed_in};
    }
    case Strategy::kBestSkill:
      return {-skill, 1};
    case Strategy::kLeastSkill:
      return {skill, 1};
    case Strategy::kOrdered:
      return {person.order, 1};
    default:
      return {0, 1};
  }
}

bool IsBefore(const World& world, const Demand& demand, const ContactRow& contact, const Person& a,
              const Person& b) {
  const std::int32_t tier_a = *TierOf(world, demand, a, contact.channel);
  const std::int32_t tier_b = *TierOf(world, demand, b, contact.channel);
  if (tier_a != tier_b) return tier_a < tier_b;
  const auto value_a = Value(world, demand, contact, a);
  const auto value_b = Value(world, demand, contact, b);
  const std::int64_t left = value_a.first * value_b.second;
  const std::int64_t right = value_b.first * value_a.second;
  if (left != right) return left < right;
  return std::make_tuple(a.HoldsAny(), a.row.idle_since, a.config->id) <
         std::make_tuple(b.HoldsAny(), b.row.idle_since, b.config->id);
}

std::uint64_t Draw(std::uint64_t state) {
  std::uint64_t z = state + 0x9E3779B97F4A7C15ull;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
  return z ^ (z >> 31);
}

const Person* PickAtRandom(const World& world, const Demand& demand, const ContactRow& contact,
                           std::vector<const Person*> open) {
  const auto tier = [&](const Person* p) { return *TierOf(world, demand, *p, contact.channel); };
  const std::uint64_t draw = Draw(world.engine.Row().random);
  if (demand.queue->strategy == Strategy::kRandom) {
    std::int32_t lowest = tier(open.front());
    for (const Person* p : open) lowest = std::min(lowest, tier(p));
    std::erase_if(open, [&](const Person* p) { return tier(p) != lowest; });
    return open[draw % open.size()];
  }
  const auto weight = [&](const Person* p) {
    return (std::uint64_t{1} << 32) / (1 + static_cast<std::uint64_t>(tier(p)));
  };
  std::uint64_t sum = 0;
  for (const Person* p : open) sum += weight(p);
  std::uint64_t point = draw % sum;
  for (const Person* p : open) {
    if (point < weight(p)) return p;
    point -= weight(p);
  }
  return open.back();
}

std::size_t Allowed(const World& world, const Queue& queue, const ContactRow& contact) {
  if (queue.strategy == Strategy::kBroadcast) {
    return queue.broadcast == 0 ? SIZE_MAX : static_cast<std::size_t>(queue.broadcast);
  }
  if (queue.strategy != Strategy::kProgressive || !contact.offering_since) return 1;
  return 1 + static_cast<std::size_t>((world.now - *contact.offering_since) / queue.progressive);
}

bool HasHope(const World& world, const Demand& demand, const ContactRow& contact,
             const Person* preferred) {
  if (preferred == nullptr || contact.prefer_declined) return false;
  const Duration waited = contact.waited_in_queue + (world.now - *contact.waiting_since);
  if (waited >= contact.prefer_for.value_or(demand.queue->prefer_for)) return false;
  return preferred->row.presence == Presence::kAvailable &&
         TierOf(world, demand, *preferred, contact.channel).has_value();
}

// Whether the contact may be offered to anybody at all.
bool IsOfferable(const World& world, const Demand& demand, const ContactRow& contact) {
  if (contact.state != ContactState::kWaiting && contact.state != ContactState::kOffered) {
    return false;
  }
  if (contact.offer_again_from && *contact.offer_again_from > world.now) return false;
  return contact.offers.empty() || (!contact.offers.front().alone &&
                                    contact.offers.size() < Allowed(world, *demand.queue, contact));
}

// Who could take it now, and of these who was not asked in the round; all when a new one begins.
struct Asking {
  std::vector<const Person*> open;  // by id
  const Person* preferred = nullptr;
  bool new_round = false;
};

Asking AskingOf(const World& world, const Demand& demand, const ContactRow& contact) {
  Asking asking;
  std::vector<const Person*> candidates;
  for (const Person& person : world.people) {
    if (IsCandidate(world, demand, contact, person)) candidates.push_back(&person);
    if (contact.prefer && person.config->id == contact.prefer) asking.preferred = &person;
  }
  asking.open = candidates;
  std::erase_if(asking.open, [&](const Person* p) { return WasAsked(contact, p->config->id); });
  asking.new_round = asking.open.empty();
  if (asking.new_round) asking.open = candidates;
  return asking;
}

std::optional<NaiveOffer> OfferOf(const World& world, const ContactRow& contact) {
  const Demand demand = DemandOf(world, contact);
  if (!IsOfferable(world, demand, contact)) return {};
  const auto [open, preferred, new_round] = AskingOf(world, demand, contact);
  const auto offer = [&](const Person* p) {
    return NaiveOffer{contact.id, p->config->id, new_round};
  };
  if (std::find(open.begin(), open.end(), preferred) != open.end()) return offer(preferred);
  if (HasHope(world, demand, contact, preferred) || open.empty()) return {};
  if (demand.queue->strategy == Strategy::kRandom ||
      demand.queue->strategy == Strategy::kWeightedRandom) {
    return offer(PickAtRandom(world, demand, contact, open));
  }
  const Person* best = open.front();
  for (const Person* p : open) {
    if (IsBefore(world, demand, contact, *p, *best)) best = p;
  }
  for (const OpenOffer& asked : contact.offers) {
    if (*TierOf(world, demand, *best, contact.channel) > asked.tier) return {};
  }
  return offer(best);
}

}  // namespace

std::optional<NaiveOffer> NextOffer(const Engine& engine, Instant now) {
  const World world = See(engine, now);
  for (const ContactRow& contact : world.contacts) {
    const std::optional<NaiveOffer> offer = OfferOf(world, contact);
    if (offer) return offer;
  }
  return std::nullopt;
}

std::vector<AgentId> CandidatesFor(const Engine& engine, ContactId id, Instant now) {
  const World world = See(engine, now);
  const ContactRow contact = engine.Row(id);
  const Demand demand = DemandOf(world, contact);
  if (!IsOfferable(world, demand, contact)) return {};
  const Asking asking = AskingOf(world, demand, contact);
  const bool has_hope = HasHope(world, demand, contact, asking.preferred);
  std::vector<AgentId> ids;
  for (const Person* p : asking.open) {
    const std::int32_t tier = *TierOf(world, demand, *p, contact.channel);
    const bool is_behind = std::any_of(contact.offers.begin(), contact.offers.end(),
                                       [&](const OpenOffer& asked) { return tier > asked.tier; });
    if (p == asking.preferred || (!has_hope && !is_behind)) ids.push_back(p->config->id);
  }
  return ids;
}

bool HasRoomFor(const Engine& engine, const AgentId& agent, Channel channel) {
  const World world = See(engine, engine.now());
  return std::any_of(world.people.begin(), world.people.end(), [&](const Person& person) {
    return person.config->id == agent && HasRoomNaively(world, person, channel);
  });
}

std::optional<std::uint32_t> StepsToSkipTo(const Engine& engine, ContactRow contact) {
  const World world = See(engine, engine.now());
  const auto is_served = [&] {
    const Demand demand = DemandOf(world, contact);
    return std::any_of(world.people.begin(), world.people.end(), [&](const Person& person) {
      return person.row.presence != Presence::kOffline &&
             TierOf(world, demand, person, contact.channel).has_value();
    });
  };
  const std::vector<Step>& steps = world.domain.FindQueue(contact.queue)->steps;
  if (is_served()) return std::nullopt;
  while (contact.steps_in_force < steps.size()) {
    const Step& next = steps[contact.steps_in_force];
    if (next.overflow || next.give_up) return std::nullopt;
    ++contact.steps_in_force;
    if (is_served()) return contact.steps_in_force;
  }
  return std::nullopt;
}

}  // namespace usher::engine
