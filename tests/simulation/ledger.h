// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "router/engine/engine.h"
#include "tests/simulation/coverage.h"
#include "tests/simulation/findings.h"

namespace usher::engine::simulation {

struct LedgerOffer {
  OfferId id{};
  AgentId agent{};
  Instant deadline{};
};

struct LedgerContact {
  ContactId id{};
  ContactState state = ContactState::kScheduled;
  Channel channel = Channel::kVoice;
  QueueId queue{};
  AgentId agent{};
  std::string external_id{};
  std::vector<LedgerOffer> offers{};
  std::map<AgentId, std::pair<OfferId, OfferEnd>> ended{};  // each agent's last
  std::optional<Instant> not_before{};
  std::optional<Duration> wait_limit{};
  Instant arrived{};
  std::optional<Instant> waiting_since{};
  Duration waited{0};
  Duration waited_in_queue{0};
  Instant state_since{};
  OrderKey key{};
  KeyParts parts{};
  std::uint32_t steps_fired = 0;
  std::uint32_t steps_in_force = 0;
  std::uint32_t transfers = 0;
  bool escalated = false;
  bool is_early = false;  // scheduled, and queued before its time by a supervisor
  ContactId consults{};   // a consult about this contact,
  AgentId consulter{};    // whose agent asks
  bool is_direct = false;
  std::string adapter{};
  bool is_lost = false;

  bool Waits() const { return state == ContactState::kWaiting || state == ContactState::kOffered; }
  Duration WaitedAt(Instant now) const {
    return waited + (waiting_since ? now - *waiting_since : Duration{0});
  }
  Duration WaitedInQueueAt(Instant now) const {
    return waited_in_queue + (waiting_since ? now - *waiting_since : Duration{0});
  }
  const LedgerOffer* OfferTo(const AgentId& agent) const;
};

struct LedgerWrapUp {
  Instant ends{};
  bool closes = false;
};

struct LedgerAgent {
  Presence presence = Presence::kOffline;
  std::optional<Instant> grace_ends{};
  std::map<ContactId, LedgerWrapUp> wrap_ups{};
};

struct LedgerQueue {
  std::int64_t accepted = 0;
  std::int64_t accepted_in_time = 0;
  std::optional<Instant> empty_since{};
};

// The history of a world, kept from nothing but its events and what the semantics say of them. It
// shares no code with the engine's fold: each event is checked against what went before it (the
// table of states, who was asked, which instant it had to come at), and after every command the
// ledger and the engine must tell the same story.
class Ledger {
 public:
  Ledger(Findings& findings, Coverage& coverage) : findings_(findings), coverage_(coverage) {}

  // `by_timer`: the event came before the command of its instant, so nobody asked for it.
  void Record(const Event& event, bool by_timer);

  // After a command. Conservation, one place for each contact, the same state on both sides, and no
  // timer left behind.
  void CheckAgainst(const Engine& engine);
  // What an accept must be answered, by what the ledger knows before it; none: not foreseen here.
  struct Answer {
    std::optional<Refusal> refusal{};
    bool repeated = false;
  };
  std::optional<Answer> AnswerTo(const Accept& accept) const;

  const std::map<ContactId, LedgerContact>& open() const { return open_; }
  const std::map<AgentId, LedgerAgent>& agents() const { return agents_; }
  const Domain& domain() const { return domain_; }
  const LedgerContact* FindByExternalId(Channel channel, const std::string& external_id) const;
  std::uint64_t created() const { return created_; }
  std::uint64_t closed() const { return closed_.size(); }
  bool IsSignedIn(const AgentId& agent) const;

 private:
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
  void ExpectAdapterGone(const LedgerContact& contact, Instant at);
  // An event of a kind that the ledger does not know changes nothing that it checks.
  template <class Unknown>
  void On(const Unknown&, Instant) {}

  void Expect(bool holds, const char* invariant, const std::string& what);
  LedgerContact* Find(ContactId contact, const char* what);
  void SetState(LedgerContact& contact, ContactState state, Instant at);
  void StopWaiting(LedgerContact& contact, Instant at);
  // Takes the offer out of the contact; its deadline.
  std::optional<Instant> EndOffer(LedgerContact& contact, OfferId offer, const AgentId& agent,
                                  OfferEnd end, Instant at);
  void ExpectFrom(const LedgerContact& contact, std::initializer_list<ContactState> states,
                  const char* event);
  void ExpectDue(Instant due, Instant earliest, Instant at, const std::string& what);
  void ExpectKey(const LedgerContact& contact, const OrderKey& key, const char* event);
  std::uint32_t StepsPast(const LedgerContact& contact, Instant at) const;
  void NoteEmptyQueues(Instant at);
  void CheckNewConsult(const Submitted& event);
  void CheckHoldLimit(const LedgerContact& contact, const AgentId& prefer, Instant at);
  // The open consult about the contact whose conversation has not ended; null where there is none.
  const LedgerContact* ConsultAbout(ContactId contact) const;
  void CheckAnswer(const Assigned& event, const LedgerContact& contact);
  void CheckEndOfConsult(const Closed& event, const LedgerContact& contact);
  void CheckConsult(const LedgerContact& contact, const ContactRow& row);
  std::optional<Instant> LimitOf(const LedgerContact& contact) const;
  std::optional<Instant> LeavesEmptyQueueAt(const LedgerContact& contact) const;
  void CheckContact(const LedgerContact& contact, const ContactRow& row);
  void CheckAgent(const AgentId& id, const AgentRow& row);
  void CheckQueue(const Engine& engine, const QueueId& id);
  void CheckDue(const LedgerContact& contact, Instant now);

  Findings& findings_;
  Coverage& coverage_;
  Domain domain_{};
  Instant last_{};
  Instant applied_{};
  bool by_timer_ = false;
  std::map<ContactId, LedgerContact> open_;
  std::map<ContactId, ContactOutcome> closed_;
  std::map<AgentId, LedgerAgent> agents_;
  std::map<QueueId, LedgerQueue> queues_;
  std::map<std::string, std::optional<Instant>> adapters_;  // since when it is lost
  std::uint64_t created_ = 0;
  std::uint64_t offers_made_ = 0;
  std::uint64_t sequences_ = 0;
};

}  // namespace usher::engine::simulation
