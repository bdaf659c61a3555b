// SPDX-License-Identifier: Apache-2.0
#include "channels/phone/call.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace usher::phone {

using routing::v1::CallLeg;
using routing::v1::Contact;
using routing::v1::Event;
using Where = Call::Leg::Where;

namespace {

// The router ends an offer at its deadline; the telephone rings a little longer, so that it is the
// router that says so.
constexpr Duration kRingBehindDeadline{2'000};
constexpr Duration kRingOnAccept{30'000};
constexpr std::size_t kLegsMax = 16;  // of the contract

Instant At(const google::protobuf::Timestamp& time) {
  return InstantFromUnixMs(time.seconds() * 1'000 + time.nanos() / 1'000'000);
}

Error Refused(const char* reason, std::string message, std::string next_step) {
  return {Code::kFailedPrecondition, reason, std::move(message), std::move(next_step)};
}

}  // namespace

const char* ToWord(LegEnd end) {
  switch (end) {
    case LegEnd::kHungUp:
      return "hung-up";
    case LegEnd::kNoAnswer:
      return "no-answer";
    case LegEnd::kBusy:
      return "busy";
    case LegEnd::kRejected:
      return "rejected";
    case LegEnd::kUnreachable:
      return "unreachable";
    case LegEnd::kCongested:
      return "congested";
  }
  return "unreachable";
}

// ------------------------------------------------------------------------------------------- legs

Call::Leg* Call::Find(const std::string& leg) {
  const auto found =
      std::find_if(legs_.begin(), legs_.end(), [&](const Leg& each) { return each.id == leg; });
  return found == legs_.end() ? nullptr : &*found;
}

const Call::Leg* Call::FindParty(CallLeg::Party party) const {
  const auto found = std::find_if(legs_.begin(), legs_.end(),
                                  [&](const Leg& each) { return each.party == party; });
  return found == legs_.end() ? nullptr : &*found;
}

Call::Leg* Call::FindParty(CallLeg::Party party) {
  return const_cast<Leg*>(std::as_const(*this).FindParty(party));
}

Call::Leg* Call::FindAgent(const std::string& agent, const std::string& contact) {
  const auto found = std::find_if(legs_.begin(), legs_.end(), [&](const Leg& each) {
    return each.agent == agent && each.contact == contact && !each.told_to_end &&
           (each.party == CallLeg::PARTY_AGENT || each.party == CallLeg::PARTY_COLLEAGUE);
  });
  return found == legs_.end() ? nullptr : &*found;
}

void Call::Changed() { setting_.desk.Changed(contact_); }

// -------------------------------------------------------------------------------------- beginning

void Call::CameIn(const std::string& leg, const std::string& number, const std::string& queue) {
  queue_ = queue;
  number_ = number;
  Leg customer{.id = leg, .address = number};
  customer.ours = false;
  if (rules().answer) {
    setting_.line.Answer(leg);
    customer.up = true;
    // Music, or first what the caller must know of a recording.
    if (rules().record && !rules().record_announce.empty()) {
      playback_ = leg + ".p" + std::to_string(++playbacks_);
      must_be_heard_ = true;
      setting_.line.Play(leg, playback_, {"sound:" + rules().record_announce});
    } else {
      setting_.line.StartMusic(leg, rules().music);
      customer.where = Where::kMusic;
    }
  } else {
    setting_.line.Ring(leg);
  }
  legs_.push_back(std::move(customer));
}

void Call::MeetLeg(Leg leg, bool in_bridge) {
  if (legs_.size() >= kLegsMax || Find(leg.id) != nullptr) return;
  if (in_bridge) {
    leg.where = Where::kTalk;
    bridge_open_ = true;
  }
  if (leg.party == CallLeg::PARTY_CUSTOMER && leg.ours) dialled_ = true;
  legs_.push_back(std::move(leg));
}

void Call::OnContact(const Contact& contact) {
  contact_ = contact.id();
  queue_ = contact.queue();
  consult_ = contact.consult();
  const auto attribute = [&](const char* key) {
    const auto found = contact.attributes().find(key);
    return found == contact.attributes().end() ? std::string() : found->second;
  };
  if (number_.empty()) number_ = attribute("caller");
  withheld_ = withheld_ || attribute("caller_withheld") == "true";
  outbound_ = attribute("direction") == "outbound";
  callback_ = contact.channel() == type::v1::CHANNEL_CALLBACK || outbound_;
  for (Leg& leg : legs_) {
    if (leg.party == CallLeg::PARTY_CUSTOMER) continue;
    if (leg.contact.empty()) leg.contact = contact_;
  }
  ReadStage(contact);
  Changed();
}

void Call::OnSubmitted(const std::string& contact) {
  contact_ = contact;
  if (stage_ == Stage::kNew) stage_ = Stage::kWaiting;
  if (stage_ == Stage::kOver) setting_.desk.Left(contact_, false);  // hung up meanwhile
  Changed();
}

void Call::OnConsult(const Contact& consult) {
  consult_ = consult.id();
  consult_agent_ = consult.state() == Contact::STATE_ASSIGNED ? consult.agent() : std::string();
  for (const routing::v1::Offer& offer : consult.offers()) {
    offers_[offer.id()] = {consult_, offer.agent_id(),
                           At(offer.deadline()) - At(offer.offered_at())};
  }
  Changed();
}

void Call::Compare(const std::map<std::string, Standing>& standing) {
  std::vector<std::string> gone;
  bridge_open_ = false;
  for (Leg& leg : legs_) {
    const auto found = standing.find(leg.id);
    if (found == standing.end()) {
      gone.push_back(leg.id);
      continue;
    }
    if (found->second.bridge == BridgeId()) {
      leg.where = Where::kTalk;
      bridge_open_ = true;
    } else if (leg.where == Where::kTalk) {
      leg.where = Where::kNowhere;
    }
    leg.told_to_end = false;
  }
  for (const std::string& id : gone) {
    const Leg& leg = *Find(id);
    const bool agents = leg.party == CallLeg::PARTY_AGENT || leg.party == CallLeg::PARTY_COLLEAGUE;
    if (!agents || leg.up) {
      OnLegGone(id, LegEnd::kHungUp);
      continue;
    }
    // Whether it was ever called, and how it ended, was not heard: it is called anew.
    for (auto& [offer_id, offer] : offers_) {
      if (offer.agent == leg.agent && offer.contact == leg.contact) offer.rung = false;
    }
    rung_for_assigned_ = false;
    std::erase_if(legs_, [&](const Leg& each) { return each.id == id; });
  }
  for (const auto& [id, how] : standing) {
    if (how.up) OnLegUp(id);
  }
  Changed();
}

void Call::ReadStage(const Contact& contact) {
  offers_.clear();
  switch (contact.state()) {
    case Contact::STATE_ASSIGNED:
      stage_ = Stage::kTalking;
      agent_ = contact.agent();
      break;
    case Contact::STATE_HELD:
      stage_ = Stage::kHeld;
      agent_ = contact.agent();
      break;
    case Contact::STATE_WRAPPING:
    case Contact::STATE_CLOSED:
      stage_ = Stage::kOver;
      break;
    default:
      stage_ = Stage::kWaiting;
      agent_.clear();
      for (const routing::v1::Offer& offer : contact.offers()) {
        offers_[offer.id()] = {contact_, offer.agent_id(),
                               At(offer.deadline()) - At(offer.offered_at())};
      }
  }
}

// ---------------------------------------------------------------------------------------- routing

void Call::OnEvent(const Event& event, Instant now) {
  const bool main = event.contact_id() == contact_;
  switch (event.kind_case()) {
    case Event::kQueued:
      if (event.queued().cause() == "consult") {
        consult_ = event.contact_id();
        consult_agent_.clear();
      } else if (main) {
        if (event.queued().has_contact()) {
          OnContact(event.queued().contact());
        } else {
          queue_ = event.queue();
          stage_ = Stage::kWaiting;
          agent_.clear();
        }
      }
      break;
    case Event::kOverflowed:
      if (main) queue_ = event.queue();
      break;
    case Event::kOffered:
      OnOffered(event);
      break;
    case Event::kOfferEnded:
      offers_.erase(event.offer_ended().offer_id());
      break;
    case Event::kAssigned:
      OnAssigned(event);
      break;
    case Event::kHeld:
      if (main && stage_ == Stage::kTalking) stage_ = Stage::kHeld;
      break;
    case Event::kResumed:
      if (main && stage_ == Stage::kHeld) stage_ = Stage::kTalking;
      break;
    case Event::kTransferred:
      if (!main) break;
      stage_ = Stage::kWaiting;
      agent_.clear();
      joined_ = false;
      break;
    case Event::kWrapUpStarted:
      // After a transfer the giver wraps up too; the call goes on with somebody else.
      if (main && talking() && event.agent_id() == agent_) stage_ = Stage::kOver;
      if (event.contact_id() == consult_ && event.agent_id() == consult_agent_) {
        consult_.clear();
        consult_agent_.clear();
      }
      break;
    case Event::kClosed:
      OnClosed(event);
      break;
    case Event::kPlace:
      if (!main) return;
      place_ = event.place();
      return OnTick(now);
    case Event::kUpdated:
      if (main && event.updated().has_contact()) {
        callback_ = callback_ || event.updated().contact().channel() == type::v1::CHANNEL_CALLBACK;
        queue_ = event.updated().contact().queue();
      }
      break;
    default:
      return;
  }
  Changed();
}

void Call::OnOffered(const Event& event) {
  const routing::v1::Offer& offer = event.offered().offer();
  offers_[offer.id()] = {event.contact_id(), event.agent_id(),
                         At(offer.deadline()) - At(offer.offered_at())};
}

void Call::OnAssigned(const Event& event) {
  std::erase_if(offers_,
                [&](const auto& entry) { return entry.second.contact == event.contact_id(); });
  if (event.contact_id() == consult_) {
    consult_agent_ = event.agent_id();
  } else {
    stage_ = Stage::kTalking;
    agent_ = event.agent_id();
    queue_ = event.queue().empty() ? queue_ : event.queue();
    // Who was asked as a colleague is the agent now.
    for (Leg& leg : legs_) {
      if (leg.party != CallLeg::PARTY_COLLEAGUE || leg.agent != agent_) continue;
      leg.party = CallLeg::PARTY_AGENT;
      leg.contact = contact_;
    }
  }
  rung_for_assigned_ = false;
}

// Every offer rings its telephone once, and so does every assignment whose telephone does not ring.
void Call::RingThoseWanted() {
  if (farewell_ || stage_ == Stage::kOver || stage_ == Stage::kDetached) return;
  const Duration own = rules().ring_timeout;
  const bool on_offer = rules().ring == Ring::kOnOffer && !outbound_;
  for (auto& [id, offer] : offers_) {
    if (!on_offer || std::exchange(offer.rung, true)) continue;
    const bool sooner = own > Duration{0} && own < offer.span;
    RingAgent(offer.contact, offer.agent, sooner ? own : offer.span + kRingBehindDeadline);
  }
  if (std::exchange(rung_for_assigned_, true)) return;
  const Duration timeout = own > Duration{0} ? own : kRingOnAccept;
  if (talking()) RingAgent(contact_, agent_, timeout);
  if (!consult_.empty() && !consult_agent_.empty()) RingAgent(consult_, consult_agent_, timeout);
}

void Call::OnClosed(const Event& event) {
  std::erase_if(offers_,
                [&](const auto& entry) { return entry.second.contact == event.contact_id(); });
  if (event.contact_id() == consult_) {
    consult_.clear();
    consult_agent_.clear();
    return;
  }
  if (event.contact_id() != contact_) return;
  const Contact::Outcome outcome = event.closed().outcome();
  const bool was_talking = talking();
  if (outcome == Contact::OUTCOME_LOST && was_talking) return Detach();
  const bool waited = waiting();
  stage_ = Stage::kOver;
  if (!waited || farewell_ || callback_) return;
  if (outcome == Contact::OUTCOME_REFUSED) SayFarewell("refused");
  if (outcome == Contact::OUTCOME_TIMED_OUT) SayFarewell("timed-out");
  if (outcome == Contact::OUTCOME_LOST) SayFarewell("lost");
}

void Call::OnAcceptRefused(const std::string& offer) {
  offers_.erase(offer);
  Changed();
}

void Call::RingAgent(const std::string& contact, const std::string& agent, Duration timeout) {
  if (legs_.size() >= kLegsMax || FindAgent(agent, contact) != nullptr) return;
  Leg leg{.id = MakeLegName(setting_.application, {LegName::Kind::kAgent, contact, agent}),
          .party = contact == contact_ ? CallLeg::PARTY_AGENT : CallLeg::PARTY_COLLEAGUE,
          .agent = agent,
          .contact = contact};
  Dialling dialling{.leg = leg.id, .address = setting_.rules.AddressOf(agent), .timeout = timeout};
  const Leg* customer = FindParty(CallLeg::PARTY_CUSTOMER);
  dialling.withheld = withheld_ || !rules().show_caller;
  if (customer != nullptr && !customer->ours && !dialling.withheld)
    dialling.like_leg = customer->id;
  if (customer == nullptr && !dialling.withheld) dialling.caller_id = number_;
  legs_.push_back(std::move(leg));
  setting_.line.Dial(dialling);
}

void Call::DialCustomer() {
  dialled_ = true;
  const std::string address = IsNumber(number_) ? setting_.rules.AddressOutside(number_) : "";
  if (address.empty() || legs_.size() >= kLegsMax) return;
  Leg leg{.id = MakeLegName(setting_.application, {LegName::Kind::kCustomer, contact_, {}}),
          .party = CallLeg::PARTY_CUSTOMER,
          .address = number_};
  Dialling dialling{.leg = leg.id,
                    .address = address,
                    .caller_id = rules().caller_id,
                    .timeout = setting_.rules.outside_ring};
  legs_.push_back(std::move(leg));
  setting_.line.Dial(dialling);
}

// ----------------------------------------------------------------------------------------- switch

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
        setting_.line.Enter(ApartName(setting_.application, contact_, each.agent), id);
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
    return;
  }
  if (leg.contact == consult_ && leg.agent == consult_agent_) {
    return setting_.desk.Complete(leg.contact, leg.agent);
  }
  if (leg.contact != contact_ || leg.agent != agent_ || !talking()) return;
  if (leg.up || outbound_) return setting_.desk.Complete(contact_, agent_);
  setting_.desk.Requeue(contact_, queue_);
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

// ---------------------------------------------------------------------------------------- arrange

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
      setting_.line.Enter(BridgeId(), leg.id);
      break;
    case Where::kApart: {
      const std::string apart = ApartName(setting_.application, contact_, leg.agent);
      setting_.line.OpenBridge(apart);
      setting_.line.Enter(apart, leg.id);
      break;
    }
    case Where::kNowhere:
      break;
  }
}

