// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "channels/phone/leg_name.h"
#include "channels/phone/leg_note.h"
#include "channels/phone/phone_rules.h"
#include "channels/phone/switch.h"
#include "usher/routing/v1/call.pb.h"
#include "usher/routing/v1/contact.pb.h"
#include "usher/routing/v1/event.pb.h"

namespace usher::phone {

// What a call asks of routing. Answers come back to the call by events, but for those that are
// named here.
class CallDesk {
 public:
  virtual ~CallDesk() = default;
  // Refused: Call::OnAcceptRefused.
  virtual void Accept(const std::string& contact, const std::string& agent,
                      const std::string& offer) = 0;
  virtual void Reject(const std::string& contact, const std::string& agent,
                      const std::string& offer, const std::string& reason) = 0;
  // The customer hung up: abandoned, or completed where somebody has the contact.
  virtual void Left(const std::string& contact, bool talking) = 0;
  virtual void Complete(const std::string& contact, const std::string& agent) = 0;
  // Her telephone is not there; told behind what became of the offer or the call.
  virtual void Unreachable(const std::string& agent) = 0;
  // The agent who has it cannot be reached: it waits again.
  virtual void Requeue(const std::string& contact, const std::string& queue) = 0;
  virtual void Hold(const std::string& contact, const std::string& agent, bool held) = 0;
  // Becomes a callback, place kept. Done or refused: Call::OnCallback.
  virtual void MakeCallback(const std::string& contact) = 0;
  virtual void Move(const std::string& contact, const std::string& queue) = 0;
  virtual void Cancel(const std::string& contact, const std::string& note) = 0;
  // A telephone asked for it: `to` is what was dialled. Call::OnReferred.
  virtual void Refer(const std::string& contact, const std::string& agent,
                     const std::string& to) = 0;
  virtual void Recorded(const std::string& contact, const std::string& recording,
                        int duration_s) = 0;
  // Telephones that stay up between calls (NailedPhones), at the call's own line.
  virtual bool UseNailed(const std::string& contact, const std::string& agent,
                         const std::string& leg) = 0;
  virtual std::string TakeNailed(const std::string& contact, const std::string& agent) = 0;
  virtual bool HasNailed(const std::string& contact, const std::string& agent) = 0;
  virtual void ReleaseNailed(const std::string& leg) = 0;
  // Something is different: Arrange is wanted soon, and the call's state is to be told.
  virtual void Changed(const std::string& contact) = 0;
};

// One call: the customer, whoever is with her, and the contact that routing knows it by. What is
// told by routing and by the switch is only written down; Arrange then compares where every leg
// should be with where it is and has the switch do the difference. So the order in which the two
// tell of the same thing does not matter, and a call that was met again after a restart is put
// right by the same few lines.
//
// An agent's telephone that stays up between calls is not rung when there is an offer: she accepts
// in the console, and its leg becomes the call's.
//
// Pure: no timer, no network, no clock but the given one. The switch and the desk must outlive it.
class Call {
 public:
  static constexpr std::size_t kLegsMax = 16;  // of the contract

  struct Setting {
    Switch& line;
    CallDesk& desk;
    const PhoneRules& rules;
    std::string application;  // the first word of the names that we give
    std::function<Instant()> now = [] { return Instant{}; };
  };

  struct Leg {
    enum class Where { kNowhere, kMusic, kTalk, kApart };
    std::string id;
    routing::v1::CallLeg::Party party = routing::v1::CallLeg::PARTY_CUSTOMER;
    std::string agent{};    // an agent's, colleague's or supervisor's id
    std::string contact{};  // of an agent's leg: the contact or consult that it is for
    std::string address{};  // shown to people
    bool up = false;
    bool ringing = false;  // the other end said so
    bool muted = false;
    bool ours = true;  // called by us; else it called
    bool told_to_end = false;
    bool nailed = false;  // stays up behind the call
    Where where = Where::kNowhere;
    routing::v1::SupervisionMode mode = routing::v1::SUPERVISION_MODE_UNSPECIFIED;
    std::string snoop{};
    Lasting lasting{};   // as it was when last looked at
    Lasting noted{};     // what a note shall say of that
    std::string kept{};  // the note that stands with it at the switch
  };

