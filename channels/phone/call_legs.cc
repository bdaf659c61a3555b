// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "channels/phone/call.h"

namespace usher::phone {

using routing::v1::CallLeg;
using Where = Call::Leg::Where;

// What the switch tells of the legs, and what that means for the contact.

void Call::OnLegRinging(const std::string& id) {
  Leg* leg = Find(id);
  if (leg == nullptr || leg->ringing) return;
  leg->ringing = true;
  Changed();
}

void Call::OnLegSilent(const std::string& id) {
  Leg* leg = Find(id);
  if (leg == nullptr || leg->up || leg->ringing || leg->told_to_end) return;
  setting_.line.HangUp(id);
  OnLegGone(id, LegEnd::kUnreachable);
}

void Call::OnLegUp(const std::string& id) {
  Leg* leg = Find(id);
  if (leg == nullptr) {
    for (const Leg& each : legs_) {
      if (each.snoop == id && each.where == Where::kApart) {
        setting_.line.Enter(ApartName(setting_.application, contact_, each.agent), {id});
      }
    }
    return;
  }
  if (leg->up) return;
  leg->up = true;
  OnMetUp(id);
}

void Call::OnMetUp(const std::string& id) {
  Leg* leg = Find(id);
  Changed();
  if (id == passing_) {
    passing_.clear();
    passed_ = true;
    setting_.desk.Complete(contact_, agent_);
    return;
  }
  if (leg->party != CallLeg::PARTY_AGENT && leg->party != CallLeg::PARTY_COLLEAGUE) return;
  for (auto& [offer_id, offer] : offers_) {
    if (offer.agent != leg->agent || offer.contact != leg->contact || offer.accepting) continue;
    offer.accepting = true;
    setting_.desk.Accept(offer.contact, offer.agent, offer_id);
  }
}

void Call::OnLegGone(const std::string& id, LegEnd end) {
  const auto found =
      std::find_if(legs_.begin(), legs_.end(), [&](const Leg& each) { return each.id == id; });
  if (found == legs_.end()) {
    // A supervisor's ear at the switch; it ends with what it listens to.
    for (Leg& leg : legs_) {
      if (leg.snoop == id) leg.snoop.clear();
    }
    return;
  }
  const Leg leg = std::move(*found);
  legs_.erase(found);
  if (leg.id == passing_) passing_.clear();
  if (FindParty(CallLeg::PARTY_OUTSIDE) == nullptr && consult_agent_.empty()) joined_ = false;
  Changed();
  switch (leg.party) {
    case CallLeg::PARTY_CUSTOMER:
      return CustomerGone(leg);
    case CallLeg::PARTY_AGENT:
    case CallLeg::PARTY_COLLEAGUE:
      if (!leg.told_to_end) AgentGone(leg, end);
      return;
    case CallLeg::PARTY_SUPERVISOR:
      if (!leg.snoop.empty()) setting_.line.HangUp(leg.snoop);
      if (!contact_.empty()) {
        setting_.line.CloseBridge(ApartName(setting_.application, contact_, leg.agent));
      }
      return;
    default:
      return;
  }
}

void Call::CustomerGone(const Leg& leg) {
  if (passed_ || stage_ == Stage::kDetached) {
    stage_ = Stage::kOver;
    return;
  }
  if (stage_ == Stage::kOver) return;
  // A callback that nobody answered stays with its agent, who may try again.
  if (leg.ours && !leg.up) return;
  if (callback_ && !talking()) return;  // hung up by us: the place is kept
  if (stage_ == Stage::kNew) stage_ = Stage::kOver;
  if (!contact_.empty()) setting_.desk.Left(contact_, talking());
}

void Call::AgentGone(const Leg& leg, LegEnd end) {
  for (auto it = offers_.begin(); it != offers_.end(); ++it) {
    if (it->second.agent != leg.agent || it->second.contact != leg.contact) continue;
    const std::string offer = it->first;
    offers_.erase(it);
    setting_.desk.Reject(leg.contact, leg.agent, offer, ToWord(end));
    if (end == LegEnd::kUnreachable) setting_.desk.Unreachable(leg.agent);
    return;
  }
  if (leg.contact == consult_ && leg.agent == consult_agent_) {
    return setting_.desk.Complete(leg.contact, leg.agent);
  }
  if (leg.contact != contact_ || leg.agent != agent_ || !talking()) return;
  if (leg.up || outbound_) {
    ending_ = true;
    return setting_.desk.Complete(contact_, agent_);
  }
  setting_.desk.Requeue(contact_, queue_);
  if (end == LegEnd::kUnreachable) setting_.desk.Unreachable(leg.agent);
}

void Call::OnDigit(const std::string& id, char digit) {
  const Leg* leg = Find(id);
  if (leg == nullptr || leg->party != CallLeg::PARTY_CUSTOMER || stage_ != Stage::kWaiting) return;
  const auto rule = rules().digits.find(digit);
  if (rule == rules().digits.end() || callback_ || farewell_) return;
  switch (rule->second.action) {
    case DigitRule::Action::kCallback:
      if (IsNumber(number_) && !withheld_) setting_.desk.MakeCallback(contact_);
      return;
    case DigitRule::Action::kVoicemail:
      setting_.desk.Cancel(contact_, "voicemail");
      SayFarewell("voicemail");
      return;
    case DigitRule::Action::kQueue:
      setting_.desk.Move(contact_, rule->second.queue);
      return;
  }
}

void Call::OnCallback(bool done) {
  Leg* customer = FindParty(CallLeg::PARTY_CUSTOMER);
  if (!done || customer == nullptr || talking()) return;
  callback_ = true;
  dialled_ = false;
  if (rules().callback_thanks.empty() || !customer->up) return HangUp(*customer);
  Put(*customer, Where::kNowhere);
  playback_ = customer->id + ".p" + std::to_string(++playbacks_);
  hang_up_when_played_ = true;
  setting_.line.Play(customer->id, playback_, {"sound:" + rules().callback_thanks});
}

void Call::OnHold(const std::string& id, bool held) {
  const Leg* leg = Find(id);
  if (leg == nullptr || leg->party != CallLeg::PARTY_AGENT || leg->agent != agent_) return;
  if (talking() && leg->contact == contact_) setting_.desk.Hold(contact_, agent_, held);
}

void Call::OnRefer(const std::string& id, const std::string& to) {
  const Leg* leg = Find(id);
  if (leg == nullptr) return;
  const bool may = leg->party == CallLeg::PARTY_AGENT && leg->agent == agent_ && talking();
  if (!may || to.empty()) return setting_.line.TellTransfer(id, false);
  setting_.desk.Refer(contact_, agent_, to);
}

void Call::OnReferred(bool accepted) {
  for (const Leg& leg : legs_) {
    if (leg.party == CallLeg::PARTY_AGENT && leg.up) setting_.line.TellTransfer(leg.id, accepted);
  }
}

void Call::OnPlayed(const std::string& playback) {
  if (playback != playback_) return;
  playback_.clear();
  must_be_heard_ = false;
  if (std::exchange(hang_up_when_played_, false)) {
    if (Leg* customer = FindParty(CallLeg::PARTY_CUSTOMER)) HangUp(*customer);
  }
  Changed();
}

void Call::OnRecorded(const std::string& recording, int duration_s) {
  if (recording == recording_) {
    recording_.clear();
    recording_paused_ = false;
  }
  setting_.desk.Recorded(contact_, recording, duration_s);
  Changed();
}

void Call::OnTick(Instant now) {
  const Announcements& announce = rules().announce;
  const routing::v1::Place& place = place_;
  Leg* customer = FindParty(CallLeg::PARTY_CUSTOMER);
  if (!announces() || customer == nullptr || !customer->up || !playback_.empty() || farewell_) {
    return;
  }
  const bool moved = place.position() != announced_position_;
  if (now - announced_at_ < (moved ? announce.at_change : announce.every)) return;
  std::vector<std::string> media;
  const auto add = [&](const std::vector<std::string>& sounds) {
    for (const std::string& sound : sounds) media.push_back("sound:" + sound);
  };
  if (announce.position && place.position() == 1) {
    add(announce.next);
  } else if (announce.position && place.position() > 1) {
    add(announce.position_before);
    media.push_back("number:" + std::to_string(place.position()));
    add(announce.position_behind);
  }
  if (announce.wait && place.has_estimated_wait()) {
    const std::int64_t seconds = place.estimated_wait().expected().seconds();
    const std::int64_t minutes = (seconds + 59) / 60;
    add(announce.wait_before);
    media.push_back("number:" + std::to_string(std::max<std::int64_t>(1, minutes)));
    add(announce.wait_behind);
  }
  if (media.empty()) return;
  announced_position_ = place.position();
  announced_at_ = now;
  Put(*customer, Where::kNowhere);
  playback_ = customer->id + ".p" + std::to_string(++playbacks_);
  setting_.line.Play(customer->id, playback_, media);
}

void Call::SayFarewell(const std::string& why) {
  Leg* customer = FindParty(CallLeg::PARTY_CUSTOMER);
  if (std::exchange(farewell_, true) || customer == nullptr) return;
  stage_ = Stage::kOver;
  Put(*customer, Where::kNowhere);
  if (rules().farewell == Farewell::kContinue || why == "voicemail") {
    customer->told_to_end = true;
    setting_.line.SendBack(customer->id, why);
  } else if (rules().closed.empty()) {
    HangUp(*customer);
  } else {
    if (!customer->up) setting_.line.Answer(customer->id);
    customer->up = true;
    playback_ = customer->id + ".p" + std::to_string(++playbacks_);
    hang_up_when_played_ = true;
    setting_.line.Play(customer->id, playback_, {"sound:" + rules().closed});
  }
  Changed();
}

void Call::Detach() {
  stage_ = Stage::kDetached;
  Changed();
}

}  // namespace usher::phone