void Call::HangUp(Leg& leg) {
  if (std::exchange(leg.told_to_end, true)) return;
  setting_.line.HangUp(leg.id);
}

void Call::Arrange() {
  if (contact_.empty()) return;
  for (Leg& leg : legs_) {
    if (!Wanted(leg)) HangUp(leg);
  }
  RingThoseWanted();
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
  ArrangeRecording();
  // Whoever is left alone of a conversation that is not routing's any more has nobody to talk to.
  if ((passed_ || stage_ == Stage::kDetached) && legs_.size() == 1) HangUp(legs_.front());
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
               std::to_string(++recordings_);
  setting_.line.StartRecording(BridgeId(), recording_);
}

bool Call::over() const {
  return legs_.empty() && (stage_ == Stage::kOver || stage_ == Stage::kDetached);
}

// --------------------------------------------------------------------------------------- controls

Result<void> Call::Control(const std::string& by, const routing::v1::CallControl& control) {
  using routing::v1::CallControl;
  if (control.action_case() == CallControl::kSupervise) {
    return Supervise(by, control.supervise().mode());
  }
  if (!talking()) {
    return Refused("NOT_TALKING", "nobody talks in call " + contact_,
                   "wait until an agent has the call");
  }
  Leg* agent = FindAgent(agent_, contact_);
  switch (control.action_case()) {
    case CallControl::kMute:
      if (agent == nullptr || !agent->up) {
        return Refused("NO_SUCH_LEG", "the agent's telephone is not in the call",
                       "answer the telephone first");
      }
      agent->muted = control.mute().muted();
      setting_.line.Mute(agent->id, agent->muted);
      break;
    case CallControl::kDigits:
      for (const Leg& leg : legs_) {
        const bool outside =
            leg.party == CallLeg::PARTY_CUSTOMER || leg.party == CallLeg::PARTY_OUTSIDE;
        if (outside && leg.up && leg.where == Where::kTalk) {
          setting_.line.SendDigits(leg.id, control.digits().digits());
        }
      }
      break;
    case CallControl::kPauseRecording:
      if (recording_.empty()) {
        return Refused("NOT_RECORDED", "call " + contact_ + " is not recorded",
                       "nothing needs to be done");
      }
      recording_paused_ = control.pause_recording().paused();
      setting_.line.PauseRecording(recording_, recording_paused_);
      break;
    case CallControl::kDialOut:
      if (Result<void> done = DialOut(control.dial_out().number()); !done.ok()) return done;
      break;
    case CallControl::kJoin:
      joined_ = true;
      if (stage_ == Stage::kHeld) setting_.desk.Hold(contact_, agent_, false);
      break;
    case CallControl::kDrop: {
      Leg* leg = Find(control.drop().leg_id());
      if (leg == nullptr) {
        return Error{Code::kNotFound, "NO_SUCH_LEG", "the call has no such leg",
                     "look at the call's state for its legs"};
      }
      HangUp(*leg);
      break;
    }
    case CallControl::kPassOutside:
      if (Result<void> done = PassOutside(control.pass_outside()); !done.ok()) return done;
      break;
    case CallControl::kDialCustomer:
      if (has_customer()) {
        return Refused("CUSTOMER_THERE", "the customer is in the call, or being called",
                       "hang that leg up first");
      }
      if (!IsNumber(number_) || setting_.rules.AddressOutside(number_).empty()) {
        return Refused("NO_NUMBER", "the customer has no number that can be called from here",
                       "set outside_address in the phone file, or dial out by number");
      }
      callback_ = true;
      dialled_ = false;
      break;
    default:
      return Error{Code::kInvalidArgument, "NO_CONTROL", "the control is empty", "name an action"};
  }
  Changed();
  return {};
}

