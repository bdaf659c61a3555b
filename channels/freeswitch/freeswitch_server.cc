// SPDX-License-Identifier: Apache-2.0
#include "channels/freeswitch/freeswitch_server.h"

#include <charconv>
#include <string_view>
#include <utility>

#include "base/io/log.h"
#include "channels/freeswitch/switch_words.h"
#include "channels/phone/leg_name.h"

namespace usher::freeswitch {

using phone::LegEnd;

namespace {

constexpr const char* kSofiaError = "sofia::error";
constexpr std::string_view kAttribute = "variable_usher_attribute_";

// Only what is about our calls; some events do not carry the channel's variables.
std::vector<std::string> Filters(const std::string& application) {
  return {"variable_usher_application " + application,
          "Event-Name BACKGROUND_JOB",
          "Event-Name DTMF",
          "Event-Name CHANNEL_HOLD",
          "Event-Name CHANNEL_UNHOLD",
          "Event-Name RECORD_STOP",
          std::string("Event-Subclass ") + kSofiaError};
}

// A name of any token stands in the lease as one word.
FreeswitchServerConfig WithPlainHolder(FreeswitchServerConfig config) {
  config.holder = ShownName(config.holder);
  return config;
}

}  // namespace

FreeswitchServer::FreeswitchServer(io::EventLoop& loop, const FreeswitchServerConfig& config,
                                   phone::PhoneDomain& domain, phone::PhoneMetrics& metrics)
    : loop_(loop),
      config_(WithPlainHolder(config)),
      domain_(domain),
      metrics_(metrics),
      lease_(config_.holder, '~'),
      lease_timer_(loop),
      client_(loop,
              {.name = config.name,
               .host = config.host,
               .port = config.port,
               .password = config.password,
               .events = {"CHANNEL_CREATE", "CHANNEL_PROGRESS", "CHANNEL_PROGRESS_MEDIA",
                          "CHANNEL_PARK", "CHANNEL_HANGUP_COMPLETE", "CHANNEL_HOLD",
                          "CHANNEL_UNHOLD", "DTMF", "RECORD_STOP", "BACKGROUND_JOB",
                          // What stands behind this word are kinds of it.
                          "CUSTOM", kSofiaError},
               .filters = Filters(config.application)},
              {.on_open =
                   [this] {
                     metrics_.CountConnection(config_.name, "opened");
                     LookAtLease();
                   },
               .on_event = [this](const EslEvent& event) { OnEvent(event); },
               .on_lost =
                   [this] {
                     metrics_.CountConnection(config_.name, "lost");
                     lease_timer_.Cancel();
                     synchronizing_ = false;
                     early_.clear();
                     if (std::exchange(serving_, false)) domain_.LineLost(config_.name);
                   },
               .on_unreadable = [this] { metrics_.unreadable.Increment(); },
               .on_answered = [this](double seconds) { metrics_.round_trip.Observe(seconds); }}) {
  domain_.AddLine(config_.name, config_.application, *this,
                  {.address = "x-freeswitch:recordings/"});
}

void FreeswitchServer::Start() {
  if (!std::exchange(started_, true)) return client_.Start();
  if (!serving_) return;  // read when it is
  domain_.LineLost(config_.name);
  Synchronize();
}

void FreeswitchServer::Stop() {
  started_ = false;
  lease_timer_.Cancel();
  // So that a standby need not wait; sent before the connection's close.
  if (std::exchange(serving_, false)) client_.Send("global_setvar " + LeaseName() + '=');
  client_.Stop();
  alive_ = std::make_shared<int>();
  flush_posted_ = false;
}

bool FreeswitchServer::IsOurs(const std::string& leg) const {
  return phone::ParseLegName(config_.application, leg).has_value();
}

// ------------------------------------------------------------------------------------- who serves
// it

// FreeSWITCH lets any number of clients in and obeys them all: two that serve the same calls would
// quarrel.
void FreeswitchServer::LookAtLease() {
  client_.Send("global_getvar " + LeaseName(), [this](const Result<std::string>& answer) {
    if (!answer.ok()) return;  // lost; comes again with the next connection
    LeaseRead(IsError(*answer) ? std::string() : *answer);
  });
}

void FreeswitchServer::LeaseRead(const std::string& text) {
  using Sight = phone::Lease::Sight;
  lease_timer_.Start(phone::Lease::kEvery, [this] { LookAtLease(); });
  if (serving_ && !lease_.IsOthers(text)) return WriteLease();
  if (serving_) {
    io::Log(io::LogLevel::kWarning, "freeswitch_taken_over", {{"server", config_.name}});
    metrics_.CountConnection(config_.name, "replaced");
    serving_ = false;
    synchronizing_ = false;
    lease_.Lose(text);
    return domain_.LineLost(config_.name);
  }
  const Sight sight = lease_.Look(text);
  if (sight == Sight::kStandBy) {
    io::Log(io::LogLevel::kInfo, "freeswitch_standing_by", {{"server", config_.name}});
    metrics_.CountConnection(config_.name, "standing-by");
  }
  if (sight != Sight::kServe) return;
  serving_ = true;
  WriteLease();
  Synchronize();
}

void FreeswitchServer::WriteLease() {
  Command("global_setvar " + LeaseName() + '=' + lease_.Next());
}

std::string FreeswitchServer::LeaseName() const { return "usher_serves_" + config_.application; }

// ---------------------------------------------------------------------------------- what it tells

void FreeswitchServer::OnEvent(const EslEvent& event) {
  if (!serving_) return;
  if (!synchronizing_) return Handle(event);
  if (early_.size() >= kEarlyEventsMax) {
    early_.clear();
    return client_.Rest(Duration{500});
  }
  early_.push_back(event);
}

void FreeswitchServer::Handle(const EslEvent& event) {
  const std::string& id = event.leg();
  const std::string& name = event.name();
  if (name == "CHANNEL_PARK") return OnParked(event);
  if (name == "RECORD_STOP") return OnRecorded(event);
  const auto found = legs_.find(id);
  if (found == legs_.end()) return;
  Leg& leg = found->second;
  if (name == "CHANNEL_HANGUP_COMPLETE") {
    return Gone(id, leg.up ? LegEnd::kHungUp : EndOf(event.Get("Hangup-Cause"), leg.rang));
  }
  if (name == "CHANNEL_CREATE" || name == "CHANNEL_PROGRESS" || name == "CHANNEL_PROGRESS_MEDIA") {
    if (leg.doomed) return Kill(id, leg);
    if (!leg.ours || name == "CHANNEL_CREATE" || std::exchange(leg.rang, true)) return;
    return domain_.LegRinging(config_.name, id);
  }
  if (name == "CHANNEL_HOLD") return domain_.LegHeld(config_.name, id, true);
  if (name == "CHANNEL_UNHOLD") return domain_.LegHeld(config_.name, id, false);
  if (name == "CUSTOM") return OnTransferFailed(event);
  if (name == "DTMF" && !event.Get("DTMF-Digit").empty()) {
    return domain_.LegPressed(config_.name, id, event.Get("DTMF-Digit").front());
  }
}

// A channel parks when it came in, when the telephone that was called is answered, and when a list
// of applications has come to its end.
void FreeswitchServer::OnParked(const EslEvent& event) {
  const std::string id = event.leg();
  const auto found = legs_.find(id);
  if (found == legs_.end()) {
    if (!IsOurs(id)) return OnArrival(event);
    AddLeg(id, true).up = true;  // answered when nobody needs it any more
    return domain_.LegUp(config_.name, id);
  }
  Leg& leg = found->second;
  if (leg.doomed) return Kill(id, leg);
  if (leg.ours && !leg.up && event.answered()) {
    leg.up = true;
    leg.dialling = false;
    return domain_.LegUp(config_.name, id);
  }
  const std::string played = event.Variable("usher_played");
  if (played.empty() || played != leg.place) return;
  leg.place.clear();
  leg.list = leg.told = kPark;
  domain_.Played(config_.name, id, played);
}

// A telephone asked for a transfer (REFER). FreeSWITCH takes that upon itself and cannot do it: its
// legs are bridged to none, but in a conference. It says where to, and so it is done here.
void FreeswitchServer::OnTransferFailed(const EslEvent& event) {
  if (event.Get("Event-Subclass") != kSofiaError) return;
  if (event.Get("Error-Type") != "blind_transfer") return;
  const std::string& to = event.Get("Transfer-Exten");
  domain_.LegRefers(config_.name, event.leg(), to.substr(0, to.find('@')));
}

void FreeswitchServer::OnArrival(const EslEvent& event) {
  const std::string id = event.leg();
  if (event.Variable("usher_application") != config_.application || !IsPlain(id)) return;
  if (callers() >= config_.calls_max) {
    metrics_.CountArrival("over-limit");
    return SendBack(id, "over-limit");
  }
  const phone::Arrival arrival = ToArrival(event);
  Leg& leg = AddLeg(id, false);
  leg.up = arrival.up;
  if (!arrival.withheld) {
    leg.number = arrival.number;
    leg.name = arrival.name;
  }
  if (domain_.Arrived(config_.name, arrival)) return Command("sched_del " + id);
  legs_.erase(id);
  metrics_.CountArrival("unknown-number");
  config_.hang_up_unknown ? Command("uuid_kill " + id) : SendBack(id, "unknown-number");
}

phone::Arrival FreeswitchServer::ToArrival(const EslEvent& event) const {
  phone::Arrival arrival;
  arrival.leg = event.leg();
  arrival.number = event.Get("Caller-Caller-ID-Number");
  arrival.name = event.Get("Caller-Caller-ID-Name");
  if (arrival.name == arrival.number) arrival.name.clear();
  const std::string& number = event.Variable("usher_number");
  arrival.dialled = number.empty() ? event.Get("Caller-Destination-Number") : number;
  arrival.up = event.answered();
  arrival.withheld = event.Get("Caller-Privacy-Hide-Number") == "true";
  for (auto it = event.fields.lower_bound(kAttribute); it != event.fields.end(); ++it) {
    if (it->first.rfind(kAttribute, 0) != 0) break;
    if (!it->second.empty()) arrival.attributes[it->first.substr(kAttribute.size())] = it->second;
  }
  return arrival;
}

void FreeswitchServer::OnRecorded(const EslEvent& event) {
  std::string name = event.Get("Record-File-Path");
  name = name.substr(name.find_last_of('/') + 1);
  name = name.substr(0, name.rfind(".wav"));
  int seconds = 0;
  const auto known = recordings_.extract(name);
  if (!known.empty()) {
    seconds = static_cast<int>(
        std::chrono::duration_cast<std::chrono::seconds>(Steady::now() - known.mapped().since)
            .count());
  }
  // FreeSWITCH's own count is the better one; it is not told of every format.
  const std::string& counted = event.Variable("record_seconds");
  std::from_chars(counted.data(), counted.data() + counted.size(), seconds);
  domain_.RecordingEnded(config_.name, name, seconds);
}

void FreeswitchServer::Gone(const std::string& leg, LegEnd end) {
  const std::string id = leg;
  const auto found = legs_.find(id);
  if (found == legs_.end()) return;
  SetPlace(id, found->second, {});
  if (found->second.ours) --ours_;
  legs_.erase(found);
  for (auto it = snoops_.begin(); it != snoops_.end();) {
    if (it->second.heard != id && it->second.by != id) {
      ++it;
      continue;
    }
    const std::string snoop = it->first;
    it = snoops_.erase(it);
    domain_.LegGone(config_.name, snoop, LegEnd::kHungUp);
  }
  domain_.LegGone(config_.name, id, end);
}

}  // namespace usher::freeswitch
