// SPDX-License-Identifier: Apache-2.0
#include "router/engine/check_state.h"

#include <algorithm>
#include <array>
#include <map>

#include "router/engine/capacity.h"

namespace usher::engine {

class StateCheck {
 public:
  explicit StateCheck(const State& state) : state_(state) {}

  std::vector<std::string> Run() {
    state_.contacts_.ForEach(
        [&](ContactSlot slot, const LiveContact& contact) { CheckContact(slot, contact); });
    for (AgentIndex i = 0; i < state_.agents_.size(); ++i) CheckAgent(i, state_.agents_[i]);
    for (const LiveQueue& queue : state_.queues_) CheckQueue(queue);
    for (const auto& [key, demand] : state_.classes_) CheckClass(*demand);
    CheckAdapters();
    CheckTimers();
    return std::move(broken_);
  }

 private:
  using Load = std::array<std::uint16_t, kChannels.size()>;

  void Expect(bool holds, const std::string& what) {
    if (!holds) broken_.push_back(what);
  }
  static std::string Name(const LiveContact& c) {
    return "contact " + std::to_string(c.id.value());
  }

  void CheckContact(ContactSlot slot, const LiveContact& c) {
    const std::string name = Name(c);
    ++timers_expected_[c.timer_at != kNever ? 1 : 0];
    Expect(c.id.value() < state_.next_contact_, name + ": its number was never given out");
    Expect(c.state != ContactState::kClosed, name + ": closed and still in memory");
    Expect(c.Waits() == c.HasOpenOffer() || c.state == ContactState::kWaiting,
           name + ": offers outstanding while " + std::string(ToString(c.state)));
    Expect((c.state == ContactState::kOffered) == c.HasOpenOffer(),
           name + ": offered and outstanding offers disagree");
    Expect(c.Waits() == (c.waiting_since != kNever), name + ": its waiting clock is wrong");
    Expect(c.Waits() == c.in_queue_order, name + ": its place in the queue is wrong");
    Expect(c.Waits() == (c.demand != nullptr), name + ": its demand class is wrong");
    Expect(!c.Waits() || c.key.sequence > 0, name + ": waits without a sequence");
    if (c.Waits()) CheckWaiting(slot, c);
    CheckConsults(c);
    Expect(!c.is_lost || c.state == ContactState::kWrapping, name + ": lost and not wrapped up");
    const bool with_agent = c.state == ContactState::kAssigned || c.state == ContactState::kHeld ||
                            c.state == ContactState::kWrapping;
    if (!with_agent) return;
    Expect(c.agent != kNoIndex, name + ": with an agent, but whose?");
    if (c.agent == kNoIndex) return;
    const LiveAgent& agent = state_.agents_[c.agent];
    if (c.state == ContactState::kAssigned) {
      Expect(Contains(agent.assigned, c.id), name + ": its agent does not know it");
      ++loads_[c.agent][static_cast<std::size_t>(c.channel)];
    } else if (c.state == ContactState::kHeld) {
      Expect(Contains(agent.held, c.id), name + ": its agent does not hold it");
    } else {
      const WrapUp* wrap_up = agent.FindWrapUp(c.id);
      Expect(wrap_up != nullptr && wrap_up->closes, name + ": wraps up without an end");
    }
  }

  // A consult lives no longer than the contact that it is about is with the agent who asks, and
  // each contact has at most one.
  void CheckConsults(const LiveContact& c) {
    const std::string name = Name(c);
    if (c.OpenConsult()) {
      const LiveContact* consult = state_.FindContact(c.OpenConsult());
      Expect(consult != nullptr && consult->Consults() == c.id, name + ": its consult is gone");
      Expect(c.state == ContactState::kAssigned || c.state == ContactState::kHeld,
             name + ": has a consult and no agent");
    }
    if (!c.Consults() || c.state == ContactState::kWrapping) return;
    const LiveContact* about = state_.FindContact(c.Consults());
    Expect(about != nullptr && about->OpenConsult() == c.id, name + ": a consult about nothing");
    Expect(about == nullptr || about->agent == c.Barred(), name + ": asked by another agent");
    Expect(c.FindOpenOffer(c.Barred()) == nullptr, name + ": offered to the agent who asks");
    Expect(!c.IsDirectConsult() || c.state != ContactState::kWaiting,
           name + ": waits for somebody else than the agent who was asked");
  }

