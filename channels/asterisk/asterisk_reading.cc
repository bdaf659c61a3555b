// SPDX-License-Identifier: Apache-2.0
#include <charconv>
#include <map>
#include <utility>

#include "base/io/log.h"
#include "channels/asterisk/asterisk_server.h"
#include "channels/phone/leg_name.h"
#include "channels/phone/leg_note.h"

namespace usher::asterisk {

// Truth after trouble: what stands at Asterisk, read anew.

namespace {

// Two thirds of what Asterisk tells is not needed here.
constexpr const char* kEventFilter =
    R"({"disallowed":[{"type":"ChannelVarset"},{"type":"ChannelConnectedLine"},)"
    R"({"type":"ChannelCallerId"},{"type":"ChannelDialplan"},{"type":"ChannelCreated"},)"
    R"({"type":"ChannelEnteredBridge"},{"type":"ChannelLeftBridge"},{"type":"BridgeCreated"},)"
    R"({"type":"BridgeDestroyed"},{"type":"PlaybackStarted"},)"
    R"({"type":"RecordingStarted"}]})";

std::vector<std::string> SplitAtCommas(const std::string& text) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  for (;;) {
    const std::size_t comma = text.find(',', begin);
    parts.push_back(text.substr(begin, comma - begin));
    if (comma == std::string::npos) return parts;
    begin = comma + 1;
  }
}

}  // namespace

// What stands at Asterisk, until all of it is read.
struct AsteriskServer::Reading {
  std::vector<AriBridge> bridges;
  std::vector<phone::StandingLeg> standing;
  std::size_t unread = 0;  // the first of `standing` whose note was not asked for
  std::size_t open = 0;
  bool failed = false;
  bool done = false;
};

void AsteriskServer::Synchronize() {
  synchronizing_ = true;
  early_.clear();
  client_.Send("PUT", "applications/" + config_.application + "/eventFilter", kEventFilter);
  client_.Send("GET", "channels", {},
               [this](const Result<AriAnswer>& answer) { GotChannels(answer); });
  client_.Send("GET", "bridges", {},
               [this](const Result<AriAnswer>& answer) { GotBridges(answer); });
}

void AsteriskServer::GotChannels(const Result<AriAnswer>& answer) {
  channels_.clear();
  if (answer.ok() && answer->status == 200) channels_ = ParseAriChannels(answer->body);
  if (!answer.ok() || answer->status != 200) synchronizing_ = false;
}

