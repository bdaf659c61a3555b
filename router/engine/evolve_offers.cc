// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/check.h"
#include "router/engine/state.h"

// Events of offers.

namespace usher::engine {

void State::On(const Offered& event, Instant at) {
  LiveContact& contact = Get(event.contact);
  LiveAgent& agent = Get(event.agent);
  const AgentIndex index = IndexOf(agent);
  ContactOffers& offers = contact.Offers();
  if (event.new_round) contact.EndRound();
  if (offers.open.empty()) offers.offering_since = at;
  offers.open.push_back({event.offer, index, at, event.deadline, event.alone, event.tier});
  contact.state = ContactState::kOffered;
  const ContactSlot slot = contacts_.SlotOf(event.contact);
  agent.offers.push_back({event.offer, slot});
  agent.TakeRoom(contact.channel);
  timers_.Insert({event.deadline, event.offer.value(), slot, TimerKind::kOffer});
  LiveQueue& queue = queues_[contact.queue];
  queue.last_offered[index] = event.offer;
  MarkDirty(queue);
  next_offer_ = std::max(next_offer_, event.offer.value() + 1);
  random_ = event.random;
  Settle(slot);
  SettleAgent(index);
}

// Common to all four ends of an offer.
void State::EndOffer(LiveContact& contact, LiveAgent& agent, OfferId offer, OfferEnd end,
                     bool in_round, Instant) {
  auto& open = contact.Offers().open;
  const auto found =
      std::find_if(open.begin(), open.end(), [&](const LiveOffer& o) { return o.id == offer; });
  USHER_CHECK(found != open.end(), "an offer ends once");
  timers_.Erase({found->deadline, offer.value(), contacts_.SlotOf(contact.id), TimerKind::kOffer});
  open.erase(found);
  if (open.empty()) contact.Offers().offering_since.reset();
  std::erase_if(agent.offers, [&](const AgentOffer& o) { return o.id == offer; });
  agent.GiveRoomBack(contact.channel);
  contact.RememberOffer(offer, IndexOf(agent), end, in_round);
  if (contact.Waits() && open.empty()) contact.state = ContactState::kWaiting;
  if (in_round && contact.prefer == IndexOf(agent)) contact.prefer_declined = true;
}

void State::On(const Rejected& event, Instant at) {
  LiveContact& contact = Get(event.contact);
  LiveAgent& agent = Get(event.agent);
  EndOffer(contact, agent, event.offer, OfferEnd::kRejected, true, at);
  agent.misses = 0;
  if (event.ask_agent_from > agent.asked_from.value_or(at)) agent.asked_from = event.ask_agent_from;
  if (event.offer_again_from > at) contact.Offers().offer_again_from = event.offer_again_from;
  Settle(contact);
  SettleAgent(agent);
}

void State::On(const Missed& event, Instant at) {
  LiveContact& contact = Get(event.contact);
  LiveAgent& agent = Get(event.agent);
  EndOffer(contact, agent, event.offer, OfferEnd::kMissed, true, at);
  ++agent.misses;
  if (event.offer_again_from > at) contact.Offers().offer_again_from = event.offer_again_from;
  LiveQueue& queue = Get(event.queue);
  const Duration within = queue.config->missed_offers.breaker_within;
  std::erase_if(queue.misses, [&](const LiveMiss& miss) {
    return miss.agent == IndexOf(agent) || at - miss.at > within;
  });
  queue.misses.push_back({IndexOf(agent), at});
  queue.breaker_open = event.breaker_open;
  Settle(contact);
  SettleAgent(agent);
}

void State::On(const Withdrawn& event, Instant at) {
  LiveContact& contact = Get(event.contact);
  LiveAgent& agent = Get(event.agent);
  EndOffer(contact, agent, event.offer, OfferEnd::kWithdrawn, false, at);
  Settle(contact);
  SettleAgent(agent);
}

}  // namespace usher::engine