  // Of a caller who is there, or of nobody yet (a callback, a call that an agent places).
  explicit Call(Setting setting) : setting_(std::move(setting)) {}

  // ---- the beginning
  // A caller came in and shall wait in `queue`.
  void CameIn(const std::string& leg, const std::string& number, const std::string& queue);
  // The caller is answered where the queue says so, or hears ringing. Arrange does so behind the
  // ringing of agents' telephones, which are what she waits for, and only then has the switch
  // answer; to be called soon where the router lets wait. Again is harmless.
  void Receive();
  // A leg that stands at the switch already, met after a restart.
  void MeetLeg(Leg leg, bool in_bridge, const LegNote& note = {});
  // How routing has it: after the submit, or after a restart.
  void OnContact(const routing::v1::Contact& contact);
  void OnSubmitted(const std::string& contact);
  // The open consult about the contact, after a restart.
  void OnConsult(const routing::v1::Contact& consult);
  void SetNumber(const std::string& number) { number_ = number; }
  void SetWithheld(bool withheld) { withheld_ = withheld; }

  // What stands at the switch just now, by leg, after nothing was heard of it for a while.
  struct Standing {
    bool up = false;
    std::string bridge{};  // that it is in; empty: in none
  };
  void Compare(const std::map<std::string, Standing>& standing);

  // ---- what happens
  void OnEvent(const routing::v1::Event& event, Instant now);
  void OnAcceptRefused(const std::string& offer);
  void OnCallback(bool done);
  void OnReferred(bool accepted);
  void OnLegRinging(const std::string& leg);
  // It was called a while ago and gives no sign of itself: taken for unreachable, unless it did.
  void OnLegSilent(const std::string& leg);
  void OnLegUp(const std::string& leg);
  void OnMetUp(const std::string& leg);  // of MeetLeg, if it is up
  void OnLegGone(const std::string& leg, LegEnd end);
  void OnDigit(const std::string& leg, char digit);
  void OnHold(const std::string& leg, bool held);
  void OnRefer(const std::string& leg, const std::string& to);
  void OnPlayed(const std::string& playback);
  // Now and then while `announces()`: what is said at intervals may be due.
  void OnTick(Instant now);
  // What legs are by now has lasted, and a successor shall know since when: their notes say so with
  // the next Arrange. Not at once, for that would cost the switch a request at each turn of a call.
  void NoteSince();
  void OnRecorded(const std::string& recording, int duration_s);
  // The submit was refused, or nobody will answer: `why` is closed, full, lost…
  void SayFarewell(const std::string& why);
  // The router does not know the contact any more; whoever talks goes on talking.
  void Detach();

  // ---- what people want; refusals name the next step
  Result<void> Control(const std::string& by, const routing::v1::CallControl& control);

  // Rings the telephones that are to ring: the part of Arrange that somebody waits for.
  void Ring();
  // Has the switch do what is different. Again is harmless.
  void Arrange();

  // ---- how it is
  routing::v1::CallState State() const;
  bool over() const;  // may be forgotten
  bool waiting() const { return stage_ == Stage::kWaiting || stage_ == Stage::kNew; }
  bool talking() const { return stage_ == Stage::kTalking || stage_ == Stage::kHeld; }
  bool announces() const {
    return stage_ == Stage::kWaiting && place_.position() > 0 &&
           (rules().announce.position || rules().announce.wait);
  }
  bool has_unnoted() const;  // NoteSince has something to say
  bool has_customer() const { return FindParty(routing::v1::CallLeg::PARTY_CUSTOMER) != nullptr; }
  const std::string& contact() const { return contact_; }
  const std::string& consult() const { return consult_; }
  const std::string& queue() const { return queue_; }
  const std::string& agent() const { return agent_; }
  const std::vector<Leg>& legs() const { return legs_; }
  Switch& line() const { return setting_.line; }

