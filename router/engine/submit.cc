// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "router/engine/core.h"
#include "router/engine/open_time.h"

// A new contact: classification rules, admission, its place in the queue.

namespace usher::engine {
namespace {

bool IsTooLarge(const Submit& wish) {
  const auto is_long = [](const std::string& text) { return text.size() > kTextBytesMax; };
  return wish.attributes.size() > kAttributesMax || is_long(wish.external_id) ||
         is_long(wish.adapter) || is_long(wish.subject) || is_long(wish.requirement) ||
         is_long(wish.customer.value()) ||
         std::any_of(wish.attributes.begin(), wish.attributes.end(), [&](const auto& attribute) {
           return is_long(attribute.first) || is_long(attribute.second);
         });
}

bool AreNumbersSane(const Submit& wish) {
  const auto is_near = [](std::optional<Instant> instant) {
    return !instant ||
           (*instant > Instant{} - kSpanMax * 100 && *instant < Instant{} + kSpanMax * 100);
  };
  return IsSane(wish.priority, wish.head_start) && IsSane({}, wish.prefer_for) &&
         IsSane({}, wish.wait_limit) && is_near(wish.due) && is_near(wish.not_before);
}

void ApplyRule(const Rule& rule, Submit& wish) {
  if (rule.queue) wish.queue = *rule.queue;
  if (rule.priority) wish.priority = *rule.priority;
  if (rule.head_start) wish.head_start = *rule.head_start;
  if (rule.requirement) wish.requirement = *rule.requirement;
  if (rule.prefer) wish.prefer = *rule.prefer;
  if (rule.prefer_for) wish.prefer_for = rule.prefer_for;
  if (rule.wait_limit) wish.wait_limit = rule.wait_limit;
  if (rule.max_tier) wish.max_tier = rule.max_tier;
  for (const auto& [name, value] : rule.attributes) wish.attributes[name] = value;
}

Submitted EventOf(const Submit& wish, ContactId contact) {
  return {.contact = contact,
          .channel = wish.channel,
          .queue = wish.queue,
          .priority = wish.priority,
          .head_start = wish.head_start,
          .due = wish.due,
          .requirement = wish.requirement,
          .prefer = wish.prefer,
          .prefer_for = wish.prefer_for,
          .customer = wish.customer,
          .external_id = wish.external_id,
          .adapter = wish.adapter,
          .not_before = wish.not_before,
          .wait_limit = wish.wait_limit,
          .max_tier = wish.max_tier,
          .attributes = wish.attributes,
          .subject = wish.subject};
}

}  // namespace

Outcome Engine::Core::Decide(const Submit& command) {
  if (!command.external_id.empty()) {
    const LiveContact* first = state_.FindByExternalId(command.channel, command.external_id);
    if (first != nullptr) return {.contact = first->id, .repeated = true};
  }
  if (IsTooLarge(command)) {
    return Refuse({Refusal::kTooLarge,
                   "a text is longer than 4096 bytes, or there are more than "
                   "64 attributes"});
  }
  if (!AreNumbersSane(command)) {
    return Refuse({Refusal::kTooLarge, "a priority, a span or an instant is out of bounds"});
  }
  Submit wish = command;
  ApplyRules(wish);
  if (wish.not_before && *wish.not_before <= now_) wish.not_before.reset();
  if (Hurdle hurdle = CheckNewcomer(wish)) return Refuse(std::move(hurdle));

  const LiveQueue& queue = *state_.FindQueue(wish.queue);
  if (!wish.prefer) wish.prefer = PreferredBy(*queue.config, wish);
  const ContactId contact{state_.next_contact()};
  Hurdle hurdle = CheckAdmission(wish, queue);
  std::optional<KeptPlace> place;
  if (!hurdle && !wish.not_before) {
    const KeptPlace* kept = queue.FindKeptPlace(wish.customer, wish.channel, now_);
    if (kept != nullptr) place = *kept;
  }
  Submitted submitted = EventOf(wish, contact);
  if (place) submitted.resumes = place->contact;
  Emit(std::move(submitted));
  if (hurdle) {
    Close(contact, ContactOutcome::kRefused, {}, hurdle.refusal);
    return Refuse(std::move(hurdle), contact);
  }
  if (!wish.not_before) EnqueueNewcomer(contact, state_.IndexOf(queue), place);
  return {.contact = contact};
}

void Engine::Core::ApplyRules(Submit& wish) const {
  const Domain& domain = state_.domain();
  const auto& rules = domain.rules;
  if (rules.empty()) return;
  const RuleTime time = RuleTime::At(now_, domain.timezone);
  const auto is_open = [&](const std::string& id) {
    const Hours* hours = domain.FindHours(id);
    return hours != nullptr && hours->IsOpen(domain.timezone, now_);
  };
  for (std::size_t i = 0; i < rules.size(); ++i) {
    const RuleFacts facts{.channel = wish.channel,
                          .queue = wish.queue,
                          .priority = wish.priority,
                          .contact = wish.attributes,
                          .customer = wish.customer_facts,
                          .time = time,
                          .is_open = is_open};
    if (state_.conditions()[i].Evaluate(facts)) ApplyRule(rules[i], wish);
  }
}

// Whom the queue would have asked first: the first of the facts it lists that names an agent. Facts
// may name somebody who has left the company, so an unknown one is no error.
AgentId Engine::Core::PreferredBy(const Queue& queue, const Submit& wish) const {
  for (const Preference preference : queue.prefer) {
    const auto fact =
        wish.customer_facts.find(preference == Preference::kOwner ? "owner" : "last_agent");
    if (fact == wish.customer_facts.end()) continue;
    const AgentId agent{fact->second};
    if (state_.FindAgent(agent) != nullptr) return agent;
  }
  return {};
}

// What leaves no contact behind: unknown names, an ill-typed requirement, a channel that the queue
// does not take.
Hurdle Engine::Core::CheckNewcomer(const Submit& wish) const {
  const LiveQueue* queue = state_.FindQueue(wish.queue);
  if (queue == nullptr) {
    return {Refusal::kUnknownQueue, "there is no queue \"" + wish.queue.value() + "\""};
  }
  const LiveAgent* preferred = nullptr;
  if (wish.prefer) {
    if (Hurdle hurdle = FindKnown(wish.prefer, preferred)) return hurdle;
  }
  if (Hurdle hurdle = CheckRequirement(wish.requirement)) return hurdle;
  if (!queue->config->channels.Has(wish.channel)) {
    return {Refusal::kWrongChannel, "queue \"" + wish.queue.value() + "\" does not take " +
                                        std::string(ToString(wish.channel))};
  }
  return {};
}

// Hours are those of the arrival, so a callback may be booked at night for the morning; how full
// and how staffed the queue will be then, nobody knows yet.
Hurdle Engine::Core::CheckAdmission(const Submit& wish, const LiveQueue& queue) const {
  const std::string name = "queue \"" + queue.id.value() + "\"";
  const Instant arrival = wish.not_before.value_or(now_);
  if (queue.hours != nullptr && !queue.hours->IsOpen(state_.domain().timezone, arrival)) {
    return {Refusal::kHoursClosed, name + " is closed at that time"};
  }
  if (state_.contacts().size() >= kOpenContactsMax) {
    return {Refusal::kQueueFull, "the domain holds as many open contacts as it may"};
  }
  if (wish.not_before) return {};
  const auto& max_waiting = queue.config->max_waiting;
  if (max_waiting && queue.order.size() >= static_cast<std::size_t>(std::max(*max_waiting, 0))) {
    return {Refusal::kQueueFull, name + " is full"};
  }
  if (queue.config->when_empty.then == EmptyAction::kRefuse && queue.signed_in == 0) {
    return {Refusal::kNoAgents, "nobody who serves " + name + " is signed in"};
  }
  return {};
}

// What the queue gives to the key of a contact that first waited at `arrived`.
KeyParts Engine::Core::PartsIn(const LiveQueue& queue, KeyParts parts, Instant arrived) const {
  parts.queue_priority = queue.config->priority;
  parts.queue_head_start = queue.config->head_start;
  parts.within = queue.config->service_level.within;
  parts.queue_due.reset();
  if (queue.promise_hours != nullptr) {
    parts.queue_due = PromiseOf(state_.domain().timezone, queue.config->service_level,
                                queue.promise_hours, arrived);
  }
  return parts;
}

void Engine::Core::Enqueue(ContactId id, QueueIndex to, QueuedBy by) {
  const LiveContact& contact = *state_.FindContact(id);
  const LiveQueue& queue = state_.queue(to);
  // A transfer is placed by its first arrival and sequence; steps of before are dropped.
  const bool is_first = contact.key.sequence == 0;
  const Instant arrived = is_first ? now_ : contact.arrived;
  KeyParts parts = PartsIn(queue, contact.Parts(), arrived);
  parts.step_priority = 0;
  parts.step_head_start = Duration{0};
  const std::uint64_t sequence = is_first ? state_.next_sequence() : contact.key.sequence;
  Emit(Queued{.contact = id,
              .queue = queue.id,
              .by = by,
              .key = KeyOf(parts, arrived, sequence),
              .parts = parts,
              .arrived = arrived,
              .waited_in_queue = Duration{0},
              .prefer = contact.prefer == kNoIndex ? AgentId{} : state_.agent(contact.prefer).id});
}

void Engine::Core::EnqueueNewcomer(ContactId id, QueueIndex to,
                                   const std::optional<KeptPlace>& place) {
  if (!place) return Enqueue(id, to, QueuedBy::kSubmit);
  const LiveContact& contact = *state_.FindContact(id);
  const LiveQueue& queue = state_.queue(to);
  // Of what the customer had and what is asked now, the better. Steps that he had waited for take
  // effect again at once, so their additions are not taken over.
  KeyParts parts = contact.Parts();
  parts.own_priority = std::max(parts.own_priority, place->parts.own_priority);
  parts.own_head_start = std::max(parts.own_head_start, place->parts.own_head_start);
  if (!parts.own_due || (place->parts.own_due && *place->parts.own_due < *parts.own_due)) {
    parts.own_due = place->parts.own_due;
  }
  parts = PartsIn(queue, parts, place->arrived);
  Emit(Queued{.contact = id,
              .queue = queue.id,
              .by = QueuedBy::kSubmit,
              .key = KeyOf(parts, place->arrived, place->sequence),
              .parts = parts,
              .arrived = place->arrived,
              .waited_in_queue = place->waited_in_queue,
              .prefer = contact.prefer == kNoIndex ? AgentId{} : state_.agent(contact.prefer).id,
              .waited = place->waited});
}

void Engine::Core::QueueAgain(ContactId id, QueuedBy by, AgentId prefer) {
  EndConsult(id);
  const LiveContact& contact = *state_.FindContact(id);
  if (contact.IsDirectConsult()) {
    const bool went = by == QueuedBy::kAgentLost;
    return Close(id, ContactOutcome::kRefused, {}, went ? Refusal::kOffline : Refusal::kNoRoom);
  }
  Emit(Queued{.contact = id,
              .queue = state_.QueueOf(contact).id,
              .by = by,
              .key = contact.key,
              .parts = contact.Parts(),
              .arrived = contact.arrived,
              .waited_in_queue = contact.waited_in_queue,
              .prefer = std::move(prefer)});
}

void Engine::Core::Close(ContactId id, ContactOutcome outcome, std::string note,
                         std::optional<Refusal> refusal) {
  EndConsult(id);
  WithdrawOffersOf(id, WithdrawCause::kClosed);
  const LiveContact& contact = *state_.FindContact(id);
  Closed event{.contact = id,
               .outcome = outcome,
               .channel = contact.channel,
               .queue = state_.QueueOf(contact).id,
               .agent = contact.agent == kNoIndex ? AgentId{} : state_.agent(contact.agent).id,
               .customer = {},
               .external_id = {},
               .adapter = {},
               .arrived = contact.arrived,
               .waited = contact.WaitedAt(now_),
               .transfers = contact.transfers,
               .disposition = {},
               .note = std::move(note),
               .refusal = refusal,
               .consults = contact.Consults()};
  if (contact.Barred() != kNoIndex) event.consulter = state_.agent(contact.Barred()).id;
  const Queue& queue = *state_.QueueOf(contact).config;
  const bool keeps_place = outcome == ContactOutcome::kAbandoned && contact.Waits() &&
                           contact.payload && contact.payload->customer && !contact.Consults();
  if (keeps_place && queue.keep_place_for > Duration{0}) {
    event.place_kept_until = now_ + queue.keep_place_for;
  }
  if (contact.payload) {
    event.customer = contact.payload->customer;
    event.external_id = contact.payload->external_id;
    event.adapter = contact.payload->adapter;
    event.disposition = contact.payload->disposition;
    if (event.note.empty()) event.note = contact.payload->note;
  }
  Emit(std::move(event));
}

void Engine::Core::WithdrawOffersOf(ContactId id, WithdrawCause cause) {
  const LiveContact* contact = state_.FindContact(id);
  if (!contact->HasOpenOffer()) return;
  const std::vector<LiveOffer> open = contact->offers->open;
  for (const LiveOffer& offer : open) {
    Emit(Withdrawn{
        .offer = offer.id, .contact = id, .agent = state_.agent(offer.agent).id, .cause = cause});
  }
}

}  // namespace usher::engine
