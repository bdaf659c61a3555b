// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "base/io/log.h"
#include "channels/freeswitch/freeswitch_server.h"
#include "channels/freeswitch/switch_words.h"

namespace usher::freeswitch {

// Truth after trouble: what stands at FreeSWITCH, read anew.

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

}  // namespace usher::freeswitch
