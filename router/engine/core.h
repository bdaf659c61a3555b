// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "router/engine/command.h"
#include "router/engine/engine.h"
#include "router/engine/event.h"
#include "router/engine/state.h"

namespace usher::engine {

// What stands in the way of a command, and the words for it. Converts from nothing: no hurdle.
struct Hurdle {
  std::optional<Refusal> refusal;
  std::string text;

  explicit operator bool() const { return refusal.has_value(); }
};

// Bounds of numbers that come from outside, so that no sum of them overflows.
inline constexpr Duration kSpanMax = std::chrono::hours{24} * 3660;  // ten years
inline constexpr std::int32_t kPriorityMax = 100'000'000;            // either sign
bool IsSane(std::optional<std::int32_t> priority, std::optional<Duration> span);

// The deciding half of the engine. Each command is first checked against the state, which it sees
// as const; only when nothing stands in its way does it Emit events, each of which is evolved
// before the next is decided.
class Engine::Core {
 public:
  Outcome Execute(const Command& command, Instant now, std::vector<Event>& out);
  void Advance(Instant now, std::vector<Event>& out);
  Instant NextDeadline() const;

  State& state() { return state_; }
  const State& state() const { return state_; }
  DispatchCost cost() const;

 private:
  struct Choice {
    AgentIndex agent = kNoIndex;
    std::int32_t tier = 0;
    bool new_round = false;
    std::uint64_t random = 0;
  };

  // Commands (one file for each family).
  Outcome Decide(const SignIn& command);
  Outcome Decide(const SignOut& command);
  Outcome Decide(const SetPresence& command);
  Outcome Decide(const SetConnection& command);
  Outcome Decide(const Submit& command);
  Outcome Decide(const Accept& command);
  Outcome Decide(const Reject& command);
  Outcome Decide(const Complete& command);
  Outcome Decide(const EndWrapUp& command);
  Outcome Decide(const ExtendWrapUp& command);
  Outcome Decide(const Hold& command);
  Outcome Decide(const Resume& command);
  Outcome Decide(const Abandon& command);
  Outcome Decide(const Cancel& command);
  Outcome Decide(const Withdraw& command);
  Outcome Decide(const Lose& command);
  Outcome Decide(const Transfer& command);
  Outcome Decide(const Update& command);
  Outcome Decide(const Pull& command);
  Outcome Decide(const ApplyDomain& command);
  Outcome Decide(const Assign& command);
  Outcome Decide(const Consult& command);
  Outcome Decide(const SetAdapter& command);
  Outcome Decide(const Claim& command);

  // Checks that commands share.
  Hurdle FindOpen(ContactId id, const LiveContact*& contact) const;
  Hurdle FindKnown(const AgentId& id, const LiveAgent*& agent) const;
  Hurdle CheckOwner(const LiveContact& contact, const AgentId& by) const;
  Hurdle CheckRequirement(const std::string& text) const;
  bool IsKnown(const LiveAgent& agent) const;

  // Agents.
  void GoOffline(AgentId agent, SignOutCause cause, std::string by = {});
  void BecomeNotReady(const AgentId& agent, std::string reason, std::string by = {});
  void WithdrawOffersOf(const AgentId& agent, WithdrawCause cause);
  // Contacts.
  void WithdrawOffersOf(ContactId contact, WithdrawCause cause);
  void Close(ContactId contact, ContactOutcome outcome, std::string note = {},
             std::optional<Refusal> refusal = {});
  KeyParts PartsIn(const LiveQueue& queue, KeyParts parts, Instant arrived) const;
  // New to a queue: the key is made for it.
  void Enqueue(ContactId contact, QueueIndex queue, QueuedBy by);
  // Where a place was kept for it, that place.
  void EnqueueNewcomer(ContactId contact, QueueIndex queue, const std::optional<KeptPlace>& place);
  // Back to its queue, with the key and the clocks that it had.
  void QueueAgain(ContactId contact, QueuedBy by, AgentId prefer);
  void OfferTo(const LiveContact& contact, const Choice& choice, bool alone);
  void AssignTo(const AgentId& agent, ContactId contact, OfferId offer, AssignedBy by,
                std::string supervisor = {});
  bool IsInTime(const LiveQueue& queue, Instant arrived, Duration waited) const;
  void StartWrapUpOrClose(ContactId contact, const AgentId& agent);
  Duration WrapUpOf(const LiveContact& contact, const LiveAgent& agent) const;
  void FinishWrapUp(ContactId contact, const AgentId& agent);

  // Ends it `lost`, after the wrap-up of an agent who talks.
  void LoseContact(ContactId contact);

