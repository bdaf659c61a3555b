// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <chrono>
#include <string_view>
#include <utility>

#include "base/io/log.h"
#include "channels/freeswitch/freeswitch_server.h"
#include "channels/freeswitch/switch_words.h"
#include "channels/phone/leg_name.h"

namespace usher::freeswitch {

using phone::LegEnd;

// What calls want, in FreeSWITCH's commands.

namespace {

constexpr const char* kMusic = "music";  // the place of who hears it

std::string LegOfPlayback(const std::string& playback) {
  return playback.substr(0, playback.rfind(".p"));
}

}  // namespace

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

void FreeswitchServer::Enter(const std::string& bridge, const std::vector<std::string>& legs) {
  if (!IsPlain(bridge)) return;
  // Apart is a supervisor, who hears by Listen.
  const bool talks = !phone::ContactOfBridge(config_.application, bridge).empty();
  for (const std::string& leg : legs) {
    const auto name = phone::ParseLegName(config_.application, leg);
    if (name && name->kind == phone::LegName::Kind::kSnoop) continue;  // an ear is no leg here
    Send(leg, bridge, talks ? Conference(bridge) : kPark);
  }
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
