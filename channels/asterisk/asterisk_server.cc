// SPDX-License-Identifier: Apache-2.0
#include "channels/asterisk/asterisk_server.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/io/log.h"
#include "channels/phone/leg_name.h"

namespace usher::asterisk {

using phone::LegEnd;
using Kind = AriEvent::Kind;

namespace {

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

}  // namespace

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

// ----------------------------------------------------------------------------------- who serves it

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

// ---------------------------------------------------------------------------------- what it tells

void AsteriskServer::OnEvent(const AriEvent& event) {
  if (!synchronizing_) return Handle(event);
  if (early_.size() >= kEarlyEventsMax) return client_.Rest(Duration{500});
  early_.push_back(event);
}

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

}  // namespace usher::asterisk