  // Adapters.
  void CheckAdapters();
  void CheckAdapter(const std::string& adapter, Instant lost_at);
  // When a channel's grace next ends; none where none will.
  std::optional<Instant> NextCheckOf(Instant lost_at, Instant after) const;

  // Submit.
  struct Newcomer;
  void ApplyRules(Submit& wish) const;
  AgentId PreferredBy(const Queue& queue, const Submit& wish) const;
  Hurdle CheckNewcomer(const Submit& wish) const;
  Hurdle CheckAdmission(const Submit& wish, const LiveQueue& queue) const;

  // Consult.
  Hurdle CheckConsult(const Consult& command, const LiveContact& about) const;
  bool IsConsultOf(const LiveContact& about, const LiveAgent& agent) const;
  bool HasRoomFor(const LiveAgent& agent, const LiveContact& contact) const;
  Submitted ConsultOf(const Consult& command, const LiveContact& about) const;
  // Closes the open consult about this contact, if any.
  void EndConsult(ContactId about, ContactOutcome outcome = ContactOutcome::kCancelled);
  // Closes what was asked of one agent only; any other contact goes on.
  void EndDirectConsult(ContactId consult, ContactOutcome outcome, Refusal refusal);

  // Update.
  Hurdle CheckMove(const Update& command, const LiveContact& contact) const;

  // Transfer.
  Hurdle CheckTransfer(const Transfer& command, const LiveContact& contact) const;
  Hurdle CheckTarget(const Transfer& command, const LiveContact& contact) const;
  Hurdle CheckQueueTakes(const QueueId& queue, Channel channel) const;
  Hurdle CheckAgentTakes(const AgentId& agent, const LiveContact& contact) const;
  void StartWrapUpOfGiver(ContactId contact, const AgentId& giver, Duration length);
  bool WouldExceed(const LiveContact& contact) const;
  void MoveToQueue(const LiveContact& contact, AgentId from, QueueIndex to, TransferKind kind,
                   const Transfer& command);
  void HandToAgent(const LiveContact& contact, AgentId from, const Transfer& command,
                   bool after_consult);

  // Applying a configuration.
  Hurdle CheckDomain(const Domain& next) const;
  Hurdle CheckCompiles(const Queue& queue, const std::vector<std::string>& skills) const;

  Hurdle CheckAssign(const Assign& command, const LiveContact& contact,
                     const LiveAgent& agent) const;

  // Offers: what a late answer is told.
  Hurdle HowItEnded(const LiveContact& contact, AgentIndex agent, OfferId offer) const;

  // Timers.
  void FireDue(Instant now);
  void Fire(const Timer& timer);
  void FireOffer(ContactSlot slot, OfferId offer);
  void FireStep(ContactId contact);
  void FireHoldLimit(ContactId contact);
  void AfterMiss(const AgentId& agent, const LiveQueue& queue);
  bool BreakerOpensBy(const LiveQueue& queue, AgentIndex agent) const;

  // Dispatch.
  void Dispatch();
  struct Cursor;
  std::vector<Cursor> CursorsOf(const std::vector<DemandClass*>& listed);
  void Walk(std::vector<Cursor> cursors);
  // A contact for which somebody could be asked again, were it not for this agent: she was not
  // asked in the round, but is of too high a tier to join who is being asked.
  struct RoundWait {
    AgentIndex agent = kNoIndex;
    ClassIndex demand = kNoIndex;
    OrderEntry contact;
  };
  void NoteRoundWait(const LiveContact& contact, AgentIndex unasked);
  bool IsRoundWaitFor(AgentIndex agent) const;
  std::vector<RoundWait> TakeRoundWaits(AgentIndex agent);
  void SkipSteps();
  std::optional<std::uint16_t> StepsToSkipTo(const DemandClass& demand);
  // Makes what offers it can for one contact. When one of them takes an agent whom a contact of
  // `round_waits_` waits for, it stops there and returns her: that contact goes first. Otherwise
  // kNoIndex.
  AgentIndex TryOffer(ContactSlot slot);
  std::optional<Choice> Choose(const LiveContact& contact);
  const ReadyAgent* FindPreferred(const LiveContact& contact, bool is_new_round) const;

  template <class Body>
  void Emit(Body body) {
    out_->push_back({now_, std::move(body)});
    state_.Evolve(out_->back());
  }
  static Outcome Refuse(Hurdle hurdle, ContactId contact = {}) {
    return {.refusal = hurdle.refusal, .text = std::move(hurdle.text), .contact = contact};
  }

  State state_;
  Instant now_{};
  std::vector<Event>* out_ = nullptr;   // of the call under way
  std::vector<RoundWait> round_waits_;  // of the walk under way
  DispatchCost cost_;
};

}  // namespace usher::engine