void AsteriskServer::GotBridges(const Result<AriAnswer>& answer) {
  if (!answer.ok()) return;  // lost; comes again with the next socket
  if (answer->status != 200 || !synchronizing_) {
    io::Log(io::LogLevel::kError, "asterisk_not_read",
            {{"server", config_.name}, {"status", answer->status}});
    return client_.Rest(Duration{2'000});
  }
  std::map<std::string, std::string> bridge_of;
  const auto reading = std::make_shared<Reading>();
  reading->bridges = ParseAriBridges(answer->body);
  for (const AriBridge& bridge : reading->bridges) {
    for (const std::string& channel : bridge.channels) bridge_of[channel] = bridge.id;
  }
  callers_.clear();
  answered_.clear();
  recordings_.clear();
  closing_.clear();
  for (const AriChannel& channel : std::exchange(channels_, {})) {
    const std::vector<std::string> arguments = SplitAtCommas(channel.app_data);
    const bool in_application = channel.app_name == "Stasis" && !arguments.empty() &&
                                arguments.front() == config_.application;
    const bool ours = IsOurs(channel.id);
    if (!ours && !(in_application && arguments.size() > 1 && arguments[1] == "inbound")) continue;
    phone::StandingLeg leg{.id = channel.id, .up = channel.state == "Up", .ours = ours};
    const auto bridge = bridge_of.find(channel.id);
    if (bridge != bridge_of.end()) leg.bridge = bridge->second;
    if (!ours) {
      leg.arrival = ToArrival(channel, {arguments.begin() + 1, arguments.end()});
      callers_.insert(channel.id);
    } else if (leg.up) {
      answered_.insert(channel.id);
    }
    reading->standing.push_back(std::move(leg));
  }
  ReadNotes(reading);
}

// Of the legs that may have one: ours, but for the ears of supervisors.
void AsteriskServer::ReadNotes(const std::shared_ptr<Reading>& reading) {
  while (!reading->failed && reading->unread < reading->standing.size() &&
         reading->open < kReadsAtOnce) {
    const std::size_t at = reading->unread++;
    const std::string& id = reading->standing[at].id;
    const auto name = phone::ParseLegName(config_.application, id);
    if (!name || name->kind == phone::LegName::Kind::kSnoop) continue;
    ++reading->open;
    client_.Send("GET", "channels/" + UriValue(id) + "/variable?variable=" + kNote, {},
                 [this, reading, at](const Result<AriAnswer>& answer) {
                   --reading->open;
                   // 404 is a leg without, or one that has just ended.
                   if (!answer.ok()) reading->failed = true;
                   if (answer.ok() && answer->status == 200) {
                     reading->standing[at].note = ParseAriText(answer->body, {"value"});
                   }
                   ReadNotes(reading);
                 });
  }
  if (reading->open > 0 || std::exchange(reading->done, true)) return;
  if (!reading->failed) return GotAll(reading);
  if (client_.connected()) client_.Rest(Duration{2'000});
}

void AsteriskServer::GotAll(const std::shared_ptr<Reading>& reading) {
  std::vector<std::string> recordings;
  for (const phone::StandingLeg& leg : reading->standing) {
    const std::string recording = phone::ParseLegNote(leg.note).recording;
    if (recording.empty() || leg.bridge.empty()) continue;
    recordings_[leg.bridge] = recording;
    recordings.push_back(recording);
  }
  domain_.LineBack(config_.name, std::move(reading->standing), [this, reading, recordings] {
    for (const AriBridge& bridge : reading->bridges) {
      const std::string contact = phone::OwnerOfBridge(config_.application, bridge.id);
      if (!contact.empty() && !domain_.HasCall(contact)) CloseBridge(bridge.id);
    }
    synchronizing_ = false;
    for (const AriEvent& event : std::exchange(early_, {})) Handle(event);
    for (const std::string& name : recordings) AskWhetherRecorded(name);
    LookForRecordings();
  });
}

// One that ended while nobody listened is not under way any more.
void AsteriskServer::AskWhetherRecorded(const std::string& name) {
  client_.Send("GET", "recordings/live/" + UriValue(name), {},
               [this, name](const Result<AriAnswer>& answer) {
                 if (!answer.ok() || answer->status != 404) return;
                 RecordingOver(name);
                 domain_.RecordingEnded(config_.name, name, 0);
               });
}

// Recordings that ended while nobody served lie there and stand in no record. Those that do are
// told twice, which does nothing.
void AsteriskServer::LookForRecordings() {
  client_.Fetch("recordings/stored", [this](const Result<AriAnswer>& answer) {
    if (answer.ok() && answer->status == 200) return GotRecordings(answer->body);
    const Error error =
        answer.ok()
            ? Error{Code::kUnavailable, "NOT_LISTED",
                    "Asterisk answers with " + std::to_string(answer->status), "look at its log"}
            : answer.error();
    io::LogError(io::LogLevel::kWarning, "recordings_not_listed", error,
                 {{"server", config_.name}});
  });
}

void AsteriskServer::GotRecordings(const std::string& json) {
  const Instant until = served_until_ == Instant{} ? clock_.Now() : served_until_;
  served_until_ = clock_.Now();
  const std::int64_t since_s = ToUnixMs(until - kRecordingLongest) / 1'000;
  std::unordered_set<std::string> live;
  for (const auto& [bridge, name] : recordings_) live.insert(name);
  std::size_t found = 0;
  for (const std::string& name : ParseAriRecordings(json)) {
    // `usher-c42-17-1-1795283281` ends in when it began.
    const std::size_t mark = name.rfind('-');
    if (mark == std::string::npos || live.contains(name)) continue;
    std::int64_t began_s = 0;
    std::from_chars(name.data() + mark + 1, name.data() + name.size(), began_s);
    if (began_s < since_s) continue;
    ++found;
    domain_.RecordingFound(config_.name, name);
  }
  io::Log(io::LogLevel::kInfo, "recordings_looked_for",
          {{"server", config_.name}, {"recent", found}});
}

}  // namespace usher::asterisk
