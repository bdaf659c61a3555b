// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "router/engine/contact_table.h"
#include "router/engine/demand.h"
#include "router/engine/event.h"
#include "router/engine/live_adapter.h"
#include "router/engine/live_agent.h"
#include "router/engine/live_queue.h"
#include "router/engine/name_table.h"
#include "router/engine/requirement_table.h"
#include "router/engine/rows.h"
#include "router/engine/timers.h"

namespace usher::engine {

// Everything that the engine knows of one domain. Evolve is the only thing that changes what it
// *is*; the rest (orders, ready sets, timers) is derived from that and from the clock, and is kept
// up to date here.
//
// Deciding code holds a const State. Where it walks the indexes it may set a contact aside
// (SetAside), which changes no answer, only what the next walk looks at.
class State {
 public:
  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  // --- The fold.
  void Evolve(const Event& event);
  // Replaces everything by these rows (load.cc).
  void Load(DomainRow head, std::vector<QueueRow> queue_rows, std::vector<AgentRow> agent_rows,
            std::vector<ContactRow> contact_rows);

  // --- The clock: the latest instant seen; never falls.
  void MoveClock(Instant now);
  Instant clock() const { return clock_; }

  // --- Derived indexes.
  // Timers. A nudge that fires only brings its contact or agent up to date.
  const TimerQueue& timers() const { return timers_; }
  void Nudge(const Timer& timer);
  // Sets a contact aside until its preferred agent changes or its prefer_for ends.
  void SetAside(ContactSlot slot);
  // Classes where contacts and ready agents meet. Empty after a dispatch, but for contacts that
  // none of the ready agents may take.
  std::vector<DemandClass*> TakeMatchable();
  void ListAgain(DemandClass& demand);
  // Agents of whose present readiness the ready sets may not know yet.
  const std::vector<AgentIndex>& unposted() const { return unposted_; }
  bool IsAnyUnpostedReady() const;
  void PostAll();                  // tells all ready sets
  void PostIn(ClassIndex demand);  // tells one class's
  // The first of a class that may be offered now; its contact is kNoIndex where there is none.
  const OrderEntry& FirstOf(ClassIndex demand) const { return firsts_[demand]; }
  const DemandClass& demand(ClassIndex index) const { return *class_at_[index]; }
  // How many classes were looked at for agents who changed.
  std::uint64_t classes_touched() const { return classes_touched_; }
  // Classes with contacts whom nobody signed in could ever serve, and for whom that or the staff
  // has changed since the last call.
  std::vector<const DemandClass*> TakeUnserved();
  // The class that a contact of `demand` would belong to with more steps in force.
  const DemandClass& WithSteps(const DemandClass& demand, std::uint16_t steps_in_force);

  // --- Lookups; null on a miss.
  const LiveContact* FindContact(ContactId contact) const { return contacts_.Find(contact); }
  const LiveAgent* FindAgent(const AgentId& agent) const;
  const LiveQueue* FindQueue(const QueueId& queue) const;
  AgentIndex IndexOf(const LiveAgent& agent) const;
  QueueIndex IndexOf(const LiveQueue& queue) const;
  const LiveContact* FindByExternalId(Channel channel, const std::string& external_id) const;

  const Domain& domain() const { return domain_; }
  std::uint64_t version() const { return version_; }
  std::uint64_t next_contact() const { return next_contact_; }
  std::uint64_t next_offer() const { return next_offer_; }
  std::uint64_t next_sequence() const { return next_sequence_; }
  std::uint64_t random() const { return random_; }
  const ContactTable& contacts() const { return contacts_; }
  const std::vector<LiveAgent>& agents() const { return agents_; }
  const std::vector<LiveQueue>& queues() const { return queues_; }
  const LiveAgent& agent(AgentIndex index) const { return agents_[index]; }
  const LiveQueue& queue(QueueIndex index) const { return queues_[index]; }
  const LiveQueue& QueueOf(const LiveContact& contact) const { return queues_[contact.queue]; }
  const std::map<std::string, LiveAdapter>& adapters() const { return adapters_; }  // by name
  const std::vector<Condition>& conditions() const { return conditions_; }          // of the rules
  const RequirementTable& requirements() const { return requirements_; }
  const std::map<DemandKey, std::unique_ptr<DemandClass>>& classes() const { return classes_; }