  void CheckWaiting(ContactSlot slot, const LiveContact& c) {
    const std::string name = Name(c);
    const OrderEntry entry = OrderEntry::Of(c.key, slot);
    const LiveQueue& queue = state_.queues_[c.queue];
    ++waiting_[c.queue];
    ++class_contacts_[c.demand];
    Expect(queue.order.Contains(entry), name + ": missing from its queue");
    Expect(c.demand->key == state_.DemandOf(c), name + ": in a class of another demand");
    Expect(state_.IsOfferable(c) == c.in_class_order, name + ": wrong about being offerable");
    Expect(c.in_class_order == c.demand->order.Contains(entry), name + ": lost in its class");
    Expect(c.steps_in_force >= c.steps_fired, name + ": a past step is not in force");
    Expect(KeyOf(c.Parts(), c.arrived, c.key.sequence) == c.key, name + ": a key without reason");
    if (c.HasOpenOffer()) {
      for (const LiveOffer& offer : c.offers->open) {
        ++loads_[offer.agent][static_cast<std::size_t>(c.channel)];
        const LiveAgent& agent = state_.agents_[offer.agent];
        Expect(agent.presence == Presence::kAvailable,
               name + ": offered to \"" + agent.id.value() + "\", who is not available");
        ++timers_expected_[1];
      }
      // How many there are is not checked: an overflow, or a new configuration, may allow fewer
      // than were made before, and those stand.
    }
    CheckWorkConserving(c);
  }

  // Nobody who could take the contact now is left unasked.
  void CheckWorkConserving(const LiveContact& c) {
    const bool is_asked = c.HasOpenOffer();
    if (is_asked || state_.HasPreferredHope(c)) return;
    if (c.offers && c.offers->offer_again_from && *c.offers->offer_again_from > state_.clock_)
      return;
    for (AgentIndex i = 0; i < state_.agents_.size(); ++i) {
      const LiveAgent& agent = state_.agents_[i];
      const bool can_be_asked = i != c.Barred() && agent.presence == Presence::kAvailable &&
                                !agent.grace_ends &&
                                !(agent.asked_from && *agent.asked_from > state_.clock_) &&
                                HasRoom(agent, c.channel) && c.demand->TierOf(agent);
      Expect(!can_be_asked, Name(c) + ": waits although \"" + agent.id.value() + "\" is free");
    }
  }

  void CheckAgent(AgentIndex index, const LiveAgent& agent) {
    const std::string name = "agent \"" + agent.id.value() + "\"";
    Load load = loads_[index];
    for (const WrapUp& wrap_up : agent.wrap_ups) {
      ++load[static_cast<std::size_t>(wrap_up.channel)];
      ++timers_expected_[1];
    }
    Expect(load == agent.load, name + ": her load is miscounted");
    Expect(agent.readiness == state_.ReadinessOf(agent), name + ": her readiness is out of date");
    Expect(!agent.is_unposted, name + ": the ready sets are out of date");
    Expect(agent.IsBusy() == agent.today.busy_since.has_value(), name + ": busy time is wrong");
    Expect(agent.IsSignedIn() == agent.today.signed_in_since.has_value(),
           name + ": signed-in time is wrong");
    Expect(agent.IsSignedIn() || agent.offers.empty(), name + ": offline and being asked");
    ++timers_expected_[agent.timer_at != kNever ? 1 : 0];
    // Capacity may be overrun by a new configuration only; then it admits nobody, which the
    // readiness above has verified.
  }

