// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/time.h"

namespace usher::phone {

// Why a leg that was called never answered, or how one that had answered ended.
enum class LegEnd {
  kHungUp,       // by whoever was there
  kNoAnswer,     // it rang, and nobody answered in time
  kBusy,         // it said so
  kRejected,     // the person pressed the call away
  kUnreachable,  // no such telephone, not connected, no way there
  kCongested,    // the network or the switch had no room
};

const char* ToWord(LegEnd end);  // `no-answer`

// Whom to call.
struct Dialling {
  std::string leg{};      // the new leg's id
  std::string address{};  // as the switch names it
  std::string
      like_leg{};  // whose caller's number is shown; empty: `caller_id`, or the switch's own
  std::string caller_id{};
  bool withheld = false;  // show no number
  std::string note{};     // kept with the leg from the beginning; see Switch::Keep
  std::string contact{};  // told to the telephone, which may show it or look the offer up by it
  Duration timeout{0};    // of ringing
};

// A telephone switch, as far as calls need it: it does what it is told, in order, and tells what
// came of it by its own way (PhoneLine). Nothing answers here; whatever is asked of a leg that is
// gone is left undone, since its end is told anyway.
//
// A leg is one telephone in a call. Legs that are in one bridge hear each other.
class Switch {
 public:
  virtual ~Switch() = default;

  virtual void Answer(const std::string& leg) = 0;
  // A caller who is not answered hears ringing.
  virtual void Ring(const std::string& leg) = 0;
  virtual void StartMusic(const std::string& leg, const std::string& music) = 0;
  virtual void StopMusic(const std::string& leg) = 0;
  virtual void Dial(const Dialling& dialling) = 0;
  virtual void HangUp(const std::string& leg) = 0;
  // Keeps a word with a leg that is up, until it ends or another is kept: what a process after this
  // one must know of it. Comes back in StandingLeg::note. See LegNote.
  virtual void Keep(const std::string& leg, const std::string& note) = 0;
  // Hands a caller back to the switch's own plan, which sees why: `closed`, `voicemail`.
  virtual void SendBack(const std::string& leg, const std::string& why) = 0;

  virtual void OpenBridge(const std::string& bridge) = 0;
  // All together; who of them is gone by now is left out.
  virtual void Enter(const std::string& bridge, const std::vector<std::string>& legs) = 0;
  virtual void Leave(const std::string& bridge, const std::string& leg) = 0;
  virtual void CloseBridge(const std::string& bridge) = 0;

  virtual void Mute(const std::string& leg, bool muted) = 0;
  virtual void SendDigits(const std::string& leg, const std::string& digits) = 0;
  // `media` such as `sound:hello` or `number:3`, one after the other. Its end is told.
  virtual void Play(const std::string& leg, const std::string& playback,
                    const std::vector<std::string>& media) = 0;
  virtual void StopPlaying(const std::string& playback) = 0;

  virtual void StartRecording(const std::string& bridge, const std::string& name) = 0;
  virtual void PauseRecording(const std::string& name, bool paused) = 0;
  // A leg `snoop` that hears all that `leg` hears and says; with `whisper` the leg hears it too.
  virtual void Listen(const std::string& leg, const std::string& snoop, bool whisper) = 0;
  // The outcome of a transfer that a telephone asked for.
  virtual void TellTransfer(const std::string& leg, bool accepted) = 0;
};

}  // namespace usher::phone