Result<void> Call::DialOut(const std::string& number) {
  const std::string address = IsNumber(number) ? setting_.rules.AddressOutside(number) : "";
  if (address.empty()) {
    return Error{Code::kInvalidArgument, "BAD_NUMBER", "the number cannot be called from here",
                 "give digits, with + or * or # where needed; outside_address must be set"};
  }
  if (legs_.size() >= kLegsMax) {
    return Error{Code::kResourceExhausted, "CALL_FULL", "the call has as many legs as it may",
                 "drop a leg first"};
  }
  Leg leg{.id = MakeLegName(setting_.application, {LegName::Kind::kOutside, contact_, {}}),
          .party = CallLeg::PARTY_OUTSIDE,
          .address = number};
  Dialling dialling{.leg = leg.id,
                    .address = address,
                    .caller_id = rules().caller_id,
                    .timeout = setting_.rules.outside_ring};
  joined_ = false;
  legs_.push_back(std::move(leg));
  setting_.line.Dial(dialling);
  return {};
}

Result<void> Call::PassOutside(const routing::v1::PassOutside& pass) {
  if (!has_customer()) {
    return Refused("NO_CUSTOMER", "the customer is not in the call", "call the customer first");
  }
  if (pass.target_case() == routing::v1::PassOutside::kNumber) {
    if (Result<void> done = DialOut(pass.number()); !done.ok()) return done;
    passing_ = legs_.back().id;
    return {};
  }
  const Leg* leg = Find(pass.leg_id());
  if (leg == nullptr || leg->party != CallLeg::PARTY_OUTSIDE) {
    return Error{Code::kNotFound, "NO_SUCH_LEG", "the call has no such leg outside",
                 "look at the call's state for its legs"};
  }
  if (!leg->up) {
    passing_ = leg->id;
    return {};
  }
  passed_ = true;
  setting_.desk.Complete(contact_, agent_);
  return {};
}