  void CheckQueue(const LiveQueue& queue) {
    const std::string name = "queue \"" + queue.id.value() + "\"";
    const QueueIndex index = state_.IndexOf(queue);
    std::size_t signed_in = 0;
    for (const AgentIndex agent : queue.agents) signed_in += state_.agents_[agent].IsSignedIn();
    Expect(queue.order.size() == waiting_[index], name + ": holds what does not wait");
    Expect(queue.signed_in == signed_in, name + ": its staff is miscounted");
    Expect(queue.empty_since.has_value() == (signed_in == 0), name + ": wrong about being empty");
    Expect(queue.kept_places.size() <= kKeptPlacesMax, name + ": keeps too many places");
    for (const KeptPlace& place : queue.kept_places) {
      Expect(queue.config->keep_place_for > Duration{0}, name + ": keeps places and should not");
      Expect(state_.FindContact(place.contact) == nullptr, name + ": keeps the place of who waits");
    }
    std::size_t offered = 0;
    queue.order.ForEach([&](const OrderEntry& entry) {
      offered += state_.contacts_[entry.contact].state == ContactState::kOffered;
      return true;
    });
    Expect(queue.offered == offered, name + ": its offered contacts are miscounted");
  }

  void CheckClass(const DemandClass& demand) {
    const std::string name =
        "a class of queue \"" + state_.queues_[demand.key.queue].id.value() + "\"";
    Expect(demand.contacts == class_contacts_[&demand], name + ": its contacts are miscounted");
    Expect(state_.class_at_[demand.index] == &demand, name + ": its index is wrong");
    Expect(state_.FirstOf(demand.index).contact ==
               (demand.order.empty() ? kNoIndex : demand.order.front().contact),
           name + ": wrong about its first contact");
    std::size_t ready = 0;
    std::size_t signed_in = 0;
    for (AgentIndex i = 0; i < state_.agents_.size(); ++i) {
      const LiveAgent& agent = state_.agents_[i];
      const std::optional<std::int32_t> tier = demand.TierOf(agent);
      if (!tier) continue;
      signed_in += agent.IsSignedIn();
      const Readiness now = state_.ReadinessOf(agent);
      if (!((now.channels >> static_cast<int>(demand.key.channel)) & 1u)) continue;
      ++ready;
      Expect(demand.ready.Contains(state_.EntryOf(demand, i, *tier)),
             name + ": does not know that \"" + agent.id.value() + "\" is ready");
    }
    Expect(demand.ready.size() == ready, name + ": counts on agents who are not ready");
    Expect(demand.signed_in == signed_in, name + ": its staff is miscounted");
  }

  void CheckAdapters() {
    Instant next = kNever;
    for (const auto& [name, adapter] : state_.adapters_) {
      Expect(!name.empty(), "an adapter has no name");
      if (adapter.lost_at) next = std::min(next, adapter.check_at);
    }
    Expect(state_.adapters_.size() <= kAdaptersMax, "there are too many adapters");
    Expect(state_.adapters_checked_at_ == next, "the timer of the adapters is wrong");
    ++timers_expected_[next != kNever ? 1 : 0];
  }

  void CheckTimers() {
    Expect(state_.timers_.size() == timers_expected_[1], "a timer is missing or left over");
    Expect(state_.timers_.empty() || state_.timers_.front().at > state_.clock_,
           "a timer is due and did not fire");
  }

  static bool Contains(const std::vector<ContactId>& ids, ContactId id) {
    return std::find(ids.begin(), ids.end(), id) != ids.end();
  }

  const State& state_;
  std::vector<std::string> broken_;
  std::map<AgentIndex, Load> loads_;
  std::map<QueueIndex, std::size_t> waiting_;
  std::map<const DemandClass*, std::size_t> class_contacts_;
  std::array<std::size_t, 2> timers_expected_{};  // [1]: how many there should be
};

std::vector<std::string> CheckState(const State& state) { return StateCheck(state).Run(); }

}  // namespace usher::engine
