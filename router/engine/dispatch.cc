// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "router/engine/core.h"

// Offers. The result is that of one walk over all waiting contacts in the order of law 1, each
// picking its agent by law 3. What makes it cheap: a class whose ready set or order is empty has
// nothing to give, and Dispatch leaves every class so; the walk therefore merges only the classes
// that the last event brought together.

namespace usher::engine {
namespace {

// So many agents may be told of class by class, as the walk meets them. When more have changed, as
// when a configuration is applied, all ready sets are told first.
constexpr std::size_t kUnpostedMax = 4;

}  // namespace

// The place of the walk in one class. A class may have two: one because it is listed, one because
// an agent who serves it has become ready. The walk then meets each contact twice in a row.
struct Engine::Core::Cursor {
  enum class Why { kFreed, kListed, kAgain };

  OrderEntry next;
  ClassIndex demand = kNoIndex;
  Why why = Why::kFreed;

  // Whether it is followed even when no agent is left of those who have become ready.
  bool IsDue() const { return why != Why::kFreed; }
  friend bool operator<(const Cursor& a, const Cursor& b) { return b.next < a.next; }
};

void Engine::Core::Dispatch() {
  SkipSteps();
  if (state_.unposted().size() > kUnpostedMax) state_.PostAll();
  const std::vector<DemandClass*> listed = state_.TakeMatchable();
  Walk(CursorsOf(listed));
  round_waits_.clear();
  state_.PostAll();
  for (DemandClass* demand : listed) state_.ListAgain(*demand);
}

std::vector<Engine::Core::Cursor> Engine::Core::CursorsOf(const std::vector<DemandClass*>& listed) {
  std::vector<Cursor> cursors;
  for (const DemandClass* demand : listed) {
    if (demand->order.empty()) continue;
    cursors.push_back({demand->order.front(), demand->index, Cursor::Why::kListed});
  }
  for (const AgentIndex index : state_.unposted()) {
    const LiveAgent& agent = state_.agent(index);
    if (agent.readiness.channels == 0) continue;
    cost_.classes_touched += agent.classes.size();
    for (const ServedClass& served : agent.classes) {
      if (!agent.readiness.Has(served.channel)) continue;
      const OrderEntry& first = state_.FirstOf(served.demand);
      if (first.contact != kNoIndex) {
        cursors.push_back({first, served.demand, Cursor::Why::kFreed});
      }
    }
  }
  return cursors;
}

void Engine::Core::Walk(std::vector<Cursor> cursors) {
  std::size_t due = 0;
  for (const Cursor& cursor : cursors) due += cursor.IsDue();
  std::make_heap(cursors.begin(), cursors.end());
  const auto push = [&](const Cursor& cursor) {
    cursors.push_back(cursor);
    std::push_heap(cursors.begin(), cursors.end());
    due += cursor.IsDue();
  };
  while (!cursors.empty() && (due > 0 || state_.IsAnyUnpostedReady())) {
    std::pop_heap(cursors.begin(), cursors.end());
    const Cursor cursor = cursors.back();
    cursors.pop_back();
    due -= cursor.IsDue();
    const DemandClass& demand = state_.demand(cursor.demand);
    const AgentIndex taken = TryOffer(cursor.next.contact);
    for (const RoundWait& wait : TakeRoundWaits(taken)) {
      push({wait.contact, wait.demand, Cursor::Why::kAgain});
    }
    if (taken != kNoIndex) push({cursor.next, cursor.demand, Cursor::Why::kAgain});
    if (cursor.why == Cursor::Why::kAgain) continue;
    const OrderEntry* next = demand.ready.empty() ? nullptr : demand.order.UpperBound(cursor.next);
    if (next != nullptr) push({*next, cursor.demand, cursor.why});
  }
}

AgentIndex Engine::Core::TryOffer(ContactSlot slot) {
  const LiveContact& contact = state_.contacts()[slot];
  ++cost_.contacts_tried;
  while (state_.IsOfferable(contact)) {
    state_.PostIn(contact.demand->index);
    if (contact.demand->ready.empty()) break;
    const std::optional<Choice> choice = Choose(contact);
    if (!choice) {
      if (state_.HasPreferredHope(contact)) state_.SetAside(slot);
      break;
    }
    OfferTo(contact, *choice, false);
    if (IsRoundWaitFor(choice->agent)) return choice->agent;
  }
  return kNoIndex;
}

void Engine::Core::NoteRoundWait(const LiveContact& contact, AgentIndex unasked) {
  const ContactSlot slot = state_.contacts().SlotOf(contact.id);
  round_waits_.push_back({unasked, contact.demand->index, OrderEntry::Of(contact.key, slot)});
}

bool Engine::Core::IsRoundWaitFor(AgentIndex agent) const {
  return std::any_of(round_waits_.begin(), round_waits_.end(),
                     [&](const RoundWait& wait) { return wait.agent == agent; });
}

std::vector<Engine::Core::RoundWait> Engine::Core::TakeRoundWaits(AgentIndex agent) {
  std::vector<RoundWait> taken;
  if (agent == kNoIndex) return taken;
  const auto rest = std::partition(round_waits_.begin(), round_waits_.end(),
                                   [&](const RoundWait& wait) { return wait.agent != agent; });
  taken.assign(rest, round_waits_.end());
  round_waits_.erase(rest, round_waits_.end());
  return taken;
}

void Engine::Core::OfferTo(const LiveContact& contact, const Choice& choice, bool alone) {
  ++cost_.offers;
  Emit(Offered{.offer = OfferId{state_.next_offer()},
               .contact = contact.id,
               .agent = state_.agent(choice.agent).id,
               .deadline = now_ + state_.QueueOf(contact).config->offer_timeout,
               .alone = alone,
               .new_round = choice.new_round,
               .tier = choice.tier,
               .random = choice.random});
}

// Law 6: where nobody signed in could ever serve a class, its contacts go on at once to the next
// step that somebody could serve.
void Engine::Core::SkipSteps() {
  struct Skip {
    OrderEntry entry;
    std::uint16_t in_force;
  };
  std::vector<Skip> skips;
  for (const DemandClass* demand : state_.TakeUnserved()) {
    const std::optional<std::uint16_t> in_force = StepsToSkipTo(*demand);
    if (!in_force) continue;
    const auto skip = [&](const OrderEntry& entry) {
      if (state_.contacts()[entry.contact].demand == demand) skips.push_back({entry, *in_force});
      return true;
    };
    // Those that may not be offered now, after a reject say, stand only in the order of the queue.
    const bool are_all_offerable = demand->order.size() == demand->contacts;
    are_all_offerable ? demand->order.ForEach(skip)
                      : state_.queue(demand->key.queue).order.ForEach(skip);
  }
  std::sort(skips.begin(), skips.end(),
            [](const Skip& a, const Skip& b) { return a.entry < b.entry; });
  for (const Skip& skip : skips) {
    const LiveContact& contact = state_.contacts()[skip.entry.contact];
    Emit(StepApplied{.contact = contact.id,
                     .fired = contact.steps_fired,
                     .in_force = skip.in_force,
                     .key = contact.key,
                     .parts = contact.Parts()});
  }
}

std::optional<std::uint16_t> Engine::Core::StepsToSkipTo(const DemandClass& demand) {
  const LiveQueue& queue = state_.queue(demand.key.queue);
  for (std::uint16_t i = demand.key.steps_in_force; i < queue.steps.size(); ++i) {
    if (queue.steps[i].Leaves()) return std::nullopt;
    const auto in_force = static_cast<std::uint16_t>(i + 1);
    if (state_.WithSteps(demand, in_force).signed_in > 0) return in_force;
  }
  return std::nullopt;
}

}  // namespace usher::engine