  // --- What follows from the state and the clock.
  // How many offers the contact may have outstanding now.
  std::size_t OffersAllowed(const LiveContact& contact, Instant now) const;
  std::size_t OffersAllowed(const LiveContact& contact) const {
    return OffersAllowed(contact, clock_);
  }
  // When a contact that is on hold waits in its queue again; none: not on hold, or for as long as
  // its agent likes. Calls and consults are never taken from her.
  std::optional<Instant> HoldEndsOf(const LiveContact& contact) const;
  // Whether it may be offered to somebody now, as far as the contact itself goes.
  bool IsOfferable(const LiveContact& contact) const;
  Duration PreferForOf(const LiveContact& contact) const;
  // Point 13: nobody else is asked while this holds.
  bool HasPreferredHope(const LiveContact& contact, Instant now) const;
  bool HasPreferredHope(const LiveContact& contact) const {
    return HasPreferredHope(contact, clock_);
  }
  // The demand of a key, outside the index: no contacts, no agents.
  DemandClass MakeDemand(const DemandKey& key) const;
  Readiness ReadinessOf(const LiveAgent& agent) const;
  // How the class's ready set is to hold an agent who is ready for it.
  ReadyAgent EntryOf(const DemandClass& demand, AgentIndex index, std::int32_t tier) const;
  std::optional<std::int32_t> MaxTierOf(const DemandKey& key) const;

  // --- Rows (rows.cc).
  ContactRow ToRow(const LiveContact& contact) const;
  AgentRow ToRow(const LiveAgent& agent) const;
  QueueRow ToRow(const LiveQueue& queue) const;
  DomainRow ToRow() const;
  DirtyRows TakeDirty();

 private:
  friend class StateCheck;

  // Evolve, one event each (evolve_*.cc).
  void On(const DomainApplied& event, Instant at);
  void On(const SignedIn& event, Instant at);
  void On(const SignedOut& event, Instant at);
  void On(const PresenceChanged& event, Instant at);
  void On(const ConnectionChanged& event, Instant at);
  void On(const Submitted& event, Instant at);
  void On(const Queued& event, Instant at);
  void On(const StepApplied& event, Instant at);
  void On(const Overflowed& event, Instant at);
  void On(const CallbackSuggested& event, Instant at);
  void On(const Offered& event, Instant at);
  void On(const Rejected& event, Instant at);
  void On(const Missed& event, Instant at);
  void On(const Withdrawn& event, Instant at);
  void On(const Assigned& event, Instant at);
  void On(const HeldByAgent& event, Instant at);
  void On(const Resumed& event, Instant at);
  void On(const ConversationEnded& event, Instant at);
  void On(const WrapUpStarted& event, Instant at);
  void On(const WrapUpExtended& event, Instant at);
  void On(const WrapUpEnded& event, Instant at);
  void On(const Transferred& event, Instant at);
  void On(const Updated& event, Instant at);
  void On(const Closed& event, Instant at);
  void On(const AdapterChanged& event, Instant at);
  void On(const Claimed& event, Instant at);

  // Parts of those.
  LiveContact& Get(ContactId contact);
  LiveAgent& Get(const AgentId& agent);
  LiveQueue& Get(const QueueId& queue);
  void EndOffer(LiveContact& contact, LiveAgent& agent, OfferId offer, OfferEnd end, bool in_round,
                Instant at);
  void TakeFromAgent(LiveContact& contact, LiveAgent& agent, Instant at, bool keep_idle_since);
  void CountAnswer(const Assigned& event, bool is_direct, Instant at);
  void StartWrapUp(LiveAgent& agent, const WrapUp& wrap_up);
  void DropWrapUp(LiveAgent& agent, ContactId contact);
  void ChangeChannel(ContactSlot slot, Channel channel);
  void ForgetExternalId(ContactSlot slot);
  void UnlinkConsult(const LiveContact& consult);
  void KeepPlace(const LiveContact& contact, Instant until, Instant at);
  void CountBusy(LiveAgent& agent, Instant at);
  void CountSignedIn(LiveAgent& agent, Instant at, bool is_signed_in);
  void CountStaff(const LiveAgent& agent, bool is_signed_in, Instant at);

