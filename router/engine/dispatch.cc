// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <queue>

#include "router/engine/core.h"

// Offers. The result is that of one walk over all waiting contacts in the order of law 1, each
// picking its agent by law 3. What makes it cheap: a class whose ready set or order is empty has
// nothing to give, and Dispatch leaves every class so; the walk therefore merges only the classes
// that the last event brought together.

namespace usher::engine {
namespace {

// The place of the walk in one class.
struct Cursor {
  OrderEntry next;
  DemandClass* demand = nullptr;

  friend bool operator<(const Cursor& a, const Cursor& b) { return b.next < a.next; }
};

}  // namespace

void Engine::Core::Dispatch() {
  SkipSteps();
  std::priority_queue<Cursor> walk;
  const std::vector<DemandClass*> classes = state_.TakeMatchable();
  for (DemandClass* demand : classes) {
    if (demand->IsMatchable()) walk.push({demand->order.front(), demand});
  }
  while (!walk.empty()) {
    const Cursor cursor = walk.top();
    walk.pop();
    if (cursor.demand->ready.empty()) continue;
    TryOffer(cursor.next.contact);
    const OrderEntry* next = cursor.demand->order.UpperBound(cursor.next);
    if (next != nullptr) walk.push({*next, cursor.demand});
  }
  for (DemandClass* demand : classes) state_.ListAgain(*demand);
}

void Engine::Core::TryOffer(ContactSlot slot) {
  const LiveContact& contact = state_.contacts()[slot];
  ++cost_.contacts_tried;
  while (state_.IsOfferable(contact)) {
    const std::optional<Choice> choice = Choose(contact);
    if (!choice) {
      if (state_.HasPreferredHope(contact)) state_.SetAside(slot);
      return;
    }
    OfferTo(contact, *choice, false);
  }
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
  for (DemandClass* demand : state_.TakeUnserved()) {
    if (demand->contacts == 0 || demand->signed_in > 0) continue;
    const std::optional<std::uint16_t> in_force = StepsToSkipTo(*demand);
    if (!in_force) continue;
    state_.queue(demand->key.queue).order.ForEach([&](const OrderEntry& entry) {
      const LiveContact& contact = state_.contacts()[entry.contact];
      if (contact.demand == demand) skips.push_back({entry, *in_force});
      return true;
    });
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
