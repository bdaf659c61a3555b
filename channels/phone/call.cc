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

Instant At(const google::protobuf::Timestamp& time) {
  return InstantFromUnixMs(time.seconds() * 1'000 + time.nanos() / 1'000'000);
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

CallLeg::State Call::StateOf(const Leg& leg) {
  if (!leg.up) return CallLeg::STATE_RINGING;
  const bool held = leg.party == CallLeg::PARTY_CUSTOMER && leg.where != Where::kTalk;
  return held ? CallLeg::STATE_HELD : CallLeg::STATE_UP;
}

void Call::Mark(Leg& leg) const {
  const CallLeg::State state = StateOf(leg);
  if (leg.lasting.state != state) leg.lasting = {state, setting_.now()};
}

// What a leg was noted as may have ended, and another begun, while nobody was here.
void Call::Remind(Leg& leg, const Lasting& noted) {
  leg.noted = noted;
  leg.lasting = {StateOf(leg), {}};
  if (noted.state == leg.lasting.state) leg.lasting = noted;
}

// What rings has no note but the one that goes with the call. Agents' telephones go without: a
// caller waits for each, and they do not ring for long.
void Call::Dial(Leg leg, Dialling dialling) {
  Mark(leg);
  const bool outside = leg.party == CallLeg::PARTY_OUTSIDE;
  if (outside || leg.party == CallLeg::PARTY_SUPERVISOR) leg.noted = leg.lasting;
  dialling.leg = leg.id;
  leg.kept = dialling.note = ToText(NoteOf(leg));
  legs_.push_back(std::move(leg));
  setting_.line.Dial(dialling);
}

void Call::Changed() { setting_.desk.Changed(contact_); }

// -------------------------------------------------------------------------------------- beginning

void Call::CameIn(const std::string& leg, const std::string& number, const std::string& queue) {
  queue_ = queue;
  number_ = number;
  Leg customer{.id = leg, .address = number};
  customer.ours = false;
  Mark(customer);
  legs_.push_back(std::move(customer));
}

void Call::Receive() {
  Leg* customer = FindParty(CallLeg::PARTY_CUSTOMER);
  if (std::exchange(received_, true) || customer == nullptr || customer->ours) return;
  if (customer->up || farewell_ || stage_ == Stage::kOver) return;
  if (!rules().answer) return setting_.line.Ring(customer->id);
  setting_.line.Answer(customer->id);
  customer->up = true;
  // Music, or first what the caller must know of a recording.
  if (!rules().record || rules().record_announce.empty()) return Put(*customer, Where::kMusic);
  playback_ = customer->id + ".p" + std::to_string(++playbacks_);
  must_be_heard_ = true;
  setting_.line.Play(customer->id, playback_, {"sound:" + rules().record_announce});
}

void Call::MeetLeg(Leg leg, bool in_bridge, const LegNote& note) {
  if (legs_.size() >= kLegsMax || Find(leg.id) != nullptr) return;
  leg.kept = ToText(note);
  leg.muted = note.muted;
  if (leg.address.empty()) leg.address = note.address;
  if (note.passing) passing_ = leg.id;
  if (leg.party == CallLeg::PARTY_AGENT) {
    joined_ = joined_ || note.joined;
    recordings_ = std::max(recordings_, note.recordings);
    if (Leg* customer = FindParty(CallLeg::PARTY_CUSTOMER)) Remind(*customer, note.customer);
    if (!note.recording.empty()) {
      recording_ = note.recording;
      recording_paused_ = note.recording_paused;
    }
  }
  if (in_bridge) {
    leg.where = Where::kTalk;
    bridge_open_ = true;
  }
  if (leg.party == CallLeg::PARTY_CUSTOMER && leg.ours) dialled_ = true;
  Remind(leg, note.lasting);
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
    if (!leg.snoop.empty() && !standing.contains(leg.snoop)) leg.snoop.clear();
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
    Leg* leg = Find(id);
    // When it was answered was not heard.
    if (leg != nullptr && how.up && !leg->up) leg->lasting = {CallLeg::STATE_UP, {}};
    if (how.up) OnLegUp(id);
  }
  Changed();
}

void Call::ReadStage(const Contact& contact) {
  offers_.clear();
  ending_ = false;
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
      ending_ = false;
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
    ending_ = false;
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
    if (setting_.desk.HasNailed(contact_, offer.agent)) continue;  // up already
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
  Leg leg{.id = setting_.desk.TakeNailed(contact_, agent),
          .party = contact == contact_ ? CallLeg::PARTY_AGENT : CallLeg::PARTY_COLLEAGUE,
          .agent = agent,
          .contact = contact};
  if (!leg.id.empty()) {
    leg.up = leg.nailed = true;
    legs_.push_back(std::move(leg));
    return Changed();
  }
  if (setting_.rules.IsNailedUp(agent)) {
    leg.id = MakeLegName(setting_.application, {LegName::Kind::kNailed, contact, agent});
    leg.nailed = setting_.desk.UseNailed(contact_, agent, leg.id);
  }
  if (!leg.nailed) {
    leg.id = MakeLegName(setting_.application, {LegName::Kind::kAgent, contact, agent});
  }
  Dialling dialling{
      .address = setting_.rules.AddressOf(agent), .contact = contact_, .timeout = timeout};
  const Leg* customer = FindParty(CallLeg::PARTY_CUSTOMER);
  dialling.withheld = withheld_ || !rules().show_caller;
  if (customer != nullptr && !customer->ours && !dialling.withheld)
    dialling.like_leg = customer->id;
  if (customer == nullptr && !dialling.withheld) dialling.caller_id = number_;
  Dial(std::move(leg), std::move(dialling));
}

void Call::DialCustomer() {
  dialled_ = true;
  const std::string address = IsNumber(number_) ? setting_.rules.AddressOutside(number_) : "";
  if (address.empty() || legs_.size() >= kLegsMax) return;
  Leg leg{.id = MakeLegName(setting_.application, {LegName::Kind::kCustomer, contact_, {}}),
          .party = CallLeg::PARTY_CUSTOMER,
          .address = number_};
  Dial(
      std::move(leg),
      {.address = address, .caller_id = rules().caller_id, .timeout = setting_.rules.outside_ring});
}

bool Call::over() const {
  return legs_.empty() && (stage_ == Stage::kOver || stage_ == Stage::kDetached);
}

}  // namespace usher::phone
