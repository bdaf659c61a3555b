// SPDX-License-Identifier: Apache-2.0
#include "channels/freeswitch/freeswitch_server.h"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>

#include "base/io/log.h"
#include "channels/phone/leg_name.h"

namespace usher::freeswitch {

using phone::LegEnd;

namespace {

constexpr const char* kPark = "park:";
constexpr const char* kMusic = "music";  // the place of who hears it
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

bool IsBridge(const std::string& application, const std::string& place) {
  return !phone::OwnerOfBridge(application, place).empty();
}

bool IsError(const std::string& answer) {
  return answer.rfind("-ERR", 0) == 0 || answer.rfind("-USAGE", 0) == 0;
}

// A telephone that is not there, and one that nobody answers, may both end for want of an answer;
// only the second has rung.
LegEnd EndOf(std::string_view cause, bool rang) {
  if (cause == "USER_BUSY") return LegEnd::kBusy;
  if (cause == "CALL_REJECTED") return LegEnd::kRejected;
  if (cause == "NO_ANSWER" || cause == "ALLOTTED_TIMEOUT" || cause == "NO_USER_RESPONSE" ||
      cause == "ORIGINATOR_CANCEL") {
    return rang ? LegEnd::kNoAnswer : LegEnd::kUnreachable;
  }
  if (cause == "NORMAL_CLEARING") return LegEnd::kHungUp;
  if (cause == "NORMAL_TEMPORARY_FAILURE" || cause == "SWITCH_CONGESTION" ||
      cause == "NORMAL_CIRCUIT_CONGESTION" || cause == "NETWORK_OUT_OF_ORDER" ||
      cause == "REQUESTED_CHAN_UNAVAIL") {
    return LegEnd::kCongested;
  }
  return LegEnd::kUnreachable;  // USER_NOT_REGISTERED, NO_ROUTE_DESTINATION,
                                // RECOVERY_ON_TIMER_EXPIRE…
}

// What is shown on a telephone, in one word that needs no quotes.
std::string ShownName(const std::string& name) {
  std::string shown;
  for (const char c : name.substr(0, 64)) shown += IsPlain(std::string(1, c)) ? c : '_';
  return shown;
}

// A name of any token stands in the lease as one word.
FreeswitchServerConfig WithPlainHolder(FreeswitchServerConfig config) {
  config.holder = ShownName(config.holder);
  return config;
}

std::string LegOfPlayback(const std::string& playback) {
  return playback.substr(0, playback.rfind(".p"));
}

}  // namespace

bool IsPlain(const std::string& text) {
  constexpr std::string_view kOthers = "._/:@+*#;=%~-";
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kOthers.find(c) != std::string_view::npos;
  });
}

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

// ------------------------------------------------------------------------------- truth after
// trouble