Result<void> Call::Supervise(const std::string& by, routing::v1::SupervisionMode mode) {
  const auto found = std::find_if(legs_.begin(), legs_.end(), [&](const Leg& leg) {
    return leg.party == CallLeg::PARTY_SUPERVISOR && leg.agent == by && !leg.told_to_end;
  });
  if (mode == routing::v1::SUPERVISION_MODE_UNSPECIFIED) {
    if (found == legs_.end()) {
      return Refused("NOT_IN_CALL", "nobody of that name listens", "nothing needs to be done");
    }
    HangUp(*found);
    Changed();
    return {};
  }
  if (!talking()) {
    return Refused("NOT_TALKING", "nobody talks in call " + contact_,
                   "wait until an agent has the call");
  }
  if (found != legs_.end()) {
    if (found->mode != mode && !found->snoop.empty()) {
      setting_.line.HangUp(std::exchange(found->snoop, {}));  // its way of hearing cannot change
    }
    found->mode = mode;
    Changed();
    return {};
  }
  if (legs_.size() >= kLegsMax) {
    return Error{Code::kResourceExhausted, "CALL_FULL", "the call has as many legs as it may",
                 "drop a leg first"};
  }
  Leg leg{.id = MakeLegName(setting_.application, {LegName::Kind::kSupervisor, contact_, by}),
          .party = CallLeg::PARTY_SUPERVISOR,
          .agent = by};
  leg.mode = mode;
  Dialling dialling{.leg = leg.id,
                    .address = setting_.rules.AddressOf(by),
                    .timeout = setting_.rules.outside_ring};
  legs_.push_back(std::move(leg));
  setting_.line.Dial(dialling);
  Changed();
  return {};
}