 private:
  enum class Stage {
    kNew,       // not known to routing yet
    kWaiting,   // in a queue, offered or not
    kTalking,   // with an agent
    kHeld,      // with an agent, on hold
    kOver,      // the conversation is over
    kDetached,  // routing knows it no more; whoever talks goes on
  };
  struct Offer {
    std::string contact;
    std::string agent;
    Duration span;  // from its making to its deadline
    bool rung = false;
    bool accepting = false;
  };

  const QueueRules& rules() const { return setting_.rules.Of(queue_); }
  Leg* Find(const std::string& leg);
  const Leg* FindParty(routing::v1::CallLeg::Party party) const;
  Leg* FindParty(routing::v1::CallLeg::Party party);
  Leg* FindAgent(const std::string& agent, const std::string& contact);
  static routing::v1::CallLeg::State StateOf(const Leg& leg);
  void Mark(Leg& leg) const;
  static void Remind(Leg& leg, const Lasting& noted);
  void Dial(Leg leg, Dialling dialling);
  std::string BridgeId() const { return BridgeName(setting_.application, contact_); }

  void OnOffered(const routing::v1::Event& event);
  void OnAssigned(const routing::v1::Event& event);
  void OnClosed(const routing::v1::Event& event);
  void ReadStage(const routing::v1::Contact& contact);
  void RingThoseWanted();
  void RingAgent(const std::string& contact, const std::string& agent, Duration timeout);
  void DialCustomer();
  void CustomerGone(const Leg& leg);
  void AgentGone(const Leg& leg, LegEnd end);
  void CallBack();

  bool Wanted(const Leg& leg) const;
  Leg::Where PlaceOf(const Leg& leg) const;
  bool Parked() const;
  // Whom it puts into the conversation comes in with EnterAll().
  void Put(Leg& leg, Leg::Where where);
  void EnterAll();
  void ArrangeRecording();
  void ArrangeSupervisor(Leg& leg);
  void HangUp(Leg& leg);
  void DropReleased();
  void KeepNotes();
  LegNote NoteOf(const Leg& leg) const;
  void Changed();

  enum class Then { kAsk, kPass };
  Result<void> DialOut(const std::string& number, Then then);
  Result<void> PassOutside(const routing::v1::PassOutside& pass);
  Result<void> Supervise(const std::string& by, routing::v1::SupervisionMode mode);

  const Setting setting_;
  Stage stage_ = Stage::kNew;
  std::string contact_;
  std::string queue_;
  std::string agent_;   // who has the contact
  std::string number_;  // the customer's
  bool withheld_ = false;
  bool callback_ = false;  // the customer is called, or waits to be
  bool dialled_ = false;   // the customer was called for this agent
  bool outbound_ = false;  // placed by an agent
  bool rung_for_assigned_ = false;
  std::map<std::string, Offer> offers_;
  std::string consult_;        // the open consult
  std::string consult_agent_;  // who answered it
  bool joined_ = false;        // third parties and the customer hear each other
  bool passed_ = false;        // the customer goes on outside, without us
  std::string passing_;        // the leg outside that is called for that
  bool received_ = false;      // answered, or hears ringing
  bool farewell_ = false;
  bool ending_ = false;  // the agent hung up; routing was told and will say that it is over

  std::vector<Leg> legs_;
  bool bridge_open_ = false;
  std::vector<std::string> entering_;  // legs that Put has for EnterAll
  std::string recording_;              // under way
  bool recording_paused_ = false;
  std::uint32_t recordings_ = 0;

  std::string playback_;  // to the customer, instead of music
  std::uint32_t playbacks_ = 0;
  bool hang_up_when_played_ = false;
  bool must_be_heard_ = false;  // the playback: nobody talks before it is over
  routing::v1::Place place_;    // the last that was told
  std::uint32_t announced_position_ = 0;
  Instant announced_at_{};
};

}  // namespace usher::phone
