// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <set>
#include <utility>

#include "base/check.h"
#include "router/engine/state.h"

// From plain records to memory: at start, and whenever a configuration is applied.

namespace usher::engine {
namespace {

Requirement Compiled(const std::string& text, const std::vector<std::string>& skills) {
  Result<Requirement> compiled = Requirement::Compile(text, skills);
  USHER_CHECK(compiled.ok(), "an applied configuration compiles");
  return *std::move(compiled);
}

// Agents that only records name: removed from the configuration, but somebody's hands or wish.
void CollectNames(const ContactRow& row, std::set<AgentId>& names) {
  const auto add = [&](const AgentId& agent) {
    if (agent) names.insert(agent);
  };
  add(row.agent);
  add(row.prefer);
  add(row.consulter);
  for (const OpenOffer& offer : row.offers) add(offer.agent);
  for (const PastOffer& past : row.past_offers) add(past.agent);
}

bool HasWishes(const ContactRow& row) {
  return row.parts.own_due || row.max_tier || row.wait_limit || row.prefer_for || row.not_before ||
         row.submitted != row.arrived || row.consults || row.consult || row.resumes;
}

bool HasPayload(const ContactRow& row) {
  return row.customer || !row.external_id.empty() || !row.adapter.empty() ||
         !row.attributes.empty() || !row.subject.empty() || !row.disposition.empty() ||
         !row.note.empty();
}

// How many steps of a new configuration count as past: those whose time has come, up to one that
// would have moved or closed the contact, which is still to fire.
std::uint32_t StepsPast(const Queue& queue, Duration waited_in_queue) {
  std::uint32_t past = 0;
  while (past < queue.steps.size() && queue.steps[past].at <= waited_in_queue &&
         !queue.steps[past].overflow && !queue.steps[past].give_up) {
    ++past;
  }
  return past;
}

// Before the rows are loaded, for they may be past more steps than their queue has now.
void PlaceAmongSteps(const Domain& domain, Instant at, std::vector<ContactRow>& rows) {
  std::map<QueueId, const Queue*> queues;
  for (const Queue& queue : domain.queues) queues.emplace(queue.id, &queue);
  for (ContactRow& row : rows) {
    const Duration running = row.waiting_since ? at - *row.waiting_since : Duration{0};
    row.steps_fired = StepsPast(*queues.at(row.queue), row.waited_in_queue + running);
    row.steps_in_force = row.steps_fired;
  }
}

}  // namespace

void State::On(const DomainApplied& event, Instant at) {
  DomainRow head = ToRow();
  std::vector<QueueRow> queue_rows;
  for (const LiveQueue& queue : queues_) queue_rows.push_back(ToRow(queue));
  std::vector<AgentRow> agent_rows;
  // Who was removed before and has no work left is only a name: a restart would not know more, and
  // must come to the same state if she is configured again.
  for (const LiveAgent& agent : agents_) {
    if (agent.config != nullptr || agent.HasWork()) agent_rows.push_back(ToRow(agent));
  }
  std::vector<ContactRow> contact_rows;
  contacts_.ForEach(
      [&](ContactSlot, const LiveContact& contact) { contact_rows.push_back(ToRow(contact)); });
  const bool is_first = head.version == 0;
  head.version = event.version;
  head.domain = event.domain;
  if (is_first) head.random = event.domain.seed;
  PlaceAmongSteps(event.domain, at, contact_rows);
  Load(std::move(head), std::move(queue_rows), std::move(agent_rows), std::move(contact_rows));
  contacts_.ForEach([&](ContactSlot slot, const LiveContact&) { MarkDirty(contacts_[slot]); });
  for (LiveAgent& agent : agents_) MarkDirty(agent);
  for (LiveQueue& queue : queues_) {
    if ((queue.signed_in == 0) != queue.empty_since.has_value()) {
      queue.empty_since = queue.signed_in == 0 ? std::optional<Instant>(at) : std::nullopt;
    }
    MarkDirty(queue);
    queue.order.ForEach([&](const OrderEntry& entry) {
      Rearm(entry.contact, contacts_[entry.contact]);
      return true;
    });
  }
}

void State::Load(DomainRow head, std::vector<QueueRow> queue_rows, std::vector<AgentRow> agent_rows,
                 std::vector<ContactRow> contact_rows) {
  // Whatever is gone afterwards must be told to those who keep rows.
  for (const LiveQueue& queue : queues_) reloaded_queues_.push_back(queue.id);
  for (const LiveAgent& agent : agents_) reloaded_agents_.push_back(agent.id);
  dirty_queues_.clear();
  dirty_agents_.clear();
  domain_ = std::move(head.domain);
  version_ = head.version;
  next_contact_ = head.next_contact;
  next_offer_ = head.next_offer;
  next_sequence_ = head.next_sequence;
  random_ = head.random;
  now_ = head.now;
  next_midnight_ = kNever;
  MoveClock(now_);
  contacts_ = ContactTable{};
  classes_.clear();
  class_at_.clear();
  firsts_.clear();
  free_classes_.clear();
  matchable_.clear();
  unserved_.clear();
  stranded_.clear();
  unposted_.clear();
  timers_.Clear();
  external_ids_.clear();
  LoadAdapters(std::move(head.adapters));
  requirements_.Reset(domain_.skills);
  LoadConfiguration();
  LoadAgents(std::move(agent_rows), contact_rows);
  LoadQueues(std::move(queue_rows));
  std::sort(contact_rows.begin(), contact_rows.end(),
            [](const ContactRow& a, const ContactRow& b) { return a.id < b.id; });
  for (ContactRow& row : contact_rows) LoadContact(std::move(row));
  for (LiveAgent& agent : agents_) {
    std::sort(agent.offers.begin(), agent.offers.end(),
              [](const AgentOffer& a, const AgentOffer& b) { return a.id < b.id; });
    SettleAgent(agent);
  }
  next_midnight_ = domain_.timezone.NextLocalMidnight(clock_);
  PostAll();
}

void State::LoadAdapters(std::vector<AdapterRow> rows) {
  adapters_.clear();
  adapters_checked_at_ = kNever;
  for (AdapterRow& row : rows) {
    adapters_.emplace(std::move(row.adapter), LiveAdapter{row.lost_at, row.check_at});
  }
  RearmAdapters();
}

void State::LoadConfiguration() {
  conditions_.clear();
  const std::vector<std::string> hours = domain_.HoursIds();
  for (const Rule& rule : domain_.rules) {
    Result<Condition> compiled = Condition::Compile(rule.when, hours);
    USHER_CHECK(compiled.ok(), "an applied configuration compiles");
    conditions_.push_back(*std::move(compiled));
  }
  queues_.clear();
  queues_.resize(domain_.queues.size());
  queue_names_.Reset(queues_.size());
  for (QueueIndex i = 0; i < queues_.size(); ++i) {
    queues_[i].id = domain_.queues[i].id;
    queue_names_.Add(queues_[i].id.value(), i);
  }
  for (QueueIndex i = 0; i < queues_.size(); ++i) {
    LiveQueue& queue = queues_[i];
    queue.config = &domain_.queues[i];
    queue.hours = domain_.FindHours(queue.config->hours);
    queue.promise_hours = domain_.FindHours(queue.config->service_level.hours);
    queue.requirement = Compiled(queue.config->requirement, domain_.skills);
    queue.escalate_to = ResolveQueue(queue.config->escalate_to);
    ResolveSteps(queue);
  }
}

void State::ResolveSteps(LiveQueue& queue) {
  for (const Step& config : queue.config->steps) {
    LiveStep step{.config = &config, .requirement = {}, .also = {}, .overflow = kNoIndex};
    if (config.requirement) step.requirement = Compiled(*config.requirement, domain_.skills);
    for (const QueueId& added : config.also) {
      const QueueIndex index = ResolveQueue(added);
      if (index != kNoIndex) step.also.push_back(index);
    }
    step.overflow = ResolveQueue(config.overflow);
    if (config.max_tier) queue.first_max_tier = 0;
    queue.steps.push_back(std::move(step));
  }
}

void State::LoadQueues(std::vector<QueueRow> rows) {
  for (QueueRow& row : rows) {
    const QueueIndex index = ResolveQueue(row.id);
    if (index == kNoIndex) continue;
    LiveQueue& queue = queues_[index];
    // Agents who were removed are forgotten here, whether or not they still have work: a later load
    // may not know them any more, and must come to the same state.
    const auto find_configured = [&](const AgentId& agent) {
      const LiveAgent* known = FindAgent(agent);
      return known != nullptr && known->config != nullptr ? known : nullptr;
    };
    for (const auto& [agent, offer] : row.last_offered) {
      const LiveAgent* known = find_configured(agent);
      if (known != nullptr) queue.last_offered.emplace(IndexOf(*known), offer);
    }
    for (const RecentMiss& miss : row.misses) {
      const LiveAgent* known = find_configured(miss.agent);
      if (known != nullptr) queue.misses.push_back({IndexOf(*known), miss.at});
    }
    queue.accepted = row.accepted;
    queue.accepted_in_time = row.accepted_in_time;
    queue.empty_since = row.empty_since;
    queue.recent_accepts = std::move(row.recent_accepts);
    queue.breaker_open = row.breaker_open;
    if (queue.config->keep_place_for > Duration{0}) queue.kept_places = std::move(row.kept_places);
  }
}

void State::LoadAgents(std::vector<AgentRow> rows, const std::vector<ContactRow>& contact_rows) {
  std::set<AgentId> names;
  for (const Agent& agent : domain_.agents) names.insert(agent.id);
  for (const ContactRow& row : contact_rows) CollectNames(row, names);
  for (const AgentRow& row : rows) {
    if (!row.wrap_ups.empty()) names.insert(row.id);
  }
  agents_.clear();
  agents_.resize(names.size());
  agent_names_.Reset(agents_.size());
  AgentIndex next = 0;
  for (const AgentId& name : names) {
    agents_[next].id = name;
    agents_[next].today.day = domain_.timezone.LocalDay(now_);
    agent_names_.Add(name.value(), next++);
  }
  for (AgentRow& row : rows) {
    const AgentIndex found = ResolveAgent(row.id);
    if (found == kNoIndex) continue;
    LiveAgent& agent = agents_[found];
    agent.presence = row.presence;
    agent.reason = std::move(row.reason);
    agent.grace_ends = row.grace_ends;
    agent.presence_since = row.presence_since;
    agent.idle_since = row.idle_since;
    agent.misses = row.misses;
    agent.asked_from = row.asked_from;
    agent.today = row.today;
    for (const WrapUp& wrap_up : row.wrap_ups) StartWrapUp(agent, wrap_up);
  }
  std::map<std::string, const Profile*> profiles;
  for (const Profile& profile : domain_.profiles) profiles.emplace(profile.id, &profile);
  for (std::uint32_t i = 0; i < domain_.agents.size(); ++i) {
    LiveAgent& agent = agents_[ResolveAgent(domain_.agents[i].id)];
    agent.config = &domain_.agents[i];
    agent.order = i;
    ResolveAgent(agent, profiles);
  }
  for (AgentIndex i = 0; i < agents_.size(); ++i) {
    for (const Membership& membership : agents_[i].memberships) {
      LiveQueue& queue = queues_[membership.queue];
      queue.agents.push_back(i);
      if (agents_[i].IsSignedIn()) ++queue.signed_in;
    }
  }
}

void State::ResolveAgent(LiveAgent& agent, const std::map<std::string, const Profile*>& profiles) {
  agent.levels = LevelsOf(*agent.config, domain_.skills);
  const auto profile = profiles.find(agent.config->profile);
  agent.profile = profile == profiles.end() ? nullptr : profile->second;
  for (const auto& [queue, tier] : agent.config->queues) {
    const QueueIndex index = ResolveQueue(queue);
    if (index != kNoIndex) agent.memberships.push_back({index, tier});
  }
  std::sort(agent.memberships.begin(), agent.memberships.end(),
            [](const Membership& a, const Membership& b) { return a.queue < b.queue; });
}

void State::LoadContact(ContactRow row) {
  LiveContact& contact = contacts_.Create(row.id);
  const ContactSlot slot = contacts_.SlotOf(row.id);
  const auto index_of = [&](const AgentId& agent) {
    return agent ? ResolveAgent(agent) : kNoIndex;
  };
  contact.state = row.state;
  contact.channel = row.channel;
  contact.queue = ResolveQueue(row.queue);
  USHER_CHECK(contact.queue != kNoIndex, "a contact's queue exists");
  contact.key = row.key;
  contact.arrived = row.arrived;
  contact.requirement = requirements_.NumberOf(row.requirement);
  if (HasWishes(row)) {
    contact.wishes =
        std::make_unique<ContactWishes>(ContactWishes{.due = row.parts.own_due,
                                                      .max_tier = row.max_tier,
                                                      .wait_limit = row.wait_limit,
                                                      .prefer_for = row.prefer_for,
                                                      .not_before = row.not_before,
                                                      .submitted = row.submitted,
                                                      .consult = row.consult,
                                                      .consults = row.consults,
                                                      .consulter = index_of(row.consulter),
                                                      .is_direct_consult = row.is_direct_consult,
                                                      .resumes = row.resumes});
  }
  contact.SetParts(row.parts);
  contact.prefer = index_of(row.prefer);
  contact.prefer_declined = row.prefer_declined;
  contact.waiting_since = row.waiting_since.value_or(kNever);
  contact.waited = row.waited;
  contact.waited_in_queue = row.waited_in_queue;
  contact.steps_fired = static_cast<std::uint16_t>(row.steps_fired);
  contact.steps_in_force = static_cast<std::uint16_t>(row.steps_in_force);
  contact.agent = index_of(row.agent);
  contact.transfers = row.transfers;
  contact.escalated = row.escalated;
  contact.is_lost = row.is_lost;
  const bool is_held = contact.state == ContactState::kHeld;
  if (!row.offers.empty() || !row.past_offers.empty() || row.offer_again_from || row.assigned ||
      is_held) {
    ContactOffers& offers = contact.Offers();
    offers.offer_again_from = row.offer_again_from;
    offers.offering_since = row.offering_since;
    offers.assigned = row.assigned.value_or(kNever);
    // A row of before there were hold limits does not say since when: at most since it was hers.
    if (is_held) offers.held = row.held.value_or(row.assigned.value_or(row.arrived));
    for (const OpenOffer& offer : row.offers) {
      const AgentIndex agent = index_of(offer.agent);
      offers.open.push_back({offer.id, agent, offer.made, offer.deadline, offer.alone, offer.tier});
      agents_[agent].offers.push_back({offer.id, slot});
      ++agents_[agent].load[static_cast<std::size_t>(contact.channel)];
      timers_.Insert({offer.deadline, offer.id.value(), slot, TimerKind::kOffer});
    }
    for (const PastOffer& past : row.past_offers) {
      offers.past.push_back({past.id, index_of(past.agent), past.end, past.in_round});
    }
  }
  if (contact.state == ContactState::kAssigned) {
    agents_[contact.agent].assigned.push_back(contact.id);
    ++agents_[contact.agent].load[static_cast<std::size_t>(contact.channel)];
  } else if (contact.state == ContactState::kHeld) {
    agents_[contact.agent].held.push_back(contact.id);
  }
  if (HasPayload(row)) {
    contact.payload =
        std::make_unique<ContactPayload>(ContactPayload{.customer = std::move(row.customer),
                                                        .external_id = std::move(row.external_id),
                                                        .adapter = std::move(row.adapter),
                                                        .attributes = std::move(row.attributes),
                                                        .subject = std::move(row.subject),
                                                        .disposition = std::move(row.disposition),
                                                        .note = std::move(row.note)});
    if (!contact.payload->external_id.empty()) {
      external_ids_[ExternalKey(contact.channel, contact.payload->external_id)] = slot;
    }
  }
  Settle(slot);
}

}  // namespace usher::engine
