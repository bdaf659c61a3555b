// SPDX-License-Identifier: Apache-2.0
#include "channels/asterisk/asterisk_server.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <utility>

#include "base/io/json_text.h"
#include "base/io/log.h"
#include "channels/phone/leg_name.h"

namespace usher::asterisk {

using phone::LegEnd;
using Kind = AriEvent::Kind;

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

// Q.850, as Asterisk gives it. A telephone that is not there, and one that nobody answers, both end
// with 19 when their time is over; only the second has rung.
LegEnd EndOf(int cause, bool rang) {
  switch (cause) {
    case 17:
      return LegEnd::kBusy;
    case 18:
    case 19:
      return rang ? LegEnd::kNoAnswer : LegEnd::kUnreachable;
    case 21:
      return LegEnd::kRejected;
    case 34:
    case 38:
    case 41:
    case 42:
    case 44:
      return LegEnd::kCongested;
    case 16:
      return LegEnd::kHungUp;
    default:
      return LegEnd::kUnreachable;
  }
}

constexpr const char* kNote = "USHER_NOTE";

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

AsteriskServer::AsteriskServer(io::EventLoop& loop, const AsteriskServerConfig& config,
                               phone::PhoneDomain& domain, phone::PhoneMetrics& metrics)
    : config_(config),
      domain_(domain),
      metrics_(metrics),
      lease_(config.holder, ' '),
      lease_timer_(loop),
      client_(loop,
              {.name = config.name,
               .url = config.url,
               .user = config.user,
               .password = config.password,
               .application = config.application,
               .ca_file = config.ca_file},
              {.on_open =
                   [this] {
                     metrics_.CountConnection(config_.name, "opened");
                     KeepLease();
                     Synchronize();
                   },
               .on_event = [this](const AriEvent& event) { OnEvent(event); },
               .on_lost =
                   [this] {
                     metrics_.CountConnection(config_.name, "lost");
                     synchronizing_ = false;
                     early_.clear();
                     domain_.LineLost(config_.name);
                   },
               .on_unreadable = [this] { metrics_.unreadable.Increment(); },
               .on_answered = [this](double seconds) { metrics_.round_trip.Observe(seconds); }}) {
  domain_.AddLine(config_.name, config_.application, *this, {.url = config_.recordings_url});
}

void AsteriskServer::Start() {
  if (!std::exchange(started_, true)) return AskLease();
  if (!client_.connected()) return;  // read anew when it is
  domain_.LineLost(config_.name);
  Synchronize();
}

void AsteriskServer::Stop() {
  started_ = false;
  lease_timer_.Cancel();
  // So that a standby need not wait; sent before the socket's close.
  if (client_.connected()) WriteLease({});
  client_.Stop();
}

// ------------------------------------------------------------------------------------- who serves
// it

// Only one client can have an application, and Asterisk does not say whether one has it: it lists
// an application as long as it has calls. A lease says it.
void AsteriskServer::AskLease() {
  client_.Fetch("asterisk/variable?variable=" + LeaseName(),
                [this](const Result<AriAnswer>& answer) {
                  if (!started_) return;
                  // What cannot be asked is tried: the client says what is wrong.
                  const bool asked = answer.ok() && answer->status == 200;
                  LeaseRead(asked ? ParseAriText(answer->body, {"value"}) : std::string());
                });
}

void AsteriskServer::LeaseRead(const std::string& text) {
  // `calls-1 17 1795283281`: who, the how manieth word, when.
  const std::size_t last = text.rfind(' ');
  std::int64_t seconds = 0;
  if (last != std::string::npos) {
    std::from_chars(text.data() + last + 1, text.data() + text.size(), seconds);
  }
  constexpr std::int64_t kNoTime = 1'000'000'000;  // a number of a word, of an older process
  if (seconds > kNoTime) served_until_ = InstantFromUnixMs(seconds * 1'000);
  const phone::Lease::Sight sight = lease_.Look(text);
  if (sight == phone::Lease::Sight::kServe) return client_.Start();
  if (sight == phone::Lease::Sight::kStandBy) {
    io::Log(io::LogLevel::kInfo, "asterisk_standing_by", {{"server", config_.name}});
    metrics_.CountConnection(config_.name, "standing-by");
  }
  lease_timer_.Start(phone::Lease::kEvery, [this] { AskLease(); });
}

void AsteriskServer::KeepLease() {
  WriteLease(lease_.Next() + ' ' + std::to_string(ToUnixMs(clock_.Now()) / 1'000));
  lease_timer_.Start(phone::Lease::kEvery, [this] {
    if (client_.connected()) KeepLease();
  });
}

void AsteriskServer::WriteLease(const std::string& value) {
  Request("POST", "asterisk/variable?variable=" + LeaseName() + "&value=" + UriValue(value));
}

std::string AsteriskServer::LeaseName() const {
  std::string name = "USHER_SERVES_" + config_.application;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

bool AsteriskServer::IsOurs(const std::string& leg) const {
  return phone::ParseLegName(config_.application, leg).has_value();
}

// ------------------------------------------------------------------------------- truth after
// trouble

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

void AsteriskServer::OnEvent(const AriEvent& event) {
  if (!synchronizing_) return Handle(event);
  if (early_.size() >= kEarlyEventsMax) return client_.Rest(Duration{500});
  early_.push_back(event);
}

// --------------------------------------------------------------------------------------------
// events

void AsteriskServer::Handle(const AriEvent& event) {
  const std::string& leg = event.channel.id;
  switch (event.kind) {
    case Kind::kStasisStart:
      return OnStart(event);
    case Kind::kHangupRequest:
      if (callers_.contains(leg)) return CallerGone(leg);
      // Of one that never answered, its end says why.
      if (answered_.erase(leg) > 0) domain_.LegGone(config_.name, leg, LegEnd::kHungUp);
      return;
    case Kind::kStasisEnd:
      if (callers_.contains(leg)) return CallerGone(leg);
      ringing_.erase(leg);
      answered_.erase(leg);
      return domain_.LegGone(config_.name, leg, LegEnd::kHungUp);
    case Kind::kChannelDestroyed:
      return OnDestroyed(event);
    case Kind::kRinging:
      if (!IsOurs(leg)) return;
      ringing_.insert(leg);
      return domain_.LegRinging(config_.name, leg);
    case Kind::kDigit:
      if (!event.digit.empty()) domain_.LegPressed(config_.name, leg, event.digit.front());
      return;
    case Kind::kHold:
      return domain_.LegHeld(config_.name, leg, true);
    case Kind::kUnhold:
      return domain_.LegHeld(config_.name, leg, false);
    case Kind::kTransfer:
      return domain_.LegRefers(config_.name, leg, event.destination);
    case Kind::kPlaybackFinished: {
      const std::size_t mark = event.media.rfind(".p");
      return domain_.Played(config_.name, event.media.substr(0, mark), event.media);
    }
    case Kind::kRecordingFinished:
    case Kind::kRecordingFailed:
      RecordingOver(event.media);
      return domain_.RecordingEnded(config_.name, event.media, event.duration_s);
    case Kind::kReplaced:
      // Another process took the application: it has the calls now, and two must not quarrel.
      io::Log(io::LogLevel::kWarning, "asterisk_taken_over", {{"server", config_.name}});
      metrics_.CountConnection(config_.name, "replaced");
      domain_.LineLost(config_.name);
      client_.Stop();
      lease_.Lose({});
      return lease_timer_.Start(phone::Lease::kEvery, [this] { AskLease(); });
    case Kind::kAnswer:
    case Kind::kOther:
      return;
  }
}

void AsteriskServer::OnStart(const AriEvent& event) {
  const AriChannel& channel = event.channel;
  if (IsOurs(channel.id)) {
    ringing_.erase(channel.id);
    answered_.insert(channel.id);
    return domain_.LegUp(config_.name, channel.id);
  }
  if (event.arguments.empty() || event.arguments.front() != "inbound") {
    metrics_.CountArrival("not-inbound");
    return SendBack(channel.id, "not-inbound");
  }
  if (callers_.size() >= config_.calls_max) {
    metrics_.CountArrival("over-limit");
    return SendBack(channel.id, "over-limit");
  }
  if (domain_.Arrived(config_.name, ToArrival(channel, event.arguments))) {
    callers_.insert(channel.id);
    return;
  }
  metrics_.CountArrival("unknown-number");
  config_.hang_up_unknown ? HangUp(channel.id) : SendBack(channel.id, "unknown-number");
}

void AsteriskServer::CallerGone(const std::string& leg) {
  const std::string gone = leg;
  callers_.erase(gone);
  domain_.LegGone(config_.name, gone, LegEnd::kHungUp);
}

void AsteriskServer::OnDestroyed(const AriEvent& event) {
  const bool rang = ringing_.erase(event.channel.id) > 0;
  answered_.erase(event.channel.id);
  domain_.LegGone(config_.name, event.channel.id, EndOf(event.cause, rang));
}

// `inbound,<number dialled>[,<presentation of the caller's number>]`
phone::Arrival AsteriskServer::ToArrival(const AriChannel& channel,
                                         const std::vector<std::string>& arguments) const {
  phone::Arrival arrival;
  arrival.leg = channel.id;
  arrival.number = channel.caller_number;
  arrival.name = channel.caller_name;
  arrival.dialled = arguments.size() > 1 && !arguments[1].empty() ? arguments[1] : channel.dialled;
  arrival.up = channel.state == "Up";
  std::string presentation = arguments.size() > 2 ? arguments[2] : std::string();
  for (const auto& [key, value] : channel.variables) {
    if (key == "CALLERID(pres)") {
      presentation = value;
    } else {
      arrival.attributes[key] = value;
    }
  }
  arrival.withheld = presentation.rfind("prohib", 0) == 0;
  return arrival;
}

// ------------------------------------------------------------------------------------------
// commands

void AsteriskServer::Request(std::string_view method, std::string uri, std::string body) {
  client_.Send(method, std::move(uri), std::move(body), [this](const Result<AriAnswer>& answer) {
    if (answer.ok() && answer->status >= 400) metrics_.CountFailedRequest(answer->status);
  });
}

void AsteriskServer::Answer(const std::string& leg) {
  Request("POST", "channels/" + UriValue(leg) + "/answer");
}
void AsteriskServer::Ring(const std::string& leg) {
  Request("POST", "channels/" + UriValue(leg) + "/ring");
}
void AsteriskServer::StartMusic(const std::string& leg, const std::string& music) {
  Request("POST", "channels/" + UriValue(leg) + "/moh?mohClass=" + UriValue(music));
}
void AsteriskServer::StopMusic(const std::string& leg) {
  Request("DELETE", "channels/" + UriValue(leg) + "/moh");
}

void AsteriskServer::Dial(const phone::Dialling& dialling) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(dialling.timeout).count();
  std::string uri = "channels/" + UriValue(dialling.leg) +
                    "?endpoint=" + UriValue(dialling.address) +
                    "&app=" + UriValue(config_.application) +
                    "&appArgs=leg&timeout=" + std::to_string(std::max<std::int64_t>(1, seconds));
  if (!dialling.like_leg.empty()) {
    uri += "&originator=" + UriValue(dialling.like_leg);
  } else if (dialling.withheld) {
    uri += "&callerId=anonymous";
  } else if (!dialling.caller_id.empty()) {
    uri += "&callerId=" + UriValue(dialling.caller_id);
  }
  std::string variables = R"json({"variables":{"PJSIP_TRANSFER_HANDLING()":"ari-only")json";
  const auto add = [&variables](const std::string& name, const std::string& value) {
    if (value.empty()) return;
    variables += ",\"" + name + "\":";
    io::AppendJsonString(variables, value);
  };
  add("PJSIP_HEADER(add,X-Usher-Contact)", dialling.contact);
  add(kNote, dialling.note);
  client_.Send("POST", std::move(uri), variables + "}}",
               [this, leg = dialling.leg](const Result<AriAnswer>& answer) {
                 if (!answer.ok() || answer->status < 400) return;
                 metrics_.CountFailedRequest(answer->status);
                 domain_.LegGone(config_.name, leg, LegEnd::kUnreachable);
               });
}

void AsteriskServer::HangUp(const std::string& leg) {
  Request("DELETE", "channels/" + UriValue(leg));
}
void AsteriskServer::Keep(const std::string& leg, const std::string& note) {
  Request("POST",
          "channels/" + UriValue(leg) + "/variable?variable=" + kNote + "&value=" + UriValue(note));
}
void AsteriskServer::SendBack(const std::string& leg, const std::string& why) {
  Request("POST", "channels/" + UriValue(leg) +
                      "/variable?variable=USHER_GIVEN_BACK&value=" + UriValue(why));
  Request("POST", "channels/" + UriValue(leg) + "/continue");
}
void AsteriskServer::OpenBridge(const std::string& bridge) {
  Request("POST", "bridges/" + UriValue(bridge) + "?type=mixing");
}
// Asterisk does its requests one after the other, so those who come in together cost one. It takes
// nobody where one of them is gone; then each is told alone.
void AsteriskServer::Enter(const std::string& bridge, const std::vector<std::string>& legs) {
  std::string all;
  for (const std::string& leg : legs) all += (all.empty() ? "" : ",") + UriValue(leg);
  client_.Send("POST", "bridges/" + UriValue(bridge) + "/addChannel?channel=" + all, {},
               [this, bridge, legs](const Result<AriAnswer>& answer) {
                 if (!answer.ok() || answer->status < 400) return;
                 metrics_.CountFailedRequest(answer->status);
                 if (legs.size() < 2) return;
                 for (const std::string& leg : legs) Enter(bridge, {leg});
               });
}
void AsteriskServer::Leave(const std::string& bridge, const std::string& leg) {
  Request("POST", "bridges/" + UriValue(bridge) + "/removeChannel?channel=" + UriValue(leg));
}
void AsteriskServer::CloseBridge(const std::string& bridge) {
  if (recordings_.contains(bridge)) {
    closing_.insert(bridge);
    return;
  }
  Request("DELETE", "bridges/" + UriValue(bridge));
}
void AsteriskServer::Mute(const std::string& leg, bool muted) {
  Request(muted ? "POST" : "DELETE", "channels/" + UriValue(leg) + "/mute?direction=in");
}
void AsteriskServer::SendDigits(const std::string& leg, const std::string& digits) {
  Request("POST", "channels/" + UriValue(leg) + "/dtmf?dtmf=" + UriValue(digits));
}

void AsteriskServer::Play(const std::string& leg, const std::string& playback,
                          const std::vector<std::string>& media) {
  std::string all;
  for (const std::string& each : media) all += (all.empty() ? "" : ",") + UriValue(each);
  Request("POST", "channels/" + UriValue(leg) + "/play/" + UriValue(playback) + "?media=" + all);
}
void AsteriskServer::StopPlaying(const std::string& playback) {
  Request("DELETE", "playbacks/" + UriValue(playback));
}

void AsteriskServer::StartRecording(const std::string& bridge, const std::string& name) {
  recordings_[bridge] = name;
  client_.Send("POST",
               "bridges/" + UriValue(bridge) + "/record?name=" + UriValue(name) +
                   "&format=wav&ifExists=fail",
               {}, [this, name](const Result<AriAnswer>& answer) {
                 if (answer.ok() && answer->status < 400) return;
                 if (answer.ok()) metrics_.CountFailedRequest(answer->status);
                 RecordingOver(name);
               });
}
// It ends by itself when everybody has left the bridge.
void AsteriskServer::RecordingOver(const std::string& name) {
  const auto found = std::find_if(recordings_.begin(), recordings_.end(),
                                  [&](const auto& entry) { return entry.second == name; });
  if (found == recordings_.end()) return;
  const std::string bridge = found->first;
  recordings_.erase(found);
  if (closing_.erase(bridge) > 0) CloseBridge(bridge);
}
void AsteriskServer::PauseRecording(const std::string& name, bool paused) {
  Request(paused ? "POST" : "DELETE", "recordings/live/" + UriValue(name) + "/pause");
}
void AsteriskServer::Listen(const std::string& leg, const std::string& snoop, bool whisper) {
  Request("POST", "channels/" + UriValue(leg) + "/snoop/" + UriValue(snoop) +
                      "?spy=both&whisper=" + (whisper ? "out" : "none") +
                      "&app=" + UriValue(config_.application) + "&appArgs=snoop");
}
void AsteriskServer::TellTransfer(const std::string& leg, bool accepted) {
  Request("POST", "channels/" + UriValue(leg) + "/transfer_progress?states=" +
                      (accepted ? "channel_answered" : "channel_declined"));
}

}  // namespace usher::asterisk