// ------------------------------------------------------------------------------------------ state

routing::v1::CallState Call::State() const {
  routing::v1::CallState state;
  state.set_contact_id(contact_);
  const auto add = [&](const Leg& leg) {
    if (leg.told_to_end) return;
    CallLeg& out = *state.add_legs();
    out.set_id(leg.id);
    out.set_party(leg.party);
    out.set_agent_id(leg.agent);
    if (!withheld_ || leg.party != CallLeg::PARTY_CUSTOMER) out.set_address(leg.address);
    out.set_state(!leg.up ? CallLeg::STATE_RINGING
                          : (leg.party == CallLeg::PARTY_CUSTOMER && leg.where != Where::kTalk
                                 ? CallLeg::STATE_HELD
                                 : CallLeg::STATE_UP));
    out.set_muted(leg.muted);
    out.set_mode(leg.mode);
  };
  for (const Leg& leg : legs_) {
    if (leg.party == CallLeg::PARTY_CUSTOMER) add(leg);
  }
  for (const Leg& leg : legs_) {
    if (leg.party != CallLeg::PARTY_CUSTOMER) add(leg);
  }
  if (!recording_.empty()) {
    state.set_recording(recording_paused_ ? routing::v1::RECORDING_STATE_PAUSED
                                          : routing::v1::RECORDING_STATE_ON);
  }
  if (!rules().record) state.add_cannot("record");
  if (setting_.rules.outside_address.empty()) state.add_cannot("outside");
  return state;
}

}  // namespace usher::phone
