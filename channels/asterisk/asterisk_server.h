// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/io/clock.h"
#include "base/io/event_loop.h"
#include "channels/asterisk/ari_client.h"
#include "channels/asterisk/ari_event.h"
#include "channels/asterisk/asterisk_config.h"
#include "channels/phone/lease.h"
#include "channels/phone/phone_domain.h"
#include "channels/phone/phone_metrics.h"
#include "channels/phone/switch.h"

namespace usher::asterisk {

// One Asterisk as a switch, by the one of several processes that serves its application: what calls
// want becomes requests, and events become what happened to legs. Nothing is replayed by Asterisk,
// so each time that the socket opens all channels and bridges are read first, and the events that
// come meanwhile are dealt with behind them.
//
// An inbound channel's end is its hang-up request or its StasisEnd, whichever comes first, for it
// gives no ChannelDestroyed; a channel that we called ends with StasisEnd or ChannelDestroyed,
// whose cause says why it never answered.
//
// Loop thread only. Domain and metrics must outlive it.
class AsteriskServer final : public phone::Switch {
 public:
  static constexpr std::size_t kEarlyEventsMax = 100'000;  // while the channels are read
  static constexpr std::size_t kReadsAtOnce = 64;          // notes, after a reconnect
  // What began so long before nobody served may have ended meanwhile.
  static constexpr Duration kRecordingLongest{12 * 3'600'000};

  AsteriskServer(io::EventLoop& loop, const AsteriskServerConfig& config,
                 phone::PhoneDomain& domain, phone::PhoneMetrics& metrics);
  AsteriskServer(const AsteriskServer&) = delete;
  AsteriskServer& operator=(const AsteriskServer&) = delete;

  // Connects, once nobody else serves the application; again: reads the channels anew and has the
  // domain compare.
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
  static constexpr const char* kNote = "USHER_NOTE";  // the variable of a channel that Keep sets

  void AskLease();
  void LeaseRead(const std::string& text);
  void KeepLease();
  void WriteLease(const std::string& value);
  std::string LeaseName() const;
  void Request(std::string_view method, std::string uri, std::string body = {});
  void Synchronize();
  void GotChannels(const Result<AriAnswer>& answer);
  void GotBridges(const Result<AriAnswer>& answer);
  struct Reading;
  void ReadNotes(const std::shared_ptr<Reading>& reading);
  void GotAll(const std::shared_ptr<Reading>& reading);
  void AskWhetherRecorded(const std::string& name);
  void LookForRecordings();
  void GotRecordings(const std::string& json);
  void OnEvent(const AriEvent& event);
  void Handle(const AriEvent& event);
  void OnStart(const AriEvent& event);
  void OnDestroyed(const AriEvent& event);
  bool IsOurs(const std::string& leg) const;
  phone::Arrival ToArrival(const AriChannel& channel,
                           const std::vector<std::string>& arguments) const;
  void CallerGone(const std::string& leg);
  void RecordingOver(const std::string& name);

  const AsteriskServerConfig config_;
  io::WallClock clock_;
  phone::PhoneDomain& domain_;
  phone::PhoneMetrics& metrics_;
  bool started_ = false;
  phone::Lease lease_;
  io::Timer lease_timer_;
  Instant served_until_{};  // by whoever served before; zero: not known
  bool synchronizing_ = false;
  std::vector<AriEvent> early_;
  std::vector<AriChannel> channels_;         // read, until the bridges are
  std::unordered_set<std::string> callers_;  // inbound channels in our application
  std::unordered_set<std::string> ringing_;  // called by us, and the other end rings
  // Recordings under way, by bridge; at most one a call. A bridge that is deleted takes the word of
  // its recording's end with it, so those in `closing_` wait for that.
  std::unordered_map<std::string, std::string> recordings_;
  std::unordered_set<std::string> closing_;
  std::unordered_set<std::string> answered_;  // called by us, and up
  AriClient client_;
};

}  // namespace usher::asterisk