void FreeswitchServer::Synchronize() {
  synchronizing_ = true;
  early_.clear();
  const auto reading = std::make_shared<Reading>();
  reading_ = reading;
  client_.Send("show channels as json", [this, reading](const Result<std::string>& answer) {
    if (reading != reading_ || !answer.ok()) return;
    const auto uuids = ParseChannels(*answer);
    if (!uuids || uuids->size() > kChannelsMax) {
      io::Log(io::LogLevel::kError, "freeswitch_not_read", {{"server", config_.name}});
      return client_.Rest(Duration{2'000});
    }
    // The list is some moments behind; what is known here may stand though it is not listed yet.
    std::set<std::string> all(uuids->begin(), uuids->end());
    for (const auto& [id, leg] : legs_) all.insert(id);
    reading->unread.assign(all.begin(), all.end());
    ReadNext(reading);
  });
}

void FreeswitchServer::ReadNext(const std::shared_ptr<Reading>& reading) {
  while (!reading->unread.empty() && reading->open < kReadsAtOnce) {
    const std::string id = std::move(reading->unread.front());
    reading->unread.pop_front();
    ++reading->open;
    client_.Send("uuid_dump " + id + " json", [this, reading, id](const Result<std::string>& dump) {
      if (reading != reading_) return;
      --reading->open;
      // A name that cannot be asked for is none that we gave.
      if (!dump.ok() && dump.error().code == Code::kUnavailable) return;
      if (dump.ok()) GotDump(reading, id, *dump);
      ReadNext(reading);
    });
  }
  if (reading->unread.empty() && reading->open == 0) GotAll(reading);
}

void FreeswitchServer::GotDump(const std::shared_ptr<Reading>& reading, const std::string& id,
                               const std::string& dump) {
  const std::optional<EslEvent> channel = IsError(dump) ? std::nullopt : ParseEslEvent(dump);
  if (!channel || channel->leg() != id) return;  // ended meanwhile
  const bool ours = IsOurs(id);
  if (channel->Variable("usher_application") != config_.application) return;
  const std::string& place = channel->Variable("usher_place");
  phone::StandingLeg standing{.id = id, .up = channel->answered(), .ours = ours};
  if (IsBridge(config_.application, place)) standing.bridge = place;
  standing.note = channel->Variable("usher_note");
  Leg leg;
  const auto known = legs_.find(id);
  if (known != legs_.end()) leg = known->second;
  leg.ours = ours;
  leg.up = channel->answered();
  leg.dialling = false;  // its end is an event
  if (!ours) {
    standing.arrival = ToArrival(*channel);
    leg.number = standing.arrival->withheld ? std::string() : standing.arrival->number;
    leg.name = standing.arrival->withheld ? std::string() : standing.arrival->name;
  }
  const std::string wanted = leg.place;
  leg.told.clear();
  leg.place = place;
  if (!wanted.empty() && channel->Variable("usher_played") == wanted) {
    reading->played.emplace_back(id, wanted);
    leg.place.clear();
    leg.list = leg.told = kPark;
  } else if (place != wanted && !leg.list.empty() && standing.bridge.empty() &&
             !IsBridge(config_.application, wanted)) {
    // What it was told last did not arrive. Who should be in a conversation is put there by the
    // comparison.
    leg.place = wanted;
    reading->untold.push_back(id);
  }
  reading->standing.push_back(std::move(standing));
  reading->legs.emplace(id, std::move(leg));
}

void FreeswitchServer::GotAll(const std::shared_ptr<Reading>& reading) {
  reading_.reset();
  legs_ = std::move(reading->legs);
  ours_ = 0;
  bridges_.clear();
  snoops_.clear();
  to_tell_.clear();
  for (auto& [id, leg] : legs_) {
    if (leg.ours) {
      ++ours_;
    } else {
      Command("sched_del " + id);  // parked while nobody served
    }
    if (IsBridge(config_.application, leg.place)) bridges_[leg.place].insert(id);
  }
  std::erase_if(recordings_, [&](const auto& each) { return !legs_.contains(each.second.leg); });
  for (const std::string& id : reading->untold) {
    const Leg& leg = legs_.at(id);
    Send(id, leg.place, leg.list);
  }
  const auto played = std::move(reading->played);
  domain_.LineBack(config_.name, std::move(reading->standing), [this, played] {
    synchronizing_ = false;
    for (const auto& [id, playback] : played) domain_.Played(config_.name, id, playback);
    for (const EslEvent& event : std::exchange(early_, {})) Handle(event);
  });
}

void FreeswitchServer::OnEvent(const EslEvent& event) {
  if (!serving_) return;
  if (!synchronizing_) return Handle(event);
  if (early_.size() >= kEarlyEventsMax) {
    early_.clear();
    return client_.Rest(Duration{500});
  }
  early_.push_back(event);
}

// --------------------------------------------------------------------------------------------
// events

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

// ------------------------------------------------------------------------------------------
// commands

FreeswitchServer::Leg& FreeswitchServer::AddLeg(const std::string& id, bool ours) {
  const auto [place, added] = legs_.try_emplace(id);
  if (added && ours) ++ours_;
  place->second.ours = ours;
  return place->second;
}

void FreeswitchServer::Command(const std::string& command) {
  client_.Send(command, [this](const Result<std::string>& answer) {
    // A leg that had just ended is the common reason.
    if (answer.ok() && IsError(*answer)) metrics_.CountFailedRequest(404);
    if (!answer.ok() && answer.error().reason == "BAD_COMMAND") {
      io::LogError(io::LogLevel::kError, "freeswitch_command", answer.error(),
                   {{"server", config_.name}});
    }
  });
}

// `place` and everything in `list` are plain.
void FreeswitchServer::Send(const std::string& id, std::string place, std::string list) {
  const auto found = legs_.find(id);
  if (found == legs_.end()) return;
  Leg& leg = found->second;
  SetPlace(id, leg, place);
  leg.list = std::move(list);
  to_tell_.push_back(id);
  if (std::exchange(flush_posted_, true)) return;
  loop_.Post([this, alive = std::weak_ptr<void>(alive_)] {
    if (!alive.expired()) Flush();
  });
}

void FreeswitchServer::Flush() {
  flush_posted_ = false;
  for (const std::string& id : std::exchange(to_tell_, {})) {
    const auto found = legs_.find(id);
    if (found == legs_.end()) continue;
    Leg& leg = found->second;
    const std::string whole = "set:usher_place=" + leg.place + ',' + leg.list;
    if (leg.told == whole || leg.list == leg.told) continue;
    leg.told = whole;
    Command("uuid_transfer " + id + " '" + whole + "' inline");
  }
}

void FreeswitchServer::SetPlace(const std::string& id, Leg& leg, const std::string& place) {
  if (leg.place == place) return;
  const std::string before = std::exchange(leg.place, place);
  if (const auto left = bridges_.find(before); left != bridges_.end()) {
    left->second.erase(id);
    if (left->second.empty()) {
      bridges_.erase(left);
      StopRecordingsOf(before);
    }
  }
  if (IsBridge(config_.application, place)) bridges_[place].insert(id);
}

void FreeswitchServer::Answer(const std::string& leg) {
  const auto found = legs_.find(leg);
  if (found == legs_.end()) return;
  found->second.up = true;
  Command("uuid_answer " + leg);
}

void FreeswitchServer::Ring(const std::string& leg) {
  if (legs_.contains(leg)) Command("uuid_ring_ready " + leg);
}

void FreeswitchServer::StartMusic(const std::string& leg, const std::string& music) {
  Send(leg, kMusic, IsPlain(music) ? "playback:local_stream://" + music + ',' + kPark : kPark);
}

void FreeswitchServer::StopMusic(const std::string& leg) { Send(leg, {}, kPark); }

void FreeswitchServer::Dial(const phone::Dialling& dialling) {
  const std::string id = dialling.leg;
  const auto unreachable = [this, id] {
    loop_.Post([this, id, alive = std::weak_ptr<void>(alive_)] {
      if (!alive.expired()) Gone(id, LegEnd::kUnreachable);
    });
  };
  AddLeg(id, true).dialling = true;
  if (!IsPlain(id) || !IsPlain(dialling.address) || dialling.address.empty()) {
    io::Log(io::LogLevel::kWarning, "freeswitch_address",
            {{"server", config_.name}, {"why", "characters that may not stand in an address"}});
    return unreachable();
  }
  const auto seconds =
      std::max<std::int64_t>(1, std::chrono::ceil<std::chrono::seconds>(dialling.timeout).count());
  std::string command = "originate {origination_uuid=" + id +
                        ",usher_application=" + config_.application +
                        ",ignore_early_media=true,originate_timeout=" + std::to_string(seconds);
  if (!dialling.contact.empty() && IsPlain(dialling.contact)) {
    command += ",sip_h_X-Usher-Contact=" + dialling.contact;
  }
  if (!dialling.note.empty() && IsPlain(dialling.note)) command += ",usher_note=" + dialling.note;
  std::string number = dialling.caller_id;
  std::string name;
  if (const auto like = legs_.find(dialling.like_leg); like != legs_.end()) {
    number = like->second.number;
    name = like->second.name;
  }
  if (dialling.withheld) {
    command +=
        ",origination_caller_id_number=anonymous,origination_caller_id_name=anonymous"
        ",origination_privacy=hide_name:hide_number";
  } else if (!number.empty() && IsPlain(number)) {
    command += ",origination_caller_id_number=" + number +
               ",origination_caller_id_name=" + (name.empty() ? number : ShownName(name));
  }
  command += '}' + dialling.address + " &park()";
  client_.Run(command, [this, id](const Result<std::string>& answer) {
    const auto found = legs_.find(id);
    if (found == legs_.end()) return;
    Leg& leg = found->second;
    leg.dialling = false;
    if (!answer.ok()) {
      // Lost: whether it rings is compared. Refused: it never will.
      if (answer.error().code != Code::kUnavailable) Gone(id, LegEnd::kUnreachable);
      return;
    }
    if (answer->rfind("+OK", 0) == 0) {
      if (leg.doomed) Kill(id, leg);
      return;
    }
    const std::size_t cause = answer->find(' ');
    Gone(id, EndOf(cause == std::string::npos ? "" : answer->substr(cause + 1), leg.rang));
  });
}

void FreeswitchServer::Kill(const std::string& id, const Leg& leg) {
  const std::string command =
      "uuid_kill " + id + (leg.ours && !leg.up ? " ORIGINATOR_CANCEL" : " NORMAL_CLEARING");
  client_.Send(command, [this, id](const Result<std::string>& answer) {
    if (!answer.ok() || !IsError(*answer)) return;
    const auto found = legs_.find(id);
    // Not made yet: it is hung up when it is.
    if (found == legs_.end() || found->second.dialling) return;
    Gone(id, LegEnd::kHungUp);
  });
}

void FreeswitchServer::HangUp(const std::string& leg) {
  const auto snoop = snoops_.extract(leg);
  if (!snoop.empty()) {
    const auto by = legs_.find(snoop.mapped().by);
    if (by != legs_.end()) Send(by->first, by->second.place, kPark);
    return;
  }
  const auto found = legs_.find(leg);
  if (found == legs_.end()) {
    // Met after a gap and wanted by nobody.
    if (IsPlain(leg)) Command("uuid_kill " + leg);
    return;
  }
  found->second.doomed = true;
  Kill(leg, found->second);
}

void FreeswitchServer::Keep(const std::string& leg, const std::string& note) {
  if (legs_.contains(leg) && IsPlain(note)) Command("uuid_setvar " + leg + " usher_note " + note);
}

void FreeswitchServer::SendBack(const std::string& leg, const std::string& why) {
  if (!IsPlain(leg) || !IsPlain(why)) return;
  Command("sched_del " + leg);
  Command("uuid_setvar " + leg + " usher_given_back " + why);
  Command("uuid_setvar " + leg + " usher_application");
  // Its end is not heard any more: for us it ends here.
  client_.Send("uuid_transfer " + leg + ' ' + config_.give_back_extension + " XML " +
                   config_.give_back_context,
               [this, leg](const Result<std::string>& answer) {
                 if (answer.ok() && IsError(*answer)) metrics_.CountFailedRequest(404);
                 if (answer.ok()) Gone(leg, LegEnd::kHungUp);
               });
}

// A conference is made by who enters it first, and ends with the last.
void FreeswitchServer::OpenBridge(const std::string&) {}
void FreeswitchServer::CloseBridge(const std::string&) {}

std::string FreeswitchServer::Conference(const std::string& bridge) const {
  return "conference:" + bridge + '@' + config_.conference_profile + ',' + kPark;
}

void FreeswitchServer::Enter(const std::string& bridge, const std::string& leg) {
  const auto name = phone::ParseLegName(config_.application, leg);
  if (name && name->kind == phone::LegName::Kind::kSnoop) return;  // an ear is no leg here
  if (!IsPlain(bridge)) return;
  // Apart is a supervisor, who hears by Listen.
  const bool talks = !phone::ContactOfBridge(config_.application, bridge).empty();
  Send(leg, bridge, talks ? Conference(bridge) : kPark);
}

void FreeswitchServer::Leave(const std::string&, const std::string& leg) { Send(leg, {}, kPark); }

void FreeswitchServer::Mute(const std::string& leg, bool muted) {
  if (!legs_.contains(leg)) return;
  Command("uuid_audio " + leg + (muted ? " start read mute 1" : " stop"));
}

void FreeswitchServer::SendDigits(const std::string& leg, const std::string& digits) {
  constexpr std::string_view kDigits = "0123456789*#ABCDabcdwW";
  const bool fit = std::all_of(digits.begin(), digits.end(),
                               [&](char c) { return kDigits.find(c) != std::string_view::npos; });
  if (fit && !digits.empty() && legs_.contains(leg)) {
    Command("uuid_send_dtmf " + leg + ' ' + digits);
  }
}

void FreeswitchServer::Play(const std::string& leg, const std::string& playback,
                            const std::vector<std::string>& media) {
  std::string list;
  for (const std::string& each : media) {
    const std::size_t colon = each.find(':');
    const std::string what = each.substr(0, colon);
    const std::string value = colon == std::string::npos ? std::string() : each.substr(colon + 1);
    if (value.empty() || !IsPlain(value)) continue;
    if (what == "number") {
      list += "say:" + config_.language + " number pronounced " + value + ',';
    } else {
      list += "playback:" + value + ',';
    }
  }
  Send(leg, playback, list + "set:usher_played=" + playback + ',' + kPark);
}

void FreeswitchServer::StopPlaying(const std::string& playback) {
  const std::string leg = LegOfPlayback(playback);
  const auto found = legs_.find(leg);
  if (found != legs_.end() && found->second.place == playback) Send(leg, {}, kPark);
}

std::string FreeswitchServer::PathOf(const std::string& recording) const {
  return config_.recordings + '/' + recording + ".wav";
}

// The customer's leg is recorded: it hears and says all that the conversation is to her.
void FreeswitchServer::StartRecording(const std::string& bridge, const std::string& name) {
  const auto found = bridges_.find(bridge);
  if (found == bridges_.end() || !IsPlain(name)) return;
  for (const std::string& id : found->second) {
    const auto given = phone::ParseLegName(config_.application, id);
    if (given && given->kind != phone::LegName::Kind::kCustomer) continue;
    Flush();  // it is recorded from where it was put
    recordings_[name] = {.leg = id, .bridge = bridge, .since = Steady::now()};
    return Command("uuid_record " + id + " start " + PathOf(name));
  }
}

void FreeswitchServer::StopRecordingsOf(const std::string& bridge) {
  for (const auto& [name, recording] : recordings_) {
    if (recording.bridge == bridge && legs_.contains(recording.leg)) {
      Command("uuid_record " + recording.leg + " stop " + PathOf(name));
    }
  }
}

void FreeswitchServer::PauseRecording(const std::string& name, bool paused) {
  const auto found = recordings_.find(name);
  if (found == recordings_.end()) return;
  Command("uuid_record " + found->second.leg + (paused ? " mask " : " unmask ") + PathOf(name));
}

// The listener's leg stands apart for it (Enter); a telephone's keys must not change how it hears.
void FreeswitchServer::Listen(const std::string& leg, const std::string& snoop, bool whisper) {
  const auto name = phone::ParseLegName(config_.application, snoop);
  if (!name || !IsPlain(leg)) return;
  const std::string apart = phone::ApartName(config_.application, name->contact, name->who);
  const auto found = bridges_.find(apart);
  if (found == bridges_.end() || found->second.empty()) return;
  const std::string by = *found->second.begin();
  snoops_[snoop] = {.heard = leg, .by = by};
  Send(by, apart,
       std::string("set:eavesdrop_enable_dtmf=false,set:eavesdrop_whisper_bleg=") +
           (whisper ? "true" : "false") + ",eavesdrop:" + leg + ',' + kPark);
}

// The telephone has heard from FreeSWITCH that it failed, before this was begun.
void FreeswitchServer::TellTransfer(const std::string&, bool) {}

}  // namespace usher::freeswitch