  // Loading (load.cc).
  void LoadAdapters(std::vector<AdapterRow> rows);
  void LoadConfiguration();
  void LoadQueues(std::vector<QueueRow> rows);
  void LoadAgents(std::vector<AgentRow> rows, const std::vector<ContactRow>& contact_rows);
  void LoadContact(ContactRow row);
  void ResolveSteps(LiveQueue& queue);
  void ResolveAgent(LiveAgent& agent, const std::map<std::string, const Profile*>& profiles);
  AgentIndex ResolveAgent(const AgentId& agent) const;
  QueueIndex ResolveQueue(const QueueId& queue) const;

  // Indexes (index_*.cc).
  void Leave(ContactSlot slot);   // before its key, queue or demand changes
  void Settle(ContactSlot slot);  // after anything of it changed
  void Settle(LiveContact& contact);
  void SettleAgent(AgentIndex index);
  void SettleAgent(LiveAgent& agent) { SettleAgent(IndexOf(agent)); }
  void Rearm(ContactSlot slot, LiveContact& contact);
  void Rearm(AgentIndex index, LiveAgent& agent);
  void RearmAdapters();
  Timer NextTimerOf(ContactSlot slot, const LiveContact& contact) const;
  Timer NextNudgeOf(ContactSlot slot, const LiveContact& contact) const;
  Timer NextTimerOf(AgentIndex index, const LiveAgent& agent) const;
  void MarkUnposted(AgentIndex index, LiveAgent& agent);
  void Post(AgentIndex index, LiveAgent& agent, std::size_t place);
  void BeginDay();
  DemandClass& ClassFor(const DemandKey& key);
  DemandKey DemandOf(const LiveContact& contact) const;
  void Staff(DemandClass& demand);
  void StaffWith(DemandClass& demand, AgentIndex index);
  void InsertInOrder(DemandClass& demand, const OrderEntry& entry);
  void EraseFromOrder(DemandClass& demand, const OrderEntry& entry);
  void ForgetEmptyClasses();
  std::uint32_t NumberOf(const std::string& requirement);
  void ListIfMatchable(DemandClass& demand);
  void ListIfUnserved(DemandClass& demand);
  void ListStranded();
  void MarkDirty(LiveContact& contact);
  void MarkDirty(LiveAgent& agent);
  void MarkDirty(LiveQueue& queue);

  Domain domain_;
  std::uint64_t version_ = 0;
  std::uint64_t next_contact_ = 1;
  std::uint64_t next_offer_ = 1;
  std::uint64_t next_sequence_ = 1;
  std::uint64_t random_ = 0;
  Instant now_{};                  // of the last event
  std::vector<LiveQueue> queues_;  // in the order of the file
  std::vector<LiveAgent> agents_;  // by id
  ContactTable contacts_;
  std::map<std::string, LiveAdapter> adapters_;

  Instant clock_{};
  Instant adapters_checked_at_ = kNever;  // when the timer of the adapters stands
  RequirementTable requirements_;
  std::vector<Condition> conditions_;
  std::map<DemandKey, std::unique_ptr<DemandClass>> classes_;
  std::size_t forget_at_ = 0;           // so many classes are worth a look for empty ones
  std::vector<DemandClass*> class_at_;  // by index; null: free
  std::vector<OrderEntry> firsts_;      // by index
  std::vector<ClassIndex> free_classes_;
  std::vector<DemandClass*> matchable_;
  std::vector<DemandClass*> unserved_;
  std::vector<DemandClass*> stranded_;  // nobody signed in could serve them when last looked at
  std::vector<AgentIndex> unposted_;
  std::uint64_t classes_touched_ = 0;
  Instant next_midnight_ = kNever;  // when values of the day start anew
  TimerQueue timers_;
  NameTable agent_names_;
  NameTable queue_names_;
  std::unordered_map<std::string, ContactSlot> external_ids_;  // never walked

  bool domain_dirty_ = false;
  std::vector<QueueIndex> dirty_queues_;
  std::vector<AgentIndex> dirty_agents_;
  std::vector<ContactId> dirty_contacts_;
  std::vector<QueueId> reloaded_queues_;  // by name, for the indexes were given anew
  std::vector<AgentId> reloaded_agents_;
};

// The key of a contact among the external ids.
std::string ExternalKey(Channel channel, const std::string& external_id);

}  // namespace usher::engine
