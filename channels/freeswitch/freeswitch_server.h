// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/io/event_loop.h"
#include "channels/freeswitch/esl_client.h"
#include "channels/freeswitch/esl_event.h"
#include "channels/freeswitch/freeswitch_config.h"
#include "channels/phone/lease.h"
#include "channels/phone/phone_domain.h"
#include "channels/phone/phone_metrics.h"
#include "channels/phone/switch.h"

namespace usher::freeswitch {

// One FreeSWITCH as a switch, by the one of several processes that serves it.
//
// A leg is a channel. Where it is and what it hears is one list of dialplan applications at a time,
// which it is sent to by `uuid_transfer … inline`: to be parked, to hear music, to be in a
// conversation. So the last word holds, whatever came before it, and nothing has to be stopped
// first; what was told within one turn of the loop is told to FreeSWITCH once. The variable
// `usher_place` of a channel says which list it has, and is what tells after a gap who stands
// where.
//
// A conversation is a conference, with two people as with five: a leg comes and goes without what
// FreeSWITCH does to the other end of a bridge, and nobody is cut when this process dies. The price
// is that it mixes where it could pass through. A supervisor's ear is `eavesdrop` on her own leg.
//
// A caller is whom the dialplan parks with the variable `usher_application`; what is parked before
// anybody serves goes on by a transfer that the dialplan has scheduled, and that is called off
// here.
//
// Loop thread only. Domain and metrics must outlive it.
class FreeswitchServer final : public phone::Switch {
 public:
  static constexpr std::size_t kEarlyEventsMax = 100'000;  // while the channels are read
  static constexpr std::size_t kChannelsMax = 50'000;      // that are read
  static constexpr std::size_t kReadsAtOnce = 64;

  FreeswitchServer(io::EventLoop& loop, const FreeswitchServerConfig& config,
                   phone::PhoneDomain& domain, phone::PhoneMetrics& metrics);
  FreeswitchServer(const FreeswitchServer&) = delete;
  FreeswitchServer& operator=(const FreeswitchServer&) = delete;

  // Connects; again: reads the channels anew and has the domain compare.
  void Start();
  void Stop();

  // ---- Switch
  void Answer(const std::string& leg) override;
  void Ring(const std::string& leg) override;
  void StartMusic(const std::string& leg, const std::string& music) override;
  void StopMusic(const std::string& leg) override;
  void Dial(const phone::Dialling& dialling) override;
  void HangUp(const std::string& leg) override;
  void Keep(const std::string& leg, const std::string& note) override;
  void SendBack(const std::string& leg, const std::string& why) override;
  void OpenBridge(const std::string& bridge) override;
  void Enter(const std::string& bridge, const std::vector<std::string>& legs) override;
  void Leave(const std::string& bridge, const std::string& leg) override;
  void CloseBridge(const std::string& bridge) override;
  void Mute(const std::string& leg, bool muted) override;
  void SendDigits(const std::string& leg, const std::string& digits) override;
  void Play(const std::string& leg, const std::string& playback,
            const std::vector<std::string>& media) override;
  void StopPlaying(const std::string& playback) override;
  void StartRecording(const std::string& bridge, const std::string& name) override;
  void PauseRecording(const std::string& name, bool paused) override;
  void Listen(const std::string& leg, const std::string& snoop, bool whisper) override;
  void TellTransfer(const std::string& leg, bool accepted) override;

 private:
  using Steady = std::chrono::steady_clock;

  struct Leg {
    bool ours = false;
    bool up = false;
    bool rang = false;
    bool dialling = false;  // FreeSWITCH has not said yet what came of it
    bool doomed = false;    // to be hung up as soon as it is there
    std::string number{};   // a caller's, for those who are called for her
    std::string name{};
    std::string place{};  // bridge, playback or nothing; what usher_place is to be
    std::string list{};   // of applications, as it is to have it
    std::string told{};   // as it was told last
  };
  struct Recording {
    std::string leg;
    std::string bridge;
    Steady::time_point since;
  };
  struct Snoop {
    std::string heard;  // the leg that is listened to
    std::string by;     // the supervisor's leg
  };
  // One reading of all channels.
  struct Reading {
    std::deque<std::string> unread;
    std::size_t open = 0;
    std::vector<phone::StandingLeg> standing{};
    std::unordered_map<std::string, Leg> legs{};
    std::vector<std::string> untold{};  // legs that are not where they were told to be
    std::vector<std::pair<std::string, std::string>> played{};  // leg, playback
  };

  void Command(const std::string& command);
  void Send(const std::string& leg, std::string place, std::string list);
  void Flush();
  void SetPlace(const std::string& id, Leg& leg, const std::string& place);
  void StopRecordingsOf(const std::string& bridge);
  std::string PathOf(const std::string& recording) const;
  std::string Conference(const std::string& bridge) const;

  void LookAtLease();
  void LeaseRead(const std::string& text);
  void WriteLease();
  std::string LeaseName() const;

  void Synchronize();
  void ReadNext(const std::shared_ptr<Reading>& reading);
  void GotDump(const std::shared_ptr<Reading>& reading, const std::string& id,
               const std::string& dump);
  void GotAll(const std::shared_ptr<Reading>& reading);

  void OnEvent(const EslEvent& event);
  void Handle(const EslEvent& event);
  void OnParked(const EslEvent& event);
  void OnArrival(const EslEvent& event);
  void OnTransferFailed(const EslEvent& event);
  void OnRecorded(const EslEvent& event);
  void Gone(const std::string& leg, phone::LegEnd end);
  void Kill(const std::string& leg, const Leg& known);
  bool IsOurs(const std::string& leg) const;
  phone::Arrival ToArrival(const EslEvent& event) const;
  std::size_t callers() const { return legs_.size() - ours_; }
  Leg& AddLeg(const std::string& id, bool ours);

  io::EventLoop& loop_;
  const FreeswitchServerConfig config_;
  phone::PhoneDomain& domain_;
  phone::PhoneMetrics& metrics_;
  bool started_ = false;
  bool serving_ = false;
  bool synchronizing_ = false;
  bool flush_posted_ = false;
  phone::Lease lease_;
  io::Timer lease_timer_;
  std::shared_ptr<Reading> reading_;
  std::vector<EslEvent> early_;
  std::unordered_map<std::string, Leg> legs_;
  std::size_t ours_ = 0;
  std::vector<std::string> to_tell_;  // legs whose list is another than what they were told
  std::map<std::string, std::set<std::string>> bridges_;
  std::map<std::string, Recording> recordings_;
  std::map<std::string, Snoop> snoops_;
  EslClient client_;
  std::shared_ptr<void> alive_ = std::make_shared<int>();
};

}  // namespace usher::freeswitch
