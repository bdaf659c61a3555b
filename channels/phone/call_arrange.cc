// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "channels/phone/call.h"

namespace usher::phone {

using routing::v1::CallLeg;
using Where = Call::Leg::Where;

// Where every leg should be, and the way from where it is.

bool Call::Parked() const {
  if (joined_) return false;
  if (!consult_agent_.empty()) {
    const auto colleague = std::find_if(legs_.begin(), legs_.end(), [&](const Leg& leg) {
      return leg.party == CallLeg::PARTY_COLLEAGUE && leg.agent == consult_agent_ && leg.up;
    });
    if (colleague != legs_.end()) return true;
  }
  return FindParty(CallLeg::PARTY_OUTSIDE) != nullptr;
}

bool Call::Wanted(const Leg& leg) const {
  if (leg.party == CallLeg::PARTY_CUSTOMER) {
    return stage_ != Stage::kOver || passed_ || hang_up_when_played_ || leg.told_to_end;
  }
  if (passed_) return leg.party == CallLeg::PARTY_OUTSIDE && has_customer();
  if (stage_ == Stage::kDetached) return has_customer();
  if (stage_ == Stage::kOver) return false;
  if (leg.party == CallLeg::PARTY_OUTSIDE || leg.party == CallLeg::PARTY_SUPERVISOR) {
    return talking();
  }
  if (talking() && leg.contact == contact_ && leg.agent == agent_) return true;
  if (!consult_.empty() && leg.contact == consult_ && leg.agent == consult_agent_) return true;
  return std::any_of(offers_.begin(), offers_.end(), [&](const auto& entry) {
    return entry.second.agent == leg.agent && entry.second.contact == leg.contact;
  });
}

Where Call::PlaceOf(const Leg& leg) const {
  if (!leg.up) return Where::kNowhere;
  if (stage_ == Stage::kDetached) return leg.where;
  switch (leg.party) {
    case CallLeg::PARTY_CUSTOMER: {
      if (passed_) return Where::kTalk;
      if (ending_) return leg.where;  // no music between the last word and the hang-up
      const bool agent_there = std::any_of(legs_.begin(), legs_.end(), [&](const Leg& each) {
        return each.party == CallLeg::PARTY_AGENT && each.agent == agent_ && each.up;
      });
      if (stage_ == Stage::kTalking && agent_there && !Parked() && !must_be_heard_) {
        return Where::kTalk;
      }
      return playback_.empty() && !farewell_ ? Where::kMusic : Where::kNowhere;
    }
    case CallLeg::PARTY_AGENT:
      return talking() && leg.agent == agent_ ? Where::kTalk : Where::kNowhere;
    case CallLeg::PARTY_COLLEAGUE:
      return leg.agent == consult_agent_ ? Where::kTalk : Where::kNowhere;
    case CallLeg::PARTY_OUTSIDE:
      return Where::kTalk;
    case CallLeg::PARTY_SUPERVISOR:
      return leg.mode == routing::v1::SUPERVISION_MODE_BARGE ? Where::kTalk : Where::kApart;
    default:
      return leg.where;
  }
}

void Call::Put(Leg& leg, Where where) {
  if (leg.where == where) return;
  switch (leg.where) {
    case Where::kMusic:
      setting_.line.StopMusic(leg.id);
      break;
    case Where::kTalk:
      setting_.line.Leave(BridgeId(), leg.id);
      break;
    case Where::kApart:
      setting_.line.Leave(ApartName(setting_.application, contact_, leg.agent), leg.id);
      break;
    case Where::kNowhere:
      break;
  }
  leg.where = where;
  switch (where) {
    case Where::kMusic:
      setting_.line.StartMusic(leg.id, rules().music);
      break;
    case Where::kTalk:
      if (!std::exchange(bridge_open_, true)) setting_.line.OpenBridge(BridgeId());
      entering_.push_back(leg.id);
      break;
    case Where::kApart: {
      const std::string apart = ApartName(setting_.application, contact_, leg.agent);
      setting_.line.OpenBridge(apart);
      setting_.line.Enter(apart, {leg.id});
      break;
    }
    case Where::kNowhere:
      break;
  }
}

void Call::EnterAll() {
  if (!entering_.empty()) setting_.line.Enter(BridgeId(), std::exchange(entering_, {}));
}

void Call::HangUp(Leg& leg) {
  if (std::exchange(leg.told_to_end, true)) return;
  if (!leg.nailed || !leg.up) return setting_.line.HangUp(leg.id);
  Put(leg, Where::kNowhere);
  if (leg.muted) setting_.line.Mute(leg.id, false);
  if (!leg.kept.empty()) setting_.line.Keep(leg.id, {});
}

// Telephones that stay up behind the call are not heard of again here.
void Call::DropReleased() {
  const auto released = [](const Leg& leg) { return leg.nailed && leg.up && leg.told_to_end; };
  for (const Leg& leg : legs_) {
    if (released(leg)) setting_.desk.ReleaseNailed(leg.id);
  }
  std::erase_if(legs_, released);
  if (FindParty(CallLeg::PARTY_OUTSIDE) == nullptr && consult_agent_.empty()) joined_ = false;
}

LegNote Call::NoteOf(const Leg& leg) const {
  LegNote note{.muted = leg.muted, .mode = leg.mode, .lasting = leg.noted};
  if (leg.party == CallLeg::PARTY_OUTSIDE) {
    note.address = leg.address;
    note.passing = leg.id == passing_;
  }
  if (leg.party == CallLeg::PARTY_AGENT && talking() && leg.agent == agent_) {
    note.recording = recording_;
    note.recordings = recordings_;
    note.recording_paused = recording_paused_;
    note.joined = joined_;
    if (const Leg* customer = FindParty(CallLeg::PARTY_CUSTOMER)) note.customer = customer->noted;
  }
  return note;
}

bool Call::has_unnoted() const {
  return talking() && std::any_of(legs_.begin(), legs_.end(), [](const Leg& leg) {
           return leg.up && leg.lasting.since != Instant{} && leg.lasting != leg.noted;
         });
}

void Call::NoteSince() {
  for (Leg& leg : legs_) {
    if (leg.lasting.since != Instant{}) leg.noted = leg.lasting;
  }
}

void Call::KeepNotes() {
  for (Leg& leg : legs_) {
    if (!leg.up || leg.told_to_end || leg.party == CallLeg::PARTY_CUSTOMER) continue;
    std::string note = ToText(NoteOf(leg));
    if (note == leg.kept) continue;
    leg.kept = std::move(note);
    setting_.line.Keep(leg.id, leg.kept);
  }
}

void Call::Ring() {
  if (!contact_.empty()) RingThoseWanted();
}

void Call::Arrange() {
  if (contact_.empty()) return;
  for (Leg& leg : legs_) {
    if (!Wanted(leg)) HangUp(leg);
  }
  RingThoseWanted();
  Receive();
  const Leg* agent = FindAgent(agent_, contact_);
  Leg* customer = FindParty(CallLeg::PARTY_CUSTOMER);
  const bool agent_up = talking() && agent != nullptr && agent->up;
  if (agent_up && customer == nullptr && callback_ && !dialled_) DialCustomer();
  customer = FindParty(CallLeg::PARTY_CUSTOMER);
  if (agent_up && customer != nullptr && !customer->up && !customer->ours) {
    setting_.line.Answer(customer->id);
    customer->up = true;
  }
  // Leave before others come in: who is parked must not hear the first word of a colleague.
  for (const bool entering : {false, true}) {
    for (Leg& leg : legs_) {
      if (leg.told_to_end) continue;
      const Where where = PlaceOf(leg);
      if ((where == Where::kTalk) != entering) continue;
      if (where == Where::kTalk && leg.party == CallLeg::PARTY_CUSTOMER && !playback_.empty()) {
        setting_.line.StopPlaying(std::exchange(playback_, {}));
      }
      Put(leg, where);
      if (leg.party == CallLeg::PARTY_SUPERVISOR && leg.up) ArrangeSupervisor(leg);
    }
  }
  EnterAll();
  for (Leg& leg : legs_) Mark(leg);
  ArrangeRecording();
  DropReleased();
  KeepNotes();
  // Whoever is left alone of a conversation that is not routing's any more has nobody to talk to.
  if ((passed_ || stage_ == Stage::kDetached) && legs_.size() == 1) {
    HangUp(legs_.front());
    DropReleased();
  }
  if (legs_.empty() && bridge_open_) {
    setting_.line.CloseBridge(BridgeId());
    bridge_open_ = false;
  }
}

void Call::ArrangeSupervisor(Leg& leg) {
  const bool barges = leg.mode == routing::v1::SUPERVISION_MODE_BARGE;
  if (barges && !leg.snoop.empty()) setting_.line.HangUp(std::exchange(leg.snoop, {}));
  if (barges || !leg.snoop.empty()) return;
  const Leg* agent = FindAgent(agent_, contact_);
  if (agent == nullptr || !agent->up) return;
  leg.snoop = MakeLegName(setting_.application, {LegName::Kind::kSnoop, contact_, leg.agent});
  setting_.line.Listen(agent->id, leg.snoop, leg.mode == routing::v1::SUPERVISION_MODE_WHISPER);
}

void Call::ArrangeRecording() {
  if (!rules().record || !recording_.empty() || stage_ != Stage::kTalking) return;
  const Leg* customer = FindParty(CallLeg::PARTY_CUSTOMER);
  if (customer == nullptr || customer->where != Where::kTalk) return;
  recording_ = setting_.application + '-' + contact_ + '-' +
               customer->id.substr(customer->id.find_last_of('.') + 1) + '-' +
               std::to_string(++recordings_) + '-' +
               std::to_string(ToUnixMs(setting_.now()) / 1'000);
  setting_.line.StartRecording(BridgeId(), recording_);
}

}  // namespace usher::phone
